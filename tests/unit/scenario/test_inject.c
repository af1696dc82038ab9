#include "scenario/inject.h"
#include "base/clock.h"
#include "broken.h"

static const struct broken fault_mistakes[] = {
	{ R "  inject:\n", 4, 10, "expected a mapping, got nothing" },
	{ R "  inject: {}\n", 4, 11, "no fault is named" },
	{ R "  inject: status\n", 4, 11, "expected a mapping" },
	{ R "  inject: [{status: 503}]\n", 4, 11, "got a list" },
	{ R "  inject: {delya: 3s}\n", 4, 12,
	    "unknown fault \"delya\"; did you mean \"delay\"?" },
	{ R "  inject: {statsu: 503}\n", 4, 12, "did you mean \"status\"?" },
	{ R "  inject: {explode: now}\n", 4, 12, "there is status" },
	{ R "  inject: {status: 0}\n", 4, 20, "from 100 to 999" },
	{ R "  inject: {status: 99}\n", 4, 20, "from 100 to 999" },
	{ R "  inject: {status: 1000}\n", 4, 20, "from 100 to 999" },
	{ R "  inject: {status: -503}\n", 4, 20, "from 100 to 999" },
	{ R "  inject: {status: 4xx}\n", 4, 20, "a whole number" },
	{ R "  inject: {status: teapot}\n", 4, 20, "a whole number" },
	{ R "  inject: {status: \"503\"}\n", 4, 20, "a whole number" },
	{ R "  inject: {status: 503.0}\n", 4, 20, "a whole number" },
	{ R "  inject: {status: [503]}\n", 4, 20, "got a list" },
	{ R "  inject: {status: }\n", 4, 20, "got nothing" },
	{ R "  inject: {status: {}}\n", 4, 20, "\"code\" is missing" },
	{ R "  inject: {status: {code: 503, bdy: x}}\n", 4, 32,
	    "did you mean \"body\"?" },
	{ R "  inject: {status: {code: 503, reason: [x]}}\n", 4, 40,
	    "expected text, got a list" },
	{ R "  inject: {status: 503, headers: [a]}\n", 4, 34,
	    "headers: expected a mapping" },
	{ R "  inject: {status: 503, headers: {}}\n", 4, 34,
	    "an empty mapping" },
	{ R "  inject: {status: 503, headers: {a: [b]}}\n", 4, 38,
	    "expected text, got a list" },
	{ R "  inject: {status: 503, headers: {X-A: 1, \"X B\": 2}}\n", 4, 43,
	    "a field name consists of" },
	{ R "  inject: {status: 503, retry_after: {}}\n", 4, 38,
	    "an empty mapping says nothing" },
	{ R "  inject: {interim: [103, 200]}\n", 4, 27,
	    "a 1xx code other than 101" },
	{ R "  inject: {interim: 103}\n", 4, 21,
	    "expected a list or a mapping" },
	{ R "  inject: {malformed: [garbage]}\n", 4, 23,
	    "expected a single value or a mapping, got a list" },
	{ R "  inject: {rate_limit: {requests: 10, per: 1s, headers: "
	    "[foo]}}\n",
	    4, 58, "headers: unknown value \"foo\"" },
	{ R "  inject: {status: 503, close: rst}\n", 4, 25,
	    "\"status\" and \"close\" both end the exchange" },
	{ R "  inject: {timeout: 3s, hang: {for: 1s}}\n", 4, 25,
	    "both end the exchange" },
	{ R "  inject: {after: 1s}\n", 4, 12, "goes with a fault that ends" },
	{ R "  inject: {delay: 1s, upstream: served}\n", 4, 23,
	    "goes with a fault that ends" },
	{ R "  inject: {delay: 1s, retry_after: 3s}\n", 4, 23,
	    "goes with a fault such as" },
	{ R "  inject: {status: 503, after: soon}\n", 4, 32,
	    "expected a duration" },
	{ R "  inject: {status: 503, upstream: yes}\n", 4, 35,
	    "unknown value \"yes\"" },
	{ R "  inject: {status: 503, upstream: skiped}\n", 4, 35,
	    "did you mean \"skipped\"?" },
	{ R "  inject: {status: {code: 503, retry_after: 1s}, "
	    "retry_after: 2s}\n",
	    4, 50, "\"retry_after\" is given twice" },
	{ R "  inject: {status: 503, retry_after: 3}\n", 4, 38,
	    "a duration needs a unit" },
	{ R "  inject: {status: 503, retry_after: {one_of: []}}\n", 4, 47,
	    "an empty list" },
	{ R "  inject: {status: 503, retry_after: {one_of: [3]}}\n", 4, 48,
	    "a duration needs a unit" },
	{ R "  inject: {status: 503, retry_after: {one_off: [3s]}}\n", 4, 39,
	    "did you mean \"one_of\"?" },
	{ R "  inject: {status: 503, retry_after: {value: 3s, format: "
	    "iso}}\n",
	    4, 58, "format: unknown value \"iso\"" },
	{ R "  inject: {status: 503, retry_after: {value: 3s, enforce: "
	    "yes}}\n",
	    4, 59, "expected true or false" },
	{ R "  inject: {timeout: }\n", 4, 21, "got nothing" },
	{ R "  inject: {timeout: 30}\n", 4, 21, "needs a unit" },
	{ R "  inject: {timeout: -1s}\n", 4, 21, "expected a duration" },
	{ R "  inject: {timeout: 1h30}\n", 4, 21, "expected a duration" },
	{ R "  inject: {timeout: 1h30m}\n", 4, 21, "expected a duration" },
	{ R "  inject: {timeout: 3sec}\n", 4, 21, "expected a duration" },
	{ R "  inject: {timeout: 99999999999999h}\n", 4, 21, "too large" },
	{ R "  inject: {close: reset}\n", 4, 19,
	    "close: unknown value \"reset\"" },
	{ R "  inject: {close: {at: respons_head}}\n", 4, 24,
	    "did you mean \"response_head\"?" },
	{ R "  inject: {close: {at: {bytes: 1XB}}}\n", 4, 32,
	    "expected a size" },
	{ R "  inject: {close: {at: {chunks: x}}}\n", 4, 33, "a whole number" },
	{ R "  inject: {malformed: chunksize}\n", 4, 23,
	    "did you mean \"chunk_size\"?" },
	{ R "  inject: {bandwidth: 64KiB}\n", 4, 23, "expected a bandwidth" },
	{ R "  inject: {bandwidth: 0B/s}\n", 4, 23, "at least 1B/s" },
	{ R "  inject: {delay: {uniform: [3s]}}\n", 4, 29, "uniform" },
	{ R "  inject: {delay: {normal: {mean: 1s}}}\n", 4, 28,
	    "\"sd\" is missing" },
	{ R "  inject: {delay: 200}\n", 4, 19, "needs a unit" },
	{ R "  inject: {accept: reset}\n", 4, 12,
	    "it belongs to \"connections\"" },
	{ S "connections:\n- rule: r\n  inject: {status: 503}\n", 4, 12,
	    "it belongs to \"rules\"" },
	{ S "connections:\n- rule: r\n  inject: {acept: reset}\n", 4, 12,
	    "did you mean \"accept\"?" },
	{ S "connections:\n- rule: r\n  inject: {accept: reject}\n", 4, 20,
	    "unknown value \"reject\"" },
	{ S "connections:\n- rule: r\n  inject: {accept: reset, "
	    "after: 1s}\n",
	    4, 27, "unknown fault \"after\"" },
};

static void
mistakes_in_a_fault_have_a_place(void **state)
{
	(void)state;
	broken_check(fault_mistakes, COUNT(fault_mistakes), DIAG_ERROR);
}

static const struct inject *
only_inject(struct scenario **sp, const char *text)
{
	*sp = good(text);
	assert_int_equal((*sp)->n_rules, 1);
	return &(*sp)->rules[0]->inject;
}

static void
what_changes_comes_before_what_ends(void **state)
{
	struct scenario *s;
	const struct inject *i = only_inject(&s,
	    R "  inject: {status: 503, delay: 1s, after: 2s, headers: {X: y}, "
	      "upstream: served, bandwidth: 1KB/s}\n");

	(void)state;
	assert_int_equal(i->n_faults, 3);
	assert_string_equal(i->faults[0].type->name, "delay");
	assert_string_equal(i->faults[1].type->name, "bandwidth");
	assert_string_equal(i->faults[2].type->name, "status");
	assert_string_equal(i->ends->name, "status");
	assert_int_equal(i->after_ns, 2ull * NS_PER_S);
	assert_true(i->served);
	assert_int_equal(inject_status(&i->faults[2]), 503);
	assert_false(inject_tells_wait(&i->faults[2]));
	for (unsigned k = 0; k < 3; k++)
		assert_ptr_equal(s->shared[i->faults[k].shared], &i->faults[k]);
	scenario_free(s);
}

static void
headers_alone_change_the_response(void **state)
{
	struct scenario *s;
	const struct inject *i =
	    only_inject(&s, R "  inject: {headers: {set: {X-A: b}}}\n");

	(void)state;
	assert_null(i->ends);
	assert_int_equal(i->n_faults, 1);
	assert_string_equal(i->faults[0].type->name, "headers");
	scenario_free(s);
}

/* `status` and `headers` beside rate_limit are its own, in any order. */
static void
keys_beside_a_fault_are_its_own_in_any_order(void **state)
{
	static const char *const texts[] = {
		R "  inject: {rate_limit: {requests: 5, per: 1s}, "
		  "retry_after: 3s}\n",
		R "  inject: {retry_after: 3s, rate_limit: {requests: 5, "
		  "per: 1s}}\n",
		R "  inject: {retry_after: {value: 3s}, status: 429}\n",
		R "  inject: {retry_after: {value: 3s, format: date}, "
		  "status: 429}\n",
	};

	(void)state;
	for (size_t k = 0; k < COUNT(texts); k++) {
		struct scenario *s;
		const struct inject *i = only_inject(&s, texts[k]);

		assert_int_equal(i->n_faults, 1);
		assert_int_equal(inject_status(&i->faults[0]), 429);
		assert_true(inject_tells_wait(&i->faults[0]));
		assert_int_equal(inject_tells_date(&i->faults[0]), k == 3);
		scenario_free(s);
	}
}

static void
a_header_field_injects_by_the_same_tables(void **state)
{
	static const char text[] =
	    " status=503;retry_after = 2s ; delay={uniform: [1s, 2s]};";
	struct arena *arena = arena_new();
	struct diags d = { 0 };
	struct inject i;

	(void)state;
	assert_true(inject_parse(arena, SPAN(text), &i, &d));
	assert_int_equal(i.n_faults, 2);
	assert_string_equal(i.faults[0].type->name, "delay");
	assert_string_equal(i.ends->name, "status");
	assert_int_equal(inject_status(&i.faults[1]), 503);
	assert_true(inject_tells_wait(&i.faults[1]));
	assert_int_equal(d.n, 0);
	arena_free(arena);
}

static void
mistakes_in_a_header_field_have_a_column(void **state)
{
	static const struct broken cases[] = {
		{ "", 1, 1, "no fault is named" },
		{ " ; ;", 1, 1, "no fault is named" },
		{ "status", 1, 1, "expected FAULT=VALUE" },
		{ "=503", 1, 1, "expected FAULT=VALUE" },
		{ "status=", 1, 8, "got nothing" },
		{ "status=42", 1, 8, "from 100 to 999" },
		{ "delay=1s; statsu=503", 1, 11, "did you mean \"status\"?" },
		{ "status=503; status=500", 1, 13, "given twice" },
		{ "status=503; close=rst", 1, 13, "both end the exchange" },
		{ "accept=reset", 1, 1, "it belongs to \"connections\"" },
		{ "delay={uniform: [1s, 2s]", 1, 25, "" },
		{ "delay={uniform: [1s, 2x]}", 1, 22, "expected a duration" },
		{ "status=503\r\nX: y", 1, 8, "" },
		{ "delay=\xff", 1, 7, "not UTF-8" },
	};

	(void)state;
	for (size_t k = 0; k < COUNT(cases); k++) {
		struct arena *arena = arena_new();
		struct diags d = { 0 };
		struct inject i;

		if (inject_parse(arena, span_str(cases[k].text), &i, &d) ||
		    d.n == 0 || d.v[0].line != 1 ||
		    d.v[0].col != cases[k].col ||
		    strstr(d.v[0].text, cases[k].part) == NULL ||
		    strcmp(d.v[0].file, "X-Brownout-Inject") != 0)
			fail_msg("%s: %s", cases[k].text, broken_print(&d));
		diags_clear(&d);
		arena_free(arena);
	}
}

static void
a_huge_header_field_is_refused(void **state)
{
	static char text[5000];
	struct arena *arena = arena_new();
	struct diags d = { 0 };
	struct inject i;

	(void)state;
	memset(text, ';', sizeof(text));
	assert_false(
	    inject_parse(arena, (struct span){ text, sizeof(text) }, &i, &d));
	assert_non_null(strstr(d.v[0].text, "longer than"));
	diags_clear(&d);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_in_a_fault_have_a_place),
		cmocka_unit_test(what_changes_comes_before_what_ends),
		cmocka_unit_test(headers_alone_change_the_response),
		cmocka_unit_test(keys_beside_a_fault_are_its_own_in_any_order),
		cmocka_unit_test(a_header_field_injects_by_the_same_tables),
		cmocka_unit_test(mistakes_in_a_header_field_have_a_column),
		cmocka_unit_test(a_huge_header_field_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
