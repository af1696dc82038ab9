#include "fixture.h"

extern const struct fault_type fault_dribble;

static void
sends_so_many_bytes_at_a_time_however_they_come(void **state)
{
	static const struct span body = { "0123456789", 10 };
	struct trial t;

	(void)state;
	for (size_t cut = 0; cut <= body.n; cut++) {
		trial_begin(&t, &fault_dribble, "bytes=3; every=50ms");
		assert_int_equal(trial_body(&t, body, cut).kind, STEP_PASS);
		trial_expect_out(&t, body);
		/* 3 + 3 + 3 + 1: the fourth begins after three pauses. */
		assert_int_equal(t.facts.now_ns, SECOND + 150 * (uint64_t)MS);
		trial_end_rule(&t);
	}
}

static void
waits_after_each_piece(void **state)
{
	struct trial t;
	struct step s;

	(void)state;
	trial_begin(&t, &fault_dribble, "bytes=3; every=50ms");
	assert_int_equal(
	    trial_piece(&t, SIDE_RESPONSE, SPAN("abcdef"), 0, 0, true, &s), 3);
	assert_int_equal(s.kind, STEP_WAIT);
	assert_int_equal(s.at_ns, SECOND + 50 * (uint64_t)MS);
	assert_int_equal(
	    trial_piece(&t, SIDE_RESPONSE, SPAN("def"), 3, 0, true, &s), 0);
	assert_int_equal(s.kind, STEP_WAIT);
	t.facts.now_ns = s.at_ns;
	assert_int_equal(
	    trial_piece(&t, SIDE_RESPONSE, SPAN("def"), 3, 0, true, &s), 3);
	assert_int_equal(s.kind, STEP_PASS);
	trial_expect_out(&t, SPAN("abcdef"));
	trial_end_rule(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    sends_so_many_bytes_at_a_time_however_they_come),
		cmocka_unit_test(waits_after_each_piece),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
