/* One shared address and one URL, half of the requests rejected, told to wait
 * 3, 4 or 5 s: the simulation of recovery.md 4.4. */
#include "sim.h"

static double
wait_short(struct rng *r, unsigned k)
{
	(void)k;
	return 0.2 + rng_unit(r);
}

static struct answer
server_always(struct sim *s, const struct policy *p, double t)
{
	struct answer a;

	(void)p;
	a = answer_status(t < 60 && rng_unit(&s->rng) < 0.5 ? 429 : 200);
	if (a.status == 429)
		a.retry_after = 3 + (double)rng_upto(&s->rng, 3);
	return a;
}

#define SHARED                                                          \
	"scenario: t\n"                                                 \
	"phases: [{phase: throttle, for: 60s, rules: [{rule: r, rate: " \
	"50%, inject: {status: 429, retry_after: {one_of: [3s, 4s, "    \
	"5s]}}}]}]\n"                                                   \
	"expect: [{during: throttle, retry_after: {honoured: {min: 90%}}}]\n"

/* Wipes what would tell operations apart. */
static void
play(struct sim *s, double honours, unsigned seed)
{
	struct policy p = { .attempts = 4,
		.honours = honours,
		.wait = wait_short,
		.client = 5,
		.without_id = true };

	sim_begin(s, SHARED);
	s->rng = rng_stream(seed);
	for (double t = 0.01; t < 60; t += 0.1) {
		sim_op(s, &p, server_always, t);
		s->op = 0;
	}
	sim_verdict(s, 70);
}

static void
estimates_the_share_that_honours(void **state)
{
	static const struct {
		double honours, lo, hi;
		enum result want;
	} rows[] = {
		{ 0, -0.15, 0.15, RESULT_FAIL },
		{ 0.5, 0.33, 0.62, RESULT_FAIL },
		{ 1, 0.80, 1.05, RESULT_INCONCLUSIVE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double sum = 0;
		struct sim s;

		for (unsigned seed = 1; seed <= 6; seed++) {
			const struct expectation *x;

			play(&s, rows[i].honours, seed);
			x = sim_line(
			    &s, "retry_after honoured during throttle");
			assert_true(x->lo >= 0 && x->hi <= 1);
			assert_true(
			    x->lo <= x->value.value && x->value.value <= x->hi);
			assert_true(s.verdict->coded_se > 0);
			assert_true(s.verdict->coded_se < 0.12);
			sum += s.verdict->coded_honoured;
			if (rows[i].want == RESULT_FAIL)
				assert_status(&s,
				    "retry_after honoured during throttle",
				    RESULT_FAIL);
			else
				assert_int_not_equal(x->status, RESULT_FAIL);
			sim_end(&s);
		}
		if (sum / 6 < rows[i].lo || sum / 6 > rows[i].hi)
			fail_msg("honours %.1f: estimated %.3f",
			    rows[i].honours, sum / 6);
	}
}

static struct answer
server_fixed(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_always(s, p, t);

	if (a.status == 429)
		a.retry_after = 3;
	return a;
}

static void
cannot_tell_without_a_code(void **state)
{
	struct policy p = {
		.attempts = 4, .honours = 1, .client = 5, .without_id = true
	};
	struct sim s;

	(void)state;
	sim_begin(&s, SHARED);
	for (double t = 0.01; t < 60; t += 0.1) {
		sim_op(&s, &p, server_fixed, t);
		s.op = 0;
	}
	sim_verdict(&s, 70);
	assert_true(s.verdict->coded_se < 0);
	assert_status(
	    &s, "retry_after honoured during throttle", RESULT_INCONCLUSIVE);
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(estimates_the_share_that_honours),
		cmocka_unit_test(cannot_tell_without_a_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
