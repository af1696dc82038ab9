#include "http/h1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
takes_each_form_of_a_request_line(void **state)
{
	static const struct {
		const char *line;
		unsigned status; /* 0: good */
		const char *method, *target;
		unsigned minor;
	} rows[] = {
		{ "GET / HTTP/1.1", 0, "GET", "/", 1 },
		{ "GET / HTTP/1.0", 0, "GET", "/", 0 },
		{ "GET / HTTP/1.9", 0, "GET", "/", 1 },
		{ "g!#$%&'*+-.^_`|~9 /a HTTP/1.1", 0, "g!#$%&'*+-.^_`|~9", "/a",
		    1 },
		{ "OPTIONS * HTTP/1.1", 0, "OPTIONS", "*", 1 },
		{ "GET http://a.example:80/x?y HTTP/1.1", 0, "GET",
		    "http://a.example:80/x?y", 1 },
		{ "GET http://[::1]/ HTTP/1.1", 0, "GET", "http://[::1]/", 1 },
		{ "GET /\"<>\\^`{|}[] HTTP/1.1", 0, "GET", "/\"<>\\^`{|}[]",
		    1 },
		{ "GET * HTTP/1.1", 400, NULL, NULL, 0 },
		{ "OPTIONS ** HTTP/1.1", 400, NULL, NULL, 0 },
		{ "GET a/b HTTP/1.1", 400, NULL, NULL, 0 },
		{ "GET ?x HTTP/1.1", 400, NULL, NULL, 0 },
		{ "GET  / HTTP/1.1", 400, NULL, NULL, 0 },
		{ "GET /  HTTP/1.1", 400, NULL, NULL, 0 },
		{ "GET / HTTP/1.1 ", 400, NULL, NULL, 0 },
		{ "GET /a b HTTP/1.1", 400, NULL, NULL, 0 },
		{ "GET\t/ HTTP/1.1", 400, NULL, NULL, 0 },
		{ "GET /#f HTTP/1.1", 400, NULL, NULL, 0 },
		{ "GET /\x7f HTTP/1.1", 400, NULL, NULL, 0 },
		{ "GET /", 400, NULL, NULL, 0 },
		{ "GET", 400, NULL, NULL, 0 },
		{ " GET / HTTP/1.1", 400, NULL, NULL, 0 },
		{ "G(T / HTTP/1.1", 400, NULL, NULL, 0 },
		{ "GET http://u@a/ HTTP/1.1", 400, NULL, NULL, 0 },
		{ "GET http:/// HTTP/1.1", 400, NULL, NULL, 0 },
		{ "GET / http/1.1", 400, NULL, NULL, 0 },
		{ "GET / HTTP/1.10", 400, NULL, NULL, 0 },
		{ "GET / HTTP/11", 400, NULL, NULL, 0 },
		{ "GET / HTTP/1,1", 400, NULL, NULL, 0 },
		{ "GET / HTTP/2.0", 505, NULL, NULL, 0 },
		{ "GET / HTTP/0.9", 505, NULL, NULL, 0 },
		{ "CONNECT a:443 HTTP/1.1", 405, NULL, NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct h1_error e = { 0, NULL };
		struct head h = { .status = 0 };

		assert_int_equal(
		    h1_request_line(span_str(rows[i].line), &h, &e),
		    rows[i].status == 0);
		assert_int_equal(e.status, rows[i].status);
		if (rows[i].status != 0)
			continue;
		assert_true(span_eq(h.method, span_str(rows[i].method)));
		assert_true(span_eq(h.target, span_str(rows[i].target)));
		assert_int_equal(h.minor, rows[i].minor);
	}
}

static void
takes_status_lines_and_nothing_like_them(void **state)
{
	static const struct {
		const char *line;
		unsigned status; /* 0: refused */
		const char *reason;
	} rows[] = {
		{ "HTTP/1.1 200 OK", 200, "OK" },
		{ "HTTP/1.0 404 Not Found", 404, "Not Found" },
		{ "HTTP/1.1 100", 100, "" },
		{ "HTTP/1.1 599 ", 599, "" },
		{ "HTTP/1.1 200 \ta", 200, "\ta" },
		{ "HTTP/1.1 200OK", 0, NULL },
		{ "HTTP/1.1 20", 0, NULL },
		{ "HTTP/1.1 2000 OK", 0, NULL },
		{ "HTTP/1.1 099 OK", 0, NULL },
		{ "HTTP/1.1 2x0 OK", 0, NULL },
		{ "HTTP/1.1  200 OK", 0, NULL },
		{ "HTTP/2.0 200 OK", 0, NULL },
		{ "HTTP/1.1\t200 OK", 0, NULL },
		{ "http/1.1 200 OK", 0, NULL },
		{ "HTTP/1.1 200 a\x01", 0, NULL },
		{ "garbage", 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct h1_error e = { 0, NULL };
		struct head h = { .status = 0 };
		bool good = h1_status_line(span_str(rows[i].line), &h, &e);

		assert_int_equal(good, rows[i].status != 0);
		if (!good) {
			assert_int_equal(e.status, 502);
			continue;
		}
		assert_int_equal(h.status, rows[i].status);
		assert_true(span_eq(h.reason, span_str(rows[i].reason)));
	}
}

static void
knows_a_valid_host(void **state)
{
	static const struct {
		struct span host;
		bool valid;
	} rows[] = {
		{ SPAN("a.example"), true },
		{ SPAN("a_b-c~d%41"), true },
		{ SPAN("127.0.0.1:8080"), true },
		{ SPAN("a:"), true },
		{ SPAN("[::1]"), true },
		{ SPAN("[::ffff:1.2.3.4]:80"), true },
		{ SPAN(""), false },
		{ SPAN(":80"), false },
		{ SPAN("a b"), false },
		{ SPAN("a,b"), false },
		{ SPAN("a/b"), false },
		{ SPAN("u@a"), false },
		{ SPAN("a:8x"), false },
		{ SPAN("a:123456"), false },
		{ SPAN("a:1:2"), false },
		{ SPAN("[]"), false },
		{ SPAN("[::1"), false },
		{ SPAN("[::1]x"), false },
		{ SPAN("[::g]"), false },
		{ SPAN("[::\0]"), false },
		{ SPAN("a\0b"), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(h1_host_valid(rows[i].host), rows[i].valid);
}

static void
sees_early_that_bytes_are_no_method(void **state)
{
	(void)state;
	assert_true(h1_method_begins(SPAN("")));
	assert_true(h1_method_begins(SPAN("GE")));
	assert_true(h1_method_begins(SPAN("GET ")));
	assert_true(h1_method_begins(SPAN("GET \x01")));
	assert_false(h1_method_begins(SPAN(" ")));
	assert_false(h1_method_begins(SPAN("\x16\x03")));
	assert_false(h1_method_begins(SPAN("{\"a\"")));
	assert_false(h1_method_begins(SPAN("GET/")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_each_form_of_a_request_line),
		cmocka_unit_test(takes_status_lines_and_nothing_like_them),
		cmocka_unit_test(knows_a_valid_host),
		cmocka_unit_test(sees_early_that_bytes_are_no_method),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
