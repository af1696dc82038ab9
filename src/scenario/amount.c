#include "scenario/amount.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool
amount_parse(const char *text, struct amount *a)
{
	char *end;

	*a = (struct amount){ .unit = AMOUNT_NONE };
	if (text == NULL)
		return true;
	if (strspn(text, "0123456789.") == 0)
		return false;
	a->value = strtod(text, &end);
	if (strcmp(end, "%") == 0) {
		a->unit = AMOUNT_SHARE;
		a->value /= 100;
		return a->value <= 1;
	}
	a->unit = strcmp(end, "x") == 0 ? AMOUNT_TIMES : AMOUNT_PLAIN;
	return isfinite(a->value) && (*end == '\0' || strcmp(end, "x") == 0);
}

bool
amount_is_limit(const char *text)
{
	struct amount a;

	return amount_parse(text, &a) && a.unit != AMOUNT_TIMES;
}

bool
amount_is_multiple(const char *text)
{
	struct amount a;

	return amount_parse(text, &a) && a.unit != AMOUNT_SHARE;
}
