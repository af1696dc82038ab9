#include "fixture.h"

extern const struct fault_type fault_timeout;

static void
holds_the_request_then_says_504(void **state)
{
	struct trial t;
	struct step s;

	(void)state;
	trial_begin(&t, &fault_timeout, "for=30s; retry_after.one_of=1s 1s");
	s = trial_request(&t);
	assert_int_equal(s.kind, STEP_WAIT);
	assert_int_equal(s.at_ns, 31 * SECOND);
	s = trial_request_at(&t, 31 * SECOND - 1);
	assert_int_equal(s.kind, STEP_WAIT);
	assert_int_equal(s.at_ns, 31 * SECOND);
	assert_int_equal(trial_request_at(&t, 31 * SECOND).kind, STEP_REPLY);
	assert_int_equal(t.reply.status, 504);
	assert_true(trial_reply_has(&t, "\r\nRetry-After: 1\r\n"));
	trial_end_rule(&t);
}

static void
tells_no_wait_unless_asked_to(void **state)
{
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_timeout, "for=0s");
	assert_int_equal(trial_request(&t).kind, STEP_REPLY);
	assert_false(trial_reply_has(&t, "Retry-After"));
	trial_end_rule(&t);
	assert_string_not_equal(
	    conf_check(&fault_timeout, "for=1s; retry_after.enforce=true"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_the_request_then_says_504),
		cmocka_unit_test(tells_no_wait_unless_asked_to),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
