#include "decide/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/pattern.h"
#include "base/rng.h"
#include "base/xalloc.h"

enum { RULES_MAX = 2000, PATTERNS = 2 };

/* Rules that differ only in their path patterns; no pattern: every path. */
struct set {
	struct rule rules[RULES_MAX];
	struct rule *order[RULES_MAX];
	struct cond conds[RULES_MAX];
	struct pattern *patterns[RULES_MAX][PATTERNS];
	unsigned n;
};

static void
set_add(struct set *s, const char *const *texts, unsigned n)
{
	struct rule *r = &s->rules[s->n];
	struct cond *c = &s->conds[s->n];
	char why[128];
	size_t at;

	assert_true(s->n < RULES_MAX && n <= PATTERNS);
	memset(r, 0, sizeof(*r));
	*c = (struct cond){ .kind = COND_PATH,
		.patterns = s->patterns[s->n],
		.n_patterns = n };
	for (unsigned i = 0; i < n; i++) {
		s->patterns[s->n][i] = pattern_new(
		    span_str(texts[i]), '/', false, why, sizeof(why), &at);
		assert_non_null(s->patterns[s->n][i]);
	}
	if (n > 0)
		r->match = (struct match){ c, 1 };
	s->order[s->n++] = r;
}

static void
set_free(struct set *s)
{
	for (unsigned i = 0; i < s->n; i++)
		for (unsigned k = 0; k < s->conds[i].n_patterns; k++)
			pattern_free(s->patterns[i][k]);
	free(s);
}

static bool
set_holds(const struct set *s, unsigned i, struct span path)
{
	for (unsigned k = 0; k < s->conds[i].n_patterns; k++)
		if (pattern_match(s->patterns[i][k], path))
			return true;
	return s->conds[i].n_patterns == 0;
}

/* Reads all candidates: rising, and none that holds is missing. Returns how
 * many there were. */
static unsigned
check(const struct set *s, const struct index *x, struct span path)
{
	struct index_walk w;
	unsigned n = 0, i = 0;
	uint32_t at;

	index_find(x, path, &w);
	while ((at = index_next(&w)) != UINT32_MAX) {
		assert_true(at < s->n && at >= i);
		for (; i < at; i++)
			if (set_holds(s, i, path))
				fail_msg("rule %u left out", i);
		i = at + 1;
		n++;
	}
	for (; i < s->n; i++)
		if (set_holds(s, i, path))
			fail_msg("rule %u left out at the end", i);
	return n;
}

/* A random text over few pieces, so that beginnings and ends coincide. */
static void
random_text(struct rng *r, bool glob, char to[64])
{
	static const char *const pieces[] = { "/", "/a", "/ab", "/abc", "b",
		"/x", "1", "/**", "*", "/*", "**" };
	unsigned n = 1 + (unsigned)rng_upto(r, 5), upto = glob ? 11 : 7;
	bool star = true;

	snprintf(to, 64, "%s", rng_upto(r, 8) == 0 && glob ? "~/a" : "/");
	for (unsigned i = 0; i < n; i++) {
		const char *piece = pieces[rng_upto(r, upto)];
		bool begins = piece[0] == '*';
		size_t at = strlen(to);

		if (star && begins)
			continue;
		if (to[0] == '~' && strchr(piece, '*') != NULL)
			continue;
		for (const char *c = piece; *c != '\0' && at < 63; c++)
			to[at++] = *c;
		to[at] = '\0';
		star = piece[strlen(piece) - 1] == '*';
	}
}

static void
leaves_out_no_rule_that_matches(void **state)
{
	struct rng r = rng_stream(12345);

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		struct set *s = xcalloc(1, sizeof(*s));
		unsigned n = (unsigned)rng_upto(&r, 120);
		struct index *x;

		for (unsigned i = 0; i < n; i++) {
			char a[64], b[64];
			const char *const texts[] = { a, b };

			random_text(&r, true, a);
			random_text(&r, true, b);
			set_add(s, texts, (unsigned)rng_upto(&r, 3));
		}
		x = index_new(s->order, s->n);
		for (unsigned i = 0; i < 300; i++) {
			char path[64];

			random_text(&r, false, path);
			check(s, x, span_str(path));
		}
		check(s, x, SPAN(""));
		index_free(x);
		set_free(s);
	}
}

static const struct many_row {
	const char *format;
	const char *path;
} many_rows[] = {
	{ "/svc/%u", "/svc/777" },
	{ "/svc/%u/**", "/svc/777/a/b" },
	{ "/svc/%u/*/edit", "/svc/777/9/edit" },
	{ "/svc/*/%u", "/svc/12345/777" },
	{ "/svc/**/x%u", "/svc/a/b/x777" },
	{ "**/leaf-%u.", "/a/b/leaf-777." },
	{ "~^/svc/%u/[a-z]+$", "/svc/777/abc" },
};

static void
asks_few_of_a_thousand_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(many_rows) / sizeof(many_rows[0]); i++) {
		struct set *s = xcalloc(1, sizeof(*s));
		struct index *x;
		unsigned n;

		for (unsigned k = 0; k < 1000; k++) {
			char text[64];
			const char *const texts[] = { text };

			snprintf(text, sizeof(text), many_rows[i].format, k);
			set_add(s, texts, 1);
		}
		x = index_new(s->order, s->n);
		n = check(s, x, span_str(many_rows[i].path));
		if (n == 0 || n > 4)
			fail_msg("%s: %u", many_rows[i].format, n);
		assert_int_equal(check(s, x, SPAN("/other")), 0);
		index_free(x);
		set_free(s);
	}
}

static void
trusts_no_beginning_that_a_regex_may_change(void **state)
{
	static const char *const regexes[] = { "~^/ab*c", "~^/abx?c",
		"~^/abx{0,1}c", "~^/x|/abc", "~(?i)^/ABC", "~^(?i)/ABC",
		"~^/abc$", "~abc", "~^/ab.", "~^/a+b", "~^", "~^/(ab|x)c",
		"~^/abx*+c", "~^/ab\\D" };
	struct set *s = xcalloc(1, sizeof(*s));
	struct index *x;

	(void)state;
	for (size_t i = 0; i < sizeof(regexes) / sizeof(regexes[0]); i++) {
		set_add(s, &regexes[i], 1);
		assert_true(set_holds(s, s->n - 1, SPAN("/abc")));
	}
	x = index_new(s->order, s->n);
	assert_int_equal(check(s, x, SPAN("/abc")), s->n);
	index_free(x);
	set_free(s);
}

static void
names_a_rule_once_however_many_patterns_fit(void **state)
{
	const char *const twice[] = { "/a/**", "/a/b*" };
	const char *const same[] = { "/a/*/c", "/a/**/c" };
	struct set *s = xcalloc(1, sizeof(*s));
	struct index *x;

	(void)state;
	set_add(s, twice, 2);
	set_add(s, same, 2);
	x = index_new(s->order, s->n);
	assert_int_equal(check(s, x, SPAN("/a/b/c")), 2);
	index_free(x);
	set_free(s);
}

static void
falls_back_to_all_rules_on_deep_nesting(void **state)
{
	struct set *s = xcalloc(1, sizeof(*s));
	char text[512] = "";
	struct index *x;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		char glob[520];
		const char *const texts[] = { glob };

		memcpy(text + (size_t)i * 3, "/ab", 4);
		snprintf(glob, sizeof(glob), "%s**", text);
		set_add(s, texts, 1);
	}
	x = index_new(s->order, s->n);
	assert_int_equal(check(s, x, span_str(text)), 100);
	assert_int_equal(check(s, x, SPAN("/ab/ab/x")), 2);
	index_free(x);
	set_free(s);
}

static void
is_empty_without_rules(void **state)
{
	struct set *s = xcalloc(1, sizeof(*s));
	struct index *x = index_new(s->order, 0);

	(void)state;
	assert_int_equal(check(s, x, SPAN("/")), 0);
	index_free(x);
	set_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_out_no_rule_that_matches),
		cmocka_unit_test(asks_few_of_a_thousand_rules),
		cmocka_unit_test(trusts_no_beginning_that_a_regex_may_change),
		cmocka_unit_test(names_a_rule_once_however_many_patterns_fit),
		cmocka_unit_test(falls_back_to_all_rules_on_deep_nesting),
		cmocka_unit_test(is_empty_without_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
