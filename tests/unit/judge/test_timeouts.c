#include "sim.h"

#define STALL(what) PLAY("  - {during: outage, timeout: " what "}\n")

/* Nothing is answered for 30 s; how long the client waits. */
static double patience;

static struct answer
server_stall(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_outage(s, p, t);

	if (a.status != 503)
		return a;
	a.status = 499;
	a.silent = true;
	a.left = patience < 30;
	a.takes = a.left ? patience * (1 + 0.01 * rng_unit(&s->rng)) : 30;
	return a;
}

static void
play(struct sim *s, const char *yaml, double waits)
{
	struct policy p = { .attempts = 1 };

	patience = waits;
	sim_begin(s, yaml);
	sim_load(s, &p, server_stall, 10, 0, 79);
	sim_verdict(s, 100);
}

static void
passes_who_stops_waiting_in_time(void **state)
{
	struct sim s;

	(void)state;
	play(&s, STALL("{p99: {max: 10s}, hung: {max: 0}}"), 5);
	assert_status(&s, "timeout p99 during outage", RESULT_PASS);
	assert_status(&s, "timeout hung during outage", RESULT_PASS);
	assert_non_null(
	    strstr(sim_line(&s, "timeout p99 during outage")->why, "5 s"));
	sim_end(&s);
}

static void
fails_who_waits_too_long_or_for_ever(void **state)
{
	struct sim s;

	(void)state;
	play(&s, STALL("{p99: {max: 10s}, hung: {max: 0}}"), 20);
	assert_status(&s, "timeout p99 during outage", RESULT_FAIL);
	assert_status(&s, "timeout hung during outage", RESULT_PASS);
	sim_end(&s);
	play(&s, STALL("{p99: {max: 10s}, hung: {max: 0}}"), 99);
	assert_status(&s, "timeout p99 during outage", RESULT_FAIL);
	assert_status(&s, "timeout hung during outage", RESULT_FAIL);
	sim_end(&s);
}

/* A timer of 10 s that fires a little after our own is no timer of more. */
static void
allows_a_timer_its_error(void **state)
{
	struct sim s;

	(void)state;
	play(&s, STALL("{p99: {max: 10s}}"), 9.98);
	assert_status(&s, "timeout p99 during outage", RESULT_PASS);
	sim_end(&s);
	play(&s, STALL("{p99: {max: 10s}}"), 10.11);
	assert_status(&s, "timeout p99 during outage", RESULT_FAIL);
	assert_int_equal(
	    sim_line(&s, "timeout p99 during outage")->n_offenders, 5);
	sim_end(&s);
	play(&s, STALL("{p50: {min: 2s}}"), 1.97);
	assert_status(&s, "timeout p50 during outage", RESULT_PASS);
	sim_end(&s);
}

/* A hang may begin behind the answer's head; what a close cuts did not hang. */
static void
fails_who_waits_for_the_rest_of_an_answer(void **state)
{
	static const struct {
		const char *inject;
		enum result want;
	} rows[] = {
		{ "hang: {at: response_head, for: 9s}", RESULT_FAIL },
		{ "close: {at: response_head}", RESULT_NOT_EXERCISED },
	};
	struct policy p = { .attempts = 1 };
	char yaml[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sim s;

		snprintf(yaml, sizeof(yaml),
		    "scenario: t\nrules: [{rule: r, inject: {%s}}]\n"
		    "expect: [{timeout: {hung: {max: 0}}}]\n",
		    rows[i].inject);
		sim_begin(&s, yaml);
		for (s.op = 1; s.op <= 30; s.op++) {
			struct answer a = { .status = 200, .changed = true };
			struct record r;

			a.retry_after = -1;
			a.takes = 9;
			a.flags = RECORD_TRUNCATED;
			r = sim_record(&s, &p, (double)s.op, a);
			r.t_resp = r.t_first + 5000000;
			r.rule = 0;
			judge_add(s.judge, &r);
		}
		sim_verdict(&s, 60);
		assert_status(&s, "timeout hung", rows[i].want);
		sim_end(&s);
	}
}

static void
fails_who_has_no_patience(void **state)
{
	struct sim s;

	(void)state;
	play(&s, STALL("{p50: {min: 2s, max: 60s}}"), 0.5);
	assert_status(&s, "timeout p50 during outage", RESULT_FAIL);
	sim_end(&s);
}

static void
cannot_tell_when_the_stall_is_shorter_than_the_limit(void **state)
{
	struct sim s;

	(void)state;
	play(&s, STALL("{p99: {max: 60s}}"), 99);
	assert_status(&s, "timeout p99 during outage", RESULT_INCONCLUSIVE);
	sim_end(&s);
	/* That they have patience enough does not settle whether too much. */
	play(&s, STALL("{p99: {min: 2s, max: 60s}}"), 99);
	assert_status(&s, "timeout p99 during outage", RESULT_INCONCLUSIVE);
	assert_float_equal(
	    sim_line(&s, "timeout p99 during outage")->limit.value, 60, 0);
	sim_end(&s);
}

static void
is_not_exercised_by_quick_answers(void **state)
{
	struct policy p = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, STALL("{p50: {min: 3s}, p99: {max: 60s}, hung: 0}"));
	sim_load(&s, &p, server_outage, 10, 0, 79);
	sim_verdict(&s, 100);
	assert_float_equal(
	    sim_line(&s, "timeout p50 during outage")->limit.value, 3, 0);
	assert_status(&s, "timeout p99 during outage", RESULT_NOT_EXERCISED);
	assert_status(&s, "timeout hung during outage", RESULT_NOT_EXERCISED);
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_who_stops_waiting_in_time),
		cmocka_unit_test(fails_who_waits_too_long_or_for_ever),
		cmocka_unit_test(allows_a_timer_its_error),
		cmocka_unit_test(fails_who_waits_for_the_rest_of_an_answer),
		cmocka_unit_test(fails_who_has_no_patience),
		cmocka_unit_test(
		    cannot_tell_when_the_stall_is_shorter_than_the_limit),
		cmocka_unit_test(is_not_exercised_by_quick_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
