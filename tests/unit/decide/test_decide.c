#include "decide/decide.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "playing.h"

enum { MANY = 100000 };

static unsigned
fired_of(struct play *p, const char *line, unsigned n, uint64_t at)
{
	struct request r;
	unsigned fired = 0;

	request_make(&r, line, "");
	while (n-- > 0)
		fired += asked(p, &r, at, 1).n > 0;
	return fired;
}

static void
keeps_the_rate_of_a_rule(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "rules:\n"
				 "- rule: a\n"
				 "  match: {path: /a/**}\n"
				 "  rate: 20%\n"
				 "  inject: {status: 503}\n");
	struct rule_stats stats;

	(void)state;
	assert_true(fabs(fired_of(p, "GET /a/b", MANY, 0) - 20000.0) <= 417);
	assert_int_equal(fired_of(p, "GET /b", 1000, 0), 0);
	play_rule_stats(p, 0, &stats);
	assert_int_equal(stats.matched, MANY);
	assert_true(fabs((double)stats.injected - 20000) <= 417);
	assert_int_equal(stats.rate, 20 * PERCENT);
	assert_true(stats.enabled);
	play_unref(p);
}

static void
adds_up_changes_until_a_rule_ends_the_exchange(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "rules:\n"
				 "- {rule: slow, inject: {delay: 1ms}}\n"
				 "- {rule: odd, match: {path: /odd}, inject: "
				 "{delay: 2ms}}\n"
				 "- {rule: bad, inject: {status: 503}}\n"
				 "- {rule: late, inject: {delay: 3ms}}\n");
	struct request r;
	struct plan plan;
	struct rule_stats stats;

	(void)state;
	request_make(&r, "GET /", "");
	plan = asked(p, &r, 0, 1);
	assert_int_equal(plan.n, 2);
	assert_string_equal(plan.v[0].rule->name, "slow");
	assert_string_equal(plan.v[1].rule->name, "bad");
	assert_int_equal(plan.v[1].n, 1);
	assert_int_equal(plan.phase, 0);
	play_rule_stats(p, 1, &stats);
	assert_int_equal(stats.matched, 0);
	play_rule_stats(p, 3, &stats);
	assert_int_equal(stats.matched, 0);
	play_unref(p);
}

static void
keeps_the_last_place_of_a_plan_for_an_end(void **state)
{
	char yaml[4096] = "scenario: x\nrules:\n";
	size_t n = strlen(yaml);
	struct request r;
	struct rule_stats stats;
	struct play *p;
	struct plan plan;

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		n += (size_t)snprintf(yaml + n, sizeof(yaml) - n,
		    "- {rule: r%u, inject: {delay: 1ms}}\n", i);
	snprintf(yaml + n, sizeof(yaml) - n,
	    "- {rule: end, inject: {status: 503}}\n");
	p = playing(yaml);
	request_make(&r, "GET /", "");
	plan = asked(p, &r, 0, 1);
	assert_int_equal(plan.n, PLAN_MAX);
	assert_string_equal(plan.v[PLAN_MAX - 1].rule->name, "end");
	play_rule_stats(p, PLAN_MAX - 2, &stats);
	assert_string_equal(plan.v[PLAN_MAX - 2].rule->name, "r6");
	play_rule_stats(p, 7, &stats);
	assert_int_equal(stats.overflow, 1);
	assert_int_equal(stats.injected, 0);
	play_unref(p);
}

/* Decisions of rule `name`: bit n of the answer's byte n / 8. */
static uint8_t *
decisions(const char *yaml, const char *name, unsigned n)
{
	struct play *p = playing(yaml);
	uint8_t *bits = xcalloc(1, n / 8 + 1);
	struct request r;

	request_make(&r, "GET /a", "");
	for (unsigned i = 0; i < n; i++) {
		struct plan plan = asked(p, &r, 0, 1);

		for (unsigned k = 0; k < plan.n; k++)
			if (strcmp(plan.v[k].rule->name, name) == 0)
				bits[i / 8] |= (uint8_t)(1u << i % 8);
	}
	play_unref(p);
	return bits;
}

static void
a_new_rule_changes_no_other_rules_decisions(void **state)
{
	uint8_t *alone = decisions("scenario: x\n"
				   "rules:\n"
				   "- {rule: a, rate: 30%, inject: {delay: "
				   "1ms}}\n",
	    "a", 8000);
	uint8_t *beside = decisions("scenario: x\n"
				    "rules:\n"
				    "- {rule: b, rate: 50%, inject: {delay: "
				    "1ms}}\n"
				    "- {rule: a, rate: 30%, inject: {delay: "
				    "1ms}}\n"
				    "- {rule: c, rate: 50%, inject: {status: "
				    "500}}\n",
	    "a", 8000);

	(void)state;
	assert_memory_equal(alone, beside, 1000);
	free(alone);
	free(beside);
}

static void
ramps_over_each_round_of_a_phase(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "phases:\n"
				 "- phase: up\n"
				 "  for: 10s\n"
				 "  repeat: 2\n"
				 "  rules:\n"
				 "  - {rule: a, rate: {from: 0%, to: 100%}, "
				 "inject: {status: 503}}\n");

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		uint64_t at = round * 10 * S;

		assert_int_equal(fired_of(p, "GET /", 1000, at), 0);
		assert_true(fabs(fired_of(p, "GET /", 10000, at + 5 * S) -
				 5000.0) < 165);
		assert_true(fired_of(p, "GET /", 1000, at + 10 * S - 1) >= 999);
	}
	assert_int_equal(fired_of(p, "GET /", 1000, 20 * S), 0);
	play_unref(p);
}

static void
chooses_by_one_draw(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "rules:\n"
				 "- rule: mix\n"
				 "  choose:\n"
				 "  - {rate: 5%, inject: {status: 503}}\n"
				 "  - {rate: 2%, inject: {timeout: 30s}}\n"
				 "  - {rate: 1%, inject: {status: 499}}\n");
	const struct rule *rule = play_scenario(p)->rules[0];
	unsigned counts[3] = { 0 };
	struct request r;

	(void)state;
	request_make(&r, "GET /", "");
	for (unsigned i = 0; i < MANY; i++) {
		struct plan plan = asked(p, &r, 0, 1);

		for (unsigned k = 0; plan.n > 0 && k < 3; k++)
			counts[k] +=
			    plan.v[0].inject == &rule->choices[k].inject;
	}
	assert_true(fabs(counts[0] - 5000.0) <= 228);
	assert_true(fabs(counts[1] - 2000.0) <= 147);
	assert_true(fabs(counts[2] - 1000.0) <= 105);
	play_unref(p);
}

static void
decides_connections_by_what_is_known_of_them(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "connections:\n"
				 "- {rule: c, match: {client: 192.0.2.0/24}, "
				 "inject: {accept: reset}}\n"
				 "- {rule: second, inject: {accept: "
				 "blackhole}}\n"
				 "rules:\n"
				 "- {rule: r, inject: {status: 503}}\n");
	struct facts f = { .client = { { 192, 0, 2, 1 }, 4 }, .now_ns = S };
	struct plan plan;

	(void)state;
	decide_connection(p, &f, &plan);
	assert_int_equal(plan.n, 1);
	assert_string_equal(plan.v[0].rule->name, "c");
	decide_done(p, &plan, -1, S);
	f.client.bytes[2] = 3;
	decide_connection(p, &f, &plan);
	assert_int_equal(plan.n, 1);
	assert_string_equal(plan.v[0].rule->name, "second");
	assert_int_equal(plan.v[0].n, 1);
	decide_done(p, &plan, -1, S);
	play_unref(p);
}

static void
a_request_asks_for_its_own_fault_where_allowed(void **state)
{
	const char *yaml = "scenario: x\n"
			   "request_headers: true\n"
			   "rules:\n"
			   "- {rule: slow, inject: {delay: 1ms}}\n";
	struct play *p = playing(yaml);
	struct play *deaf = playing("scenario: x\n"
				    "rules:\n"
				    "- {rule: slow, inject: {delay: 1ms}}\n");
	struct request r;
	struct plan plan;
	struct play_stats stats;

	(void)state;
	request_make(&r, "GET /", "X-Brownout-Inject: status=503");
	for (unsigned n = 1; n <= 3; n++) {
		plan = asked(p, &r, 0, 1);
		assert_int_equal(plan.n, 1);
		assert_int_equal(plan.v[0].rule->index, PLAN_NO_RULE);
		assert_int_equal(plan.v[0].n, n);
		assert_string_equal(
		    plan.v[0].inject->faults[0].type->name, "status");
		assert_non_null(
		    play_shared(p, plan.v[0].inject->faults[0].shared));
		decide_missed(p, &plan.v[0], MISSED_SKIPPED);
	}
	plan = asked(deaf, &r, 0, 1);
	assert_int_equal(plan.n, 1);
	assert_string_equal(plan.v[0].rule->name, "slow");
	request_make(&r, "GET /", "X-Brownout-Inject: delay=2ms");
	assert_int_equal(asked(p, &r, 0, 1).n, 2);
	request_make(&r, "GET /", "X-Brownout-Inject: statsu=503");
	assert_int_equal(asked(p, &r, 0, 1).n, 1);
	assert_int_equal(asked(p, &r, 0, 1).n, 1);
	play_stats(p, &stats);
	assert_int_equal(stats.asked, 4);
	assert_int_equal(stats.asked_refused, 2);
	play_unref(p);
	play_unref(deaf);
}

static void
an_interim_status_ends_nothing(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "rules:\n"
				 "- {rule: hint, inject: {status: 103}}\n"
				 "- {rule: bad, inject: {status: 503}}\n"
				 "- {rule: late, inject: {status: 500}}\n");
	struct request r;
	struct plan plan;

	(void)state;
	request_make(&r, "GET /", "");
	plan = asked(p, &r, 0, 1);
	assert_int_equal(plan.n, 2);
	assert_string_equal(plan.v[0].rule->name, "hint");
	assert_string_equal(plan.v[1].rule->name, "bad");
	play_unref(p);
}

/* Lets the plan's only fault answer, as the proxy would. */
static void
answered(struct play *p, const struct plan *plan, struct request *r)
{
	const struct inject_fault *f = &plan->v[0].inject->faults[0];
	struct reply reply = { 0 };
	struct fault fault = { .type = f->type,
		.conf = f->conf,
		.shared = play_shared(p, f->shared),
		.facts = &r->facts,
		.rng = rng_stream(plan->v[0].draw),
		.reply = &reply };

	assert_int_equal(f->type->on_request(&fault).kind, STEP_REPLY);
	reply_clear(&reply);
}

static void
refuses_an_early_comer_whatever_its_draw(void **state)
{
	static const char *const yamls[] = {
		"scenario: t\nrules: [{rule: r, first: 1, per: client, inject: "
		"{status: 429, retry_after: {value: 3s, enforce: true}}}]\n",
		"scenario: t\nrules: [{rule: r, first: 1, per: client, inject: "
		"{status: 429, retry_after: {value: 3s}}}]\n",
	};
	/* When the first client comes, and whether it is refused; with enforce
	 * and without. Each refusal makes it due three seconds later. */
	static const struct {
		uint64_t at;
		bool refused[2];
	} visits[] = {
		{ 0, { true, true } },
		{ 1 * S, { true, false } },
		{ 3500 * (S / 1000), { true, false } },
		{ 6600 * (S / 1000), { false, false } },
		{ 6700 * (S / 1000), { false, false } },
	};

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		struct play *p = playing(yamls[k]);
		struct request r;

		request_make(&r, "GET /", "");
		for (size_t i = 0; i < sizeof(visits) / sizeof(visits[0]);
		     i++) {
			struct plan plan;

			r.facts.client_key = 7;
			plan = asked(p, &r, visits[i].at, -1);
			assert_int_equal(plan.n, visits[i].refused[k]);
			if (plan.n > 0)
				answered(p, &plan, &r);
		}
		/* Another client has its own first one. */
		r.facts.client_key = 8;
		assert_int_equal(asked(p, &r, 7 * S, -1).n, 1);
		play_unref(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_rate_of_a_rule),
		cmocka_unit_test(
		    adds_up_changes_until_a_rule_ends_the_exchange),
		cmocka_unit_test(keeps_the_last_place_of_a_plan_for_an_end),
		cmocka_unit_test(a_new_rule_changes_no_other_rules_decisions),
		cmocka_unit_test(ramps_over_each_round_of_a_phase),
		cmocka_unit_test(chooses_by_one_draw),
		cmocka_unit_test(
		    a_request_asks_for_its_own_fault_where_allowed),
		cmocka_unit_test(an_interim_status_ends_nothing),
		cmocka_unit_test(refuses_an_early_comer_whatever_its_draw),
		cmocka_unit_test(decides_connections_by_what_is_known_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
