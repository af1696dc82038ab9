#include "fixture.h"

#include "fault/limit.h"

/* A row of requests at ms, each with whether it is admitted, what is left, and
 * when to come again. */
struct ask {
	unsigned at_ms;
	bool admitted;
	unsigned remaining, retry_ms;
};

static void
expect_row(const struct limit *l, const struct ask *asks, size_t n)
{
	void *state = xcalloc(1, limit_state_size(l));

	for (size_t i = 0; i < n; i++) {
		struct limit_verdict v = limit_take(
		    l, state, 5 * SECOND + asks[i].at_ms * (uint64_t)MS);

		if (v.admitted != asks[i].admitted ||
		    v.remaining != asks[i].remaining ||
		    v.retry_ns != asks[i].retry_ms * (uint64_t)MS)
			fail_msg("ask %zu: %d, %u left, again in %u ns", i,
			    v.admitted, (unsigned)v.remaining,
			    (unsigned)v.retry_ns);
	}
	free(state);
}

static void
refills_a_bucket_evenly(void **state)
{
	static const struct ask asks[] = { { 0, true, 2, 0 }, { 0, true, 1, 0 },
		{ 0, true, 0, 0 }, { 0, false, 0, 100 }, { 60, false, 0, 40 },
		{ 100, true, 0, 0 }, { 250, true, 0, 0 }, { 250, false, 0, 50 },
		{ 9000, true, 2, 0 } };

	(void)state;
	expect_row(&(struct limit){ LIMIT_TOKEN_BUCKET, 10, SECOND, 3 }, asks,
	    COUNT(asks));
}

static void
opens_a_fixed_window_with_the_first_request(void **state)
{
	static const struct ask asks[] = { { 0, true, 1, 0 },
		{ 900, true, 0, 0 }, { 900, false, 0, 100 },
		{ 999, false, 0, 1 }, { 1000, true, 1, 0 },
		{ 1000, true, 0, 0 }, { 1900, false, 0, 100 },
		{ 2500, true, 1, 0 }, { 3400, true, 0, 0 },
		{ 3499, false, 0, 1 } };

	(void)state;
	expect_row(&(struct limit){ LIMIT_FIXED_WINDOW, 2, SECOND, 0 }, asks,
	    COUNT(asks));
}

static void
slides_a_window_with_each_request(void **state)
{
	static const struct ask asks[] = { { 0, true, 1, 0 },
		{ 900, true, 0, 0 }, { 950, false, 0, 50 },
		{ 1000, true, 0, 0 }, { 1001, false, 0, 899 },
		{ 1900, true, 0, 0 }, { 1950, false, 0, 50 },
		{ 5000, true, 1, 0 } };

	(void)state;
	expect_row(&(struct limit){ LIMIT_SLIDING_WINDOW, 2, SECOND, 0 }, asks,
	    COUNT(asks));
}

/* Whatever the algorithm: who comes back exactly when told to is admitted, and
 * a ns earlier is not. */
static void
tells_the_truth_about_when_to_come_again(void **state)
{
	static const struct limit limits[] = {
		{ LIMIT_TOKEN_BUCKET, 7, 1000000007, 3 },
		{ LIMIT_FIXED_WINDOW, 7, 1000000007, 0 },
		{ LIMIT_SLIDING_WINDOW, 7, 1000000007, 0 },
	};
	struct rng rng = rng_stream(3);

	(void)state;
	for (size_t i = 0; i < COUNT(limits); i++) {
		size_t n = limit_state_size(&limits[i]);
		void *now = xcalloc(1, n), *early = xcalloc(1, n);
		uint64_t at = SECOND, refused = 0;

		for (unsigned k = 0; k < 2000; k++) {
			struct limit_verdict v;

			at += rng_upto(&rng, SECOND / 10);
			v = limit_take(&limits[i], now, at);
			if (v.admitted)
				continue;
			refused++;
			memcpy(early, now, n);
			assert_false(
			    limit_take(&limits[i], early, at + v.retry_ns - 1)
				.admitted);
			at += v.retry_ns;
			assert_true(limit_take(&limits[i], now, at).admitted);
		}
		assert_true(refused > 100);
		free(now);
		free(early);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refills_a_bucket_evenly),
		cmocka_unit_test(opens_a_fixed_window_with_the_first_request),
		cmocka_unit_test(slides_a_window_with_each_request),
		cmocka_unit_test(tells_the_truth_about_when_to_come_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
