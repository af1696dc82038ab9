#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/hash.h"
#include "decide/replay.h"
#include "playing.h"

static const char story[] =
    "scenario: t\n"
    "rules:\n"
    "  - {rule: late, rate: 40%, inject: {delay: {uniform: [1ms, 9ms]}}}\n"
    "  - {rule: mine, per: client, rate: 30%, inject: {delay: 5ms}}\n"
    "  - rule: mix\n"
    "    choose:\n"
    "      - {rate: 20%, inject: {status: 500}}\n"
    "      - {rate: 20%, inject: {status: 503}}\n";

enum { REQUESTS = 400, OPERATIONS = 40 };

/* What was decided for a request. */
struct decided {
	struct replay_rule v[PLAN_MAX];
	unsigned n;
};

/* The nth request: of 40 operations, each asked for ten times; two of them
 * have the same target. */
static void
make(struct request *r, char line[64], unsigned n)
{
	snprintf(line, 64, "GET /item?id=%u", n % (OPERATIONS / 2));
	request_make(r, line, "");
	r->facts.client_key = 1 + n % 3;
	r->facts.op_key = 1 + n % OPERATIONS;
	r->facts.op_source = OP_HEADER;
}

static struct decided
decided(struct play *p, unsigned n, uint64_t op)
{
	struct decided d;
	struct request r;
	struct plan plan;
	char line[64];

	make(&r, line, n);
	if (op != 0)
		r.facts.op_key = op;
	plan = asked(p, &r, n, -1);
	d.n = replay_of(&plan, d.v);
	/* As a journal keeps it, when a rule and its n say all. */
	if (replay_is_plain(play_seed(p), &plan))
		d.v[0] =
		    replay_plain(play_seed(p), plan.v[0].rule, plan.v[0].n);
	return d;
}

static bool
same(const struct decided *a, const struct decided *b)
{
	bool is = a->n == b->n;

	for (unsigned i = 0; is && i < a->n; i++)
		is = a->v[i].rule == b->v[i].rule && a->v[i].n == b->v[i].n &&
		     a->v[i].draw == b->v[i].draw &&
		     a->v[i].choice == b->v[i].choice;
	return is;
}

/* Plays a run and then another one that is to repeat it. */
static struct play *
repeating(struct decided first[REQUESTS])
{
	struct play *p = playing(story), *again = playing(story);
	struct replay *r = replay_new(play_scenario(again));

	for (unsigned n = 0; n < REQUESTS; n++)
		first[n] = decided(p, n, 0);
	play_unref(p);
	/* A journal is in the order in which requests ended. */
	for (unsigned n = REQUESTS; n-- > 0;) {
		struct replay_request q = { .t_ns = n };
		struct request request;
		char line[64];

		make(&request, line, n);
		q.method = request.head.method;
		q.path = request.facts.path;
		q.target = facts_target_hash(
		    &request.facts, play_hash_key(again));
		q.op = request.facts.op_key;
		assert_true(replay_add(r, &q, first[n].v, first[n].n));
	}
	replay_ready(r);
	play_replay(again, r);
	return again;
}

static void
repeats_in_any_order_of_operations(void **state)
{
	struct decided first[REQUESTS];
	struct play *p = repeating(first);
	struct replay_stats st;
	unsigned rules = 0, both = 0;

	(void)state;
	assert_true(play_armed(p, S));
	assert_true(play_wants_keys(p));
	/* The last operation first, each one's requests in their order. */
	for (unsigned op = OPERATIONS; op-- > 0;)
		for (unsigned n = op; n < REQUESTS; n += OPERATIONS) {
			struct decided d = decided(p, n, 0);

			assert_true(same(&d, &first[n]));
			rules += d.n > 0;
			both += d.n > 1;
		}
	assert_true(rules > REQUESTS / 2 && both > 10);
	st = replay_stats(play_replayed(p));
	assert_int_equal(st.decisions, REQUESTS);
	assert_int_equal(st.taken, REQUESTS);
	assert_int_equal(st.unknown, 0);
	play_unref(p);
}

static void
new_ids_take_what_is_left_for_their_target(void **state)
{
	struct decided first[REQUESTS];
	struct play *p = repeating(first);

	(void)state;
	/* 0 and 20 have one target; 20 comes under its own name. */
	for (unsigned n = OPERATIONS / 2; n < REQUESTS; n += OPERATIONS) {
		struct decided d = decided(p, n, 0);

		assert_true(same(&d, &first[n]));
	}
	for (unsigned n = 0; n < REQUESTS; n += OPERATIONS) {
		struct decided d = decided(p, n, 1000 + n);

		assert_true(same(&d, &first[n]));
	}
	assert_int_equal(decided(p, 0, 999).n, 0);
	assert_int_equal(replay_stats(play_replayed(p)).unknown, 1);
	play_unref(p);
}

static void
what_is_not_in_the_journal_passes(void **state)
{
	static const char *const lines[] = { "GET /item?id=77", "GET /item",
		"POST /item?id=1", "GET /other?id=1" };
	struct decided first[REQUESTS];
	struct play *p = repeating(first);
	struct request r;
	struct rule_stats stats;
	struct play_stats all;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		request_make(&r, lines[i], "");
		r.facts.op_key = 1;
		assert_int_equal(asked(p, &r, 0, -1).n, 0);
	}
	/* Nor does one that comes more often than there. */
	for (unsigned i = 0; i < REQUESTS / OPERATIONS; i++)
		decided(p, 0, 0);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(decided(p, 0, 0).n, 0);
	assert_int_equal(replay_stats(play_replayed(p)).unknown, 24);
	assert_int_equal(
	    replay_stats(play_replayed(p)).taken, REQUESTS / OPERATIONS);
	play_rule_stats(p, 0, &stats);
	assert_true(stats.injected > 0 && stats.matched >= stats.injected);
	play_stats(p, &all);
	assert_int_equal(all.active, 0);
	play_unref(p);
}

static void
the_kill_switch_holds(void **state)
{
	struct decided first[REQUESTS];
	struct play *p = repeating(first);

	(void)state;
	play_set_off(p, true);
	assert_false(play_armed(p, S));
	for (unsigned n = 0; n < REQUESTS; n++)
		assert_int_equal(decided(p, n, 0).n, 0);
	play_unref(p);
}

static void
refuses_rules_and_alternatives_that_there_are_not(void **state)
{
	static const struct {
		uint16_t rule, choice;
		bool good;
	} rows[] = {
		{ 0, REPLAY_NO_CHOICE, true },
		{ 2, 1, true },
		{ 3, REPLAY_NO_CHOICE, false },
		{ 0, 0, false },
		{ 2, REPLAY_NO_CHOICE, false },
		{ 2, 2, false },
	};
	struct play *p = playing(story);
	struct replay *r = replay_new(play_scenario(p));
	struct replay_request q = { .method = SPAN("GET") };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct replay_rule v = {
			.n = 1, .rule = rows[i].rule, .choice = rows[i].choice
		};

		assert_int_equal(replay_add(r, &q, &v, 1), rows[i].good);
	}
	assert_int_equal(replay_stats(r).decisions, 2);
	replay_free(r);
	play_unref(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repeats_in_any_order_of_operations),
		cmocka_unit_test(new_ids_take_what_is_left_for_their_target),
		cmocka_unit_test(what_is_not_in_the_journal_passes),
		cmocka_unit_test(the_kill_switch_holds),
		cmocka_unit_test(
		    refuses_rules_and_alternatives_that_there_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
