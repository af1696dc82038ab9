#include "fixture.h"

extern const struct fault_type fault_interim;

static void
sends_each_code_once_in_order_then_passes(void **state)
{
	static const unsigned codes[] = { 100, 103, 102, 103 };
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_interim, "codes=100 103 102 103");
	for (size_t i = 0; i < COUNT(codes); i++) {
		assert_int_equal(trial_request(&t).kind, STEP_INTERIM);
		assert_int_equal(t.reply.status, codes[i]);
	}
	assert_int_equal(trial_request(&t).kind, STEP_PASS);
	trial_end_rule(&t);
}

static void
skips_a_client_of_http_1_0(void **state)
{
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_interim, "codes=103");
	t.head.minor = 0;
	assert_int_equal(trial_request(&t).kind, STEP_SKIP);
	trial_end_rule(&t);
}

static void
takes_interim_codes_only(void **state)
{
	(void)state;
	assert_string_not_equal(conf_check(&fault_interim, "codes=101"), "");
	assert_string_not_equal(
	    conf_check(&fault_interim, "codes=103 200"), "");
	assert_string_not_equal(conf_check(&fault_interim, ""), "");
	assert_string_equal(conf_check(&fault_interim, "codes=103 104"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_each_code_once_in_order_then_passes),
		cmocka_unit_test(skips_a_client_of_http_1_0),
		cmocka_unit_test(takes_interim_codes_only),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
