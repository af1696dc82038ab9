#include "fixture.h"

extern const struct fault_type fault_rate_limit;

/* The next exchange of the rule at ms: the kind of its step. */
static enum step_kind
ask(struct trial *t, unsigned at_ms)
{
	memset(t->fault.state, 0, t->fault.type->state_size);
	return trial_request_at(t, SECOND + at_ms * (uint64_t)MS).kind;
}

static void
refuses_what_is_beyond_the_quota_until_told(void **state)
{
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_rate_limit,
	    "requests=2; per=10s; algorithm=sliding_window");
	assert_int_equal(ask(&t, 0), STEP_PASS);
	assert_int_equal(ask(&t, 500), STEP_PASS);
	assert_int_equal(ask(&t, 1500), STEP_REPLY);
	assert_int_equal(t.reply.status, 429);
	/* 8.5 s to go: nobody can be told less than 9. */
	assert_true(trial_reply_has(&t, "\r\nRetry-After: 9\r\n"));
	assert_int_equal(ask(&t, 1500 + 9000), STEP_PASS);
	trial_end_rule(&t);
}

static void
gives_each_key_a_quota_of_its_own(void **state)
{
	static const struct {
		const char *conf;
		bool client, path, field; /* has another quota */
	} cases[] = {
		{ "requests=1; per=1h", true, false, false },
		{ "requests=1; per=1h; by=client", true, false, false },
		{ "requests=1; per=1h; by=path", false, true, false },
		{ "requests=1; per=1h; by=all", false, false, false },
		{ "requests=1; per=1h; by=header:X-Key", false, false, true },
	};
	struct trial t;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		trial_begin(&t, &fault_rate_limit, cases[i].conf);
		assert_int_equal(ask(&t, 0), STEP_PASS);
		assert_int_equal(ask(&t, 0), STEP_REPLY);
		t.facts.client_key = 8;
		assert_int_equal(
		    ask(&t, 0), cases[i].client ? STEP_PASS : STEP_REPLY);
		t.facts.client_key = 7;
		t.facts.path = SPAN("/other");
		assert_int_equal(
		    ask(&t, 0), cases[i].path ? STEP_PASS : STEP_REPLY);
		t.facts.path = SPAN("/a");
		t.head.fields[0] =
		    (struct field){ SPAN("x-key"), SPAN("k"), FIELD_OTHER };
		t.head.n_fields = 1;
		t.head.seen = 1;
		assert_int_equal(
		    ask(&t, 0), cases[i].field ? STEP_PASS : STEP_REPLY);
		trial_end_rule(&t);
	}
}

static void
tells_the_quota_on_passing_responses_too(void **state)
{
	struct trial t;
	struct head_edit e;
	struct head h;

	(void)state;
	trial_begin(&t, &fault_rate_limit,
	    "requests=5; per=10s; headers=ratelimit x_ratelimit; "
	    "algorithm=fixed_window");
	assert_int_equal(ask(&t, 0), STEP_PASS);
	trial_edit(&t, &e, &h, NULL, 0);
	assert_int_equal(
	    fault_rate_limit.on_response(&t.fault, &e).kind, STEP_PASS);
	trial_expect_lines(&e, "RateLimit-Policy: \"default\";q=5;w=10\n"
			       "RateLimit: \"default\";r=4;t=10\n"
			       "X-RateLimit-Limit: 5\n"
			       "X-RateLimit-Remaining: 4\n"
			       "X-RateLimit-Reset: 10\n");
	edit_clear(&e);
	for (unsigned i = 0; i < 4; i++)
		ask(&t, 0);
	assert_int_equal(ask(&t, 3000), STEP_REPLY);
	assert_true(trial_reply_has(&t, "RateLimit: \"default\";r=0;t=7\r\n"));
	assert_true(trial_reply_has(&t, "X-RateLimit-Remaining: 0\r\n"));
	assert_true(trial_reply_has(&t, "\r\nRetry-After: 7\r\n"));
	trial_end_rule(&t);
}

static void
lies_about_the_wait_when_asked_to(void **state)
{
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_rate_limit,
	    "requests=1; per=10s; status=503; retry_after.value=1s");
	ask(&t, 0);
	assert_int_equal(ask(&t, 0), STEP_REPLY);
	assert_int_equal(t.reply.status, 503);
	assert_true(trial_reply_has(&t, "\r\nRetry-After: 1\r\n"));
	trial_end_rule(&t);
	trial_begin(&t, &fault_rate_limit,
	    "requests=1; per=10s; retry_after.format=milliseconds");
	ask(&t, 0);
	assert_int_equal(ask(&t, 500), STEP_REPLY);
	assert_true(trial_reply_has(&t, "\r\nretry-after-ms: 9500\r\n"));
	trial_end_rule(&t);
}

static void
starts_the_wait_anew_with_enforce(void **state)
{
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_rate_limit,
	    "requests=1; per=10s; retry_after.enforce=true");
	ask(&t, 0);
	assert_int_equal(ask(&t, 5000), STEP_REPLY);
	assert_int_equal(ask(&t, 9000), STEP_REPLY);
	assert_true(trial_reply_has(&t, "\r\nRetry-After: 5\r\n"));
	assert_int_equal(ask(&t, 13000), STEP_REPLY);
	assert_int_equal(ask(&t, 18000), STEP_PASS);
	trial_end_rule(&t);
}

static void
refuses_limits_that_make_no_sense(void **state)
{
	static const char *const bad[] = { "requests=1; by=nobody",
		"requests=1; by=header:", "requests=1; per=0s",
		"requests=1; status=444",
		"requests=1; burst=2; algorithm=fixed_window" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_string_not_equal(
		    conf_check(&fault_rate_limit, bad[i]), "");
	assert_string_equal(
	    conf_check(&fault_rate_limit, "requests=1; by=header:X"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_beyond_the_quota_until_told),
		cmocka_unit_test(gives_each_key_a_quota_of_its_own),
		cmocka_unit_test(tells_the_quota_on_passing_responses_too),
		cmocka_unit_test(lies_about_the_wait_when_asked_to),
		cmocka_unit_test(starts_the_wait_anew_with_enforce),
		cmocka_unit_test(refuses_limits_that_make_no_sense),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
