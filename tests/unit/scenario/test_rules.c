#include "base/hash.h"
#include "base/rng.h"
#include "broken.h"

static const struct broken rule_mistakes[] = {
	{ S "rules: {rule: r}\n", 2, 8, "expected a list" },
	{ S "rules: all\n", 2, 8, "expected a list, got \"all\"" },
	{ S "rules: []\n", 2, 8, "an empty list" },
	{ S "rules:\n- r\n", 3, 3, "expected a mapping, got \"r\"" },
	{ S "rules:\n- inject: {status: 503}\n", 3, 3, "\"rule\" is missing" },
	{ S "rules:\n- rule:\n  inject: {status: 503}\n", 3, 8, "got nothing" },
	{ S "rules:\n- rule: \"\"\n  inject: {status: 503}\n", 3, 9, "empty" },
	{ S "rules:\n- rule: [a]\n  inject: {status: 503}\n", 3, 9,
	    "expected text, got a list" },
	{ S "rules:\n- rule: \"a;b\"\n  inject: {status: 503}\n", 3, 9,
	    "none of" },
	{ S "rules:\n- rule: \"a\\r\\nb\"\n  inject: {status: 503}\n", 3, 9,
	    "control characters" },
	{ S "rules:\n- rule: \" a\"\n  inject: {status: 503}\n", 3, 9,
	    "no space" },
	{ RI "- rule: r\n  inject: {status: 500}\n", 5, 9,
	    "a second rule \"r\"; the first is at line 3" },
	{ RI "phases:\n- phase: p\n  rules:\n  - rule: r\n"
	     "    inject: {status: 500}\n",
	    8, 11, "a second rule \"r\"" },
	{ S "rules:\n- &x {rule: r, inject: {status: 503}}\n- *x\n", 3, 13,
	    "used a second time" },
	{ RI "  ruel: x\n", 5, 3, "did you mean \"rule\"?" },
	{ RI "  rates: 10%\n", 5, 3, "did you mean \"rate\"?" },
	{ RI "  include: other.yaml\n", 5, 3, "unknown rule key \"include\"" },
	{ RI "  rate: 20\n", 5, 9, "a rate needs a percent sign" },
	{ RI "  rate: 101%\n", 5, 9, "at most 100%" },
	{ RI "  rate: -1%\n", 5, 9, "expected a rate" },
	{ RI "  rate: nan\n", 5, 9, "expected a rate" },
	{ RI "  rate: 1e309\n", 5, 9, "expected a rate" },
	{ RI "  rate: 0x10\n", 5, 9, "expected a rate" },
	{ RI "  rate: 20 %\n", 5, 9, "expected a rate" },
	{ RI "  rate: .2\n", 5, 9, "expected a rate" },
	{ RI "  rate: 0.2\n", 5, 9, "percent sign" },
	{ RI "  rate: 0.00001%\n", 5, 9, "at least 0.0001%" },
	{ RI "  rate: [1%]\n", 5, 9, "got a list" },
	{ RI "  rate:\n", 5, 8, "got nothing" },
	{ RI "  rate: {from: 0%}\n", 5, 9, "both from and to" },
	{ RI "  rate: {to: 9%}\n", 5, 9, "both from and to" },
	{ RI "  rate: {from: 0%, till: 9%}\n", 5, 20,
	    "unknown key of rate \"till\"" },
	{ RI "  every: 0\n", 5, 10, "at least 1" },
	{ RI "  every: -5\n", 5, 10, "at least 1" },
	{ RI "  every: 2.5\n", 5, 10, "a whole number" },
	{ RI "  every: \"5\"\n", 5, 10, "a whole number" },
	{ RI "  every: 010\n", 5, 10, "a whole number" },
	{ RI "  every: 99999999999999999999\n", 5, 10, "a whole number" },
	{ RI "  first: 0\n", 5, 10, "at least 1" },
	{ RI "  first: yes\n", 5, 10, "a whole number" },
	{ RI "  burst: 1%\n", 5, 10, "expected a mapping" },
	{ RI "  burst: {enter: 1%}\n", 5, 10, "\"leave\" is missing" },
	{ RI "  burst: {enter: 0%, leave: 20%}\n", 5, 18, "at least 0.0001%" },
	{ RI "  burst: {enter: 1%, exit: 20%, leave: 1%}\n", 5, 22,
	    "unknown key of burst" },
	{ RI "  rate: 1%\n  every: 3\n", 6, 3,
	    "\"rate\" and \"every\" exclude each other" },
	{ RI "  first: 1\n  burst: {enter: 1%, leave: 2%}\n", 6, 3,
	    "exclude each other" },
	{ RI "  rate: 5%\n  per: request\n", 6, 8,
	    "per: unknown value \"request\"" },
	{ RI "  rate: 5%\n  per: clinet\n", 6, 8, "did you mean \"client\"?" },
	{ RI "  rate: 5%\n  spread: evenly\n", 6, 11,
	    "did you mean \"even\"?" },
	{ RI "  every: 5\n  spread: even\n", 6, 3,
	    "\"spread\" goes with \"rate\"" },
	{ RI "  limit: 0\n", 5, 10, "at least 1" },
	{ RI "  limit: none\n", 5, 10, "a whole number" },
	{ R "  match: {path: /a}\n", 3, 3, "\"inject\" is missing" },
	{ RI "  choose: [{rate: 5%, inject: {status: 500}}]\n", 5, 3,
	    "\"inject\" and \"choose\" exclude" },
	{ R "  choose: []\n", 4, 11, "an empty list" },
	{ R "  choose: {rate: 5%}\n", 4, 11, "expected a list" },
	{ R "  choose: [{inject: {status: 500}}]\n", 4, 12,
	    "\"rate\" is missing" },
	{ R "  choose: [{rate: 5%}]\n", 4, 12, "\"inject\" is missing" },
	{ R "  choose: [{rate: 0%, inject: {status: 500}}]\n", 4, 19,
	    "at least 0.0001%" },
	{ R "  choose: [{rate: 60%, inject: {status: 500}}, "
	    "{rate: 50%, inject: {status: 502}}]\n",
	    4, 55, "more than 100%" },
	{ R "  rate: 5%\n  choose: [{rate: 5%, inject: "
	    "{status: 500}}]\n",
	    4, 3, "\"rate\" and \"choose\" exclude" },
	{ R "  choose: [{rate: 5%, injct: {status: 500}, inject: "
	    "{status: 500}}]\n",
	    4, 23, "did you mean \"inject\"?" },
	{ RI "  rate: {from: 0%, to: 60%}\n", 5, 9,
	    "a ramp needs a phase with an end" },
	{ RI "  rate: {from: 0%, to: 60%}\nphases:\n- {phase: a, for: "
	     "1s}\n- phase: b\n",
	    5, 9, "a ramp needs a phase with an end" },
	{ S "connections:\n- rule: r\n  inject: {accept: reset}\n"
	    "  rate: 5%\n  per: operation\n",
	    6, 8, "belongs to no operation" },
};

static void
mistakes_in_a_rule_have_a_place(void **state)
{
	(void)state;
	broken_check(rule_mistakes, COUNT(rule_mistakes), DIAG_ERROR);
}

static const struct rule *
only_rule(struct scenario **sp, const char *text)
{
	*sp = good(text);
	assert_int_equal((*sp)->n_rules, 1);
	return (*sp)->rules[0];
}

static void
selectors_hold_what_was_written(void **state)
{
	struct scenario *s;
	const struct rule *r = only_rule(&s, RI);

	(void)state;
	assert_string_equal(r->name, "r");
	assert_true(r->hash == hash_name("r", 1));
	assert_int_equal(r->select.kind, SELECT_ALWAYS);
	assert_int_equal(r->select.per, PER_ALL);
	assert_int_equal(r->line, 3);
	assert_int_equal(r->col, 3);
	scenario_free(s);
	r = only_rule(&s, RI "  rate: 12.5%\n  spread: even\n  limit: 9\n");
	assert_int_equal(r->select.kind, SELECT_RATE);
	assert_int_equal(r->select.rate_from, RATE_ONE / 8);
	assert_int_equal(r->select.rate_to, RATE_ONE / 8);
	assert_true(r->select.even);
	assert_int_equal(r->select.limit, 9);
	scenario_free(s);
	r = only_rule(&s, RI "  first: 2\n");
	assert_int_equal(r->select.kind, SELECT_FIRST);
	assert_int_equal(r->select.first, 2);
	assert_int_equal(r->select.per, PER_OPERATION);
	scenario_free(s);
	r = only_rule(&s, RI "  first: 2\n  per: all\n");
	assert_int_equal(r->select.per, PER_ALL);
	scenario_free(s);
	r = only_rule(&s, RI "  every: 5\n  per: connection\n");
	assert_int_equal(r->select.kind, SELECT_EVERY);
	assert_int_equal(r->select.per, PER_CONNECTION);
	scenario_free(s);
	r = only_rule(&s, RI "  burst: {enter: 1%, leave: 20%}\n");
	assert_int_equal(r->select.kind, SELECT_BURST);
	assert_int_equal(r->select.leave, RATE_ONE / 5);
	scenario_free(s);
	r = only_rule(&s, RI "  rate: {from: 0%, to: 60%}\n"
			     "phases: [{phase: p, for: 1s}]\n");
	assert_int_equal(r->select.rate_from, 0);
	assert_int_equal(r->select.rate_to, RATE_ONE / 5 * 3);
	scenario_free(s);
}

static void
alternatives_hold_their_rates_and_faults(void **state)
{
	struct scenario *s;
	const struct rule *r =
	    only_rule(&s, R "  choose:\n"
			    "  - {rate: 5%, inject: {status: 503}}\n"
			    "  - {rate: 95%, inject: {timeout: 30s}}\n");

	(void)state;
	assert_int_equal(r->n_choices, 2);
	assert_int_equal(r->choices[1].rate, RATE_ONE / 100 * 95);
	assert_string_equal(r->choices[1].inject.ends->name, "timeout");
	assert_int_equal(s->n_shared, 2);
	assert_ptr_equal(s->shared[1], &r->choices[1].inject.faults[0]);
	assert_int_equal(r->choices[1].inject.faults[0].shared, 1);
	scenario_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_in_a_rule_have_a_place),
		cmocka_unit_test(selectors_hold_what_was_written),
		cmocka_unit_test(alternatives_hold_their_rates_and_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
