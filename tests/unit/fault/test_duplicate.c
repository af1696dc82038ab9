#include "fixture.h"

extern const struct fault_type fault_duplicate;

static void
asks_for_a_second_request_and_nothing_else(void **state)
{
	(void)state;
	assert_true(fault_duplicate.twice);
	assert_int_equal(fault_duplicate.class, FAULT_CHANGES);
	assert_null(fault_duplicate.on_request);
	for (const struct fault_type *const *t = fault_types; *t != NULL; t++)
		assert_true((*t)->twice == (*t == &fault_duplicate));
}

static void
is_on_or_left_out(void **state)
{
	(void)state;
	assert_string_equal(conf_check(&fault_duplicate, "on=true"), "");
	assert_string_not_equal(conf_check(&fault_duplicate, "on=false"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_for_a_second_request_and_nothing_else),
		cmocka_unit_test(is_on_or_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
