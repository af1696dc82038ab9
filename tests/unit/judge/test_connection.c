#include "sim.h"

static struct answer
server_close(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_half(s, p, t);

	if (a.status == 503)
		a.flags = RECORD_CLOSE_SENT;
	return a;
}

static struct answer
server_misdirected(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_half(s, p, t);

	if (a.status == 503)
		a.status = 421;
	return a;
}

static void
play(struct sim *s, const char *yaml, const struct policy *p, server_fn *f)
{
	sim_begin(s, yaml);
	sim_load(s, p, f, 10, 0, 79);
	sim_verdict(s, 100);
}

static void
fails_who_goes_on_after_connection_close(void **state)
{
	static const char yaml[] =
	    PLAY("  - {connection: {reuse_after_close: {max: 0}}}\n");
	struct policy bad = { .attempts = 3, .same_conn = true };
	struct policy good = { .attempts = 3 };
	struct sim s;

	(void)state;
	play(&s, yaml, &bad, server_close);
	assert_status(&s, "connection reuse_after_close", RESULT_FAIL);
	sim_end(&s);
	play(&s, yaml, &good, server_close);
	assert_status(&s, "connection reuse_after_close", RESULT_PASS);
	sim_end(&s);
	play(&s, yaml, &bad, server_half);
	assert_status(&s, "connection reuse_after_close", RESULT_NOT_EXERCISED);
	sim_end(&s);
}

static void
wants_another_connection_after_421(void **state)
{
	static const char yaml[] =
	    PLAY("  - {connection: {repeat_on_same: {max: 0}}}\n");
	struct policy bad = { .attempts = 3, .same_conn = true };
	struct policy good = { .attempts = 3 };
	struct sim s;

	(void)state;
	play(&s, yaml, &bad, server_misdirected);
	assert_status(&s, "connection repeat_on_same", RESULT_FAIL);
	sim_end(&s);
	play(&s, yaml, &good, server_misdirected);
	assert_status(&s, "connection repeat_on_same", RESULT_PASS);
	sim_end(&s);
}

static void
notices_a_storm_of_new_connections(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, connection: {new_per_op: {max: "
		 "1.5x}}}\n");
	struct policy bad = { .attempts = 4 };
	struct policy good = { .attempts = 4, .same_conn = true };
	struct sim s;

	(void)state;
	play(&s, yaml, &bad, server_outage);
	assert_status(&s, "connection new_per_op during outage", RESULT_FAIL);
	sim_end(&s);
	play(&s, yaml, &good, server_outage);
	assert_status(&s, "connection new_per_op during outage", RESULT_PASS);
	sim_end(&s);
}

/* The client leaves while the upstream works. */
static struct answer
server_aborted(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_half(s, p, t);

	if (a.status == 503) {
		a.status = 499;
		a.left = true;
		a.upstream = UPSTREAM_SENT;
	}
	return a;
}

static void
counts_work_for_nobody(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, wasted: {max: 5%}}\n");
	struct policy p = { .attempts = 1 };
	struct sim s;

	(void)state;
	play(&s, yaml, &p, server_aborted);
	assert_status(&s, "wasted during outage", RESULT_FAIL);
	sim_end(&s);
	play(&s, yaml, &p, server_half);
	assert_status(&s, "wasted during outage", RESULT_PASS);
	sim_end(&s);
}

static void
counts_attempts_past_their_deadline(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, wasted: {max: 5%}}\n");
	struct policy p = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, yaml);
	for (int i = 0; i < 60; i++)
		for (int k = 0; k < 2; k++) {
			struct record r;

			s.op = (uint64_t)i;
			r = sim_record(&s, &p, 21 + i * 0.1 + k * 3,
			    answer_status(k == 0 ? 503 : 200));
			r.deadline_ns = sim_ns(2);
			judge_add(s.judge, &r);
		}
	sim_verdict(&s, 100);
	assert_status(&s, "wasted during outage", RESULT_FAIL);
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fails_who_goes_on_after_connection_close),
		cmocka_unit_test(wants_another_connection_after_421),
		cmocka_unit_test(notices_a_storm_of_new_connections),
		cmocka_unit_test(counts_work_for_nobody),
		cmocka_unit_test(counts_attempts_past_their_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
