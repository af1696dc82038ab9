#include "broken.h"

/* Two rules that always end the exchange, of which the second has this match.
 */
#define TWO(a, b)                                                        \
	S "rules:\n- {rule: a, inject: {status: 503}, match: {" a "}}\n" \
	  "- {rule: b, inject: {status: 500}, match: {" b "}}\n"

static void
a_rule_behind_one_that_takes_all_is_never_reached(void **state)
{
	static const struct broken cases[] = {
		{ TWO("", ""), 4, 3,
		    "rule \"b\" is never reached: rule \"a\" at line 3" },
		{ TWO("", "path: /x"), 4, 3, "never reached" },
		{ TWO("path: /x", "path: /x"), 4, 3, "never reached" },
		{ TWO("path: /x/**", "path: /x"), 4, 3, "never reached" },
		{ TWO("path: /x/**", "path: /x/*/y"), 4, 3, "never reached" },
		{ TWO("path: /x**", "path: /xy/**"), 4, 3, "never reached" },
		{ TWO("path: ['~^/a', '~^/b']", "path: [/abc, /b]"), 4, 3,
		    "never reached" },
		{ TWO("method: [GET, HEAD]", "method: GET, path: /x"), 4, 3,
		    "never reached" },
		{ TWO("header: {x-a: true}", "header: {X-A: v*}"), 4, 3,
		    "never reached" },
		{ TWO("client: 10.0.0.0/8", "client: [10.1.0.0/16, 10.9.9.9]"),
		    4, 3, "never reached" },
		{ TWO("protocol: [h1, h2]", "protocol: h2"), 4, 3,
		    "never reached" },
		{ TWO("body_size: {min: 1KB}",
		      "body_size: {min: 2KB, max: 3KB}"),
		    4, 3, "never reached" },
		{ TWO("any: [{path: /x}, {path: /y}]", "path: /y, host: h"), 4,
		    3, "never reached" },
		{ S "rules:\n- rule: a\n  choose: [{rate: 60%, inject: "
		    "{status: "
		    "503}}, {rate: 40%, inject: {close: rst}}]\n"
		    "- {rule: b, inject: {delay: 1s}}\n",
		    5, 3, "never reached" },
		{ RI "phases:\n- phase: p\n  rules:\n"
		     "  - {rule: q, inject: {timeout: 1s}}\n",
		    3, 3, "rule \"r\" is never reached: rule \"q\"" },
	};

	(void)state;
	broken_check(cases, COUNT(cases), DIAG_WARNING);
}

static void
a_rule_that_gets_some_requests_is_not_hidden(void **state)
{
	static const char *const cases[] = {
		TWO("path: /x", ""),
		TWO("path: /x/**", "path: /xy"),
		TWO("path: /x/*", "path: /x/**"),
		TWO("path: /x, method: GET", "path: /x"),
		TWO("header: {X-A: v}", "header: {X-A: true}"),
		TWO("header: {X-A: v}", "header: {X-B: v}"),
		TWO("query: {a: v}", "query: {A: v}"),
		TWO("client: 10.0.0.0/16", "client: 10.0.0.0/8"),
		TWO("attempt: {min: 2}", "attempt: {min: 1}"),
		TWO("not: {path: /x}", "path: /y"),
		TWO("path: ['/a', '/b']", "path: [/a, /c]"),
		S "rules:\n- {rule: a, inject: {status: 503}, limit: 5}\n"
		  "- {rule: b, inject: {status: 500}}\n",
		S "rules:\n- {rule: a, inject: {status: 503}, rate: 99%}\n"
		  "- {rule: b, inject: {status: 500}}\n",
		S "rules:\n- {rule: a, inject: {delay: 1s}}\n"
		  "- {rule: b, inject: {status: 500}}\n",
		S "rules:\n- {rule: a, inject: {status: 103}}\n"
		  "- {rule: b, inject: {status: 500}}\n",
		S "rules:\n- {rule: a, inject: {status: 101}}\n"
		  "- {rule: b, inject: {status: 500}}\n",
		S "rules:\n- {rule: a, inject: {rate_limit: {requests: 1, per: "
		  "1s}}}\n- {rule: b, inject: {status: 500}}\n",
		RI "phases:\n- phase: p\n  for: 1s\n  rules:\n"
		   "  - {rule: q, inject: {timeout: 1s}}\n- phase: z\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct diags d = { 0 };
		struct scenario *s =
		    scenario_parse("f", cases[i], strlen(cases[i]), &d);

		if (s == NULL || d.n != 0)
			fail_msg("%s\n%s", cases[i], broken_print(&d));
		scenario_free(s);
	}
}

static void
what_changes_nothing_is_told(void **state)
{
	static const struct broken cases[] = {
		{ S, 1, 1, "no rule can fire" },
		{ RI "phases:\n- {phase: a, for: 1s}\n- {phase: b, for: 1s}\n",
		    7, 3, "phase \"b\" changes nothing: it is the same" },
		{ RI "  per: client\n", 5, 3, "per: changes nothing" },
	};
	struct scenario *s;
	struct diags d = { 0 };
	const char *text = S "phases:\n- phase: p\n  rules:\n"
			     "  - {rule: r, rate: 0%, inject: {status: 503}}\n";

	(void)state;
	broken_check(cases, COUNT(cases), DIAG_WARNING);
	s = scenario_parse("f", text, strlen(text), &d);
	assert_non_null(s);
	assert_int_equal(d.n, 3);
	assert_non_null(strstr(d.v[0].text, "\"r\" never fires"));
	assert_int_equal(d.v[0].line, 5);
	assert_int_equal(d.v[0].col, 21);
	assert_non_null(strstr(d.v[1].text, "phase \"p\" changes nothing"));
	scenario_free(s);
	diags_clear(&d);
}

#define PLAY                                              \
	S "phases:\n- {phase: baseline, for: 5s}\n"       \
	  "- phase: out\n  for: 10s\n"                    \
	  "  rules: [{rule: r, inject: {status: 503}}]\n" \
	  "- {phase: end, for: 5s}\nexpect:\n"

static void
an_expectation_that_nothing_shows_is_told(void **state)
{
	static const struct broken cases[] = {
		{ PLAY "- {during: baseline, attempts: 4}\n", 9, 22,
		    "never exercised: no rule of that phase" },
		{ PLAY "- {during: out, status: 504, attempts: 4}\n", 9, 30,
		    "never exercised" },
		{ PLAY "- {status: [429], retry: never}\n", 9, 19,
		    "no rule of the scenario" },
		{ PLAY "- {during: out, retry_after: {early: 0}}\n", 9, 17,
		    "never exercised" },
		{ PLAY "- {during: end, rule: r, attempts: 4}\n", 9, 26,
		    "never exercised" },
		{ PLAY "- {after: end, settle: {within: 5s}}\n", 9, 16,
		    "nothing is played after that phase" },
		{ PLAY "- {after: baseline, recover: 5s}\n", 9, 21,
		    "the phase after that one has rules" },
	};
	static const char *const fine[] = {
		PLAY "- {during: out, attempts: 4, backoff: growing}\n",
		PLAY "- {after: out, recover: 10s, settle: 30s}\n",
		PLAY "- {during: baseline, success: 99%}\n",
		PLAY "- {status: 503, rule: r, retry: never}\n",
	};

	(void)state;
	broken_check(cases, COUNT(cases), DIAG_WARNING);
	for (size_t i = 0; i < COUNT(fine); i++) {
		struct diags d = { 0 };
		struct scenario *s =
		    scenario_parse("f", fine[i], strlen(fine[i]), &d);

		if (s == NULL || d.n != 0)
			fail_msg("%s\n%s", fine[i], broken_print(&d));
		scenario_free(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_rule_behind_one_that_takes_all_is_never_reached),
		cmocka_unit_test(a_rule_that_gets_some_requests_is_not_hidden),
		cmocka_unit_test(what_changes_nothing_is_told),
		cmocka_unit_test(an_expectation_that_nothing_shows_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
