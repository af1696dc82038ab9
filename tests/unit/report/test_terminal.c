#include "report/terminal.h"

#include "report/text.h"
#include "sample.h"

/* Every line is at most 80 columns of text that can be printed. */
static void
terminal_check_lines(const char *text)
{
	for (const char *line = text; *line != '\0';) {
		size_t n = strcspn(line, "\n");

		if (text_width(line, n) > 80)
			fail_msg("too wide: %.*s", (int)n, line);
		for (size_t i = 0; i < n; i++)
			assert_true((unsigned char)line[i] >= 32);
		line += n;
		line += *line == '\n';
	}
}

static void
fits_80_columns_whatever_the_names(void **state)
{
	struct sample s;

	(void)state;
	sample_begin(&s, "");
	s.v->phases[0].attempts = 123456789012;
	s.v->rules[0].injected = 123456789012;
	s.v->phases[0].start = 0.0469123;
	s.v->phases[0].end = 15.00312;
	terminal_put(&s.out, s.v, false);
	s.v->phases[0].start = 86399.123;
	s.v->phases[0].end = 863990.123;
	terminal_put(&s.out, s.v, false);
	s.v->phases[0].start = 0.0021;
	s.v->phases[0].end = 0.0039;
	terminal_put(&s.out, s.v, false);
	terminal_check_lines(sample_text(&s));
	assert_non_null(strstr(s.text, " 0.002-0.004s "));
	sample_end(&s);
}

static void
names_phases_beside_every_outcome(void **state)
{
	struct sample s;

	(void)state;
	sample_begin(&s, "");
	s.v->phases[0].name = "throttled";
	for (unsigned i = 0; i < OUTCOMES; i++)
		s.v->phases[0].outcomes[i] = 1234 + i;
	terminal_put(&s.out, s.v, false);
	terminal_check_lines(sample_text(&s));
	assert_non_null(strstr(s.text, "\nthrottled "));
	assert_non_null(strstr(s.text, " 1234     1235 1236  1237    1238\n"));
	sample_end(&s);
}

static void
shows_value_limit_n_interval_and_grouping(void **state)
{
	struct sample s;
	const char *out;

	(void)state;
	sample_begin(&s, "");
	terminal_put(&s.out, s.v, false);
	out = sample_text(&s);
	assert_non_null(strstr(out,
	    "pass          success                                        "
	    "99.5%        >= 99%\n"
	    "              n 120 operations; 95% interval 49.75% to 199%; "
	    "94% strong, 6%\n              inferred\n"));
	assert_non_null(strstr(out, "growing       growing"));
	assert_non_null(strstr(out, "60%    66.7%        54-77%"));
	assert_non_null(
	    strstr(out, "profile rfc nothing met: retry by profile"));
	sample_end(&s);
}

static void
shows_the_time_lines_of_what_failed(void **state)
{
	struct sample s;
	const char *out;

	(void)state;
	sample_begin(&s, "");
	free(s.v->expectations[0].offenders[0].path);
	s.v->expectations[0].offenders[0].path = xstrdup("/first");
	terminal_put(&s.out, s.v, false);
	out = sample_text(&s);
	assert_non_null(strstr(out, "GET /first"));
	assert_non_null(strstr(out,
	    "      at 11.000s 429 (wait 2s), after 500ms --- EARLY <--, after "
	    "2.48s 200\n"));
	assert_non_null(strstr(out, "  and 7 more\n"));
	sample_end(&s);
}

static void
says_the_same_evidence_once(void **state)
{
	struct sample s;
	const char *out;

	(void)state;
	sample_begin(&s, "");
	s.v->expectations[1].status = RESULT_FAIL;
	for (int i = 0; i < OFFENDERS_MAX; i++)
		sample_offender(&s.v->expectations[1], "op-" NASTY, "/b");
	terminal_put(&s.out, s.v, false);
	out = sample_text(&s);
	assert_non_null(strstr(out, "  the same operations as above\n"));
	assert_null(strstr(out, "GET /b"));
	sample_end(&s);
}

static void
ends_with_one_line_that_says_it_all(void **state)
{
	static const char last[] = "\nverdict: fail (1 of 4 expectations "
				   "failed, 1 inconclusive, 1 not exercised)\n";
	struct sample s;
	const char *out;

	(void)state;
	sample_begin(&s, "");
	terminal_put(&s.out, s.v, false);
	out = sample_text(&s);
	assert_string_equal(out + strlen(out) - strlen(last), last);
	sample_end(&s);
}

static void
has_colours_only_when_told(void **state)
{
	struct sample s;

	(void)state;
	sample_begin(&s, "");
	terminal_put(&s.out, s.v, true);
	assert_non_null(strstr(sample_text(&s), "\033[1;31mFAIL"));
	terminal_put(&s.out, s.v, false);
	assert_null(strchr(sample_text(&s), '\033'));
	sample_end(&s);
}

static void
says_what_to_look_at_when_nothing_arrived(void **state)
{
	struct sample s;
	const char *out;

	(void)state;
	sample_begin(&s, "");
	sample_without_attempts(&s);
	terminal_put(&s.out, s.v, false);
	out = sample_text(&s);
	terminal_check_lines(out);
	assert_non_null(strstr(out, "No request arrived"));
	assert_null(strstr(out, "nan"));
	/* Without expectations attempts may have come that nobody noted. */
	s.v->n_expectations = 0;
	terminal_put(&s.out, s.v, false);
	assert_null(strstr(sample_text(&s), "No request arrived"));
	s.v->n_expectations = 5;
	sample_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits_80_columns_whatever_the_names),
		cmocka_unit_test(names_phases_beside_every_outcome),
		cmocka_unit_test(shows_value_limit_n_interval_and_grouping),
		cmocka_unit_test(shows_the_time_lines_of_what_failed),
		cmocka_unit_test(says_the_same_evidence_once),
		cmocka_unit_test(ends_with_one_line_that_says_it_all),
		cmocka_unit_test(has_colours_only_when_told),
		cmocka_unit_test(says_what_to_look_at_when_nothing_arrived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
