#include "scenario/amount.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool
amount_parse(const char *text, struct amount *a)
{
	size_t digits;
	char *end;

	*a = (struct amount){ .unit = AMOUNT_NONE };
	if (text == NULL)
		return true;
	digits = strspn(text, "0123456789.");
	a->value = strtod(text, &end);
	if (digits == 0 || end != text + digits)
		return false;
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

	return amount_parse(text, &a) && a.unit != AMOUNT_TIMES &&
	       (a.unit != AMOUNT_PLAIN || a.value == floor(a.value));
}

bool
amount_is_multiple(const char *text)
{
	struct amount a;

	return amount_parse(text, &a) && a.unit != AMOUNT_SHARE;
}

bool
amount_is_factor(const char *text)
{
	struct amount a;

	return amount_parse(text, &a) && a.unit != AMOUNT_SHARE &&
	       (a.unit == AMOUNT_NONE || a.value >= 1);
}
