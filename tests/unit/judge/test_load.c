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
	    sim_line(&s, "settle after outage")->value.value, 14, 2);
	sim_end(&s);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notices_a_rate_that_shoots_up),
		cmocka_unit_test(looks_for_the_peak_after_the_phase_too),
		cmocka_unit_test(does_not_blame_chance),
		cmocka_unit_test(wants_the_rate_back_to_normal),
		cmocka_unit_test(gives_time_to_settle),
		cmocka_unit_test(needs_a_baseline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
