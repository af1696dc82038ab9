#include "fixture.h"

extern const struct fault_type fault_status;

static void
answers_with_the_code_and_what_was_given(void **state)
{
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_status,
	    "code=503; reason=Busy; body={}; headers=X-A>1|X-B>; "
	    "retry_after.value=1500ms");
	t.fault.mark = SPAN("rule=r; n=1");
	assert_int_equal(trial_request(&t).kind, STEP_REPLY);
	assert_int_equal(t.reply.status, 503);
	assert_true(trial_reply_has(&t, "HTTP/1.1 503 Busy\r\n"));
	assert_true(trial_reply_has(&t, "\r\nX-A: 1\r\n"));
	assert_true(trial_reply_has(&t, "\r\nX-B: \r\n"));
	assert_true(trial_reply_has(&t, "\r\nRetry-After: 2\r\n"));
	assert_true(trial_reply_has(&t, "\r\nX-Brownout: rule=r; n=1\r\n"));
	assert_true(trial_reply_has(&t, "\r\n\r\n{}"));
	assert_int_equal(t.reply.retry_after_ns, 2 * SECOND);
	trial_end_rule(&t);
}

static void
closes_in_silence_with_444_and_499(void **state)
{
	static const struct {
		const char *conf;
		unsigned status;
	} cases[] = { { "code=444", 444 }, { "code=499", 499 } };
	struct trial t;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct step s;

		trial_begin(&t, &fault_status, cases[i].conf);
		s = trial_request(&t);
		assert_int_equal(s.kind, STEP_END);
		assert_int_equal(s.how, END_SILENT);
		assert_int_equal(s.status, cases[i].status);
		trial_end_rule(&t);
	}
}

static void
sends_an_interim_code_once_and_lets_the_request_pass(void **state)
{
	static const char *const confs[] = { "code=100", "code=102",
		"code=103" };
	struct trial t;

	(void)state;
	for (size_t i = 0; i < COUNT(confs); i++) {
		trial_begin(&t, &fault_status, confs[i]);
		assert_int_equal(trial_request(&t).kind, STEP_INTERIM);
		assert_int_equal(t.reply.status, 100 + (i > 0) + i);
		assert_int_equal(trial_request(&t).kind, STEP_PASS);
		trial_end_rule(&t);
		trial_begin(&t, &fault_status, confs[i]);
		t.head.minor = 0;
		assert_int_equal(trial_request(&t).kind, STEP_SKIP);
		trial_end_rule(&t);
	}
}

static void
lets_pass_who_follows_its_redirect(void **state)
{
	static const struct {
		const char *conf, *query;
		enum step_kind kind;
	} cases[] = {
		{ "code=301", "", STEP_REPLY },
		{ "code=301", "x=brownout-hop=1", STEP_REPLY },
		{ "code=301", "brownout-hop=1", STEP_SKIP },
		{ "code=308", "x&brownout-hop=1", STEP_SKIP },
		{ "code=307; retry_after.value=1s", "brownout-hop=1",
		    STEP_SKIP },
		{ "code=304", "brownout-hop=1", STEP_REPLY },
		{ "code=305", "brownout-hop=1", STEP_REPLY },
		{ "code=503", "brownout-hop=1", STEP_REPLY },
	};
	struct trial t;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		trial_begin(&t, &fault_status, cases[i].conf);
		t.facts.query = span_str(cases[i].query);
		assert_int_equal(trial_request(&t).kind, cases[i].kind);
		trial_end_rule(&t);
	}
}

static void
switches_protocols_only_when_asked_to(void **state)
{
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_status, "code=101");
	assert_int_equal(trial_request(&t).kind, STEP_SKIP);
	t.head.upgrade = true;
	t.head.fields[0] =
	    (struct field){ SPAN("Upgrade"), SPAN("websocket"), FIELD_UPGRADE };
	t.head.n_fields = 1;
	t.head.seen = (uint64_t)1 << FIELD_UPGRADE;
	assert_int_equal(trial_request(&t).kind, STEP_REPLY);
	assert_true(t.reply.upgrade);
	trial_end_rule(&t);
}

static void
refuses_what_cannot_be(void **state)
{
	static const char *const bad[] = { "code=444; body=x",
		"code=499; headers=A>1", "code=204; body=x", "code=304; body=x",
		"code=103; retry_after.value=1s", "code=503; headers=A b>1",
		"code=503; reason=a\nb", "code=429; retry_after.format=date" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_string_not_equal(conf_check(&fault_status, bad[i]), "");
	assert_string_equal(
	    conf_check(&fault_status, "code=418; body=x; headers=A>1"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_with_the_code_and_what_was_given),
		cmocka_unit_test(closes_in_silence_with_444_and_499),
		cmocka_unit_test(
		    sends_an_interim_code_once_and_lets_the_request_pass),
		cmocka_unit_test(lets_pass_who_follows_its_redirect),
		cmocka_unit_test(switches_protocols_only_when_asked_to),
		cmocka_unit_test(refuses_what_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
