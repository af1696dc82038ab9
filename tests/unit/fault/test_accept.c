#include "fixture.h"

#include "fault/connection.h"

static void
says_what_is_to_happen_and_for_how_long(void **state)
{
	static const struct {
		const char *conf;
		enum connection_accept kind;
		unsigned ms;
	} cases[] = {
		{ "kind=reset", ACCEPT_RESET, 0 },
		{ "kind=refuse", ACCEPT_REFUSE, 0 },
		{ "kind=blackhole", ACCEPT_BLACKHOLE, 0 },
		{ "kind=blackhole; for=5s", ACCEPT_BLACKHOLE, 5000 },
		{ "kind=delay", ACCEPT_DELAY, 1000 },
		{ "kind=delay; for=200ms", ACCEPT_DELAY, 200 },
		{ "delay=200ms", ACCEPT_DELAY, 200 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct connection_accept_fault f =
		    connection_accept_of(conf_of(&fault_accept, cases[i].conf));

		assert_string_equal(
		    conf_check(&fault_accept, cases[i].conf), "");
		assert_int_equal(f.kind, cases[i].kind);
		assert_int_equal(f.ns, cases[i].ms * (uint64_t)MS);
	}
}

static void
refuses_a_duration_where_nothing_lasts(void **state)
{
	static const char *const bad[] = { "", "kind=reset; for=1s",
		"kind=refuse; for=1s", "for=1s", "delay=1s; for=1s" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_string_not_equal(conf_check(&fault_accept, bad[i]), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_to_happen_and_for_how_long),
		cmocka_unit_test(refuses_a_duration_where_nothing_lasts),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
