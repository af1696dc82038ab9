#include "sim.h"

#define HERD                                                                   \
	PLAY("  - {after: outage, herd: {bin: 100ms, within: 5s, peak: {max: " \
	     "3x}}}\n")

/* 200 clients that failed during the outage and come back after it. */
static void
play(struct sim *s, double at, double spread, unsigned seed)
{
	struct policy once = { .attempts = 1 };

	sim_begin(s, HERD);
	s->rng = rng_stream(seed);
	sim_load(s, &once, server_outage, 20, 0, 80);
	for (int i = 0; i < 200; i++)
		sim_op(s, &once, server_outage,
		    40 + at + spread * rng_unit(&s->rng));
	sim_verdict(s, 80);
}

static void
fails_clients_that_come_back_in_one_moment(void **state)
{
	struct sim s;

	(void)state;
	play(&s, 1, 0.05, 1);
	assert_status(&s, "herd after outage", RESULT_FAIL);
	assert_true(sim_line(&s, "herd after outage")->value.value > 20);
	sim_end(&s);
}

static void
passes_clients_that_spread(void **state)
{
	struct sim s;

	(void)state;
	play(&s, 0, 5, 1);
	assert_status(&s, "herd after outage", RESULT_PASS);
	sim_end(&s);
}

/* Random arrivals at a low rate have peaks of several times the mean. */
static void
raises_no_false_alarm_on_random_arrivals(void **state)
{
	unsigned alarms = 0, above = 0;

	(void)state;
	for (unsigned seed = 1; seed <= 200; seed++) {
		struct policy once = { .attempts = 1 };
		const struct expectation *x;
		struct sim s;

		sim_begin(&s, HERD);
		s.rng = rng_stream(seed);
		sim_load(&s, &once, server_outage, 8, 0, 50);
		sim_verdict(&s, 50);
		x = sim_line(&s, "herd after outage");
		alarms += x->status == RESULT_FAIL;
		above += x->value.value > 3;
		sim_end(&s);
	}
	assert_true(above > 50);
	assert_true(alarms <= 1);
}

/* That all clients begin with their first request is no measure of a herd. */
static void
forgets_how_the_clients_started(void **state)
{
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, HERD);
	for (int i = 0; i < 100; i++)
		sim_op(&s, &once, server_outage, 0.001 * i);
	sim_load(&s, &once, server_outage, 10, 0.1, 40);
	for (int i = 0; i < 60; i++)
		sim_op(&s, &once, server_outage, 41 + 0.001 * i);
	sim_load(&s, &once, server_outage, 10, 41.1, 80);
	sim_verdict(&s, 80);
	assert_status(&s, "herd after outage", RESULT_FAIL);
	sim_end(&s);
}

static struct answer
server_ten(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_outage(s, p, t);

	if (a.status == 503)
		a.retry_after = 50 - t;
	return a;
}

/* All are told to come back at 50 s, ten seconds after the fault. */
static void
finds_the_herd_at_a_common_due_time(void **state)
{
	struct policy obedient = { .attempts = 2, .honours = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, HERD);
	sim_load(&s, &obedient, server_ten, 20, 0, 80);
	sim_verdict(&s, 80);
	assert_status(&s, "herd after outage", RESULT_FAIL);
	sim_end(&s);
}

static void
is_not_exercised_when_nothing_failed(void **state)
{
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, PLAY("  - {after: outage, herd: {peak: {max: 3x}}}\n"));
	sim_load(&s, &once, server_fine, 20, 0, 80);
	sim_verdict(&s, 80);
	assert_status(&s, "herd after outage", RESULT_NOT_EXERCISED);
	sim_end(&s);
}

static void
is_not_exercised_without_a_fault(void **state)
{
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, HERD);
	sim_load(&s, &once, server_outage, 20, 0, 19);
	sim_verdict(&s, 20);
	assert_status(&s, "herd after outage", RESULT_NOT_EXERCISED);
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fails_clients_that_come_back_in_one_moment),
		cmocka_unit_test(passes_clients_that_spread),
		cmocka_unit_test(raises_no_false_alarm_on_random_arrivals),
		cmocka_unit_test(forgets_how_the_clients_started),
		cmocka_unit_test(finds_the_herd_at_a_common_due_time),
		cmocka_unit_test(is_not_exercised_when_nothing_failed),
		cmocka_unit_test(is_not_exercised_without_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
