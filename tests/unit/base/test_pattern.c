#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/pattern.h"

static struct pattern *
made(const char *text, char sep, bool nocase)
{
	char why[128];
	size_t at;
	struct pattern *p =
	    pattern_new(span_str(text), sep, nocase, why, sizeof(why), &at);

	if (p == NULL)
		fail_msg("%s: %s at %zu", text, why, at);
	return p;
}

static bool
matches(const char *text, char sep, bool nocase, const char *s)
{
	struct pattern *p = made(text, sep, nocase);
	bool yes = pattern_match(p, span_str(s));

	pattern_free(p);
	return yes;
}

static void
paths_match_as_written(void **state)
{
	static const struct {
		const char *pattern, *yes[6], *no[6];
	} cases[] = {
		{ "/a", { "/a" }, { "/A", "/a/", "/ab", "/", "" } },
		{ "/a/*", { "/a/b", "/a/" }, { "/a", "/a/b/c", "/b/a/x" } },
		{ "/*/b", { "/a/b", "//b" }, { "/b", "/a/c/b", "/a/b/" } },
		{ "/a*", { "/a", "/abc" }, { "/a/b", "/b" } },
		{ "*", { "", "abc", "*" }, { "/", "a/b" } },
		{ "**", { "", "/", "/a/b", "*" }, { NULL } },
		{ "/**", { "", "/", "/a", "/a/b/c" }, { "a", "*" } },
		{ "/search/**", { "/search", "/search/", "/search/a/b" },
		    { "/searching", "/searc", "/Search/a", "/x/search/a" } },
		{ "/a**", { "/a", "/ab", "/a/b/c" }, { "/", "/b" } },
		{ "/a/**/z", { "/a/z", "/a/b/z", "/a/b/c/z", "/a//z" },
		    { "/az", "/a/bz", "/a/z/", "/a/b/zz" } },
		{ "**/z", { "/z", "/a/z", "x/z" }, { "z", "/az", "/z/" } },
		{ "**.png", { ".png", "/a/b.png", "x.png" }, { "/a.pn" } },
		{ "/*/x/*/y", { "/a/x/b/y" }, { "/a/x/b/c/y", "/a/x/y" } },
		{ "/**/x*y", { "/a/b/xoy", "/xy", "/a/xqqy" },
		    { "/a/x/y", "/axy", "/xyz" } },
		{ "/a/**/b/**", { "/a/b", "/a/x/b", "/a/b/c", "/a/x/b/c/d" },
		    { "/a/bc", "/ab", "/a" } },
		{ "*a*b", { "ab", "xaab", "aab", "xaxbb" },
		    { "ba", "a/b", "abx" } },
		{ "/a?b", { "/a?b" }, { "/acb", "/ab" } },
		{ "/[ab]", { "/[ab]" }, { "/a", "/b" } },
		{ "/a\\*", { "/a\\", "/a\\x" }, { "/a*" } },
		{ "/a/*/*.json", { "/a/b/c.json", "/a//.json" },
		    { "/a/c.json", "/a/b/c/d.json" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t j = 0; j < 6 && cases[i].yes[j] != NULL; j++)
			if (!matches(
				cases[i].pattern, '/', false, cases[i].yes[j]))
				fail_msg("%s does not match '%s'",
				    cases[i].pattern, cases[i].yes[j]);
		for (size_t j = 0; j < 6 && cases[i].no[j] != NULL; j++)
			if (matches(
				cases[i].pattern, '/', false, cases[i].no[j]))
				fail_msg("%s matches '%s'", cases[i].pattern,
				    cases[i].no[j]);
	}
}

static void
without_a_separator_a_star_crosses_all(void **state)
{
	(void)state;
	assert_true(matches("a*", 0, false, "a/b.c"));
	assert_true(matches("*.example.com", 0, true, "A.b.EXAMPLE.com"));
	assert_false(matches("*.example.com", 0, true, "example.com"));
	assert_true(matches("a*c*e", 0, false, "abcde"));
	assert_false(matches("a*c*e", 0, false, "abcd"));
}

static void
case_is_ignored_when_asked(void **state)
{
	(void)state;
	assert_true(matches("GeT", 0, true, "gEt"));
	assert_false(matches("GeT", 0, false, "GET"));
	assert_true(matches("/A/*/C*d", '/', true, "/a/b/cxxD"));
	assert_false(matches("/A/*/C*d", '/', false, "/a/b/cxxD"));
	assert_true(matches("~^ab+$", 0, true, "ABBB"));
	assert_false(matches("~^ab+$", 0, false, "ABBB"));
}

static void
a_regex_is_looked_for_anywhere(void **state)
{
	(void)state;
	assert_true(matches("~b[0-9]+", '/', false, "/a/b12/c"));
	assert_false(matches("~^b[0-9]+", '/', false, "/a/b12/c"));
	assert_true(matches("~^$", 0, false, ""));
	assert_true(matches("~\\.json$", 0, false, "/x.json"));
	assert_false(matches("~\\.json$", 0, false, "/xjson"));
}

static void
kinds_and_literals_are_told(void **state)
{
	static const struct {
		const char *text;
		char sep;
		enum pattern_kind kind;
		const char *literal;
	} cases[] = {
		{ "/a", '/', PATTERN_EXACT, "/a" },
		{ "/a**", '/', PATTERN_PREFIX, "/a" },
		{ "/a*", 0, PATTERN_PREFIX, "/a" },
		{ "/a*", '/', PATTERN_GLOB, "/a" },
		{ "/a/**", '/', PATTERN_GLOB, "/a" },
		{ "/a/**/b", '/', PATTERN_GLOB, "/a" },
		{ "/a/*/b", '/', PATTERN_GLOB, "/a/" },
		{ "**", '/', PATTERN_PREFIX, "" },
		{ "~/a", '/', PATTERN_REGEX, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pattern *p = made(cases[i].text, cases[i].sep, false);

		assert_int_equal(pattern_kind(p), cases[i].kind);
		assert_true(
		    span_eq(pattern_literal(p), span_str(cases[i].literal)));
		assert_true(span_eq(pattern_text(p), span_str(cases[i].text)));
		pattern_free(p);
	}
}

static void
mistakes_have_a_reason_and_a_place(void **state)
{
	static const struct {
		const char *text, *why;
		size_t at;
	} cases[] = {
		{ "", "an empty pattern", 0 },
		{ "~", "an empty regular expression", 0 },
		{ "/a/***", "three stars", 3 },
		{ "~a(b", "missing closing parenthesis", 4 },
		{ "~[z-a]", "range out of order", 4 },
		{ "~*", "quantifier", 1 },
	};
	char why[128];
	size_t at;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_null(pattern_new(span_str(cases[i].text), '/', false,
		    why, sizeof(why), &at));
		if (strstr(why, cases[i].why) == NULL || at != cases[i].at)
			fail_msg("%s: %s at %zu", cases[i].text, why, at);
	}
}

static void
a_glob_with_too_many_parts_is_refused(void **state)
{
	char text[1200], why[128];
	size_t at;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "*a", 2);
	assert_null(pattern_new((struct span){ text, sizeof(text) }, '/', false,
	    why, sizeof(why), &at));
	assert_non_null(strstr(why, "too long"));
}

/* The plain recursive meaning of a glob, to compare the automaton with. */
static bool
means(const char *p, const char *s)
{
	if (*p == '\0')
		return *s == '\0';
	if (p[0] == '/' && p[1] == '*' && p[2] == '*' &&
	    (p[3] == '\0' || p[3] == '/') && means(p + 3, s))
		return true;
	if (p[0] == '*' && p[1] == '*') {
		if (means(p + 2, s))
			return true;
		return *s != '\0' && means(p, s + 1);
	}
	if (*p == '*') {
		if (means(p + 1, s))
			return true;
		return *s != '\0' && *s != '/' && means(p, s + 1);
	}
	return *p == *s && means(p + 1, s + 1);
}

static void
globs_mean_the_same_as_their_definition(void **state)
{
	uint64_t x = 12345;
	char text[10], s[10], why[128];
	unsigned yes = 0;
	size_t at;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct pattern *p;
		size_t n = 0, m = 0;

		x = x * 6364136223846793005u + 1442695040888963407u;
		for (uint64_t r = x >> 20; n < 1 + (x >> 60) % 8; r >>= 2)
			text[n++] = "/a*b"[r & 3];
		text[n] = s[0] = '\0';
		x = x * 6364136223846793005u + 1442695040888963407u;
		for (uint64_t r = x >> 20; m < (x >> 60) % 9; r >>= 2)
			s[m++] = "/a/b"[r & 3];
		s[m] = '\0';
		p = pattern_new(
		    span_str(text), '/', false, why, sizeof(why), &at);
		if (p == NULL)
			continue;
		yes += means(text, s);
		if (pattern_match(p, span_str(s)) != means(text, s))
			fail_msg("%s and '%s'", text, s);
		pattern_free(p);
	}
	assert_in_range(yes, 1000, 100000);
}

static void
hostile_strings_take_bounded_effort(void **state)
{
	static const char *const texts[] = { "~^(a+)+$", "~(a|aa)+b$",
		"~(.*)*x(.*)*y", "**a**b**c*d", "/**a*a*a*a*a*b" };
	size_t n = 64 * 1024;
	char *s = malloc(n);
	clock_t t = clock();

	(void)state;
	memset(s, 'a', n);
	s[n - 1] = '!';
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct pattern *p = made(texts[i], '/', false);

		assert_false(pattern_match(p, (struct span){ s, n }));
		pattern_free(p);
	}
	/* Unbounded, the first alone outlives us all. */
	assert_in_range((clock() - t) / CLOCKS_PER_SEC, 0, 20);
	free(s);
}

static void
deep_regexes_still_match_beyond_the_jit_stack(void **state)
{
	size_t n = 4000;
	char *s = malloc(n + 1);

	(void)state;
	memset(s, 'a', n);
	s[n] = '\0';
	assert_true(matches("~^(a|ab|b)*$", 0, false, s));
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_match_as_written),
		cmocka_unit_test(without_a_separator_a_star_crosses_all),
		cmocka_unit_test(case_is_ignored_when_asked),
		cmocka_unit_test(a_regex_is_looked_for_anywhere),
		cmocka_unit_test(kinds_and_literals_are_told),
		cmocka_unit_test(mistakes_have_a_reason_and_a_place),
		cmocka_unit_test(a_glob_with_too_many_parts_is_refused),
		cmocka_unit_test(globs_mean_the_same_as_their_definition),
		cmocka_unit_test(hostile_strings_take_bounded_effort),
		cmocka_unit_test(deep_regexes_still_match_beyond_the_jit_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
