#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/address.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
reads_what_it_writes(void **state)
{
	static const struct {
		const char *text, *written, *host;
		bool loopback;
	} cases[] = {
		{ "127.0.0.1:8080", "127.0.0.1:8080", "127.0.0.1", true },
		{ "127.9.8.7:1", "127.9.8.7:1", "127.9.8.7", true },
		{ "0.0.0.0:0", "0.0.0.0:0", "0.0.0.0", false },
		{ "10.0.0.1:65535", "10.0.0.1:65535", "10.0.0.1", false },
		{ "8080", "127.0.0.1:8080", "127.0.0.1", true },
		{ ":8080", "127.0.0.1:8080", "127.0.0.1", true },
		{ "localhost:80", "127.0.0.1:80", "127.0.0.1", true },
		{ "LocalHost:80", "127.0.0.1:80", "127.0.0.1", true },
		{ "[::1]:8080", "[::1]:8080", "::1", true },
		{ "[::]:8080", "[::]:8080", "::", false },
		{ "[2001:DB8:0::1]:1", "[2001:db8::1]:1", "2001:db8::1",
		    false },
		{ "unix:/tmp/a b", "unix:/tmp/a b", "unix", true },
		{ "unix:x:80", "unix:x:80", "unix", true },
	};
	struct sock_address a;
	char to[ADDRESS_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_null(address_parse(span_str(cases[i].text), &a));
		assert_string_equal(address_text(&a, to), cases[i].written);
		assert_string_equal(address_host(&a, to), cases[i].host);
		assert_int_equal(address_is_loopback(&a), cases[i].loopback);
	}
}

static void
refuses_what_is_no_address(void **state)
{
	static const char *const cases[] = { "", ":", "x", "localhost",
		"127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
		"127.0.0.1:+1", "127.0.0.1:1x", "127.0.0.1: 1",
		"127.0.0.1:000080", "127.0.0.1.1:80", "256.0.0.1:80",
		"1.2.3:80", "example.com:80", "[::1]", "[::1", "[::1]8080",
		"[::g]:80", "[]:80", "unix:", "http://127.0.0.1:80",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:80" };
	struct sock_address a;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (address_parse(span_str(cases[i]), &a) == NULL)
			fail_msg("'%s' was read", cases[i]);
}

static void
a_path_has_107_bytes_at_most(void **state)
{
	struct sock_address a;
	char text[128], to[ADDRESS_TEXT];

	(void)state;
	memset(text, 'p', sizeof(text));
	memcpy(text, "unix:", 5);
	text[5 + 107] = '\0';
	assert_null(address_parse(span_str(text), &a));
	assert_string_equal(address_text(&a, to), text);
	text[5 + 107] = 'p';
	text[5 + 108] = '\0';
	assert_non_null(address_parse(span_str(text), &a));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(refuses_what_is_no_address),
		cmocka_unit_test(a_path_has_107_bytes_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
