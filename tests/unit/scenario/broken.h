/* Tables of scenarios that are wrong: each text with the one problem that must
 * be told of it, and where. */
#ifndef TESTS_UNIT_SCENARIO_BROKEN_H
#define TESTS_UNIT_SCENARIO_BROKEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenario/scenario.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* The first line of most. */
#define S "scenario: s\n"
/* A rule whose other keys follow, indented by two. */
#define R S "rules:\n- rule: r\n"
/* The same that injects something already. */
#define RI R "  inject: {status: 503}\n"

struct broken {
	const char *text;
	unsigned line, col;
	const char *part; /* of the message */
};

static inline char *
broken_print(struct diags *d)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	diags_print(d, f);
	fclose(f);
	return text;
}

/* Every text gives exactly this problem of this level, and nothing else. */
static inline void
broken_check(const struct broken *v, size_t n, enum diag_level level)
{
	unsigned failed = 0;

	for (size_t i = 0; i < n; i++) {
		struct diags d = { 0 };
		struct scenario *s =
		    scenario_parse("f", v[i].text, strlen(v[i].text), &d);
		bool loaded = s != NULL;

		scenario_free(s);
		if (loaded == (level == DIAG_WARNING) && d.n == 1 &&
		    d.v[0].level == level && d.v[0].line == v[i].line &&
		    d.v[0].col == v[i].col &&
		    strstr(d.v[0].text, v[i].part) != NULL) {
			diags_clear(&d);
			continue;
		}
		print_error("of\n%s\nexpected %u:%u ...%s..., got\n%s",
		    v[i].text, v[i].line, v[i].col, v[i].part,
		    broken_print(&d));
		failed++;
	}
	assert_int_equal(failed, 0);
}

/* The scenario of a text that must be good, warnings aside. */
static inline struct scenario *
good(const char *text)
{
	struct diags d = { 0 };
	struct scenario *s = scenario_parse("f", text, strlen(text), &d);

	if (s == NULL)
		fail_msg("%s", broken_print(&d));
	diags_clear(&d);
	return s;
}

#endif
