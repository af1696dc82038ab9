#include "fixture.h"

extern const struct fault_type fault_hang;

static void
holds_the_request_then_ends(void **state)
{
	struct trial t;
	struct step s;

	(void)state;
	trial_begin(&t, &fault_hang, "for=5s; with=rst");
	s = trial_request(&t);
	assert_int_equal(s.kind, STEP_WAIT);
	assert_int_equal(s.at_ns, 6 * SECOND);
	assert_int_equal(trial_request_at(&t, 6 * SECOND - 1).kind, STEP_WAIT);
	s = trial_request_at(&t, 6 * SECOND);
	assert_int_equal(s.kind, STEP_END);
	assert_int_equal(s.how, END_RST);
	assert_int_equal(s.status, 444);
	trial_end_rule(&t);
}

static void
stops_within_a_body_and_holds_there(void **state)
{
	static const struct span body = { "0123456789", 10 };
	struct trial t;
	struct step s;
	size_t used;

	(void)state;
	trial_begin(&t, &fault_hang, "for=5s; at.bytes=4");
	assert_int_equal(trial_request(&t).kind, STEP_PASS);
	used = trial_piece(&t, SIDE_RESPONSE, body, 0, 0, false, &s);
	assert_int_equal(used, 4);
	assert_int_equal(s.kind, STEP_WAIT);
	assert_int_equal(s.at_ns, 6 * SECOND);
	trial_expect_out(&t, SPAN("0123"));
	t.facts.now_ns = s.at_ns;
	used = trial_piece(
	    &t, SIDE_RESPONSE, (struct span){ body.p + 4, 6 }, 4, 0, true, &s);
	assert_int_equal(used, 0);
	assert_int_equal(s.kind, STEP_END);
	assert_int_equal(s.status, 0);
	trial_expect_out(&t, SPAN("0123"));
	trial_end_rule(&t);
}

static void
passes_a_body_that_ends_before(void **state)
{
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_hang, "for=5s; at.bytes=40");
	assert_int_equal(trial_body(&t, SPAN("abc"), 1).kind, STEP_BYPASS);
	trial_expect_out(&t, SPAN("abc"));
	trial_end_rule(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_the_request_then_ends),
		cmocka_unit_test(stops_within_a_body_and_holds_there),
		cmocka_unit_test(passes_a_body_that_ends_before),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
