/* The calibration table of recovery.md 4.5: 40 operations of 4 gaps each. */
#include "sim.h"

static double decorrelated;

static double
wait_decorrelated(struct rng *r, unsigned k)
{
	double low = 1, high;

	if (k == 1)
		decorrelated = 1;
	high = 3 * decorrelated;
	decorrelated = low + (high - low) * rng_unit(r);
	return decorrelated;
}

#define WAITS                                                              \
	"scenario: t\n"                                                    \
	"phases:\n"                                                        \
	"  - {phase: baseline, for: 20s}\n"                                \
	"  - {phase: outage, rules: [{rule: r, inject: {status: 503}}]}\n" \
	"expect:\n"                                                        \
	"  - {during: outage, backoff: "

static struct answer
server_down(struct sim *s, const struct policy *p, double t)
{
	(void)s, (void)p;
	return answer_status(t >= 20 ? 503 : 200);
}

static void
tells_policies_apart_as_calibrated(void **state)
{
	static const struct {
		const char *name;
		double (*wait)(struct rng *, unsigned);
		double base_lo, base_hi, spread_lo, spread_hi;
	} rows[] = {
		{ "constant", wait_constant, 0.99, 1.01, 0, 0.01 },
		{ "linear", wait_linear, 1.50, 1.60, 0, 0.01 },
		{ "exp2", wait_exp2, 1.98, 2.02, 0, 0.01 },
		{ "full jitter", wait_full_jitter, 1.6, 2.3, 1.0, 1.7 },
		{ "equal", wait_equal_jitter, 1.8, 2.2, 0.38, 0.62 },
		{ "grpc", wait_grpc, 1.9, 2.15, 0.22, 0.38 },
		{ "openai", wait_openai, 1.9, 2.1, 0.17, 0.27 },
		{ "axios", wait_axios, 1.9, 2.1, 0.11, 0.19 },
		{ "got", wait_got, 1.9, 2.05, 0.01, 0.06 },
		{ "decorrelated", wait_decorrelated, 1.15, 1.7, 0.7, 2.9 },
		{ "uniform", wait_uniform, 0.8, 1.2, 1.3, 2.0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct policy p = { .attempts = 5, .wait = rows[i].wait };
		struct sim s;
		const char *why;
		double base, spread;

		sim_begin(&s, WAITS "{shape: any, jitter: {min: none}}}\n");
		for (unsigned k = 0; k < 40; k++)
			sim_op(&s, &p, server_down, 20.1 + k * 0.01);
		sim_verdict(&s, 300);
		why = sim_line(&s, "backoff jitter during outage")->why;
		assert_non_null(strstr(why, "/p50 is "));
		spread = strtod(strstr(why, "/p50 is ") + 8, NULL);
		base = strtod(strstr(why, "grow by ") + 8, NULL);
		if (base < rows[i].base_lo || base > rows[i].base_hi ||
		    spread < rows[i].spread_lo || spread > rows[i].spread_hi)
			fail_msg(
			    "%s: b %.2f J %.2f", rows[i].name, base, spread);
		sim_end(&s);
	}
}

static void
names_the_shape_of_each_policy(void **state)
{
	static const struct {
		double (*wait)(struct rng *, unsigned);
		const char *shape;
	} rows[] = {
		{ wait_none, "immediate" },
		{ wait_constant, "constant" },
		{ wait_linear, "linear" },
		{ wait_exp2, "exponential" },
		{ wait_grpc, "exponential" },
		{ wait_openai, "exponential" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct policy p = { .attempts = 5, .wait = rows[i].wait };
		struct sim s;

		sim_begin(&s, WAITS "growing}\n");
		for (unsigned k = 0; k < 40; k++)
			sim_op(&s, &p, server_down, 20.1 + k * 0.01);
		sim_verdict(&s, 300);
		assert_string_equal(
		    sim_line(&s, "backoff shape during outage")->value.text,
		    rows[i].shape);
		assert_status(&s, "backoff shape during outage",
		    i < 2 ? RESULT_FAIL : RESULT_PASS);
		sim_end(&s);
	}
}

static void
asks_for_jitter_and_gets_it_or_not(void **state)
{
	struct policy good = { .attempts = 5, .wait = wait_grpc };
	struct policy bad = { .attempts = 5, .wait = wait_exp2 };
	const struct policy *p[] = { &good, &bad };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sim s;

		sim_begin(&s, WAITS "{jitter: {min: moderate}}}\n");
		for (unsigned k = 0; k < 40; k++)
			sim_op(&s, p[i], server_down, 20.1 + k * 0.01);
		sim_verdict(&s, 300);
		assert_status(&s, "backoff jitter during outage",
		    i == 0 ? RESULT_PASS : RESULT_FAIL);
		sim_end(&s);
	}
}

static void
sees_waits_beyond_the_cap(void **state)
{
	struct policy p = { .attempts = 7, .wait = wait_exp2 };
	const struct expectation *x;
	struct sim s;

	(void)state;
	sim_begin(&s, WAITS
	    "{shape: exponential, cap: {max: 9s}, first: {min: 500ms}}}\n");
	for (unsigned k = 0; k < 30; k++)
		sim_op(&s, &p, server_down, 20.1 + k * 0.01);
	sim_verdict(&s, 300);
	assert_status(&s, "backoff shape during outage", RESULT_PASS);
	assert_status(&s, "backoff first during outage", RESULT_PASS);
	x = sim_line(&s, "backoff cap during outage");
	assert_int_equal(x->status, RESULT_FAIL);
	assert_float_equal(x->value.value, 32, 0.1);
	sim_end(&s);
}

static double
wait_capped(struct rng *r, unsigned k)
{
	return fmin(wait_exp2(r, k), 4);
}

static void
keeps_exponential_what_is_capped(void **state)
{
	struct policy p = { .attempts = 9, .wait = wait_capped };
	struct sim s;

	(void)state;
	sim_begin(&s, WAITS "{shape: exponential, cap: {max: 5s}}}\n");
	for (unsigned k = 0; k < 30; k++)
		sim_op(&s, &p, server_down, 20.1 + k * 0.01);
	sim_verdict(&s, 300);
	assert_status(&s, "backoff shape during outage", RESULT_PASS);
	assert_status(&s, "backoff cap during outage", RESULT_PASS);
	sim_end(&s);
}

static double
wait_urllib3(struct rng *r, unsigned k)
{
	return k == 1 ? 0.001 : wait_exp2(r, k - 1);
}

/* With two waits each of a few operations full jitter may look like anything:
 * that is no failure of the client. */
static void
leaves_open_what_may_be_chance(void **state)
{
	struct policy p = { .attempts = 3, .wait = wait_full_jitter };
	unsigned open = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		enum result found;
		struct sim s;

		sim_begin(&s, WAITS "{shape: growing}}\n");
		s.rng = rng_stream(seed);
		for (unsigned k = 0; k < 20; k++)
			sim_op(&s, &p, server_down, 20.1 + k * 0.01);
		sim_verdict(&s, 300);
		found = sim_line(&s, "backoff shape during outage")->status;
		assert_true(found != RESULT_FAIL);
		open += found == RESULT_INCONCLUSIVE;
		sim_end(&s);
	}
	assert_in_range(open, 1, 20);
}

static double
wait_briefly(struct rng *r, unsigned k)
{
	(void)r;
	return k == 1 ? 0.015 : 0.2 * k;
}

static void
compares_a_short_first_wait_with_its_limit(void **state)
{
	struct policy p = { .attempts = 4, .wait = wait_briefly };
	struct sim s;

	(void)state;
	sim_begin(&s, WAITS "{first: {min: 10ms}}}\n");
	for (unsigned k = 0; k < 30; k++)
		sim_op(&s, &p, server_down, 20.1 + k * 0.01);
	sim_verdict(&s, 300);
	assert_status(&s, "backoff first during outage", RESULT_PASS);
	assert_float_equal(
	    sim_line(&s, "backoff first during outage")->value.value, 0.015,
	    0.001);
	sim_end(&s);
}

/* Inferred pairing is no proof for who asks for strong one. */
static void
asks_for_pairing_as_sure_as_wanted(void **state)
{
	static const char yaml[] =
	    WAITS "{shape: growing, first: {min: 2s}, cap: {max: 9s}}}\n"
		  "verdict: {min_confidence: strong}\n";
	struct policy p = { .attempts = 5, .wait = wait_constant };

	(void)state;
	for (int without_id = 0; without_id < 2; without_id++) {
		struct sim s;

		p.without_id = without_id;
		sim_begin(&s, yaml);
		for (unsigned k = 0; k < 30; k++)
			sim_op(&s, &p, server_down, 20.1 + k * 0.01);
		sim_verdict(&s, 300);
		assert_status(&s, "backoff shape during outage",
		    without_id ? RESULT_INCONCLUSIVE : RESULT_FAIL);
		assert_status(&s, "backoff first during outage",
		    without_id ? RESULT_INCONCLUSIVE : RESULT_FAIL);
		assert_status(&s, "backoff cap during outage",
		    without_id ? RESULT_INCONCLUSIVE : RESULT_PASS);
		sim_end(&s);
	}
}

static void
reports_a_first_retry_at_once(void **state)
{
	struct policy p = { .attempts = 5, .wait = wait_urllib3 };
	struct sim s;

	(void)state;
	sim_begin(&s, WAITS "{shape: exponential, first: {min: 100ms}, "
			    "min_wait: 100ms}}\n");
	for (unsigned k = 0; k < 30; k++)
		sim_op(&s, &p, server_down, 20.1 + k * 0.01);
	sim_verdict(&s, 300);
	assert_status(&s, "backoff shape during outage", RESULT_PASS);
	assert_status(&s, "backoff first during outage", RESULT_FAIL);
	assert_status(&s, "backoff min_wait during outage", RESULT_FAIL);
	sim_end(&s);
}

static void
says_nothing_about_too_few_operations(void **state)
{
	static const struct {
		unsigned ops;
		enum result want;
	} rows[] = { { 0, RESULT_NOT_EXERCISED }, { 3, RESULT_INCONCLUSIVE },
		{ 10, RESULT_INCONCLUSIVE }, { 20, RESULT_PASS } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct policy p = { .attempts = 5, .wait = wait_exp2 };
		struct sim s;

		sim_begin(&s, WAITS "growing}\n");
		for (unsigned k = 0; k < rows[i].ops; k++)
			sim_op(&s, &p, server_down, 20.1 + k * 0.01);
		sim_verdict(&s, 300);
		assert_status(&s, "backoff shape during outage", rows[i].want);
		sim_end(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_policies_apart_as_calibrated),
		cmocka_unit_test(names_the_shape_of_each_policy),
		cmocka_unit_test(asks_for_jitter_and_gets_it_or_not),
		cmocka_unit_test(sees_waits_beyond_the_cap),
		cmocka_unit_test(keeps_exponential_what_is_capped),
		cmocka_unit_test(leaves_open_what_may_be_chance),
		cmocka_unit_test(compares_a_short_first_wait_with_its_limit),
		cmocka_unit_test(asks_for_pairing_as_sure_as_wanted),
		cmocka_unit_test(reports_a_first_retry_at_once),
		cmocka_unit_test(says_nothing_about_too_few_operations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
