/* The verdict as plain data: memory, names, numbers as text. */
#include "judge/verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const result_names[] = { "pass", "fail", "inconclusive",
	"not_exercised" };
static const char *const grouping_names[] = { "exact", "strong", "inferred",
	"aggregate" };
static const char *const role_names[] = { "first", "retry", "resume", "hedge",
	"replay", "continuation", "repeat" };

const char *
result_name(enum result r)
{
	return result_names[r];
}

const char *
grouping_name(enum grouping g)
{
	return grouping_names[g];
}

const char *
role_name(enum role r)
{
	return role_names[r];
}

static void
quantity_seconds(double v, char *to, size_t n)
{
	if (v != 0 && fabs(v) < 0.9995)
		snprintf(to, n, "%.3gms", v * 1e3);
	else
		snprintf(to, n, fabs(v) < 9999.5 ? "%.4gs" : "%.0fs", v);
}

/* What is nearly all is told from all. */
static void
quantity_share(double v, char *to, size_t n)
{
	snprintf(to, n, v > 0.999 ? "%.7g%%" : "%.4g%%", v * 100);
}

struct quantity
quantity(enum unit unit, double value)
{
	struct quantity q = { .unit = unit, .value = value };
	char *to = q.text;
	size_t n = sizeof(q.text);

	if (unit == UNIT_COUNT)
		snprintf(to, n, "%.0f", value);
	else if (unit == UNIT_SHARE)
		quantity_share(value, to, n);
	else if (unit == UNIT_SECONDS)
		quantity_seconds(value, to, n);
	else if (unit == UNIT_TIMES)
		snprintf(to, n, fabs(value) < 999.5 ? "%.3gx" : "%.0fx", value);
	else
		snprintf(to, n, "-");
	return q;
}

struct quantity
quantity_word(const char *word)
{
	struct quantity q = { .unit = UNIT_WORD };

	snprintf(q.text, sizeof(q.text), "%s", word);
	return q;
}

static void
verdict_line_free(struct expectation *x)
{
	for (unsigned i = 0; i < x->n_offenders; i++) {
		struct offender *o = &x->offenders[i];

		free(o->op);
		free(o->method);
		free(o->path);
		free(o->moments);
		free(o->what);
	}
	free(x->name);
	free(x->why);
}

void
verdict_free(struct verdict *v)
{
	if (v == NULL)
		return;
	for (unsigned i = 0; i < v->n_expectations; i++)
		verdict_line_free(&v->expectations[i]);
	for (unsigned i = 0; i < v->n_phases; i++)
		free(v->phases[i].statuses);
	for (unsigned i = 0; i < v->n_notes; i++)
		free(v->notes[i]);
	free(v->expectations);
	free(v->phases);
	free(v->rules);
	free(v->seconds.bins);
	free(v->tenths.bins);
	free(v->waits);
	free(v->notes);
	free(v->summary);
	free(v);
}
