#include "report/text.h"

#include "sample.h"

struct pair {
	const char *in, *out;
};

static void
makes_controls_visible_and_bytes_valid(void **state)
{
	static const struct pair pairs[] = {
		{ "plain \xc3\xa9", "plain \xc3\xa9" },
		{ "\033[31mred", "\\x1b[31mred" },
		{ "a\nb\tc", "a\\x0ab\\x09c" },
		{ "\xc2\x9b", "\\x9b" },
		{ "\xe2\x80\xae"
		  "abc",
		    "\\u202eabc" },
		{ "\xd8\x9c"
		  "abc",
		    "\\u061cabc" },
		{ "\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd" },
	};
	struct buf to;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		char *out;

		buf_init(&to, 1000);
		text_clean(&to, pairs[i].in);
		out = buf_take(&to);
		assert_string_equal(out, pairs[i].out);
		free(out);
	}
}

static void
fills_a_field_exactly(void **state)
{
	static const struct pair pairs[] = {
		{ "abc", "abc     " },
		{ "abcdefgh", "abcdefgh" },
		{ "abcdefghi", "abcdef.." },
		/* Two columns each: three fit, and one is left over. */
		{ "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97"
		  "\xa5",
		    "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5.." },
		{ "e\xcc\x81", "e\xcc\x81       " },
		/* A tick and a flash are as wide, a Thai vowel takes no room.
		 */
		{ "\u2705\u26a1\u274c", "\u2705\u26a1\u274c  " },
		{ "\u2705\u2705\u2705\u2705\u2705", "\u2705\u2705\u2705.." },
		{ "\u0e17\u0e35", "\u0e17\u0e35       " },
	};
	struct buf to;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		char *out;

		buf_init(&to, 1000);
		text_field(&to, pairs[i].in, 8);
		assert_int_equal(text_width(to.data, to.n), 8);
		out = buf_take(&to);
		assert_string_equal(out, pairs[i].out);
		free(out);
	}
}

static void
breaks_lines_at_spaces_and_long_words_anywhere(void **state)
{
	struct buf to;
	char *out;

	(void)state;
	buf_init(&to, 1000);
	text_wrap(&to, "one two three abcdefghijklmno p", 2, 10);
	out = buf_take(&to);
	assert_string_equal(
	    out, "  one two\n  three\n  abcdefgh\n  ijklmno\n  p\n");
	free(out);
}

static void
writes_numbers_that_people_read(void **state)
{
	static const struct {
		enum unit unit;
		double value;
		const char *text;
	} rows[] = {
		{ UNIT_COUNT, 10383, "10383" },
		{ UNIT_SHARE, 0.98962, "98.96%" },
		{ UNIT_SHARE, 0.99998, "99.998%" },
		{ UNIT_SHARE, 1, "100%" },
		{ UNIT_SECONDS, 0.25, "250ms" },
		{ UNIT_SECONDS, 9999.4, "9999s" },
		{ UNIT_SECONDS, 86400, "86400s" },
		{ UNIT_TIMES, 1.434, "1.43x" },
		{ UNIT_TIMES, 1234, "1234x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(
		    quantity(rows[i].unit, rows[i].value).text, rows[i].text);
}

static void
says_the_verdict_in_one_line(void **state)
{
	static const struct {
		enum result overall;
		uint64_t losses, attempts;
		bool partial;
		const char *line;
	} cases[] = {
		{ RESULT_FAIL, 0, 5, false,
		    "verdict: fail (1 of 4 expectations failed, 1 "
		    "inconclusive, 1 not exercised)" },
		{ RESULT_INCONCLUSIVE, 1, 5, false,
		    "verdict: inconclusive (1 record was lost, so nothing is "
		    "proven)" },
		{ RESULT_NOT_EXERCISED, 0, 0, false,
		    "verdict: not exercised (no request arrived)" },
		{ RESULT_PASS, 0, 5, true,
		    "verdict so far: pass (1 of 4 expectations passed, 1 not "
		    "exercised)" },
	};
	struct sample s;

	(void)state;
	sample_begin(&s, "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		s.v->overall = cases[i].overall;
		s.v->losses = cases[i].losses;
		s.v->attempts = cases[i].attempts;
		s.v->partial = cases[i].partial;
		text_verdict(&s.out, s.v);
		assert_string_equal(sample_text(&s), cases[i].line);
	}
	sample_end(&s);
}

static void
counts_only_what_was_asked_or_met(void **state)
{
	struct sample s;

	(void)state;
	sample_begin(&s, "");
	assert_int_equal(text_counted(s.v), 4);
	assert_int_equal(text_ended(s.v, RESULT_NOT_EXERCISED), 1);
	s.v->expectations[4].status = RESULT_PASS;
	assert_int_equal(text_counted(s.v), 5);
	assert_int_equal(text_ended(s.v, RESULT_PASS), 2);
	sample_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_controls_visible_and_bytes_valid),
		cmocka_unit_test(fills_a_field_exactly),
		cmocka_unit_test(
		    breaks_lines_at_spaces_and_long_words_anywhere),
		cmocka_unit_test(writes_numbers_that_people_read),
		cmocka_unit_test(says_the_verdict_in_one_line),
		cmocka_unit_test(counts_only_what_was_asked_or_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
