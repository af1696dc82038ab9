#include "base/clock.h"
#include "broken.h"

static void
mistakes_in_a_phase_have_a_place(void **state)
{
	static const struct broken cases[] = {
		{ S "phases: {}\n", 2, 9, "expected a list" },
		{ S "phases: []\n", 2, 9, "an empty list" },
		{ S "phases:\n", 2, 8, "expected a list, got nothing" },
		{ S "phases:\n- baseline\n", 3, 3, "expected a mapping" },
		{ S "phases:\n- for: 1s\n", 3, 3, "\"phase\" is missing" },
		{ S "phases:\n- phase: \"\"\n", 3, 10, "empty" },
		{ S "phases:\n- phase: a\n  fro: 1s\n", 4, 3,
		    "unknown phase key \"fro\"; did you mean \"for\"?" },
		{ S "phases:\n- phase: a\n  for: 1s\n- phase: a\n", 5, 10,
		    "a second phase \"a\"; the first is at line 3" },
		{ S "phases:\n- phase: a\n- phase: b\n  for: 1s\n", 3, 3,
		    "only the last phase may be endless" },
		{ S "phases:\n- phase: a\n  for: 0s\n", 4, 8, "at least 1ms" },
		{ S "phases:\n- phase: a\n  for: 15\n", 4, 8, "needs a unit" },
		{ S "phases:\n- phase: a\n  for: forever\n", 4, 8,
		    "expected a duration" },
		{ S "phases:\n- phase: a\n  for: 1s\n  repeat: 0\n", 5, 11,
		    "from 1 to" },
		{ S "phases:\n- phase: a\n  for: 1s\n  repeat: twice\n", 5, 11,
		    "a whole number" },
		{ S "phases:\n- phase: a\n  repeat: 2\n", 4, 11,
		    "an endless phase is played once" },
		{ S "phases:\n- phase: a\n  for: 2000000h\n  repeat: 1000000\n",
		    3, 3, "292 years" },
		{ S "phases:\n- phase: a\n  rules: {}\n", 4, 10,
		    "expected a list" },
		{ S "phases:\n- phase: a\n  expect: []\n", 4, 3,
		    "unknown phase key \"expect\"" },
		{ S "phases:\n- phase: a\n  rules:\n  - rule: r\n    inject: "
		    "{status: 503}\n    rate: {from: 1%, to: 2%}\n",
		    7, 11, "a ramp needs a phase with an end" },
	};

	(void)state;
	broken_check(cases, COUNT(cases), DIAG_ERROR);
}

static void
phases_try_their_own_rules_first(void **state)
{
	struct scenario *s = good(
	    S "rules:\n- {rule: common, inject: {delay: 1s}}\n"
	      "connections:\n- {rule: c, inject: {accept: reset}, rate: 1%}\n"
	      "phases:\n- {phase: a, for: 10s, repeat: 3}\n"
	      "- phase: b\n  for: 5s\n  rules:\n"
	      "  - {rule: own, inject: {status: 503}}\n"
	      "  connections:\n  - {rule: d, inject: {accept: refuse}}\n");
	const struct phase *p = s->phases;

	(void)state;
	assert_int_equal(s->n_phases, 2);
	assert_int_equal(s->n_rules, 4);
	assert_int_equal(p[0].n_rules, 1);
	assert_int_equal(p[0].n_connections, 1);
	assert_int_equal(p[0].repeat, 3);
	assert_int_equal(p[1].index, 1);
	assert_int_equal(p[1].n_rules, 2);
	assert_string_equal(p[1].rules[0]->name, "own");
	assert_string_equal(p[1].rules[1]->name, "common");
	assert_string_equal(p[1].connections[0]->name, "d");
	assert_string_equal(p[1].connections[1]->name, "c");
	for (unsigned i = 0; i < s->n_rules; i++)
		assert_int_equal(s->rules[i]->index, i);
	assert_int_equal(scenario_length(s), 35ull * NS_PER_S);
	scenario_free(s);
}

static void
without_phases_there_is_an_endless_one(void **state)
{
	struct scenario *s = good(RI);

	(void)state;
	assert_int_equal(s->n_phases, 1);
	assert_string_equal(s->phases[0].name, "all");
	assert_int_equal(s->phases[0].n_rules, 1);
	assert_int_equal(scenario_length(s), 0);
	scenario_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_in_a_phase_have_a_place),
		cmocka_unit_test(phases_try_their_own_rules_first),
		cmocka_unit_test(without_phases_there_is_an_endless_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
