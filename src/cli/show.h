/* Shows a verdict to whoever ran the command. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <stdio.h>

#include "judge/verdict.h"
#include "scenario/scenario.h"

/*
 * Prints the verdict on scenario to `to`, with colours if that is a terminal
 * and NO_COLOR is unset or empty, and writes the report files to dir unless it
 * is NULL. Returns the verdict's exit status, or EXIT_ENVIRONMENT after a
 * message when something could not be written.
 */
int show_verdict(FILE *to, const struct verdict *v,
    const struct scenario *scenario, const char *dir);

#endif
