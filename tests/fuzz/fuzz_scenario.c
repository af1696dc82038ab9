/*
 * Any bytes as a scenario file, and as the value of X-Brownout-Inject: they are
 * read whole or refused with at least one problem, and each problem has a
 * position that lies in the text.
 */
#include <assert.h>
#include <string.h>

#include "scenario/inject.h"
#include "scenario/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_problems(const struct diags *d, const char *text, size_t n)
{
	unsigned lines = 2;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n' || text[i] == '\r' ||
			 (unsigned char)text[i] >= 0x80;
	for (size_t i = 0; i < d->n; i++)
		assert(d->v[i].line <= lines && d->v[i].text[0] != '\0');
}

static void
check_scenario(const char *text, size_t n)
{
	struct diags d = { 0 };
	struct scenario *s = scenario_parse("f", text, n, &d);

	assert((s == NULL) == (d.n_errors > 0));
	check_problems(&d, text, n);
	if (s != NULL) {
		assert(s->n_phases > 0 && s->name[0] != '\0');
		for (unsigned i = 0; i < s->n_rules; i++)
			assert(s->rules[i]->index == i &&
			       s->rules[i]->inject.n_faults +
				       s->rules[i]->n_choices >
				   0);
		for (unsigned i = 0; i < s->n_expects; i++)
			assert(s->expects[i].conf != NULL);
		scenario_length(s);
	}
	scenario_free(s);
	diags_clear(&d);
}

static void
check_inline(const char *text, size_t n)
{
	struct arena *arena = arena_new();
	struct diags d = { 0 };
	struct inject inject;
	bool good;

	good = inject_parse(arena, (struct span){ text, n }, &inject, &d);
	assert(good == (d.n_errors == 0));
	assert(!good || inject.n_faults > 0);
	diags_clear(&d);
	arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	check_scenario((const char *)data, n);
	check_inline((const char *)data, n);
	return 0;
}
