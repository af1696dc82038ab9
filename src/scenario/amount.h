/* Limits as people write them in expectations: a count `4`, a share `95%`, a
 * multiple `1.5x`. Kept as text in the scenario, read by one reader. */
#ifndef SCENARIO_AMOUNT_H
#define SCENARIO_AMOUNT_H

#include <stdbool.h>

enum amount_unit {
	AMOUNT_NONE,  /* not given */
	AMOUNT_PLAIN, /* `4`, `1.5`: a count, or a multiple where only that
			 makes sense */
	AMOUNT_SHARE, /* `95%`: value 0.95 */
	AMOUNT_TIMES  /* `1.5x` */
};

struct amount {
	enum amount_unit unit;
	double value;
};

/* Reads text (NULL: AMOUNT_NONE). False when it is no such number, negative, or
 * a share above 100 %. */
bool amount_parse(const char *text, struct amount *a);
/* A whole count or a share: what a limit on cases may be. */
bool amount_is_limit(const char *text);
/* A multiple, `2x` or `2`. */
bool amount_is_multiple(const char *text);
/* The same of what is never less than 1. */
bool amount_is_factor(const char *text);

#endif
