#include "sim.h"

static void
play(struct sim *s, const char *yaml, const struct policy *p, server_fn *f)
{
	sim_begin(s, yaml);
	sim_load(s, p, f, 10, 0, 79);
	sim_verdict(s, 100);
}

static void
stops_after_so_many_attempts(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, attempts: {max: 4}}\n");
	struct policy good = { .attempts = 4, .wait = wait_exp2 };
	struct policy bad = { .attempts = 5, .wait = wait_exp2 };
	struct sim s;

	(void)state;
	play(&s, yaml, &good, server_outage);
	assert_status(&s, "attempts during outage", RESULT_PASS);
	assert_float_equal(
	    sim_line(&s, "attempts during outage")->value.value, 4, 0);
	sim_end(&s);
	play(&s, yaml, &bad, server_outage);
	assert_status(&s, "attempts during outage", RESULT_FAIL);
	assert_string_equal(
	    sim_line(&s, "attempts during outage")->value.text, "5");
	sim_end(&s);
}

static void
is_not_exercised_when_nothing_failed(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, attempts: {max: 4}}\n"
		 "  - {during: baseline, give_up: {max: 1%}}\n"
		 "  - {during: baseline, attempts: {max: 4}}\n");
	struct policy good = { .attempts = 4, .wait = wait_exp2 };
	struct sim s;

	(void)state;
	sim_begin(&s, yaml);
	sim_load(&s, &good, server_outage, 10, 0, 20);
	sim_verdict(&s, 100);
	assert_status(&s, "attempts during outage", RESULT_NOT_EXERCISED);
	assert_status(&s, "give_up during baseline", RESULT_NOT_EXERCISED);
	assert_status(&s, "attempts during baseline", RESULT_NOT_EXERCISED);
	assert_int_equal(s.verdict->overall, RESULT_NOT_EXERCISED);
	assert_int_equal(s.verdict->exit_status, 3);
	sim_end(&s);
}

static double
wait_long(struct rng *r, unsigned k)
{
	(void)r, (void)k;
	return 4;
}

/* Whose first retry comes after 4 s has not given up 3 s after the failure. */
static void
waits_as_long_for_a_first_retry_as_others_took(void **state)
{
	struct policy p = { .attempts = 9, .wait = wait_long };
	struct sim s;

	(void)state;
	sim_begin(&s, PLAY("  - {during: outage, give_up: {max: 0}}\n"));
	s.end = 42.5;
	for (unsigned i = 0; i < 100; i++)
		sim_op(&s, &p, server_half, 20 + i * 0.196);
	sim_verdict(&s, 42.5);
	assert_true(
	    sim_line(&s, "give_up during outage")->status != RESULT_FAIL);
	assert_float_equal(
	    sim_line(&s, "give_up during outage")->value.value, 0, 0);
	sim_end(&s);
}

/* Success that no fault stood against is none; without rules there is nothing
 * else to ask. */
static void
takes_success_without_a_fault_for_no_test(void **state)
{
	struct policy once = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, PLAY("  - {during: outage, success: {min: 99%}}\n"
			   "  - {during: baseline, success: {min: 99%}}\n"
			   "  - {after: outage, success: {min: 99%}}\n"));
	sim_load(&s, &once, server_fine, 20, 0, 80);
	sim_verdict(&s, 80);
	assert_status(&s, "success during outage", RESULT_NOT_EXERCISED);
	assert_status(&s, "success during baseline", RESULT_PASS);
	assert_status(&s, "success after outage", RESULT_NOT_EXERCISED);
	sim_end(&s);
}

static void
asks_for_samples_before_it_passes(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, attempts: {max: 4}}\n"
		 "verdict: {min_samples: 10}\n");
	struct policy good = { .attempts = 4, .wait = wait_exp2 };
	struct policy bad = { .attempts = 6, .wait = wait_exp2 };
	struct sim s;

	(void)state;
	for (unsigned n = 9; n <= 10; n++) {
		sim_begin(&s, yaml);
		for (unsigned i = 0; i < n; i++)
			sim_op(&s, &good, server_outage, 21 + i * 0.1);
		sim_verdict(&s, 100);
		assert_status(&s, "attempts during outage",
		    n < 10 ? RESULT_INCONCLUSIVE : RESULT_PASS);
		sim_end(&s);
	}
	sim_begin(&s, yaml);
	sim_op(&s, &bad, server_outage, 21);
	sim_verdict(&s, 100);
	assert_status(&s, "attempts during outage", RESULT_FAIL);
	sim_end(&s);
}

static void
takes_operations_cut_by_the_end_for_no_evidence(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, attempts: {max: 4}}\n");
	struct policy good = { .attempts = 9, .wait = wait_exp2 };
	struct sim s;

	(void)state;
	sim_begin(&s, yaml);
	s.end = 24;
	for (unsigned i = 0; i < 40; i++)
		sim_op(&s, &good, server_outage, 21 + i * 0.01);
	sim_verdict(&s, 24);
	assert_status(&s, "attempts during outage", RESULT_INCONCLUSIVE);
	sim_end(&s);
}

static void
counts_who_gives_up(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, give_up: {max: 1%}}\n"
		 "  - {during: outage, success: {min: 99%}}\n");
	struct policy good = { .attempts = 40, .wait = wait_constant };
	struct policy bad = { .attempts = 2, .wait = wait_constant };
	struct sim s;

	(void)state;
	play(&s, yaml, &good, server_half);
	assert_status(&s, "give_up during outage", RESULT_PASS);
	assert_status(&s, "success during outage", RESULT_PASS);
	sim_end(&s);
	play(&s, yaml, &bad, server_half);
	assert_status(&s, "give_up during outage", RESULT_FAIL);
	assert_status(&s, "success during outage", RESULT_FAIL);
	sim_end(&s);
}

static struct answer
server_patient(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_outage(s, p, t);

	if (a.status == 503)
		a.retry_after = 600;
	return a;
}

static void
takes_a_wait_beyond_the_run_for_censored(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, give_up: {max: 1%}}\n");
	struct policy p = { .attempts = 1 };
	struct sim s;

	(void)state;
	play(&s, yaml, &p, server_patient);
	assert_status(&s, "give_up during outage", RESULT_INCONCLUSIVE);
	sim_end(&s);
}

static struct answer
server_delayed(struct sim *s, const struct policy *p, double t)
{
	struct answer a = answer_status(200);

	(void)s, (void)p;
	a.changed = t >= 20 && t < 40;
	a.takes = a.changed ? 0.3 : 0.002;
	return a;
}

/* A fault that fails nothing can be met well or badly, too. */
static void
passes_who_waits_for_what_is_only_late(void **state)
{
	static const char *const lines[] = { "amplification", "retry_ratio",
		"wasted", "give_up", "success", "peak_rate" };
	struct policy once = { .attempts = 1 };
	struct sim s;
	char name[64];

	(void)state;
	sim_begin(&s, PLAY("  - {during: outage, amplification: {max: 1.2},\n"
			   "     retry_ratio: {max: 10%}, wasted: {max: 5%},\n"
			   "     give_up: {max: 1%}, success: {min: 99%},\n"
			   "     peak_rate: {max: 4x}}\n"
			   "  - {during: calm, amplification: {max: 1.2},\n"
			   "     retry_ratio: {max: 10%}, wasted: {max: 5%},\n"
			   "     give_up: {max: 1%}, peak_rate: {max: 4x}}\n"));
	sim_load(&s, &once, server_delayed, 20, 0, 79);
	sim_verdict(&s, 80);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(name, sizeof(name), "%s during outage", lines[i]);
		assert_status(&s, name, RESULT_PASS);
		if (strcmp(lines[i], "success") == 0)
			continue;
		snprintf(name, sizeof(name), "%s during calm", lines[i]);
		assert_status(&s, name, RESULT_NOT_EXERCISED);
	}
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stops_after_so_many_attempts),
		cmocka_unit_test(is_not_exercised_when_nothing_failed),
		cmocka_unit_test(
		    waits_as_long_for_a_first_retry_as_others_took),
		cmocka_unit_test(takes_success_without_a_fault_for_no_test),
		cmocka_unit_test(asks_for_samples_before_it_passes),
		cmocka_unit_test(
		    takes_operations_cut_by_the_end_for_no_evidence),
		cmocka_unit_test(counts_who_gives_up),
		cmocka_unit_test(takes_a_wait_beyond_the_run_for_censored),
		cmocka_unit_test(passes_who_waits_for_what_is_only_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
