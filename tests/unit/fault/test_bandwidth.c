#include "fixture.h"

extern const struct fault_type fault_bandwidth;

static char bytes[100000];

/* How long a body takes that is shown `at_once` bytes at a time, each wait
 * being late by late_ns. In no moment has more passed than the rate allows. */
static uint64_t
take(const char *conf, enum side side, size_t at_once, uint64_t late_ns,
    uint64_t rate)
{
	struct trial t;
	size_t at = 0;
	uint64_t took;

	trial_begin(&t, &fault_bandwidth, conf);
	while (at < sizeof(bytes)) {
		size_t n = sizeof(bytes) - at;
		struct step s;

		if (n > at_once)
			n = at_once;
		at += trial_piece(&t, side, (struct span){ bytes + at, n }, at,
		    0, at + n == sizeof(bytes), &s);
		if (rate > 0)
			assert_true((unsigned __int128)at * SECOND <=
				    (unsigned __int128)rate *
					(t.facts.now_ns - SECOND));
		if (s.kind == STEP_WAIT) {
			assert_true(s.at_ns > t.facts.now_ns);
			t.facts.now_ns = s.at_ns + late_ns;
		}
	}
	took = t.facts.now_ns - SECOND;
	assert_int_equal(t.out.n, sizeof(bytes));
	trial_end_rule(&t);
	return took;
}

static void
passes_bytes_at_the_rate_within_a_hundredth(void **state)
{
	static const size_t at_once[] = { 1000, 16384, sizeof(bytes) };
	static const uint64_t late[] = { 0, MS };

	(void)state;
	for (size_t i = 0; i < COUNT(at_once); i++)
		for (size_t k = 0; k < COUNT(late); k++)
			assert_in_range(take("rate=50KB/s", SIDE_RESPONSE,
					    at_once[i], late[k], 50000),
			    2 * SECOND, 2 * SECOND + SECOND / 50);
}

static void
limits_each_side_on_its_own(void **state)
{
	(void)state;
	assert_int_equal(take("response=100KB/s", SIDE_REQUEST, 1000, 0, 0), 0);
	assert_in_range(
	    take("response=100KB/s", SIDE_RESPONSE, 1000, 0, 100000), SECOND,
	    SECOND + SECOND / 100);
	assert_in_range(
	    take("rate=1MB/s; request=100KB/s", SIDE_REQUEST, 1000, 0, 100000),
	    SECOND, SECOND + SECOND / 100);
}

/* However late a timer of ours is: bytes were there to be carried. */
static void
makes_up_for_its_own_lateness(void **state)
{
	(void)state;
	assert_in_range(take("rate=50KB/s", SIDE_RESPONSE, sizeof(bytes),
			    300 * (uint64_t)MS, 50000),
	    2 * SECOND, 2 * SECOND + 310 * (uint64_t)MS);
}

static void
saves_nothing_up_while_the_line_is_idle(void **state)
{
	struct trial t;
	struct step s;

	(void)state;
	trial_begin(&t, &fault_bandwidth, "rate=1KB/s");
	trial_piece(
	    &t, SIDE_RESPONSE, (struct span){ bytes, 1 }, 0, 0, false, &s);
	assert_int_equal(s.kind, STEP_WAIT);
	t.facts.now_ns = s.at_ns;
	trial_piece(
	    &t, SIDE_RESPONSE, (struct span){ bytes, 1 }, 0, 0, false, &s);
	assert_int_equal(s.kind, STEP_PASS);
	t.facts.now_ns += 60 * SECOND;
	assert_int_equal(trial_piece(&t, SIDE_RESPONSE,
			     (struct span){ bytes, 1000 }, 0, 0, false, &s),
	    0);
	assert_int_equal(s.kind, STEP_WAIT);
	trial_end_rule(&t);
}

static void
needs_a_rate(void **state)
{
	(void)state;
	assert_string_not_equal(conf_check(&fault_bandwidth, ""), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_bytes_at_the_rate_within_a_hundredth),
		cmocka_unit_test(limits_each_side_on_its_own),
		cmocka_unit_test(makes_up_for_its_own_lateness),
		cmocka_unit_test(saves_nothing_up_while_the_line_is_idle),
		cmocka_unit_test(needs_a_rate),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
