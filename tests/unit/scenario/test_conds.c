#include "broken.h"

static void
mistakes_in_a_match_have_a_place(void **state)
{
	static const struct broken cases[] = {
		{ RI "  match: /a\n", 5, 10, "expected a mapping, got \"/a\"" },
		{ RI "  match: [path]\n", 5, 10,
		    "expected a mapping, got a "
		    "list" },
		{ RI "  match:\n", 5, 9, "expected a mapping, got nothing" },
		{ RI "  match: {methd: GET}\n", 5, 11,
		    "unknown match key \"methd\"; did you mean \"method\"?" },
		{ RI "  match: {zzzzzz: 1}\n", 5, 11, "there is method, path" },
		{ RI "  match: {path: search}\n", 5, 17,
		    "a path begins with \"/\"" },
		{ RI "  match: {path: }\n", 5, 17, "got nothing" },
		{ RI "  match: {path: \"\"}\n", 5, 18, "an empty pattern" },
		{ RI "  match: {path: []}\n", 5, 17, "an empty list" },
		{ RI "  match: {path: {a: b}}\n", 5, 17, "got a mapping" },
		{ RI "  match: {path: [/a, [/b]]}\n", 5, 22, "got a list" },
		{ RI "  match: {path: /a/***}\n", 5, 20, "three stars" },
		{ RI "  match: {path: '~/a(b'}\n", 5, 23,
		    "missing closing parenthesis" },
		{ RI "  match: {path: '~[z-a]'}\n", 5, 22, "out of order" },
		{ RI "  match: {path: \"~\"}\n", 5, 18, "empty regular" },
		{ RI "  match: {method: []}\n", 5, 19, "an empty list" },
		{ RI "  match: {method: [GET, \"\"]}\n", 5, 26, "empty" },
		{ RI "  match: {method: \"G T\"}\n", 5, 19,
		    "\"G T\" is not a method" },
		{ RI "  match: {host: \"~(\"}\n", 5, 20, "parenthesis" },
		{ RI "  match: {header: X-A}\n", 5, 19, "expected a mapping" },
		{ RI "  match: {header: {}}\n", 5, 19, "names nothing" },
		{ RI "  match: {header: {\"X A\": 1}}\n", 5, 20, "not a name" },
		{ RI "  match: {header: {X-A: }}\n", 5, 25, "got nothing" },
		{ RI "  match: {header: {X-A: {a: b}}}\n", 5, 25,
		    "got a mapping" },
		{ RI "  match: {header: {X-A: \"~[\"}}\n", 5, 28,
		    "missing terminating ]" },
		{ RI "  match: {query: a}\n", 5, 18, "expected a mapping" },
		{ RI "  match: {cookie: {\"a b\": c}}\n", 5, 20, "not a name" },
		{ RI "  match: {client: localhost}\n", 5, 19,
		    "an address or a network" },
		{ RI "  match: {client: 10.0.0.0/33}\n", 5, 19,
		    "from 0 to 32" },
		{ RI "  match: {client: \"fd00::/129\"}\n", 5, 19,
		    "from 0 to 128" },
		{ RI "  match: {client: 10.0.0/8}\n", 5, 19, "an address" },
		{ RI "  match: {client: 10.0.0.0/}\n", 5, 19, "prefix length" },
		{ RI "  match: {client: 256.1.1.1}\n", 5, 19, "an address" },
		{ RI "  match: {client: []}\n", 5, 19, "an empty list" },
		{ RI "  match: {client: [10.0.0.1, {a: b}]}\n", 5, 30,
		    "an address" },
		{ RI "  match: {protocol: http2}\n", 5, 21,
		    "unknown value \"http2\"" },
		{ RI "  match: {protocol: [h1, h3]}\n", 5, 26,
		    "unknown value \"h3\"; did you mean \"h" },
		{ RI "  match: {protocol: []}\n", 5, 21, "an empty list" },
		{ RI "  match: {body_size: 10}\n", 5, 22,
		    "expected a mapping" },
		{ RI "  match: {body_size: {min: 2MB, max: 1MB}}\n", 5, 38,
		    "min is above max" },
		{ RI "  match: {body_size: {}}\n", 5, 22, "nothing is asked" },
		{ RI "  match: {body_size: {min: -1}}\n", 5, 28,
		    "expected a size" },
		{ RI "  match: {body_size: {min: 1kb}}\n", 5, 28,
		    "expected a size" },
		{ RI "  match: {body_size: {least: 1}}\n", 5, 23,
		    "unknown key of body_size \"least\"" },
		{ RI "  match: {attempt: 0}\n", 5, 20, "from 1 to" },
		{ RI "  match: {attempt: {min: 0}}\n", 5, 26, "from 1 to" },
		{ RI "  match: {attempt: {min: 3, max: 2}}\n", 5, 34,
		    "min is above max" },
		{ RI "  match: {attempt: two}\n", 5, 20, "a whole number" },
		{ RI "  match: {any: {path: a}}\n", 5, 23, "begins with" },
		{ RI "  match: {any: []}\n", 5, 16, "an empty list" },
		{ RI "  match: {any: GET}\n", 5, 16, "a list of matches" },
		{ RI "  match: {any: [{path: /a}, {pat: /b}]}\n", 5, 30,
		    "did you mean \"path\"?" },
		{ RI "  match: {not: [[]]}\n", 5, 17, "got a list" },
		{ RI "  match: {not: {any: [{clent: 1.2.3.4}]}}\n", 5, 24,
		    "did you mean \"client\"?" },
	};

	(void)state;
	broken_check(cases, COUNT(cases), DIAG_ERROR);
}

static void
a_connection_is_matched_by_what_is_known(void **state)
{
	static const struct broken cases[] = {
		{ S "connections:\n- rule: r\n  inject: {accept: reset}\n"
		    "  match: {path: /a}\n",
		    5, 11, "a connection has no path yet" },
		{ S "connections:\n- rule: r\n  inject: {accept: reset}\n"
		    "  match: {not: {method: GET}}\n",
		    5, 17, "a connection has no method yet" },
	};

	(void)state;
	broken_check(cases, COUNT(cases), DIAG_ERROR);
}

static void
what_can_never_match_is_a_warning(void **state)
{
	static const struct broken cases[] = {
		{ RI "  match: {path: /a?b=1}\n", 5, 17, "without the query" },
		{ RI "  match: {path: /a b}\n", 5, 17, "no spaces" },
		{ RI "  match: {content_type: json}\n", 5, 25,
		    "a media type has a" },
		{ RI "  match: {method: get}\n", 5, 19, "case-sensitive" },
		{ RI "  match: {client: 10.0.0.1/8}\n", 5, 19,
		    "after the prefix" },
	};

	(void)state;
	broken_check(cases, COUNT(cases), DIAG_WARNING);
}

static void
conditions_hold_what_was_written(void **state)
{
	struct scenario *s =
	    good(RI "  match:\n"
		    "    body_size: {min: 1KiB}\n"
		    "    attempt: 2\n"
		    "    header: {Host: x, X-Gone: false, X-There: true}\n"
		    "    client: [10.0.0.0/8, '::1']\n"
		    "    protocol: [h2, grpc]\n"
		    "    path: [/a, /b/**]\n"
		    "    any: [{method: PUT}, {method: POST, host: h}]\n");
	const struct match *m = &s->rules[0]->match;
	const struct cond *c = m->conds;

	(void)state;
	assert_int_equal(m->n_conds, 9);
	assert_int_equal(c[0].kind, COND_PATH);
	assert_int_equal(c[0].n_patterns, 2);
	assert_true(pattern_match(c[0].patterns[1], SPAN("/b")));
	assert_int_equal(c[1].kind, COND_HEADER);
	assert_int_equal(c[1].id, FIELD_HOST);
	assert_true(c[2].absent);
	assert_int_equal(c[2].id, FIELD_OTHER);
	assert_true(span_eq(c[2].name, SPAN("X-Gone")));
	assert_true(c[3].present);
	assert_int_equal(c[3].n_patterns, 0);
	assert_int_equal(c[4].n_nets, 2);
	assert_int_equal(c[4].net_bits[0], 8);
	assert_int_equal(c[4].nets[1].n, 16);
	assert_int_equal(c[5].protocols, MATCH_H2 | MATCH_GRPC);
	assert_int_equal(c[6].min, 1024);
	assert_true(c[6].max == UINT64_MAX);
	assert_int_equal(c[7].min, 2);
	assert_int_equal(c[7].max, 2);
	assert_int_equal(c[8].kind, COND_ANY);
	assert_int_equal(c[8].n_alternatives, 2);
	assert_int_equal(c[8].alternatives[1].n_conds, 2);
	scenario_free(s);
}

static void
expensive_conditions_come_last(void **state)
{
	struct scenario *s =
	    good(RI "  match: {path: \"~^/a\", header: {X: \"~b\"}, sni: x}\n");
	const struct match *m = &s->rules[0]->match;

	(void)state;
	assert_int_equal(m->conds[0].kind, COND_SNI);
	assert_int_equal(m->conds[1].kind, COND_PATH);
	assert_int_equal(m->conds[2].kind, COND_HEADER);
	scenario_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_in_a_match_have_a_place),
		cmocka_unit_test(a_connection_is_matched_by_what_is_known),
		cmocka_unit_test(what_can_never_match_is_a_warning),
		cmocka_unit_test(conditions_hold_what_was_written),
		cmocka_unit_test(expensive_conditions_come_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
