/* Grouping of attempts: the ladder, the chaining rule and the edge cases of
 * recovery.md 4.11. */
#include "attempts.h"

static uint64_t
roles(const struct sim *s, enum role role)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < s->verdict->n_phases; i++)
		n += s->verdict->phases[i].roles[role];
	return n;
}

static void
pairs_by_id_whatever_the_order_of_records(void **state)
{
	struct sim s;

	(void)state;
	sim_begin(&s, ALL);
	add(&s, one(&s, 1, 25, 200));
	add(&s, one(&s, 1, 21, 503));
	add(&s, one(&s, 1, 23, 503));
	sim_verdict(&s, 80);
	assert_int_equal(s.verdict->operations, 1);
	assert_int_equal(roles(&s, ROLE_RETRY), 2);
	assert_int_equal(s.verdict->phases[1].succeeded, 1);
	sim_end(&s);
}

static void
ends_an_operation_after_its_window(void **state)
{
	struct sim s;

	(void)state;
	sim_begin(&s, ALL);
	add(&s, one(&s, 1, 21, 503));
	add(&s, one(&s, 1, 21 + 130, 200));
	add(&s, one(&s, 2, 22, 503));
	add(&s, one(&s, 2, 22 + 110, 200));
	sim_verdict(&s, 200);
	assert_int_equal(s.verdict->operations, 3);
	sim_end(&s);
}

static void
chains_equal_requests_after_a_failure_only(void **state)
{
	struct sim s;

	(void)state;
	plain.without_id = true;
	plain.client = 3;
	sim_begin(&s, ALL);
	for (int i = 0; i < 30; i++) {
		add(&s, one(&s, 100 + (uint64_t)i, 1 + i * 0.5, 200));
		add(&s, one(&s, 200 + (uint64_t)i, 21 + i * 0.1, 503));
		add(&s, one(&s, 200 + (uint64_t)i, 22 + i * 0.1, 200));
		add(&s, one(&s, 200 + (uint64_t)i, 50 + i * 0.1, 200));
	}
	sim_verdict(&s, 80);
	assert_int_equal(s.verdict->operations, 90);
	assert_int_equal(roles(&s, ROLE_RETRY), 30);
	assert_true(s.verdict->grouping[GROUPING_INFERRED] > 0.99);
	plain = (struct policy){ .attempts = 1 };
	sim_end(&s);
}

static void
tells_a_hedge_from_a_retry(void **state)
{
	struct record slow;
	struct sim s;

	(void)state;
	sim_begin(&s, ALL);
	slow = one(&s, 1, 21, 200);
	slow.t_end = slow.t_resp = sim_ns(23);
	add(&s, slow);
	add(&s, one(&s, 1, 22, 200));
	sim_verdict(&s, 80);
	assert_int_equal(s.verdict->operations, 1);
	assert_int_equal(roles(&s, ROLE_HEDGE), 1);
	assert_int_equal(roles(&s, ROLE_RETRY), 0);
	sim_end(&s);
}

static void
excuses_one_transport_replay(void **state)
{
	struct sim s;

	(void)state;
	sim_begin(&s, ALL);
	for (int i = 0; i < 3; i++) {
		struct record r = one(&s, 1, 21 + i * 0.01, 499);

		r.t_resp = RECORD_NONE;
		r.nth = 5;
		add(&s, r);
	}
	sim_verdict(&s, 80);
	assert_int_equal(s.verdict->operations, 1);
	assert_int_equal(roles(&s, ROLE_REPLAY), 1);
	assert_int_equal(roles(&s, ROLE_RETRY), 1);
	sim_end(&s);
}

static void
takes_a_fresh_connection_for_no_replay(void **state)
{
	struct record r;
	struct sim s;

	(void)state;
	sim_begin(&s, ALL);
	r = one(&s, 1, 21, 499);
	r.t_resp = RECORD_NONE;
	add(&s, r);
	add(&s, one(&s, 1, 21.01, 200));
	sim_verdict(&s, 80);
	assert_int_equal(roles(&s, ROLE_REPLAY), 0);
	assert_int_equal(roles(&s, ROLE_RETRY), 1);
	sim_end(&s);
}

static void
follows_redirects_and_challenges(void **state)
{
	struct record r;
	struct sim s;

	(void)state;
	sim_begin(&s, ALL);
	add(&s, one(&s, 1, 21, 307));
	r = one(&s, 1, 21.1, 401);
	r.path = SPAN("/elsewhere");
	add(&s, r);
	r.t_first = sim_ns(21.2);
	r.t_resp = r.t_end = sim_ns(21.3);
	r.auth_hash = 5;
	r.status = 200;
	r.outcome = OUTCOME_PASSED;
	add(&s, r);
	sim_verdict(&s, 80);
	assert_int_equal(s.verdict->operations, 1);
	assert_int_equal(roles(&s, ROLE_CONTINUATION), 2);
	sim_end(&s);
}

static void
calls_the_same_credentials_again_a_retry(void **state)
{
	struct sim s;

	(void)state;
	sim_begin(&s, ALL);
	add(&s, one(&s, 1, 21, 401));
	add(&s, one(&s, 1, 22, 401));
	sim_verdict(&s, 80);
	assert_int_equal(roles(&s, ROLE_RETRY), 1);
	sim_end(&s);
}

static void
calls_a_range_after_a_cut_a_resume(void **state)
{
	struct record r;
	struct sim s;

	(void)state;
	sim_begin(&s, ALL);
	r = one(&s, 1, 21, 200);
	r.flags = RECORD_TRUNCATED;
	r.outcome = OUTCOME_INJECTED;
	add(&s, r);
	r = one(&s, 1, 22, 206);
	r.flags = RECORD_RESUME;
	add(&s, r);
	sim_verdict(&s, 80);
	assert_int_equal(roles(&s, ROLE_RESUME), 1);
	sim_end(&s);
}

static void
demotes_an_id_that_names_a_session(void **state)
{
	struct sim s;

	(void)state;
	sim_begin(&s, ALL);
	for (int i = 0; i < 100; i++) {
		struct record r = one(&s, (uint64_t)i, 1 + i * 0.1, 200);

		r.op = 12345;
		add(&s, r);
	}
	sim_verdict(&s, 80);
	assert_int_equal(s.verdict->operations, 100);
	assert_int_equal(s.verdict->n_notes, 1);
	assert_non_null(strstr(s.verdict->notes[0], "sessions"));
	sim_end(&s);
}

/* Asking again and again for what the upstream says there is not is a bad
 * habit, not a session. */
static void
believes_the_id_of_a_stubborn_client(void **state)
{
	struct sim s;

	(void)state;
	sim_begin(&s, ALL);
	for (unsigned i = 0; i < 30; i++)
		for (unsigned k = 0; k < 6; k++) {
			double t = 20.5 + i * 0.5 + k * 0.1;
			struct record r = one(&s, i, t, 404);

			if (k > 0) {
				r.outcome = OUTCOME_PASSED;
				r.rule = RECORD_NO_RULE;
			}
			add(&s, r);
		}
	sim_verdict(&s, 80);
	assert_int_equal(s.verdict->operations, 30);
	assert_true(s.verdict->grouping[GROUPING_STRONG] == 1);
	sim_end(&s);
}

static void
follows_an_operation_whose_id_changes(void **state)
{
	struct sim s;

	(void)state;
	sim_begin(&s, ALL);
	for (int i = 0; i < 50; i++)
		add(&s, one(&s, 500 + (uint64_t)i, 1 + i * 0.2, 200));
	for (int i = 0; i < 30; i++)
		for (int k = 0; k < 6; k++) {
			struct record r =
			    one(&s, (uint64_t)i, 21 + i * 0.1 + k, 503);

			r.client = 4;
			r.op = (uint64_t)(1000 + i * 10 + k);
			add(&s, r);
		}
	sim_verdict(&s, 80);
	assert_int_equal(s.verdict->operations, 80);
	assert_status(&s, "attempts during outage", RESULT_FAIL);
	assert_non_null(strstr(s.verdict->notes[0], "30 operations changed"));
	sim_end(&s);
}

/* Twenty clients ask the same at once, each under an id of its own, and wait as
 * told. */
static void
takes_no_other_client_for_a_changed_id(void **state)
{
	struct sim s;

	(void)state;
	plain.client = 3;
	sim_begin(&s, ALL);
	for (unsigned i = 0; i < 60; i++) {
		double t = 0.01 + i / 20 * 1.041 + i % 20 * 0.0015;

		for (unsigned k = 0; k < 2; k++) {
			struct record r =
			    one(&s, 100 + i, t + k, k == 0 ? 503 : 200);

			r.body_hash = 1;
			r.t_end = r.t_first + sim_ns(0.02);
			add(&s, r);
		}
	}
	sim_verdict(&s, 80);
	assert_int_equal(s.verdict->operations, 60);
	assert_int_equal(roles(&s, ROLE_RETRY), 60);
	sim_end(&s);
	plain.client = 0;
}

/* One URL, a fresh id with every attempt: no pairing, but a word about it. */
static void
suspects_ids_that_never_come_twice(void **state)
{
	struct sim s;

	(void)state;
	sim_begin(&s, ALL);
	for (int i = 0; i < 600; i++) {
		bool down = i >= 100 && i < 500;
		double t = i < 100 ? i * 0.2
			   : down  ? 20 + (i - 100) * 0.05
				   : 40 + (i - 500) * 0.2;
		struct record r = one(&s, (uint64_t)i, t, down ? 503 : 200);

		r.client = 4;
		r.body_hash = 0;
		add(&s, r);
	}
	sim_verdict(&s, 80);
	assert_int_equal(s.verdict->n_notes, 1);
	assert_non_null(strstr(s.verdict->notes[0], "hardly an id twice"));
	sim_end(&s);
}

/* What is not seen to come again may have come under another id. */
static void
judges_nothing_by_ids_that_may_change(void **state)
{
	struct sim s;

	(void)state;
	sim_begin(&s, PLAY("  - {during: outage, attempts: {max: 1}}\n"
			   "  - {during: outage, retry: {at_least: 1}}\n"
			   "  - {during: outage, give_up: {max: 1%}}\n"));
	for (int i = 0; i < 600; i++) {
		bool down = i >= 100 && i < 500;
		double t = i < 100 ? i * 0.2
			   : down  ? 20 + (i - 100) * 0.05
				   : 40 + (i - 500) * 0.2;
		struct record r = one(&s, (uint64_t)i, t, down ? 503 : 200);

		r.client = 4;
		r.body_hash = 0;
		add(&s, r);
	}
	sim_verdict(&s, 80);
	assert_status(&s, "attempts during outage", RESULT_INCONCLUSIVE);
	assert_status(&s, "retry during outage", RESULT_INCONCLUSIVE);
	assert_status(&s, "give_up during outage", RESULT_INCONCLUSIVE);
	sim_end(&s);
}

static void
trusts_an_sdk_most(void **state)
{
	struct record r;
	struct sim s;

	(void)state;
	sim_begin(&s, ALL);
	r = one(&s, 1, 21, 503);
	r.op_source = SOURCE_SDK;
	r.announced = 1;
	add(&s, r);
	sim_verdict(&s, 80);
	assert_float_equal(s.verdict->grouping[GROUPING_EXACT], 1, 0);
	sim_end(&s);
}

static void
keeps_identical_concurrent_requests_apart(void **state)
{
	struct sim s;

	(void)state;
	plain.without_id = true;
	plain.client = 3;
	sim_begin(&s, ALL);
	for (int i = 0; i < 2; i++) {
		struct record r = one(&s, 1, 21 + i * 0.1, 503);

		r.t_end = r.t_resp = sim_ns(22);
		add(&s, r);
	}
	sim_verdict(&s, 80);
	assert_int_equal(s.verdict->operations, 2);
	plain = (struct policy){ .attempts = 1 };
	sim_end(&s);
}

static void
leaves_ignored_requests_out(void **state)
{
	struct record r;
	struct sim s;

	(void)state;
	sim_begin(&s, "identity: {ignore: [{path: /healthz}]}\n" ALL);
	r = one(&s, 1, 21, 503);
	r.path = SPAN("/healthz");
	add(&s, r);
	add(&s, one(&s, 2, 21, 503));
	sim_verdict(&s, 80);
	assert_int_equal(s.verdict->attempts, 1);
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_by_id_whatever_the_order_of_records),
		cmocka_unit_test(ends_an_operation_after_its_window),
		cmocka_unit_test(chains_equal_requests_after_a_failure_only),
		cmocka_unit_test(tells_a_hedge_from_a_retry),
		cmocka_unit_test(excuses_one_transport_replay),
		cmocka_unit_test(takes_a_fresh_connection_for_no_replay),
		cmocka_unit_test(follows_redirects_and_challenges),
		cmocka_unit_test(calls_the_same_credentials_again_a_retry),
		cmocka_unit_test(calls_a_range_after_a_cut_a_resume),
		cmocka_unit_test(demotes_an_id_that_names_a_session),
		cmocka_unit_test(believes_the_id_of_a_stubborn_client),
		cmocka_unit_test(follows_an_operation_whose_id_changes),
		cmocka_unit_test(takes_no_other_client_for_a_changed_id),
		cmocka_unit_test(suspects_ids_that_never_come_twice),
		cmocka_unit_test(judges_nothing_by_ids_that_may_change),
		cmocka_unit_test(trusts_an_sdk_most),
		cmocka_unit_test(keeps_identical_concurrent_requests_apart),
		cmocka_unit_test(leaves_ignored_requests_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
