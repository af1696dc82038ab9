#include "decide/trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "playing.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_go_by_their_key),
		cmocka_unit_test(bursts_per_client_step_their_own_chain),
		cmocka_unit_test(first_fails_each_new_operation_again),
		cmocka_unit_test(each_life_of_an_operation_draws_anew),
		cmocka_unit_test(an_operation_is_forgotten_after_its_window),
		cmocka_unit_test(matches_the_attempt_counted_or_announced),
		cmocka_unit_test(a_closed_connection_is_forgotten),
		cmocka_unit_test(a_full_table_is_told_and_fires_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
