#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/diag.h"

static char *
printed(struct diags *d)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	diags_print(d, f);
	fclose(f);
	return text;
}

static void
prints_by_position_within_a_file(void **state)
{
	struct diags d = { 0 };
	char *text;

	(void)state;
	diags_add(
	    &d, DIAG_ERROR, "b.yaml", 7, 12, "unknown fault \"%s\"", "delya");
	diags_add(&d, DIAG_ERROR, "a.yaml", 1, 1, "first");
	diags_add(&d, DIAG_WARNING, "b.yaml", 2, 3, "never reached");
	diags_add(&d, DIAG_ERROR, "b.yaml", 7, 2, "one");
	diags_add(&d, DIAG_ERROR, "b.yaml", 7, 2, "two");
	diags_add(&d, DIAG_ERROR, "b.yaml", 0, 0, "cannot be read");
	diags_add(&d, DIAG_ERROR, NULL, 0, 0, "no file at all");
	text = printed(&d);
	assert_string_equal(text, "b.yaml: cannot be read\n"
				  "b.yaml:2:3: warning: never reached\n"
				  "b.yaml:7:2: one\n"
				  "b.yaml:7:2: two\n"
				  "b.yaml:7:12: unknown fault \"delya\"\n"
				  "a.yaml:1:1: first\n"
				  "brownout: no file at all\n");
	assert_int_equal(d.n_errors, 6);
	free(text);
	diags_clear(&d);
	assert_int_equal(d.n, 0);
}

static void
shows_control_characters_as_numbers(void **state)
{
	struct diags d = { 0 };
	char *text;

	(void)state;
	diags_add(
	    &d, DIAG_ERROR, "x", 1, 1, "bad \"%s\"", "a\x1b[31m\nb\xc3\xa9");
	text = printed(&d);
	assert_string_equal(text, "x:1:1: bad \"a\\x1b[31m\\x0ab\xc3\xa9\"\n");
	free(text);
	diags_clear(&d);
}

static void
finds_the_nearest_word(void **state)
{
	static const char *const words[] = { "delay", "status", "close", "hang",
		"rate", "rate_limit", "per", "at" };
	static const struct {
		const char *word, *nearest;
	} cases[] = {
		{ "delya", "delay" },
		{ "dealy", "delay" },
		{ "Delay", "delay" },
		{ "dely", "delay" },
		{ "satus", "status" },
		{ "statuss", "status" },
		{ "ratelimit", "rate_limit" },
		{ "rates", "rate" },
		{ "pre", "per" },
		{ "it", "at" },
		{ "x", NULL },
		{ "zzzzz", NULL },
		{ "timeout", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *got = diag_nearest(cases[i].word, words, 8);

		if (cases[i].nearest == NULL)
			assert_null(got);
		else if (got == NULL)
			fail_msg("nothing near %s", cases[i].word);
		else
			assert_string_equal(got, cases[i].nearest);
	}
}

static void
a_very_long_word_is_near_nothing(void **state)
{
	static const char *const words[] = { "delay" };
	char word[5000];

	(void)state;
	memset(word, 'd', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_null(diag_nearest(word, words, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_by_position_within_a_file),
		cmocka_unit_test(shows_control_characters_as_numbers),
		cmocka_unit_test(finds_the_nearest_word),
		cmocka_unit_test(a_very_long_word_is_near_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
