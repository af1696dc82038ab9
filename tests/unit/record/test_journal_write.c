#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/xalloc.h"
#include "records.h"

static const struct pairing first = {
	.attempt = 1, .due_ns = RECORD_NONE, .gap_ns = RECORD_NONE
};

static void
assert_line(const struct buf *got, const char *want)
{
	if (got->n != strlen(want) || memcmp(got->data, want, got->n) != 0)
		fail_msg("got  %.*s\nwant %s", (int)got->n, got->data, want);
}

static void
writes_every_field_of_the_contract(void **state)
{
	struct record r = { .t_first = 31250000000,
		.t_req_end = 31250000000,
		.t_resp = 31260000000,
		.t_end = 31260500000,
		.wall_ns = 1795256430123456789,
		.client = 0xabc,
		.op = 0x1234,
		.target_hash = 7,
		.conn = 5,
		.draw_n = 17,
		.retry_after_ns = 3000000000,
		.deadline_ns = RECORD_NONE,
		.bytes_out = 321,
		.nth = 2,
		.flags = RECORD_CLOSE_SENT | RECORD_TLS,
		.status = 429,
		.rule = 0,
		.phase = 0,
		.fault = 0,
		.outcome = OUTCOME_INJECTED,
		.op_source = 5,
		.minor = 1,
		.method = SPAN("GET"),
		.path = SPAN("/search"),
		.host = SPAN("shop.example") };
	struct pairing p = { 2, 31500000000, 1250000000, true };
	struct buf to;

	(void)state;
	buf_init(&to, 1 << 20);
	journal_write(&to, &r, &p, &records_names);
	assert_line(&to,
	    "{\"t\":31.25,\"ts\":\"2026-11-21T10:20:30.123456Z\","
	    "\"phase\":\"baseline\",\"client\":\"0000000000000abc\","
	    "\"op\":\"0000000000001234\",\"op_source\":\"fingerprint\","
	    "\"attempt\":2,\"conn\":5,\"nth\":2,\"method\":\"GET\","
	    "\"path\":\"/search\",\"host\":\"shop.example\",\"proto\":\"h1\","
	    "\"status\":429,\"outcome\":\"injected\","
	    "\"rule\":\"throttle-search\",\"fault\":\"status\",\"n\":17,"
	    "\"upstream\":\"none\",\"upstream_status\":null,"
	    "\"retry_after\":3,\"due_t\":34.26,\"gap\":1.25,\"early\":true,"
	    "\"bytes_in\":0,\"bytes_out\":321,\"duration\":0.0105,"
	    "\"delay\":0,\"t_req_end\":31.25,\"t_resp\":31.26,"
	    "\"target_hash\":\"0000000000000007\","
	    "\"close_sent\":true,\"tls\":true}\n");
	buf_clear(&to);
}

static void
a_line_says_when_the_operation_is_due(void **state)
{
	struct record r = { .t_resp = 20000000000,
		.retry_after_ns = RECORD_NONE };
	struct pairing p = { 2, 19500000000, 1250000000, false };
	struct buf to;

	(void)state;
	buf_init(&to, 1 << 20);
	journal_write(&to, &r, &p, &records_names);
	buf_putc(&to, '\0');
	assert_non_null(
	    strstr(to.data, "\"retry_after\":null,\"due_t\":19.5,"));
	to.n = 0;
	r.retry_after_ns = 3000000000;
	journal_write(&to, &r, &p, &records_names);
	buf_putc(&to, '\0');
	assert_non_null(strstr(to.data, "\"retry_after\":3,\"due_t\":23,"));
	buf_clear(&to);
}

static void
writes_null_for_what_does_not_apply(void **state)
{
	struct record r = { .t_req_end = RECORD_NONE,
		.t_resp = RECORD_NONE,
		.retry_after_ns = RECORD_NONE,
		.deadline_ns = RECORD_NONE,
		.rule = RECORD_NO_RULE,
		.phase = RECORD_NO_PHASE,
		.fault = RECORD_NO_FAULT };
	struct pairing none = { 0, RECORD_NONE, RECORD_NONE, false };
	struct buf to;

	(void)state;
	buf_init(&to, 1 << 20);
	journal_write(&to, &r, &none, &records_names);
	assert_line(&to,
	    "{\"t\":0,\"ts\":\"1970-01-01T00:00:00.000000Z\",\"phase\":null,"
	    "\"client\":\"0000000000000000\",\"op\":null,"
	    "\"op_source\":\"none\",\"attempt\":null,\"conn\":0,\"nth\":0,"
	    "\"method\":\"\",\"path\":\"\",\"host\":\"\",\"proto\":\"h1\","
	    "\"status\":null,\"outcome\":\"passed\",\"rule\":null,"
	    "\"fault\":null,\"n\":null,\"upstream\":\"none\","
	    "\"upstream_status\":null,\"retry_after\":null,\"due_t\":null,"
	    "\"gap\":null,\"early\":false,\"bytes_in\":0,\"bytes_out\":0,"
	    "\"duration\":0,\"delay\":0,\"minor\":0}\n");
	buf_clear(&to);
}

static void
writes_a_header_and_losses(void **state)
{
	struct journal_header h = { 1, 42, 0xff, "checkout \"brownout\"",
		1795256430000001000, 3 };
	struct buf to;
	char *want;

	(void)state;
	buf_init(&to, 1 << 20);
	journal_write_header(&to, &h);
	journal_write_loss(&to, 12);
	/* The end is filled in later, in place. */
	want = xasprintf("{\"version\":1,\"seed\":42,"
			 "\"scenario\":\"checkout \\\"brownout\\\"\","
			 "\"hash\":\"00000000000000ff\","
			 "\"ts\":\"2026-11-21T10:20:30.000001Z\",\"play\":3,"
			 "\"end\":%-*s}\n{\"lost\":12}\n",
	    JOURNAL_END_WIDTH, "null");
	assert_line(&to, want);
	free(want);
	buf_clear(&to);
}

static void
writes_lines_that_another_parser_takes(void **state)
{
	struct rng rng = rng_stream(3);
	char text[4 * RECORD_TEXT_MAX];
	struct buf to;

	(void)state;
	buf_init(&to, 1 << 20);
	for (int i = 0; i < 5000; i++) {
		struct record r = records_random(&rng, text);
		json_error_t error;
		json_t *line;

		to.n = 0;
		journal_write(&to, &r, &first, &records_names);
		assert_int_equal(to.data[to.n - 1], '\n');
		assert_null(memchr(to.data, '\n', to.n - 1));
		line = json_loadb(to.data, to.n,
		    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL |
			JSON_DECODE_INT_AS_REAL,
		    &error);
		if (line == NULL)
			fail_msg("%s: %.*s", error.text, (int)to.n, to.data);
		json_decref(line);
	}
	buf_clear(&to);
}

static void
leaves_out_a_line_that_does_not_fit(void **state)
{
	struct rng rng = rng_stream(4);
	char text[4 * RECORD_TEXT_MAX];
	struct record r = records_random(&rng, text);
	struct buf to;

	(void)state;
	buf_init(&to, 100);
	journal_write(&to, &r, &first, &records_names);
	assert_int_equal(to.n, 0);
	assert_true(to.overflow);
	buf_clear(&to);
}

static void
writes_indices_of_nothing_as_null(void **state)
{
	struct rng rng = rng_stream(5);
	char text[4 * RECORD_TEXT_MAX];
	struct record r = records_random(&rng, text);
	struct buf to;

	(void)state;
	r.phase = 3;
	r.rule = 4;
	r.fault = 2;
	buf_init(&to, 1 << 20);
	journal_write(&to, &r, &first, &records_names);
	buf_putc(&to, '\0');
	assert_non_null(strstr(to.data, "\"phase\":null,"));
	assert_non_null(strstr(to.data, "\"rule\":null,\"fault\":null,"));
	buf_clear(&to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_every_field_of_the_contract),
		cmocka_unit_test(a_line_says_when_the_operation_is_due),
		cmocka_unit_test(writes_null_for_what_does_not_apply),
		cmocka_unit_test(writes_a_header_and_losses),
		cmocka_unit_test(writes_lines_that_another_parser_takes),
		cmocka_unit_test(leaves_out_a_line_that_does_not_fit),
		cmocka_unit_test(writes_indices_of_nothing_as_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
