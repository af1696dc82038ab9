#include "sim.h"

#define RECOVER                                                                \
	PLAY("  - {after: outage, recover: {within: 10s, success: 99%, hold: " \
	     "5s, lost: {max: 0}}}\n")

static struct answer
server_slow(struct sim *s, const struct policy *p, double t)
{
	(void)s, (void)p;
	return answer_status(t >= 20 && t < 58 ? 503 : 200);
}

static void
passes_who_is_back_at_once(void **state)
{
	struct policy good = { .attempts = 30, .wait = wait_constant };
	const struct expectation *x;
	struct sim s;

	(void)state;
	sim_begin(&s, RECOVER);
	sim_load(&s, &good, server_outage, 10, 0, 80);
	sim_verdict(&s, 82);
	assert_status(&s, "recover within after outage", RESULT_PASS);
	assert_status(&s, "recover lost after outage", RESULT_PASS);
	x = sim_line(&s, "recover within after outage");
	assert_true(x->value.value <= 6);
	assert_float_equal(x->grouping[GROUPING_AGGREGATE], 1, 0);
	assert_int_equal(s.verdict->exit_status, 0);
	sim_end(&s);
}

static void
fails_who_stays_away(void **state)
{
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, RECOVER);
	sim_load(&s, &once, server_outage, 10, 0, 39);
	sim_load(&s, &once, server_outage, 10, 60, 79);
	sim_verdict(&s, 80);
	assert_status(&s, "recover within after outage", RESULT_FAIL);
	sim_end(&s);
	sim_begin(&s, RECOVER);
	sim_load(&s, &once, server_outage, 10, 0, 39);
	sim_verdict(&s, 80);
	assert_status(&s, "recover within after outage", RESULT_FAIL);
	sim_end(&s);
}

/* To the moment, not to the second in which it was. */
static void
tells_when_the_first_success_came(void **state)
{
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, RECOVER);
	sim_load(&s, &once, server_outage, 20, 0, 39);
	sim_load(&s, &once, server_outage, 20, 50.4, 79);
	sim_verdict(&s, 80);
	assert_status(&s, "recover within after outage", RESULT_FAIL);
	assert_float_equal(
	    sim_line(&s, "recover within after outage")->value.value, 10.5,
	    0.1);
	sim_end(&s);
	sim_begin(&s, RECOVER);
	sim_load(&s, &once, server_outage, 20, 0, 39);
	sim_load(&s, &once, server_outage, 20, 49.8, 79);
	sim_verdict(&s, 80);
	assert_status(&s, "recover within after outage", RESULT_PASS);
	assert_float_equal(
	    sim_line(&s, "recover within after outage")->value.value, 9.9, 0.1);
	sim_end(&s);
}

static void
fails_when_errors_go_on(void **state)
{
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, RECOVER);
	sim_load(&s, &once, server_slow, 10, 0, 80);
	sim_verdict(&s, 80);
	assert_status(&s, "recover within after outage", RESULT_FAIL);
	assert_true(
	    sim_line(&s, "recover within after outage")->value.value >= 17);
	sim_end(&s);
}

static struct answer
server_told(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_outage(s, p, t);

	if (a.status == 503)
		a.retry_after = 60 - t;
	return a;
}

/* They were told to stay away until 60 s, and obey. */
static void
counts_the_wait_that_was_asked_for_as_allowed(void **state)
{
	struct policy p = { .attempts = 2, .honours = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, RECOVER);
	sim_load(&s, &p, server_outage, 10, 0, 20);
	sim_load(&s, &p, server_told, 10, 20, 40);
	sim_load(&s, &p, server_outage, 10, 62, 79.9);
	sim_verdict(&s, 80);
	assert_status(&s, "recover within after outage", RESULT_PASS);
	sim_end(&s);
}

static void
cannot_tell_when_the_run_ends_too_soon(void **state)
{
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, RECOVER);
	sim_load(&s, &once, server_outage, 10, 0, 43);
	sim_verdict(&s, 43);
	assert_status(&s, "recover within after outage", RESULT_INCONCLUSIVE);
	sim_end(&s);
}

static void
finds_operations_that_were_lost(void **state)
{
	struct policy retries = { .attempts = 30, .wait = wait_constant };
	struct policy quits = { .attempts = 3, .wait = wait_linear };
	struct sim s;

	(void)state;
	sim_begin(&s, RECOVER);
	sim_load(&s, &retries, server_outage, 10, 0, 80);
	for (int i = 0; i < 5; i++)
		sim_op(&s, &quits, server_slow, 38);
	sim_verdict(&s, 90);
	assert_status(&s, "recover lost after outage", RESULT_FAIL);
	assert_int_equal(
	    sim_line(&s, "recover lost after outage")->n_offending, 5);
	sim_end(&s);
}

static void
is_not_exercised_when_nothing_failed(void **state)
{
	struct policy once = { .attempts = 1 };
	const struct expectation *x;
	struct sim s;

	(void)state;
	sim_begin(&s, RECOVER);
	sim_load(&s, &once, server_outage, 10, 0, 19);
	sim_load(&s, &once, server_outage, 10, 41, 79);
	sim_verdict(&s, 80);
	x = sim_line(&s, "recover within after outage");
	assert_int_equal(x->status, RESULT_NOT_EXERCISED);
	assert_float_equal(x->limit.value, 10, 0);
	assert_status(&s, "recover lost after outage", RESULT_NOT_EXERCISED);
	sim_end(&s);
}

/* A burst of requests that all gave up, and nothing before it to compare. */
static void
does_not_miss_requests_that_nobody_expects(void **state)
{
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, RECOVER);
	sim_load(&s, &once, server_outage, 10, 21, 39);
	sim_verdict(&s, 80);
	assert_status(&s, "recover within after outage", RESULT_INCONCLUSIVE);
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_who_is_back_at_once),
		cmocka_unit_test(fails_who_stays_away),
		cmocka_unit_test(tells_when_the_first_success_came),
		cmocka_unit_test(fails_when_errors_go_on),
		cmocka_unit_test(counts_the_wait_that_was_asked_for_as_allowed),
		cmocka_unit_test(cannot_tell_when_the_run_ends_too_soon),
		cmocka_unit_test(finds_operations_that_were_lost),
		cmocka_unit_test(does_not_miss_requests_that_nobody_expects),
		cmocka_unit_test(is_not_exercised_when_nothing_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
