/* Networks as people write them: `10.0.0.0/8`, `::1`. */
#ifndef SCENARIO_NETS_H
#define SCENARIO_NETS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "http/facts.h"

/* Reads an address with an optional prefix length (without: all of it). Returns
 * NULL, or what is wrong as a static sentence. *loosep tells that bits after
 * the prefix are set. */
const char *
nets_parse(struct span text, struct address *to, uint8_t *bitsp, bool *loosep);

#endif
