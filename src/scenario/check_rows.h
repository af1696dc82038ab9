/* Rows that several checks share. Private to the files of the checks' tables.
 */
#ifndef SCENARIO_CHECK_ROWS_H
#define SCENARIO_CHECK_ROWS_H

#include "scenario/checks.h"

extern const struct param_set check_limit_set; /* {max: 0 | 1%} */
extern const struct param_set check_times_set; /* {max: 1.5x} */
extern const struct param_set check_range_set; /* {min: 1s, max: 2s} */
extern const struct param_set check_count_set; /* {min: 1, max: 2} */
extern const struct param_set check_share_set; /* {min: 95%} */

/* Whether an amount is wrong; each returns the sentence to say, or NULL. */
const char *check_limit(const void *conf);
const char *check_times(const void *conf);

#define CHECK_N(rows) (sizeof(rows) / sizeof((rows)[0]))

#endif
