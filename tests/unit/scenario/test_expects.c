#include "broken.h"
#include "scenario/checks.h"

/* A phase with a rule, and what is expected on line 6. */
#define E                                                                  \
	S "phases:\n- phase: out\n  for: 10s\n"                            \
	  "  rules: [{rule: r, inject: {status: 503, retry_after: 1s}}]\n" \
	  "expect:\n"

static void
mistakes_in_an_expectation_have_a_place(void **state)
{
	static const struct broken cases[] = {
		{ E "  {}\n", 7, 3, "expected a list" },
		{ E "  []\n", 7, 3, "an empty list" },
		{ E "- attempts\n", 7, 3, "expected a mapping" },
		{ E "- {during: out}\n", 7, 3, "nothing is expected" },
		{ E "- {during: outage, attempts: 3}\n", 7, 12,
		    "unknown phase \"outage\"; there is out" },
		{ E "- {after: uot, settle: {}}\n", 7, 11,
		    "unknown phase \"uot\"; did you mean \"out\"?" },
		{ E "- {rule: q, attempts: 3}\n", 7, 10, "unknown rule \"q\"" },
		{ E "- {during: out, after: out, attempts: 3}\n", 7, 17,
		    "exclude each other" },
		{ E "- {during: [out], attempts: 3}\n", 7, 12,
		    "expected text, got a list" },
		{ E "- {attemps: 3}\n", 7, 4,
		    "unknown check \"attemps\"; did you mean \"attempts\"?" },
		{ E "- {status: [99], attempts: 3}\n", 7, 13,
		    "from 100 to 999" },
		{ E "- {status: 5xx, attempts: 3}\n", 7, 12, "a whole number" },
		{ E "- {status: [], attempts: 3}\n", 7, 12, "an empty list" },
		{ E "- {path: '~(', attempts: 3}\n", 7, 13, "parenthesis" },
		{ E "- {attempts: {max: 0}}\n", 7, 20, "from 1 to" },
		{ E "- {attempts: {max: four}}\n", 7, 20, "a whole number" },
		{ E "- {attempts: {}}\n", 7, 14, "\"max\" is missing" },
		{ E "- {attempts: {mx: 4, max: 4}}\n", 7, 15,
		    "unknown key of attempts \"mx\"" },
		{ E "- {attempts: [4]}\n", 7, 14, "or a mapping, got a list" },
		{ E "- {success: {min: 101%}}\n", 7, 19, "at most 100%" },
		{ E "- {success: 99}\n", 7, 13, "percent sign" },
		{ E "- {amplification: {max: lots}}\n", 7, 25, "a multiple" },
		{ E "- {amplification: 0}\n", 7, 19, "from 1 on" },
		{ E "- {amplification: 0x10}\n", 7, 19, "a multiple" },
		{ E "- {peak_rate: {max: 50%}}\n", 7, 21, "a multiple" },
		{ E "- {herd: {peak: {max: 0.5x}}}\n", 7, 23, "from 1 on" },
		{ E "- {retry_ratio: 20}\n", 7, 17, "a share such as 20%" },
		{ E "- {retry_ratio: {max: 2x}}\n", 7, 23, "a share" },
		{ E "- {give_up: 0.05}\n", 7, 13, "a count such as 0" },
		{ E "- {retry_after: {early: {max: 0.5}}}\n", 7, 31,
		    "a count such as 0" },
		{ E "- {backoff: {shape: growin}}\n", 7, 21,
		    "did you mean \"growing\"?" },
		{ E "- {backoff: {first: {min: 2s, max: 1s}}}\n", 7, 36,
		    "min is above max" },
		{ E "- {backoff: {}}\n", 7, 13, "nothing to check" },
		{ E "- {retry: nevr}\n", 7, 11, "did you mean \"never\"?" },
		{ E "- {retry: {at_least: 1, policy: never}}\n", 7, 22,
		    "contradict" },
		{ E "- {retry_after: {early: {max: -1}}}\n", 7, 31,
		    "a count such as 0" },
		{ E "- {peak_rate: {max: 2x, bin: 1}}\n", 7, 30,
		    "needs a unit" },
		{ E "- {key: {required: POST}}\n", 7, 20, "expected a list" },
		{ E "- {unsafe_retry: {severity: maybe, max: 0}}\n", 7, 29,
		    "unknown value \"maybe\"" },
	};

	(void)state;
	broken_check(cases, COUNT(cases), DIAG_ERROR);
}

static void
each_check_of_an_entry_is_an_expectation(void **state)
{
	struct scenario *s = good(E
	    "- {during: out, attempts: {max: 4}, backoff: {shape: growing}}\n"
	    "- {status: 503, attempts: 2}\n"
	    "- {status: [503, 504], rule: r, method: [GET, HEAD], path: /a/**, "
	    "retry: {at_least: 1, for: 90%}}\n"
	    "- {during: out, attempts: {max: 9}}\n"
	    "- {during: out, method: POST, attempts: {max: 9}}\n"
	    "- {path: [/a, /b, /c, /d, /e], attempts: {max: 9}}\n");
	const struct expect *e = s->expects;
	const struct check_retry *retry = e[3].conf;

	(void)state;
	assert_int_equal(s->n_expects, 7);
	assert_string_equal(e[0].name, "attempts during out");
	assert_string_equal(e[1].name, "backoff during out");
	assert_string_equal(e[2].name, "attempts on 503");
	assert_string_equal(
	    e[3].name, "retry of r on 503,504 for GET,HEAD at /a/**");
	assert_string_equal(e[4].name, "attempts during out (2)");
	assert_string_equal(e[5].name, "attempts during out for POST");
	assert_string_equal(e[6].name, "attempts at /a,/b,/c,/d,...");
	assert_int_equal(e[0].check, CHECK_attempts);
	assert_int_equal(((const struct check_attempts *)e[0].conf)->max, 4);
	assert_int_equal(((const struct check_attempts *)e[2].conf)->max, 2);
	assert_int_equal(e[0].scope.phase, 0);
	assert_int_equal(e[0].scope.after, -1);
	assert_int_equal(e[2].scope.phase, -1);
	assert_int_equal(e[3].scope.rule, 0);
	assert_int_equal(e[3].scope.n_status, 2);
	assert_int_equal(e[3].scope.status[1], 504);
	assert_int_equal(e[3].scope.n_methods, 2);
	assert_true(pattern_match(e[3].scope.paths[0], SPAN("/a/b")));
	assert_int_equal(retry->at_least, 1);
	assert_int_equal(retry->share.min, 900000000);
	assert_int_equal(e[0].line, 7);
	assert_int_equal(e[0].col, 17);
	scenario_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_in_an_expectation_have_a_place),
		cmocka_unit_test(each_check_of_an_entry_is_an_expectation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
