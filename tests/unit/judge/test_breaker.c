#include "sim.h"

#define BREAKER                                                           \
	PLAY("  - {during: outage, circuit_breaker: {opens_after: {max: " \
	     "20}, open_for: {min: 2s, max: 10s}, probes: {max: 10}}}\n")

/* One client at 10 requests/s that pauses `pause` s after `after` failures in a
 * row, then probes once. */
static void
play(struct sim *s, unsigned after, double pause)
{
	struct policy p = { .attempts = 1, .client = 7 };
	unsigned failures = 0;

	sim_begin(s, BREAKER);
	for (double t = 0.05; t < 80; t += 0.1) {
		bool down = t >= 20 && t < 40;

		sim_op(s, &p, server_outage, t);
		failures = down ? failures + 1 : 0;
		if (failures >= after) {
			t += pause;
			failures = after - 1;
		}
	}
	sim_verdict(s, 81);
}

static void
passes_a_breaker_that_opens_and_probes(void **state)
{
	const struct expectation *x;
	struct sim s;

	(void)state;
	play(&s, 15, 4);
	assert_status(
	    &s, "circuit_breaker opens_after during outage", RESULT_PASS);
	assert_status(
	    &s, "circuit_breaker open_for during outage", RESULT_PASS);
	assert_status(&s, "circuit_breaker probes during outage", RESULT_PASS);
	x = sim_line(&s, "circuit_breaker opens_after during outage");
	assert_float_equal(x->value.value, 15, 0);
	x = sim_line(&s, "circuit_breaker open_for during outage");
	assert_float_equal(x->value.value, 4.1, 0.1);
	sim_end(&s);
}

/* A silence of 6.9 / rate is rare, but not among thousands. */
static void
takes_no_chance_for_a_breaker(void **state)
{
	struct policy p = { .attempts = 1, .client = 7 };

	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct sim s;

		sim_begin(&s, BREAKER);
		s.rng = rng_stream(seed);
		sim_load(&s, &p, server_outage, 50, 0, 80);
		sim_verdict(&s, 80);
		assert_status(&s, "circuit_breaker opens_after during outage",
		    RESULT_FAIL);
		assert_status(
		    &s, "circuit_breaker probes during outage", RESULT_FAIL);
		sim_end(&s);
	}
}

static void
fails_a_client_without_one(void **state)
{
	struct sim s;

	(void)state;
	play(&s, 100000, 0);
	assert_status(
	    &s, "circuit_breaker opens_after during outage", RESULT_FAIL);
	assert_status(
	    &s, "circuit_breaker open_for during outage", RESULT_FAIL);
	sim_end(&s);
}

static void
fails_one_that_opens_late_or_briefly(void **state)
{
	struct sim s;

	(void)state;
	play(&s, 60, 4);
	assert_status(
	    &s, "circuit_breaker opens_after during outage", RESULT_FAIL);
	sim_end(&s);
	play(&s, 10, 1);
	assert_status(
	    &s, "circuit_breaker open_for during outage", RESULT_FAIL);
	sim_end(&s);
}

static void
proves_nothing_without_demand(void **state)
{
	struct policy p = { .attempts = 1, .client = 7 };
	struct sim s;

	(void)state;
	sim_begin(&s, BREAKER);
	for (double t = 0.05; t < 80; t += 1)
		sim_op(&s, &p, server_outage, t);
	sim_verdict(&s, 81);
	assert_status(&s, "circuit_breaker opens_after during outage",
	    RESULT_INCONCLUSIVE);
	sim_end(&s);
}

/* The same three as when something failed, with their limits. */
static void
is_not_exercised_when_nothing_failed(void **state)
{
	static const char *const parts[] = { "opens_after", "open_for",
		"probes" };
	struct policy p = { .attempts = 1, .client = 7 };
	struct sim s;

	(void)state;
	sim_begin(&s, BREAKER);
	sim_load(&s, &p, server_outage, 10, 0, 19);
	sim_verdict(&s, 81);
	assert_int_equal(s.verdict->n_expectations, 3);
	for (unsigned i = 0; i < 3; i++) {
		const struct expectation *x = &s.verdict->expectations[i];

		assert_string_equal(x->part, parts[i]);
		assert_int_equal(x->status, RESULT_NOT_EXERCISED);
		assert_true(x->limit.unit != UNIT_NONE);
	}
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_a_breaker_that_opens_and_probes),
		cmocka_unit_test(takes_no_chance_for_a_breaker),
		cmocka_unit_test(fails_a_client_without_one),
		cmocka_unit_test(fails_one_that_opens_late_or_briefly),
		cmocka_unit_test(proves_nothing_without_demand),
		cmocka_unit_test(is_not_exercised_when_nothing_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
