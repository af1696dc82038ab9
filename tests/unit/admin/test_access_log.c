#include "admin/access_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static const char *const rules[] = { "busy" }, *const faults[] = { "status" };
static const struct journal_names names = { NULL, rules, faults, 0, 1, 1, 0 };

static struct record
sample(void)
{
	return (struct record){ .t_first = 0,
		.t_end = 1500000,
		.wall_ns = 1700000000000000000,
		.method = SPAN("GET"),
		.path = SPAN("/a\"b"),
		.host = SPAN("h"),
		.agent = SPAN("x\n"),
		.status = 503,
		.minor = 1,
		.bytes_out = 99,
		.outcome = OUTCOME_INJECTED,
		.peer = { 10, 0, 0, 7 },
		.peer_n = 4 };
}

static void
assert_line(enum access_format format, const struct record *r,
    const struct pairing *p, const char *want)
{
	struct buf b;
	char *text;

	buf_init(&b, 65536);
	access_log_write(&b, format, r, p, &names);
	text = buf_take(&b);
	assert_string_equal(text, want);
	free(text);
}

static void
combined_is_what_nginx_writes_and_the_fault(void **state)
{
	struct pairing p = { .attempt = 2 };
	struct record r = sample();

	(void)state;
	assert_line(ACCESS_COMBINED, &r, &p,
	    "10.0.0.7 - - [14/Nov/2023:22:13:20 +0000] \"GET /a\\x22b "
	    "HTTP/1.1\" 503 99 \"-\" \"x\\x0A\" 0.001500 injected busy status "
	    "2\n");
	r.play = 1;
	r.fault = RECORD_NO_FAULT;
	r.peer_n = 0;
	r.outcome = OUTCOME_PASSED;
	assert_line(ACCESS_COMBINED, &r, &p,
	    "unix: - - [14/Nov/2023:22:13:20 +0000] \"GET /a\\x22b "
	    "HTTP/1.1\" 503 99 \"-\" \"x\\x0A\" 0.001500 passed - - 2\n");
}

static void
json_lines_leave_out_what_is_not_there(void **state)
{
	struct pairing p = { .attempt = 2 }, none = { .attempt = 0 };
	struct record r = sample();

	(void)state;
	assert_line(ACCESS_JSON, &r, &p,
	    "{\"ts\":\"2023-11-14T22:13:20.000000Z\",\"client\":\"10.0.0.7\","
	    "\"method\":\"GET\",\"path\":\"/a\\\"b\",\"host\":\"h\","
	    "\"proto\":\"HTTP/1.1\",\"status\":503,\"bytes_in\":0,"
	    "\"bytes_out\":99,\"duration\":0.0015,\"delay\":0,\"referer\":\"\","
	    "\"user_agent\":\"x\\n\",\"outcome\":\"injected\","
	    "\"rule\":\"busy\",\"fault\":\"status\",\"attempt\":2}\n");
	r.rule = RECORD_NO_RULE;
	r.fault = RECORD_NO_FAULT;
	memset(r.peer, 0, sizeof(r.peer));
	r.peer[15] = 1;
	r.peer_n = 16;
	r.outcome = OUTCOME_PASSED;
	assert_line(ACCESS_JSON, &r, &none,
	    "{\"ts\":\"2023-11-14T22:13:20.000000Z\",\"client\":\"::1\","
	    "\"method\":\"GET\",\"path\":\"/a\\\"b\",\"host\":\"h\","
	    "\"proto\":\"HTTP/1.1\",\"status\":503,\"bytes_in\":0,"
	    "\"bytes_out\":99,\"duration\":0.0015,\"delay\":0,\"referer\":\"\","
	    "\"user_agent\":\"x\\n\",\"outcome\":\"passed\"}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(combined_is_what_nginx_writes_and_the_fault),
		cmocka_unit_test(json_lines_leave_out_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
