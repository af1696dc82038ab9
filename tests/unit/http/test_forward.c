#include "http/forward.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "http/h1.h"

static const struct h1_limits limits = { 4096, 4096, 65536, 64 };

#define ADDED                                                 \
	"Via: 1.1 brownout\r\nX-Forwarded-For: 192.0.2.1\r\n" \
	"X-Forwarded-Host: a.example\r\nX-Forwarded-Proto: https\r\n\r\n"
#define HOST "Host: a.example\r\n"

static void
forwards_requests_with_only_what_has_to_change(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "GET /x?y HTTP/1.1\r\n" HOST "\r\n",
		    "GET /x?y HTTP/1.1\r\n" HOST ADDED },
		/* Order, case, repeats, empty values, spaces. */
		{ "GET / HTTP/1.1\r\nb:  2 \r\nA:1\r\n" HOST
		  "B: 3\r\nEmpty:\r\n\r\n",
		    "GET / HTTP/1.1\r\nb:  2 \r\nA:1\r\n" HOST
		    "B: 3\r\nEmpty:\r\n" ADDED },
		/* Hop by hop: by itself, and by name. */
		{ "GET / HTTP/1.1\r\nConnection: X-A, keep-alive\r\nX-A: 1\r\n"
		  "x-a: 2\r\n" HOST "X-B: 3\r\nKeep-Alive: 5\r\n"
		  "Proxy-Connection: close\r\nTE: gzip\r\nUpgrade: h2c\r\n\r\n",
		    "GET / HTTP/1.1\r\n" HOST "X-B: 3\r\n" ADDED },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n"
		  "Connection: Host, Content-Length, close\r\n\r\n",
		    "POST / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n" ADDED },
		{ "POST / HTTP/1.1\r\n" HOST
		  "Transfer-Encoding:   chunked\r\n\r\n",
		    "POST / HTTP/1.1\r\n" HOST
		    "Transfer-Encoding: chunked\r\n" ADDED },
		{ "GET / HTTP/1.1\r\n" HOST "TE: gzip, Trailers;q=1\r\n\r\n",
		    "GET / HTTP/1.1\r\n" HOST ADDED },
		{ "GET / HTTP/1.1\r\n" HOST
		  "Connection: TE\r\nTE: deflate, trailers\r\n\r\n",
		    "GET / HTTP/1.1\r\n" HOST
		    "Connection: TE\r\nTE: trailers\r\n" ADDED },
		{ "GET / HTTP/1.1\r\n" HOST
		  "Connection: keep-alive, Upgrade\r\nUpgrade: a, b\r\n\r\n",
		    "GET / HTTP/1.1\r\n" HOST
		    "Upgrade: a, b\r\nConnection: upgrade\r\n" ADDED },
		/* Absolute-form: its authority replaces Host. */
		{ "GET http://a.example/p?q HTTP/1.1\r\nHost: b\r\n\r\n",
		    "GET /p?q HTTP/1.1\r\n" HOST ADDED },
		{ "GET http://a.example HTTP/1.1\r\nHost: b\r\n\r\n",
		    "GET / HTTP/1.1\r\n" HOST ADDED },
		{ "GET http://a.example?q HTTP/1.1\r\nHost: b\r\n\r\n",
		    "GET /?q HTTP/1.1\r\n" HOST ADDED },
		{ "OPTIONS http://a.example HTTP/1.1\r\nHost: b\r\n\r\n",
		    "OPTIONS * HTTP/1.1\r\n" HOST ADDED },
		/* X-Forwarded-*: the one is appended to, the others are ours.
		 */
		{ "GET / HTTP/1.1\r\nX-Forwarded-For: 10.0.0.1\r\n" HOST
		  "x-forwarded-for: 10.0.0.2, 10.0.0.3\r\nX-Forwarded-For:\r\n"
		  "X-Forwarded-Proto: ftp\r\nX-Forwarded-Host: evil\r\n\r\n",
		    "GET / HTTP/1.1\r\n" HOST "Via: 1.1 brownout\r\n"
		    "X-Forwarded-For: 10.0.0.1, 10.0.0.2, 10.0.0.3, "
		    "192.0.2.1\r\nX-Forwarded-Host: a.example\r\n"
		    "X-Forwarded-Proto: https\r\n\r\n" },
		{ "GET / HTTP/1.1\r\n" HOST "Via: 1.0 x\r\n\r\n",
		    "GET / HTTP/1.1\r\n" HOST "Via: 1.0 x\r\n" ADDED },
		/* Max-Forwards counts for TRACE and OPTIONS only. */
		{ "OPTIONS / HTTP/1.1\r\nMax-Forwards: 10\r\n" HOST "\r\n",
		    "OPTIONS / HTTP/1.1\r\n" HOST "Max-Forwards: 9\r\n" ADDED },
		{ "GET / HTTP/1.1\r\nMax-Forwards: 10\r\n" HOST "\r\n",
		    "GET / HTTP/1.1\r\nMax-Forwards: 10\r\n" HOST ADDED },
		/* HTTP/1.0 without Host gets the upstream's. */
		{ "GET / HTTP/1.0\r\n\r\n",
		    "GET / HTTP/1.1\r\nHost: up:81\r\nVia: 1.0 brownout\r\n"
		    "X-Forwarded-For: 192.0.2.1\r\n"
		    "X-Forwarded-Proto: https\r\n\r\n" },
	};
	struct forward_request how = { .client = SPAN("192.0.2.1"),
		.scheme = SPAN("https"),
		.host = SPAN("up:81") };
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct h1_scan scan = { .skip = 0 };
		struct h1_error e;
		struct head h;

		assert_int_equal(
		    h1_request(&scan, span_str(rows[i].in), &limits, &h, &e),
		    H1_DONE);
		out.n = 0;
		forward_request(&out, &h, &how);
		buf_putc(&out, '\0');
		assert_string_equal(out.data, rows[i].out);
	}
	buf_clear(&out);
}

static void
puts_another_host_or_target_when_told(void **state)
{
	struct forward_request how = { .client = SPAN("unix"),
		.scheme = SPAN("http"),
		.rewrite_host = SPAN("real.example"),
		.target = SPAN("/other") };
	struct h1_scan scan = { .skip = 0 };
	struct h1_error e;
	struct head h;
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	assert_int_equal(
	    h1_request(&scan, SPAN("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
		&limits, &h, &e),
	    H1_DONE);
	forward_request(&out, &h, &how);
	buf_putc(&out, '\0');
	assert_string_equal(out.data,
	    "GET /other HTTP/1.1\r\nHost: real.example\r\n"
	    "Via: 1.1 brownout\r\nX-Forwarded-For: unix\r\n"
	    "X-Forwarded-Host: a\r\nX-Forwarded-Proto: http\r\n\r\n");
	buf_clear(&out);
}

static void
forwards_responses_under_the_clients_framing(void **state)
{
	static const struct {
		const char *in;
		struct forward_response how;
		const char *out;
	} rows[] = {
		{ "HTTP/1.1 200 Fine\r\nB: 1\r\na: 2\r\nContent-Length: 2\r\n"
		  "Date: x\r\n\r\n",
		    { .framing = FRAMING_LENGTH },
		    "HTTP/1.1 200 Fine\r\nB: 1\r\na: 2\r\nContent-Length: 2\r\n"
		    "Date: x\r\n\r\n" },
		{ "HTTP/1.0 200 \r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n",
		    { .framing = FRAMING_CHUNKED, .date = SPAN("now") },
		    "HTTP/1.1 200 \r\nSet-Cookie: a\r\nSet-Cookie: b\r\n"
		    "Date: now\r\nTransfer-Encoding: chunked\r\n\r\n" },
		{ "HTTP/1.1 200 OK\r\nConnection: X-A\r\nX-A: 1\r\n"
		  "Keep-Alive: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
		    { .framing = FRAMING_CLOSE,
			.client_1_0 = true,
			.close = true },
		    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
		    { .framing = FRAMING_LENGTH,
			.length = 7,
			.drop_length = true,
			.client_1_0 = true,
			.mark = SPAN("rule=a; n=1") },
		    "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n"
		    "X-Brownout: rule=a; n=1\r\nConnection: keep-alive\r\n"
		    "\r\n" },
		{ "HTTP/1.1 103 Early\r\nLink: </a>\r\nConnection: x\r\n\r\n",
		    { .framing = FRAMING_NONE, .date = SPAN("now") },
		    "HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n" },
		{ "HTTP/1.1 101 Switch\r\nUpgrade: w\r\nConnection: upgrade\r\n"
		  "\r\n",
		    { .framing = FRAMING_TUNNEL },
		    "HTTP/1.1 101 Switch\r\nUpgrade: w\r\nConnection: upgrade"
		    "\r\n\r\n" },
		{ "HTTP/1.1 426 No\r\nUpgrade: w\r\nContent-Length: 0\r\n\r\n",
		    { .framing = FRAMING_NONE },
		    "HTTP/1.1 426 No\r\nUpgrade: w\r\nContent-Length: 0\r\n"
		    "Connection: upgrade\r\n\r\n" },
		{ "HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nContent-Length: "
		  "0\r\n\r\n",
		    { .framing = FRAMING_NONE },
		    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct h1_scan scan = { .skip = 0 };
		struct h1_error e;
		struct head h;
		char in[512];

		snprintf(in, sizeof(in), "%s", rows[i].in);
		assert_int_equal(h1_response(&scan, in, strlen(in), &limits,
				     SPAN("GET"), &h, &e),
		    H1_DONE);
		out.n = 0;
		forward_response(&out, &h, &rows[i].how);
		buf_putc(&out, '\0');
		assert_string_equal(out.data, rows[i].out);
	}
	buf_clear(&out);
}

static void
shows_a_trace_without_secrets(void **state)
{
	struct h1_scan scan = { .skip = 0 };
	struct h1_error e;
	struct head h;
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	assert_int_equal(
	    h1_request(&scan,
		SPAN("TRACE /x HTTP/1.1\r\nHost: a\r\nCookie: c\r\nX: 1\r\n"
		     "Authorization: d\r\nProxy-Authorization: e\r\n\r\n"),
		&limits, &h, &e),
	    H1_DONE);
	forward_trace(&out, &h);
	buf_putc(&out, '\0');
	assert_string_equal(
	    out.data, "TRACE /x HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n");
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    forwards_requests_with_only_what_has_to_change),
		cmocka_unit_test(puts_another_host_or_target_when_told),
		cmocka_unit_test(forwards_responses_under_the_clients_framing),
		cmocka_unit_test(shows_a_trace_without_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
