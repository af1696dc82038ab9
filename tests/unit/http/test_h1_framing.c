#include "http/h1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

/* A head of these field lines; false when they are no section at all. */
static bool
head_of(const char *fields, unsigned minor, struct head *h)
{
	static char section[4096];

	*h = (struct head){ .minor = minor };
	snprintf(section, sizeof(section), "%s\r\n", fields);
	return h1_section(span_str(section), h, HEAD_FIELDS_MAX);
}

#define HOST "Host: a\r\n"
#define CL "Content-Length: "
#define TE "Transfer-Encoding: "

static void
frames_a_request_in_one_way_or_refuses_it(void **state)
{
	static const struct {
		const char *fields;
		unsigned minor, status; /* status 0: good */
		enum framing framing;
		uint64_t length;
	} rows[] = {
		{ HOST, 1, 0, FRAMING_NONE, 0 },
		{ HOST CL "0\r\n", 1, 0, FRAMING_NONE, 0 },
		{ HOST CL "5\r\n", 1, 0, FRAMING_LENGTH, 5 },
		{ HOST CL "005\r\n", 1, 0, FRAMING_LENGTH, 5 },
		{ HOST CL "9223372036854775807\r\n", 1, 0, FRAMING_LENGTH,
		    INT64_MAX },
		{ HOST CL "9223372036854775808\r\n", 1, 400, 0, 0 },
		{ HOST CL "99999999999999999999999\r\n", 1, 400, 0, 0 },
		{ HOST CL "+5\r\n", 1, 400, 0, 0 },
		{ HOST CL "-5\r\n", 1, 400, 0, 0 },
		{ HOST CL "0x5\r\n", 1, 400, 0, 0 },
		{ HOST CL "5 5\r\n", 1, 400, 0, 0 },
		{ HOST CL "5,5\r\n", 1, 400, 0, 0 },
		{ HOST CL "\r\n", 1, 400, 0, 0 },
		{ HOST CL "5\r\n" CL "5\r\n", 1, 400, 0, 0 },
		{ HOST CL "5\r\n" CL "6\r\n", 1, 400, 0, 0 },
		{ HOST TE "chunked\r\n", 1, 0, FRAMING_CHUNKED, 0 },
		{ HOST TE "CHUNKED\r\n", 1, 0, FRAMING_CHUNKED, 0 },
		{ HOST TE ", chunked ,\r\n", 1, 0, FRAMING_CHUNKED, 0 },
		{ HOST TE "chunked\r\n" CL "5\r\n", 1, 400, 0, 0 },
		{ HOST CL "0\r\n" TE "chunked\r\n", 1, 400, 0, 0 },
		{ HOST TE "chunked, chunked\r\n", 1, 400, 0, 0 },
		{ HOST TE "chunked\r\n" TE "chunked\r\n", 1, 400, 0, 0 },
		{ HOST TE "chunked, gzip\r\n", 1, 400, 0, 0 },
		{ HOST TE "gzip, chunked\r\n", 1, 501, 0, 0 },
		{ HOST TE "identity\r\n", 1, 501, 0, 0 },
		{ HOST TE "xchunked\r\n", 1, 501, 0, 0 },
		{ HOST TE "\r\n", 1, 400, 0, 0 },
		{ TE "chunked\r\n", 0, 400, 0, 0 },
		{ CL "5\r\n", 0, 0, FRAMING_LENGTH, 5 },
		{ "", 0, 0, FRAMING_NONE, 0 },
		{ "", 1, 400, 0, 0 },
		{ HOST HOST, 1, 400, 0, 0 },
		{ HOST HOST, 0, 400, 0, 0 },
		{ "Host:\r\n", 1, 400, 0, 0 },
		{ "Host: a b\r\n", 1, 400, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct h1_error e = { 0, NULL };
		struct head h;

		/* llhttp refuses some of them by itself, as malformed. */
		if (!head_of(rows[i].fields, rows[i].minor, &h)) {
			assert_int_equal(rows[i].status, 400);
			continue;
		}
		assert_int_equal(
		    h1_request_framing(&h, &e), rows[i].status == 0);
		assert_int_equal(e.status, rows[i].status);
		if (rows[i].status != 0)
			continue;
		assert_int_equal(h.framing, rows[i].framing);
		if (h.framing == FRAMING_LENGTH)
			assert_int_equal(h.length, rows[i].length);
	}
}

static void
frames_a_response_by_status_method_and_fields(void **state)
{
	static const struct {
		const char *fields, *method;
		unsigned minor, status;
		int framing; /* -1: refused */
		bool keep_alive;
	} rows[] = {
		{ CL "5\r\n", "GET", 1, 200, FRAMING_LENGTH, true },
		{ CL "0\r\n", "GET", 1, 200, FRAMING_NONE, true },
		{ TE "chunked\r\n", "GET", 1, 200, FRAMING_CHUNKED, true },
		{ "", "GET", 1, 200, FRAMING_CLOSE, false },
		{ "Connection: keep-alive\r\n", "GET", 1, 200, FRAMING_CLOSE,
		    false },
		{ CL "5\r\n", "HEAD", 1, 200, FRAMING_NONE, true },
		{ TE "chunked\r\n", "HEAD", 1, 200, FRAMING_NONE, true },
		{ "", "HEAD", 1, 200, FRAMING_NONE, true },
		{ CL "5\r\n", "GET", 1, 304, FRAMING_NONE, true },
		{ CL "5\r\n", "GET", 1, 204, FRAMING_NONE, true },
		{ CL "5\r\n", "GET", 1, 103, FRAMING_NONE, true },
		{ CL "5\r\n", "head", 1, 200, FRAMING_LENGTH, true },
		{ CL "5\r\nConnection: close\r\n", "GET", 1, 200,
		    FRAMING_LENGTH, false },
		{ CL "5\r\n", "GET", 0, 200, FRAMING_LENGTH, false },
		{ CL "5\r\nConnection: Keep-Alive\r\n", "GET", 0, 200,
		    FRAMING_LENGTH, true },
		{ CL "5\r\nConnection: keep-alive, close\r\n", "GET", 0, 200,
		    FRAMING_LENGTH, false },
		{ CL "x\r\n", "GET", 1, 200, -1, false },
		{ CL "x\r\n", "HEAD", 1, 200, -1, false },
		{ CL "5\r\n" CL "6\r\n", "GET", 1, 200, -1, false },
		{ CL "5\r\n" TE "chunked\r\n", "GET", 1, 200, -1, false },
		{ TE "gzip\r\n", "GET", 1, 200, -1, false },
		{ TE "gzip, chunked\r\n", "GET", 1, 200, -1, false },
		{ TE "chunked\r\n", "GET", 0, 200, -1, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct h1_error e = { 0, NULL };
		struct head h;
		bool good;

		if (!head_of(rows[i].fields, rows[i].minor, &h)) {
			assert_int_equal(rows[i].framing, -1);
			continue;
		}
		h.status = rows[i].status;
		good = h1_response_framing(&h, span_str(rows[i].method), &e);
		assert_int_equal(good, rows[i].framing != -1);
		if (!good) {
			assert_int_equal(e.status, 502);
			continue;
		}
		assert_int_equal(h.framing, rows[i].framing);
		assert_int_equal(h.keep_alive, rows[i].keep_alive);
	}
}

static void
reads_what_a_request_wants_of_its_connection(void **state)
{
	static const struct {
		const char *fields;
		unsigned minor;
		bool keep_alive, upgrade, expect;
	} rows[] = {
		{ HOST, 1, true, false, false },
		{ HOST, 0, false, false, false },
		{ HOST "Connection: x, CLOSE\r\n", 1, false, false, false },
		{ HOST "Connection: keep-alive\r\n", 0, true, false, false },
		{ HOST "Connection: upgrade\r\nUpgrade: x\r\n", 1, true, true,
		    false },
		{ HOST "Connection: upgrade\r\nUpgrade: x\r\n", 0, false, false,
		    false },
		{ HOST "Upgrade: x\r\n", 1, true, false, false },
		{ HOST "Connection: upgrade\r\n", 1, true, false, false },
		{ HOST CL "1\r\nExpect: 100-Continue\r\n", 1, true, false,
		    true },
		{ HOST CL "1\r\nExpect: 100-continue\r\n", 0, false, false,
		    false },
		{ HOST "Expect: 100-continue\r\n", 1, true, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct h1_error e;
		struct head h;

		assert_true(head_of(rows[i].fields, rows[i].minor, &h));
		assert_true(h1_request_framing(&h, &e));
		assert_int_equal(h.keep_alive, rows[i].keep_alive);
		assert_int_equal(h.upgrade, rows[i].upgrade);
		assert_int_equal(h.expect_continue, rows[i].expect);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_a_request_in_one_way_or_refuses_it),
		cmocka_unit_test(frames_a_response_by_status_method_and_fields),
		cmocka_unit_test(reads_what_a_request_wants_of_its_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
