/* Journals of others: what they say between their lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "reading.h"
#include "records.h"

/* A line with these members beside those that every line needs. */
static enum journal_line
read_members(
    struct reading *in, const struct journal_names *names, const char *members)
{
	enum journal_line kind;
	struct buf line;

	buf_init(&line, 4096);
	buf_printf(&line,
	    "{\"t\":1,\"status\":408,\"outcome\":\"injected\","
	    "\"duration\":1,%s}",
	    members);
	kind = journal_read(buf_view(&line), names, &in->r, &in->h, &in->lost,
	    &in->text, &in->why);
	buf_clear(&line);
	return kind;
}

/* What only members of our own say is taken from those of the design. */
static void
takes_what_the_design_names(void **state)
{
	struct journal_names names = records_names;
	struct reading *in = *state;
	uint64_t body;

	assert_int_equal(
	    read_members(in, &names,
		"\"op\":\"k-1\",\"op_source\":\"header: Idempotency-Key\""),
	    JOURNAL_RECORD);
	assert_int_equal(in->r.op_source, 2);
	assert_int_equal(
	    read_members(
		in, &names, "\"op\":\"k-1\",\"op_source\":\"Idempotency-Key\""),
	    JOURNAL_RECORD);
	assert_int_equal(in->r.op_source, 2);
	assert_true(in->r.flags & RECORD_HAS_KEY);
	assert_true(in->r.key_hash == in->r.op && in->r.op != 0);
	assert_int_equal(read_members(in, &names,
			     "\"op\":\"i\",\"op_source\":\"sdk\","
			     "\"attempt\":3,\"conn\":\"c7\""),
	    JOURNAL_RECORD);
	assert_int_equal(in->r.announced, 3);
	assert_true(in->r.conn != 0);
	assert_int_equal(read_members(in, &names,
			     "\"op\":\"f\",\"op_source\":\"fingerprint\""),
	    JOURNAL_RECORD);
	body = in->r.body_hash;
	assert_true(body != 0);
	assert_int_equal(read_members(in, &names,
			     "\"op\":\"g\",\"op_source\":\"fingerprint\""),
	    JOURNAL_RECORD);
	assert_true(in->r.body_hash != body);
	assert_int_equal(read_members(in, &names,
			     "\"op\":null,\"op_source\":\"fingerprint\""),
	    JOURNAL_RECORD);
	assert_true(in->r.op != 0);
	assert_int_equal(read_members(in, &names,
			     "\"op\":\"x\",\"op_source\":\"X-Order\","
			     "\"proto\":\"HTTP/1.1\",\"upstream\":null"),
	    JOURNAL_RECORD);
	assert_int_equal(in->r.op_source, 3);
	assert_false(in->r.flags & RECORD_CLOSE_SENT);
	assert_int_equal(
	    read_members(in, &names, "\"op\":\"0\""), JOURNAL_RECORD);
	assert_true(in->r.op != 0);
	assert_int_equal(
	    read_members(in, &names, "\"op\":\"12\""), JOURNAL_RECORD);
	assert_true(span_eq(in->r.op_text, SPAN("12")));
	names.foreign = true;
	assert_int_equal(
	    read_members(in, &names, "\"conn\":1"), JOURNAL_RECORD);
	assert_true(in->r.flags & RECORD_CLOSE_SENT);
	assert_int_equal(
	    read_members(in, &names, "\"client\":\"a\""), JOURNAL_RECORD);
	assert_true(in->r.auth_hash != 0 && in->r.auth_hash == in->r.client);
}

static void
takes_a_trace_for_one_operation_a_target(void **state)
{
	static const char *const paths[] = { "a", "a", "b" };
	struct reading *in = *state;
	uint64_t op[3];

	for (size_t i = 0; i < 3; i++) {
		char members[99];

		snprintf(members, sizeof(members),
		    "\"op\":\"4bf9\",\"op_source\":\"traceparent\","
		    "\"path\":\"%s\"",
		    paths[i]);
		read_members(in, &records_names, members);
		op[i] = in->r.op;
	}
	assert_true(op[0] == op[1] && op[0] != op[2]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_the_design_names),
		cmocka_unit_test(takes_a_trace_for_one_operation_a_target),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
