#include "sim.h"

static void
play(struct sim *s, const char *yaml, const struct policy *p, double after_rate)
{
	struct policy once = { .attempts = 1 };

	sim_begin(s, yaml);
	sim_load(s, &once, server_outage, 20, 0, 20);
	sim_load(s, p, server_outage, 20, 20, 40);
	sim_load(s, &once, server_outage, after_rate, 40, 80);
	sim_verdict(s, 80);
}

static void
notices_a_rate_that_shoots_up(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, peak_rate: {max: 2x}}\n");
	struct policy good = { .attempts = 2, .wait = wait_full_jitter };
	struct policy bad = { .attempts = 8 };
	struct sim s;

	(void)state;
	play(&s, yaml, &bad, 20);
	assert_status(&s, "peak_rate during outage", RESULT_FAIL);
	assert_true(sim_line(&s, "peak_rate during outage")->value.value > 5);
	sim_end(&s);
	good.attempts = 1;
	play(&s, yaml, &good, 20);
	assert_status(&s, "peak_rate during outage", RESULT_PASS);
	sim_end(&s);
}

static void
looks_for_the_peak_after_the_phase_too(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, peak_rate: {max: 2x}}\n");
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	play(&s, yaml, &once, 100);
	assert_status(&s, "peak_rate during outage", RESULT_FAIL);
	sim_end(&s);
}

static void
does_not_blame_chance(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, peak_rate: {max: 1.2x}}\n");
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, yaml);
	sim_load(&s, &once, server_outage, 2, 0, 80);
	sim_verdict(&s, 80);
	assert_status(&s, "peak_rate during outage", RESULT_INCONCLUSIVE);
	sim_end(&s);
}

static void
wants_the_rate_back_to_normal(void **state)
{
	static const char yaml[] =
	    PLAY("  - {after: outage, settle: {within: 30s, rate: {max: "
		 "1.2x}}}\n");
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	play(&s, yaml, &once, 18);
	assert_status(&s, "settle after outage", RESULT_PASS);
	sim_end(&s);
	play(&s, yaml, &once, 60);
	assert_status(&s, "settle after outage", RESULT_FAIL);
	sim_end(&s);
}

static void
gives_time_to_settle(void **state)
{
	static const char yaml[] =
	    PLAY("  - {after: outage, settle: {within: 20s}}\n"
		 "  - {after: outage, settle: 5s}\n");
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, yaml);
	sim_load(&s, &once, server_outage, 20, 0, 80);
	sim_load(&s, &once, server_outage, 40, 40, 50);
	sim_verdict(&s, 80);
	assert_status(&s, "settle after outage", RESULT_PASS);
	assert_status(&s, "settle after outage (2)", RESULT_FAIL);
	assert_float_equal(
	    sim_line(&s, "settle after outage")->value.value, 10, 1);
	sim_end(&s);
}

/* Chance makes a busy second now and then. */
static void
never_blames_a_steady_client_for_not_settling(void **state)
{
	static const char yaml[] =
	    PLAY("  - {after: outage, settle: {within: 30s, rate: {max: "
		 "1.2x}}}\n");
	struct policy once = { .attempts = 1 };
	unsigned passed = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct sim s;

		sim_begin(&s, yaml);
		s.rng = rng_stream(seed);
		sim_load(&s, &once, server_outage, 5, 0, 80);
		sim_verdict(&s, 80);
		assert_true(
		    sim_line(&s, "settle after outage")->status != RESULT_FAIL);
		passed +=
		    sim_line(&s, "settle after outage")->status == RESULT_PASS;
		sim_end(&s);
	}
	assert_true(passed >= 15);
}

static void
blames_a_rate_that_is_a_little_too_high_for_long(void **state)
{
	static const char yaml[] =
	    PLAY("  - {after: outage, settle: {within: 20s, rate: {max: "
		 "1.2x}}}\n");
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	play(&s, yaml, &once, 32);
	assert_status(&s, "settle after outage", RESULT_FAIL);
	assert_true(sim_line(&s, "settle after outage")->value.value > 20);
	sim_end(&s);
}

static void
is_not_exercised_when_nothing_failed(void **state)
{
	static const char yaml[] =
	    PLAY("  - {after: outage, settle: 30s}\n"
		 "  - {during: outage, peak_rate: 2x}\n");
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, yaml);
	sim_load(&s, &once, server_fine, 20, 0, 80);
	sim_verdict(&s, 80);
	assert_status(&s, "settle after outage", RESULT_NOT_EXERCISED);
	assert_status(&s, "peak_rate during outage", RESULT_NOT_EXERCISED);
	sim_end(&s);
}

/* Ten a second before: one second of 27 is beyond 2x, but not beyond doubt; one
 * of 40 is, and so are 25 in all seconds. */
static void
leaves_a_peak_near_the_limit_open(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, peak_rate: {max: 2x}}\n");
	static const struct {
		unsigned peak, rest;
		enum result result;
	} rows[] = { { 18, 10, RESULT_PASS }, { 27, 10, RESULT_INCONCLUSIVE },
		{ 40, 10, RESULT_FAIL }, { 25, 25, RESULT_FAIL } };
	struct policy once = { .attempts = 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sim s;

		sim_begin(&s, yaml);
		for (unsigned t = 0; t < 80; t++) {
			unsigned n = t == 30             ? rows[i].peak
				     : t >= 20 && t < 40 ? rows[i].rest
							 : 10;

			for (unsigned k = 0; k < n; k++)
				sim_op(&s, &once, server_outage,
				    t + (k + 0.5) / n);
		}
		sim_verdict(&s, 80);
		assert_status(&s, "peak_rate during outage", rows[i].result);
		sim_end(&s);
	}
}

static struct answer
server_first(struct sim *s, const struct policy *p, double t)
{
	(void)s, (void)p;
	return answer_status(t < 20 ? 503 : 200);
}

static void
needs_a_baseline(void **state)
{
	static const char yaml[] =
	    "scenario: t\n"
	    "phases: [{phase: outage, for: 20s, rules: [{rule: r, inject: "
	    "{status: 503}}]}]\n"
	    "expect:\n"
	    "  - {during: outage, peak_rate: {max: 2x}}\n";
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, yaml);
	sim_load(&s, &once, server_first, 20, 0, 30);
	sim_verdict(&s, 40);
	assert_status(&s, "peak_rate during outage", RESULT_INCONCLUSIVE);
	sim_end(&s);
}

/* A clock's time for one of the run: 285 years of seconds are not counted. */
static void
looks_no_further_than_a_month(void **state)
{
	static const char yaml[] =
	    PLAY("  - {after: outage, recover: {within: 10s}, settle: {within: "
		 "30s, rate: {max: 1.2x}}}\n");
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, yaml);
	sim_load(&s, &once, server_outage, 20, 0, 80);
	sim_op(&s, &once, server_outage, 9e9);
	sim_verdict(&s, 80);
	assert_status(&s, "settle after outage", RESULT_PASS);
	assert_status(&s, "recover within after outage", RESULT_PASS);
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks_no_further_than_a_month),
		cmocka_unit_test(notices_a_rate_that_shoots_up),
		cmocka_unit_test(looks_for_the_peak_after_the_phase_too),
		cmocka_unit_test(does_not_blame_chance),
		cmocka_unit_test(wants_the_rate_back_to_normal),
		cmocka_unit_test(gives_time_to_settle),
		cmocka_unit_test(never_blames_a_steady_client_for_not_settling),
		cmocka_unit_test(
		    blames_a_rate_that_is_a_little_too_high_for_long),
		cmocka_unit_test(is_not_exercised_when_nothing_failed),
		cmocka_unit_test(leaves_a_peak_near_the_limit_open),
		cmocka_unit_test(needs_a_baseline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
