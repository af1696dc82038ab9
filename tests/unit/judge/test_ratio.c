#include "sim.h"

static void
play(struct sim *s, const char *yaml, const struct policy *p, server_fn *f)
{
	sim_begin(s, yaml);
	sim_load(s, p, f, 20, 0, 79);
	sim_verdict(s, 100);
}

/* At failure probability p and bound n the mean is (1-p^n)/(1-p). */
static void
measures_attempts_per_operation(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, amplification: {max: 2}}\n");
	struct policy three = { .attempts = 3 }, six = { .attempts = 6 };
	struct sim s;

	(void)state;
	play(&s, yaml, &three, server_half);
	assert_status(&s, "amplification during outage", RESULT_PASS);
	assert_float_equal(
	    sim_line(&s, "amplification during outage")->value.value, 1.75,
	    0.12);
	sim_end(&s);
	play(&s, yaml, &six, server_outage);
	assert_status(&s, "amplification during outage", RESULT_FAIL);
	assert_float_equal(
	    sim_line(&s, "amplification during outage")->value.value, 6, 0.5);
	sim_end(&s);
}

static void
leaves_a_mean_near_the_limit_open(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, amplification: {max: 1.75x}}\n");
	struct policy three = { .attempts = 3 };
	struct sim s;

	(void)state;
	play(&s, yaml, &three, server_half);
	assert_status(&s, "amplification during outage", RESULT_INCONCLUSIVE);
	sim_end(&s);
}

static void
accuses_by_the_rate_where_pairing_fails(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, amplification: {max: 1.5}}\n"
		 "  - {during: outage, attempts: {max: 3}}\n");
	struct policy p = { .attempts = 5, .client = 9, .without_id = true };
	struct sim s;

	(void)state;
	sim_begin(&s, yaml);
	for (double t = 0.01; t < 80; t += 0.1) {
		sim_op(&s, &p, server_outage, t);
		s.op = 0;
	}
	sim_verdict(&s, 100);
	assert_true(s.verdict->repeat_hazard > 0.9);
	assert_status(&s, "attempts during outage", RESULT_INCONCLUSIVE);
	assert_status(&s, "amplification during outage", RESULT_FAIL);
	sim_end(&s);
}

static void
compares_retries_with_first_attempts(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, retry_ratio: {max: 20%}}\n");
	struct policy good = { .attempts = 1 }, bad = { .attempts = 3 };
	struct sim s;

	(void)state;
	play(&s, yaml, &good, server_half);
	assert_status(&s, "retry_ratio during outage", RESULT_PASS);
	sim_end(&s);
	play(&s, yaml, &bad, server_half);
	assert_status(&s, "retry_ratio during outage", RESULT_FAIL);
	assert_float_equal(
	    sim_line(&s, "retry_ratio during outage")->value.value, 0.75, 0.15);
	sim_end(&s);
}

static struct answer
server_slow(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_outage(s, p, t);

	a.takes = 0.2;
	return a;
}

/* Without ids, a second equal request beside the first may be a hedge. */
static void
passes_no_overlapping_requests_without_ids(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, amplification: {max: 1.5}}\n");
	struct policy p = { .attempts = 1, .client = 9, .without_id = true };

	(void)state;
	for (int apart = 0; apart < 2; apart++) {
		struct sim s;

		sim_begin(&s, yaml);
		for (int i = 0; i < 80; i++) {
			s.op = (uint64_t)i * 2;
			sim_op(&s, &p, server_slow, i * 0.5);
			s.op = (uint64_t)i * 2 + (apart ? 1 : 0);
			sim_op(&s, &p, server_slow, i * 0.5 + 0.1);
		}
		sim_verdict(&s, 100);
		assert_status(&s, "amplification during outage",
		    apart ? RESULT_PASS : RESULT_INCONCLUSIVE);
		sim_end(&s);
	}
}

static void
recognises_a_retry_budget(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, retry_ratio: {max: 20%}}\n");
	struct policy once = { .attempts = 1 }, twice = { .attempts = 2 };
	struct sim s;

	(void)state;
	sim_begin(&s, yaml);
	for (int i = 0; i < 800; i++)
		sim_op(
		    &s, i % 10 == 0 ? &twice : &once, server_outage, i * 0.1);
	sim_verdict(&s, 100);
	assert_status(&s, "retry_ratio during outage", RESULT_PASS);
	assert_non_null(
	    strstr(sim_line(&s, "retry_ratio during outage")->why, "budget"));
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measures_attempts_per_operation),
		cmocka_unit_test(leaves_a_mean_near_the_limit_open),
		cmocka_unit_test(accuses_by_the_rate_where_pairing_fails),
		cmocka_unit_test(compares_retries_with_first_attempts),
		cmocka_unit_test(passes_no_overlapping_requests_without_ids),
		cmocka_unit_test(recognises_a_retry_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
