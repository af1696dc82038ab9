#include "fixture.h"

extern const struct fault_type fault_close;

static void
ends_at_the_requests_head_as_told(void **state)
{
	static const struct {
		const char *conf;
		enum end_how how;
	} cases[] = { { "with=fin", END_FIN }, { "with=rst", END_RST },
		{ "with=rst; at.point=request_head", END_RST } };
	struct trial t;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct step s;

		trial_begin(&t, &fault_close, cases[i].conf);
		s = trial_request(&t);
		assert_int_equal(s.kind, STEP_END);
		assert_int_equal(s.how, cases[i].how);
		assert_int_equal(s.status, 444);
		trial_end_rule(&t);
	}
}

static void
journals_a_cut_answer_with_the_status_it_had(void **state)
{
	struct trial t;
	struct step s;

	(void)state;
	trial_begin(&t, &fault_close, "with=rst; at.bytes=3");
	s = trial_body(&t, SPAN("abcdef"), 2);
	assert_int_equal(s.kind, STEP_END);
	assert_int_equal(s.how, END_RST);
	assert_int_equal(s.status, 0);
	trial_end_rule(&t);
}

static void
ends_at_once_when_the_answer_is_thrown_away(void **state)
{
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_close, "at.bytes=3");
	t.fault.served = true;
	assert_int_equal(trial_request(&t).kind, STEP_END);
	trial_end_rule(&t);
}

static void
lets_the_requests_body_through_unless_it_cuts_there(void **state)
{
	struct trial t;
	struct step s;

	(void)state;
	trial_begin(&t, &fault_close, "at.bytes=3");
	trial_piece(&t, SIDE_REQUEST, SPAN("abcdef"), 0, 0, true, &s);
	assert_int_equal(s.kind, STEP_PASS);
	trial_expect_out(&t, SPAN("abcdef"));
	trial_end_rule(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_at_the_requests_head_as_told),
		cmocka_unit_test(journals_a_cut_answer_with_the_status_it_had),
		cmocka_unit_test(ends_at_once_when_the_answer_is_thrown_away),
		cmocka_unit_test(
		    lets_the_requests_body_through_unless_it_cuts_there),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
