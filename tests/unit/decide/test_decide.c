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
limits_go_by_their_key(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "rules:\n"
				 "- {rule: a, rate: 100%, per: client, limit: "
				 "2, inject: {status: 503}}\n");
	struct request r;
	unsigned fired = 0;

	(void)state;
	request_make(&r, "GET /", "");
	for (uint64_t client = 1; client <= 10; client++) {
		r.facts.client_key = client;
		for (unsigned i = 0; i < 5; i++)
			fired += asked(p, &r, 0, 1).n;
	}
	assert_int_equal(fired, 20);
	play_unref(p);
}

static void
bursts_per_client_step_their_own_chain(void **state)
{
	const char *yaml = "scenario: x\n"
			   "rules:\n"
			   "- {rule: a, burst: {enter: 5%, leave: 25%}, per: "
			   "client, inject: {status: 503}}\n";
	struct play *p = playing(yaml);
	unsigned fired[2] = { 0 }, together = 0;

	(void)state;
	for (unsigned i = 0; i < 50000; i++) {
		bool both = true;

		for (uint64_t client = 1; client <= 2; client++) {
			struct request r;
			bool now;

			request_make(&r, "GET /", "");
			r.facts.client_key = client;
			now = asked(p, &r, 0, 1).n > 0;
			fired[client - 1] += now;
			both = both && now;
		}
		together += both;
	}
	/* A sixth of the time each; a thirty-sixth both at once. */
	assert_true(fired[0] > 7500 && fired[0] < 9200);
	assert_true(fired[1] > 7500 && fired[1] < 9200);
	assert_true(together > 1000 && together < 1800);
	play_unref(p);
}

static void
first_fails_each_new_operation_again(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "rules:\n"
				 "- {rule: a, first: 2, inject: {status: "
				 "503}}\n");
	struct request r;

	(void)state;
	request_make(&r, "GET /", "");
	r.facts.op_key = 77;
	r.facts.op_source = OP_FINGERPRINT;
	for (unsigned round = 0; round < 3; round++) {
		assert_int_equal(asked(p, &r, 0, -1).n, 1);
		assert_int_equal(asked(p, &r, 0, -1).n, 1);
		/* The upstream failed this one: still the same operation. */
		assert_int_equal(asked(p, &r, 0, 0).n, 0);
		assert_int_equal(asked(p, &r, 0, 1).n, 0);
	}
	r.facts.op_source = OP_IDEMPOTENCY_KEY;
	r.facts.op_key = 78;
	for (unsigned i = 1; i <= 9; i++)
		assert_int_equal(asked(p, &r, 0, 1).n, i <= 2);
	play_unref(p);
}

static void
each_life_of_an_operation_draws_anew(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "rules:\n"
				 "- {rule: a, rate: 50%, per: operation, "
				 "inject: {status: 503}}\n");
	struct request r;
	unsigned fired = 0;

	(void)state;
	request_make(&r, "GET /", "");
	r.facts.op_key = 77;
	r.facts.op_source = OP_FINGERPRINT;
	for (unsigned i = 0; i < 10000; i++)
		fired += asked(p, &r, 0, 1).n;
	assert_true(fired > 4800 && fired < 5200);
	/* And what nothing identifies, too. */
	r.facts.op_key = 0;
	r.facts.op_source = OP_NONE;
	fired = 0;
	for (unsigned i = 0; i < 10000; i++)
		fired += asked(p, &r, 0, 1).n;
	assert_true(fired > 4800 && fired < 5200);
	play_unref(p);
}

static void
an_operation_is_forgotten_after_its_window(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "identity: {window: 10s}\n"
				 "rules:\n"
				 "- {rule: a, first: 1, inject: {status: "
				 "503}}\n");
	struct request r;

	(void)state;
	request_make(&r, "GET /", "");
	r.facts.op_key = 5;
	r.facts.op_source = OP_HEADER;
	assert_int_equal(asked(p, &r, 0, 1).n, 1);
	assert_int_equal(asked(p, &r, 9 * S, 1).n, 0);
	assert_int_equal(asked(p, &r, 18 * S, 1).n, 0);
	assert_int_equal(asked(p, &r, 28 * S, 1).n, 1);
	play_unref(p);
}

static void
matches_the_attempt_counted_or_announced(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "rules:\n"
				 "- {rule: a, match: {attempt: {min: 2, max: "
				 "3}}, inject: {status: 503}}\n");
	struct request r;

	(void)state;
	request_make(&r, "GET /", "");
	r.facts.op_key = 5;
	r.facts.op_source = OP_HEADER;
	for (unsigned i = 1; i <= 5; i++)
		assert_int_equal(asked(p, &r, 0, -1).n, i == 2 || i == 3);
	r.facts.attempt = 2;
	assert_int_equal(asked(p, &r, 0, -1).n, 1);
	r.facts.attempt = 1;
	assert_int_equal(asked(p, &r, 0, -1).n, 0);
	play_unref(p);
}

static void
a_closed_connection_is_forgotten(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "rules:\n"
				 "- {rule: a, first: 1, per: connection, "
				 "inject: {status: 503}}\n");
	struct request r;

	(void)state;
	request_make(&r, "GET /", "");
	for (uint64_t conn = 1; conn <= 3; conn++) {
		r.facts.conn = conn;
		assert_int_equal(asked(p, &r, 0, 1).n, 1);
		assert_int_equal(asked(p, &r, 0, 1).n, 0);
	}
	decide_closed(p, 2);
	r.facts.conn = 2;
	assert_int_equal(asked(p, &r, 0, 1).n, 1);
	r.facts.conn = 3;
	assert_int_equal(asked(p, &r, 0, 1).n, 0);
	play_unref(p);
}

static void
a_full_table_is_told_and_fires_nothing(void **state)
{
	struct play *p = playing_with("scenario: x\n"
				      "rules:\n"
				      "- {rule: a, first: 1, per: client, "
				      "inject: {status: 503}}\n",
	    (struct play_options){ .seed = 1,
		.time_scale = 1,
		.table_max = 100,
		.idle_ns = 10 * S });
	struct request r;
	struct rule_stats stats;
	struct play_stats all;
	unsigned fired = 0;

	(void)state;
	request_make(&r, "GET /", "");
	for (uint64_t client = 1; client <= 150; client++) {
		r.facts.client_key = client * 0x9e3779b97f4a7c15u;
		fired += asked(p, &r, 0, 1).n;
	}
	assert_int_equal(fired, 100);
	play_rule_stats(p, 0, &stats);
	play_stats(p, &all);
	assert_int_equal(stats.overflow, 50);
	assert_int_equal(stats.matched, 150);
	assert_int_equal(all.table_overflow, 50);
	assert_int_equal(all.table_entries, 100);
	assert_int_equal(all.table_max, 100);
	play_unref(p);
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
	assert_int_equal(plan.n, 0);
	decide_done(p, &plan, -1, S);
	play_unref(p);
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
		cmocka_unit_test(limits_go_by_their_key),
		cmocka_unit_test(bursts_per_client_step_their_own_chain),
		cmocka_unit_test(first_fails_each_new_operation_again),
		cmocka_unit_test(each_life_of_an_operation_draws_anew),
		cmocka_unit_test(an_operation_is_forgotten_after_its_window),
		cmocka_unit_test(matches_the_attempt_counted_or_announced),
		cmocka_unit_test(a_closed_connection_is_forgotten),
		cmocka_unit_test(a_full_table_is_told_and_fires_nothing),
		cmocka_unit_test(ramps_over_each_round_of_a_phase),
		cmocka_unit_test(chooses_by_one_draw),
		cmocka_unit_test(decides_connections_by_what_is_known_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
