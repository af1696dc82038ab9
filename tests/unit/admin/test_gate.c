#include "admin/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static const char *const names[] = { "brownout.test", "b" };
static const struct gate gate = { "s3cret", names, 2 };

static void
only_our_own_hosts_are_let_in(void **state)
{
	static const struct {
		const char *host;
		bool good;
	} rows[] = {
		{ "localhost", true },
		{ "LocalHost:9900", true },
		{ "localhost.", true },
		{ "127.0.0.1", true },
		{ "127.8.9.255:1", true },
		{ "[::1]", true },
		{ "[::1]:9900", true },
		{ "10.0.0.5:9900", true },
		{ "BROWNOUT.test:80", true },
		{ "b", true },
		{ "", false },
		{ ":9900", false },
		{ "evil.example", false },
		{ "localhost.evil.example", false },
		{ "127.0.0.1.evil.example", false },
		{ "127.0.0.256", false },
		{ "127.0.0", false },
		{ "127.0.0.1.1", false },
		{ "127..0.1", false },
		{ "127.0.0.1x", false },
		{ "10.0.0.6", false },
		{ "[::1", false },
		{ "[::2]", false },
		{ "localhost@evil.example", false },
		{ "xlocalhost", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (gate_host(&gate, span_str(rows[i].host),
			SPAN("10.0.0.5")) != rows[i].good)
			fail_msg("%s", rows[i].host);
	assert_false(gate_host(&gate, SPAN("10.0.0.5"), SPAN("")));
}

static void
pages_of_others_are_not_let_in(void **state)
{
	static const struct {
		const char *origin;
		bool good;
	} rows[] = {
		{ "http://localhost:9900", true },
		{ "https://127.0.0.1", true },
		{ "http://brownout.test", true },
		{ "null", false },
		{ "", false },
		{ "http://", false },
		{ "localhost", false },
		{ "http://evil.example", false },
		{ "file://localhost", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (gate_origin(&gate, span_str(rows[i].origin), SPAN("")) !=
		    rows[i].good)
			fail_msg("%s", rows[i].origin);
}

static void
only_the_whole_token_counts(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "Bearer s3cret", true },
		{ "bearer s3cret", true },
		{ "Bearer  s3cret ", true },
		{ "Bearer s3cre", false },
		{ "Bearer s3crets3cret", false },
		{ "Bearer s3creT", false },
		{ "Bearer ", false },
		{ "Bearer", false },
		{ "Basic s3cret", false },
		{ "s3cret", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (gate_token(&gate, span_str(rows[i].text)) != rows[i].good)
			fail_msg("%s", rows[i].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_our_own_hosts_are_let_in),
		cmocka_unit_test(pages_of_others_are_not_let_in),
		cmocka_unit_test(only_the_whole_token_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
