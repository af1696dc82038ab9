/* The configuration file of `run` and `serve`: YAML, its keys are the names of
 * the options. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdbool.h>

#include "base/diag.h"
#include "cli/options.h"

/* Sets what the file says. False when something in it is wrong, with every
 * problem in diags as file:line:column. */
bool config_read(struct options *o, const char *file, struct diags *diags);

#endif
