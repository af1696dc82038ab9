#include "fixture.h"

#include <math.h>

extern const struct fault_type fault_delay;

enum { DRAWS = 10000 };

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The delays of 10,000 exchanges, sorted; the caller frees. */
static uint64_t *
sample(const char *conf)
{
	uint64_t *v = xcalloc(DRAWS, sizeof(v[0]));
	struct trial t;

	trial_begin(&t, &fault_delay, conf);
	for (unsigned i = 0; i < DRAWS; i++) {
		struct step s;

		memset(t.fault.state, 0, fault_delay.state_size);
		t.fault.rng = rng_stream(rng_draw(1, 2, 0, i + 1));
		t.fault.n = i + 1;
		t.fault.series = 99;
		s = trial_request(&t);
		v[i] = s.kind == STEP_WAIT ? s.at_ns - t.facts.now_ns : 0;
	}
	trial_end_rule(&t);
	qsort(v, DRAWS, sizeof(v[0]), compare);
	return v;
}

static void
expect_quantile(const uint64_t *v, double q, double want_ms, double within)
{
	double got = (double)v[(size_t)(q * DRAWS)] / 1e6;

	if (fabs(got - want_ms) > want_ms * within)
		fail_msg("quantile %g: %g ms, not %g", q, got, want_ms);
}

static void
waits_a_fixed_time_and_never_less(void **state)
{
	struct trial t;
	struct step s;

	(void)state;
	trial_begin(&t, &fault_delay, "fixed=200ms");
	s = trial_request(&t);
	assert_int_equal(s.kind, STEP_WAIT);
	assert_int_equal(s.at_ns, SECOND + 200 * (uint64_t)MS);
	s = trial_request_at(&t, s.at_ns - 1);
	assert_int_equal(s.kind, STEP_WAIT);
	assert_int_equal(trial_request_at(&t, s.at_ns).kind, STEP_PASS);
	assert_int_equal(
	    fault_delay.on_response(&t.fault, NULL).kind, STEP_PASS);
	trial_end_rule(&t);
}

static void
waits_on_the_side_that_is_named(void **state)
{
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_delay, "fixed=1s; side=response");
	assert_int_equal(trial_request(&t).kind, STEP_PASS);
	assert_int_equal(
	    fault_delay.on_response(&t.fault, NULL).kind, STEP_WAIT);
	t.facts.now_ns += SECOND;
	assert_int_equal(
	    fault_delay.on_response(&t.fault, NULL).kind, STEP_PASS);
	trial_end_rule(&t);
}

static void
draws_evenly_between_two_durations(void **state)
{
	uint64_t *v = sample("uniform=10ms 50ms");

	(void)state;
	expect_quantile(v, 0.25, 20, 0.05);
	expect_quantile(v, 0.5, 30, 0.05);
	expect_quantile(v, 0.9, 46, 0.05);
	assert_true(v[0] >= 10 * (uint64_t)MS);
	assert_true(v[DRAWS - 1] <= 50 * (uint64_t)MS);
	free(v);
}

static void
draws_around_a_mean_and_never_below_nothing(void **state)
{
	uint64_t *v = sample("normal.mean=100ms; normal.sd=20ms");

	(void)state;
	expect_quantile(v, 0.1587, 80, 0.05);
	expect_quantile(v, 0.5, 100, 0.05);
	expect_quantile(v, 0.8413, 120, 0.05);
	expect_quantile(v, 0.99, 146.5, 0.05);
	free(v);
	v = sample("normal.mean=1ms; normal.sd=100ms");
	assert_int_equal(v[DRAWS / 3], 0);
	free(v);
}

static void
draws_from_a_median_and_a_tail(void **state)
{
	uint64_t *v = sample("lognormal.median=50ms; lognormal.p99=500ms");

	(void)state;
	expect_quantile(v, 0.5, 50, 0.05);
	expect_quantile(v, 0.99, 500, 0.05);
	expect_quantile(v, 0.8413, 50 * pow(10, 1 / 2.3263), 0.05);
	free(v);
}

static void
follows_measured_percentiles(void **state)
{
	uint64_t *v = sample("percentiles=p50>20ms|p95>200ms|p99>2s");

	(void)state;
	expect_quantile(v, 0.5, 20, 0.05);
	expect_quantile(v, 0.725, 20 * sqrt(10), 0.05);
	expect_quantile(v, 0.95, 200, 0.05);
	expect_quantile(v, 0.991, 2000, 0.05);
	assert_true(v[0] < 5 * (uint64_t)MS);
	assert_true(v[DRAWS - 1] <= 2001 * (uint64_t)MS);
	free(v);
	v = sample("percentiles=p50>20ms");
	expect_quantile(v, 0, 20, 0.01);
	expect_quantile(v, 0.99, 20, 0.01);
	free(v);
}

static void
gives_each_draw_of_a_block_its_own_part(void **state)
{
	uint8_t seen[1024] = { 0 };
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_delay, "uniform=0s 1024s");
	for (unsigned i = 0; i < 1024; i++) {
		struct step s;

		memset(t.fault.state, 0, fault_delay.state_size);
		t.fault.n = 1024 + i;
		s = trial_request(&t);
		if (s.kind == STEP_WAIT)
			seen[(s.at_ns - t.facts.now_ns) / SECOND]++;
		else
			seen[0]++;
	}
	for (unsigned i = 0; i < 1024; i++)
		assert_int_equal(seen[i], 1);
	trial_end_rule(&t);
}

static void
refuses_what_is_no_distribution(void **state)
{
	static const char *const bad[] = { "", "side=response", "uniform=1s",
		"uniform=2s 1s", "lognormal.median=2s; lognormal.p99=1s",
		"lognormal.median=0s; lognormal.p99=1s",
		"percentiles=p50>2s|p40>1s", "percentiles=p50>2s|p90>1s",
		"percentiles=p101>2s", "percentiles=median>2s",
		"percentiles=p50>soon" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_string_not_equal(conf_check(&fault_delay, bad[i]), "");
	assert_string_equal(
	    conf_check(&fault_delay, "percentiles=p0>0s|p99.9>1s"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_a_fixed_time_and_never_less),
		cmocka_unit_test(waits_on_the_side_that_is_named),
		cmocka_unit_test(draws_evenly_between_two_durations),
		cmocka_unit_test(draws_around_a_mean_and_never_below_nothing),
		cmocka_unit_test(draws_from_a_median_and_a_tail),
		cmocka_unit_test(follows_measured_percentiles),
		cmocka_unit_test(gives_each_draw_of_a_block_its_own_part),
		cmocka_unit_test(refuses_what_is_no_distribution),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
