#include "sim.h"

#define HONEST                                                 \
	"  - {during: outage, retry_after: {early: {max: 0}, " \
	"honoured: {min: 95%}}}\n"

static void
play(struct sim *s, const char *yaml, const struct policy *p, server_fn *f)
{
	sim_begin(s, yaml);
	sim_load(s, p, f, 10, 0, 80);
	sim_verdict(s, 80);
}

static void
passes_who_waits_and_fails_who_does_not(void **state)
{
	struct policy good = { .attempts = 5, .honours = 1 };
	struct policy bad = { .attempts = 5, .honours = 0 };
	const struct expectation *x;
	struct sim s;

	(void)state;
	play(&s, PLAY(HONEST), &good, server_throttle);
	assert_status(&s, "retry_after early during outage", RESULT_PASS);
	assert_status(&s, "retry_after honoured during outage", RESULT_PASS);
	assert_int_equal(s.verdict->exit_status, 0);
	sim_end(&s);
	play(&s, PLAY(HONEST), &bad, server_throttle);
	assert_status(&s, "retry_after early during outage", RESULT_FAIL);
	assert_status(&s, "retry_after honoured during outage", RESULT_FAIL);
	assert_int_equal(s.verdict->exit_status, 1);
	x = sim_line(&s, "retry_after early during outage");
	assert_int_equal(x->n_offenders, 5);
	assert_true(x->offenders[0].n_moments >= 2);
	assert_true(x->grouping[GROUPING_STRONG] > 0.99);
	sim_end(&s);
}

static struct answer
server_zero(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_half(s, p, t);

	if (a.status == 503)
		a.retry_after = 0;
	return a;
}

/* Nobody can come too early then: nothing was tested. */
static void
passes_nobody_who_was_told_to_wait_no_time(void **state)
{
	struct policy p = { .attempts = 5, .honours = 1 };
	struct sim s;

	(void)state;
	play(&s, PLAY(HONEST), &p, server_zero);
	assert_status(
	    &s, "retry_after early during outage", RESULT_NOT_EXERCISED);
	assert_status(
	    &s, "retry_after honoured during outage", RESULT_NOT_EXERCISED);
	sim_end(&s);
}

static struct answer
server_sixty(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_half(s, p, t);

	if (a.status == 503)
		a.retry_after = 60;
	return a;
}

static double
wait_thirty(struct rng *r, unsigned k)
{
	(void)r, (void)k;
	return 30;
}

static void
blames_who_caps_the_wait_and_comes_back_early(void **state)
{
	struct policy capped = { .attempts = 5, .wait = wait_thirty };
	struct sim s;

	(void)state;
	play(&s, PLAY(HONEST), &capped, server_sixty);
	assert_status(&s, "retry_after early during outage", RESULT_FAIL);
	sim_end(&s);
}

static void
lets_pass_who_gives_up_because_the_wait_is_long(void **state)
{
	struct policy quitter = { .attempts = 1 };
	struct sim s;

	(void)state;
	play(&s, PLAY(HONEST), &quitter, server_sixty);
	assert_status(
	    &s, "retry_after early during outage", RESULT_NOT_EXERCISED);
	assert_int_equal(s.verdict->exit_status, 3);
	sim_end(&s);
}

static void
can_forbid_giving_up(void **state)
{
	static const char forbid[] =
	    PLAY("  - {during: outage, retry_after: {give_up: forbidden}}\n");
	struct policy quitter = { .attempts = 1 };
	struct policy good = { .attempts = 9, .honours = 1 };
	struct sim s;

	(void)state;
	play(&s, forbid, &quitter, server_throttle);
	assert_status(&s, "retry_after give_up during outage", RESULT_FAIL);
	sim_end(&s);
	play(&s, forbid, &good, server_throttle);
	assert_status(&s, "retry_after give_up during outage", RESULT_PASS);
	sim_end(&s);
}

static double
wait_almost(struct rng *r, unsigned k)
{
	(void)r, (void)k;
	return 2.97;
}

static double
wait_two(struct rng *r, unsigned k)
{
	(void)r, (void)k;
	return 2.2;
}

static struct answer
server_three(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_half(s, p, t);

	if (a.status == 503)
		a.retry_after = 3;
	return a;
}

static struct answer
server_date(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_three(s, p, t);

	a.flags = RECORD_RETRY_DATE;
	return a;
}

static void
tolerates_timer_noise_and_a_second_with_dates(void **state)
{
	struct policy almost = { .attempts = 5, .wait = wait_almost };
	struct policy second = { .attempts = 5, .wait = wait_two };
	struct sim s;

	(void)state;
	play(&s, PLAY(HONEST), &almost, server_three);
	assert_status(&s, "retry_after early during outage", RESULT_PASS);
	sim_end(&s);
	play(&s, PLAY(HONEST), &second, server_date);
	assert_status(&s, "retry_after early during outage", RESULT_PASS);
	sim_end(&s);
	play(&s, PLAY(HONEST), &second, server_three);
	assert_status(&s, "retry_after early during outage", RESULT_FAIL);
	sim_end(&s);
}

static void
minds_new_requests_of_the_client_in_wider_scope(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, retry_after: {early: {max: 0}, "
		 "scope: client}}\n");
	struct policy one = { .attempts = 3, .honours = 1, .client = 77 };
	struct policy many = { .attempts = 3, .honours = 1 };
	struct sim s;

	(void)state;
	play(&s, yaml, &one, server_throttle);
	assert_status(&s, "retry_after early during outage", RESULT_FAIL);
	sim_end(&s);
	play(&s, yaml, &many, server_throttle);
	assert_status(&s, "retry_after early during outage", RESULT_PASS);
	sim_end(&s);
}

static void
tells_who_comes_late_and_who_comes_in_step(void **state)
{
	struct policy late = { .attempts = 3, .honours = 1, .extra = 9 };
	struct policy exact = { .attempts = 3, .honours = 1 };
	struct sim s;

	(void)state;
	play(&s, PLAY(HONEST), &late, server_throttle);
	assert_non_null(strstr(
	    sim_line(&s, "retry_after early during outage")->why, "1.5x"));
	sim_end(&s);
	play(&s, PLAY(HONEST), &exact, server_throttle);
	assert_non_null(
	    strstr(sim_line(&s, "retry_after early during outage")->why,
		"synchronised"));
	sim_end(&s);
}

static void
leaves_open_what_straddles_the_limit(void **state)
{
	struct policy mostly = { .attempts = 5, .honours = 0.95 };
	struct sim s;

	(void)state;
	play(&s, PLAY(HONEST), &mostly, server_throttle);
	assert_status(
	    &s, "retry_after honoured during outage", RESULT_INCONCLUSIVE);
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_who_waits_and_fails_who_does_not),
		cmocka_unit_test(passes_nobody_who_was_told_to_wait_no_time),
		cmocka_unit_test(blames_who_caps_the_wait_and_comes_back_early),
		cmocka_unit_test(
		    lets_pass_who_gives_up_because_the_wait_is_long),
		cmocka_unit_test(can_forbid_giving_up),
		cmocka_unit_test(tolerates_timer_noise_and_a_second_with_dates),
		cmocka_unit_test(
		    minds_new_requests_of_the_client_in_wider_scope),
		cmocka_unit_test(tells_who_comes_late_and_who_comes_in_step),
		cmocka_unit_test(leaves_open_what_straddles_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
