#include "sim.h"

static unsigned status_now;

static struct answer
server_status(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_half(s, p, t);

	if (a.status == 503)
		a.status = status_now;
	return a;
}

static void
play(struct sim *s, const char *yaml, const struct policy *p)
{
	sim_begin(s, yaml);
	sim_load(s, p, server_status, 10, 0, 79);
	sim_verdict(s, 100);
}

static void
forbids_the_repeat_of_what_cannot_help(void **state)
{
	static const char named[] =
	    PLAY("  - {status: [400, 404, 501], retry: never}\n");
	static const char all[] = PLAY("  - {during: outage, retry: never}\n");
	struct policy bad = { .attempts = 3 }, good = { .attempts = 1 };
	struct sim s;

	(void)state;
	status_now = 404;
	play(&s, named, &bad);
	assert_status(&s, "retry on 400,404,501", RESULT_FAIL);
	sim_end(&s);
	play(&s, named, &good);
	assert_status(&s, "retry on 400,404,501", RESULT_PASS);
	sim_end(&s);
	play(&s, all, &bad);
	assert_status(&s, "retry during outage", RESULT_FAIL);
	sim_end(&s);
	status_now = 503;
	play(&s, all, &bad);
	assert_status(&s, "retry during outage", RESULT_NOT_EXERCISED);
	sim_end(&s);
	play(&s, named, &bad);
	assert_status(&s, "retry on 400,404,501", RESULT_NOT_EXERCISED);
	sim_end(&s);
}

static void
fails_who_repeats_after_success(void **state)
{
	static const char yaml[] = PLAY("  - {rule: r, retry: never}\n");
	struct policy p = { .attempts = 1 };
	struct sim s;

	(void)state;
	for (int twice = 0; twice < 2; twice++) {
		sim_begin(&s, yaml);
		for (int i = 0; i < 50; i++)
			for (int k = 0; k <= twice; k++) {
				struct record r;

				s.op = (uint64_t)i;
				r = sim_record(&s, &p, 21 + i * 0.1 + k,
				    answer_status(200));
				r.outcome = OUTCOME_INJECTED;
				r.rule = 0;
				judge_add(s.judge, &r);
			}
		sim_verdict(&s, 100);
		assert_status(
		    &s, "retry of r", twice ? RESULT_FAIL : RESULT_PASS);
		sim_end(&s);
	}
}

static void
asks_for_a_second_try(void **state)
{
	static const char yaml[] = PLAY(
	    "  - {status: [503], method: GET, retry: {at_least: 1, for: {min: "
	    "90%}}}\n");
	struct policy good = { .attempts = 4 }, bad = { .attempts = 1 };
	struct sim s;

	(void)state;
	status_now = 503;
	play(&s, yaml, &good);
	assert_status(&s, "retry on 503 for GET", RESULT_PASS);
	sim_end(&s);
	play(&s, yaml, &bad);
	assert_status(&s, "retry on 503 for GET", RESULT_FAIL);
	sim_end(&s);
	good.method = "POST";
	play(&s, yaml, &good);
	assert_status(&s, "retry on 503 for GET", RESULT_NOT_EXERCISED);
	sim_end(&s);
}

static void
selects_by_path(void **state)
{
	static const char yaml[] =
	    PLAY("  - {during: outage, path: /other/**, attempts: {max: 1}}\n"
		 "  - {during: outage, path: /api, attempts: {max: 1}}\n");
	struct policy p = { .attempts = 3 };
	struct sim s;

	(void)state;
	status_now = 503;
	play(&s, yaml, &p);
	assert_status(
	    &s, "attempts during outage at /other/**", RESULT_NOT_EXERCISED);
	assert_status(&s, "attempts during outage at /api", RESULT_FAIL);
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forbids_the_repeat_of_what_cannot_help),
		cmocka_unit_test(fails_who_repeats_after_success),
		cmocka_unit_test(asks_for_a_second_try),
		cmocka_unit_test(selects_by_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
