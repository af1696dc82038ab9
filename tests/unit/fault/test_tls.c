#include "fixture.h"

#include "fault/connection.h"

static void
says_what_is_wrong_with_it(void **state)
{
	static const struct {
		const char *conf;
		enum connection_tls kind;
	} cases[] = { { "kind=expired", TLS_EXPIRED },
		{ "kind=wrong_host", TLS_WRONG_HOST },
		{ "kind=self_signed", TLS_SELF_SIGNED },
		{ "kind=handshake_stall; for=2s", TLS_HANDSHAKE_STALL },
		{ "kind=handshake_reset", TLS_HANDSHAKE_RESET },
		{ "kind=no_close_notify", TLS_NO_CLOSE_NOTIFY } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct connection_tls_fault f =
		    connection_tls_of(conf_of(&fault_tls, cases[i].conf));

		assert_string_equal(conf_check(&fault_tls, cases[i].conf), "");
		assert_int_equal(f.kind, cases[i].kind);
		if (f.kind == TLS_HANDSHAKE_STALL)
			assert_int_equal(f.ns, 2 * SECOND);
	}
	assert_string_not_equal(
	    conf_check(&fault_tls, "kind=expired; for=2s"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
