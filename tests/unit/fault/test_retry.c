#include "fixture.h"

#include "fault/retry.h"

extern const struct fault_type fault_status;

static void
tells_to_wait_in_every_form(void **state)
{
	static const struct {
		const char *conf, *want;
		uint64_t told_ns;
	} cases[] = {
		{ "value=3s", "Retry-After: 3\r\n", 3 * SECOND },
		{ "value=2100ms", "Retry-After: 3\r\n", 3 * SECOND },
		{ "value=2500ms; retry_after.format=float",
		    "Retry-After: 2.500\r\n", 2500 * (uint64_t)MS },
		{ "value=2500ms; retry_after.format=milliseconds",
		    "retry-after-ms: 2500\r\n", 2500 * (uint64_t)MS },
		{ "value=3s; retry_after.format=date",
		    "Retry-After: Mon, 21 Sep 2026 14:13:23 GMT\r\n",
		    3 * SECOND },
		{ "raw=soon", "Retry-After: soon\r\n", RETRY_AFTER_NONE },
		{ "twice=1s 5s", "Retry-After: 1\r\nRetry-After: 5\r\n",
		    SECOND },
	};
	struct trial t;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[128];

		snprintf(text, sizeof(text), "code=503; retry_after.%s",
		    cases[i].conf);
		assert_string_equal(conf_check(&fault_status, text), "");
		trial_begin(&t, &fault_status, text);
		assert_int_equal(trial_request(&t).kind, STEP_REPLY);
		assert_true(trial_reply_has(&t, cases[i].want));
		assert_int_equal(t.reply.retry_after_ns, cases[i].told_ns);
		trial_end_rule(&t);
	}
}

/* Counts how often each whole number of seconds is told in 3,000 draws. */
static void
count_seconds(const char *conf, unsigned count[8])
{
	struct trial t;

	memset(count, 0, 8 * sizeof(count[0]));
	trial_begin(&t, &fault_status, conf);
	for (unsigned i = 0; i < 3000; i++) {
		uint64_t ns;

		t.fault.rng = rng_stream(hash_mix(i));
		trial_request(&t);
		ns = t.reply.retry_after_ns;
		assert_true(ns % SECOND == 0 && ns < 8 * SECOND);
		count[ns / SECOND]++;
	}
	trial_end_rule(&t);
}

static void
draws_each_choice_equally_often(void **state)
{
	unsigned n[8];

	(void)state;
	count_seconds("code=429; retry_after.one_of=3s 4s 5s", n);
	for (unsigned s = 0; s < 8; s++)
		if (s >= 3 && s <= 5)
			assert_in_range(n[s], 880, 1120);
		else
			assert_int_equal(n[s], 0);
	count_seconds("code=429; retry_after.one_of=3s 4s 5s; "
		      "retry_after.format=date",
	    n);
	for (unsigned i = 3; i <= 5; i++)
		assert_in_range(n[i], 880, 1120);
	count_seconds("code=429; retry_after.between=1s 5s", n);
	for (unsigned s = 1; s <= 5; s++)
		assert_in_range(n[s], 500, 700);
	assert_int_equal(n[0] + n[6] + n[7], 0);
}

static void
refuses_an_early_comer_and_starts_its_wait_anew(void **state)
{
	struct trial t;
	bool (*early)(void *, const struct facts *) = fault_status.early;

	(void)state;
	trial_begin(&t, &fault_status,
	    "code=429; retry_after.value=3s; retry_after.enforce=true");
	assert_false(early(t.fault.shared, &t.facts));
	trial_request(&t);
	t.facts.now_ns += 2 * SECOND;
	assert_true(early(t.fault.shared, &t.facts));
	t.facts.client_key = 8;
	assert_false(early(t.fault.shared, &t.facts));
	t.facts.client_key = 7;
	trial_request(&t);
	t.facts.now_ns += 3 * SECOND - 1;
	assert_true(early(t.fault.shared, &t.facts));
	t.facts.now_ns += 1;
	assert_false(early(t.fault.shared, &t.facts));
	trial_end_rule(&t);
}

static void
holds_nobody_to_it_unless_told_to_enforce(void **state)
{
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_status, "code=429; retry_after.value=3s");
	trial_request(&t);
	assert_false(fault_status.early(t.fault.shared, &t.facts));
	trial_end_rule(&t);
}

static void
refuses_what_is_impossible(void **state)
{
	static const char *const bad[] = { "between=1s", "between=5s 1s",
		"twice=1s 2s 3s", "raw=x; format=date",
		"raw=soon; enforce=true" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct fault_type type = { .params = retry_set };

		assert_string_not_equal(conf_check(&type, bad[i]), "");
	}
	assert_string_equal(
	    conf_check(&(struct fault_type){ .params = retry_set },
		"raw=5; enforce=true"),
	    "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_to_wait_in_every_form),
		cmocka_unit_test(draws_each_choice_equally_often),
		cmocka_unit_test(
		    refuses_an_early_comer_and_starts_its_wait_anew),
		cmocka_unit_test(holds_nobody_to_it_unless_told_to_enforce),
		cmocka_unit_test(refuses_what_is_impossible),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
