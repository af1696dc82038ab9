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

static const struct pairing first = {
	.attempt = 1, .due_ns = RECORD_NONE, .gap_ns = RECORD_NONE
};

static enum journal_line
read_line(struct reading *in, struct span line)
{
	return journal_read(line, &records_names, &in->r, &in->h, &in->lost,
	    &in->text, &in->why);
}

static void
assert_same_record(const struct record *got, const struct record *want)
{
	struct record a = *got, b = *want;

	assert_true(span_eq(a.method, b.method));
	assert_true(span_eq(a.path, b.path));
	assert_true(span_eq(a.host, b.host));
	assert_true(span_eq(a.op_text, b.op_text));
	assert_true(span_eq(a.plan, b.plan));
	assert_int_equal(a.cause == NULL, b.cause == NULL);
	if (b.cause != NULL)
		assert_string_equal(a.cause, b.cause);
	a.method = a.path = a.host = a.op_text = (struct span){ NULL, 0 };
	b.method = b.path = b.host = b.op_text = (struct span){ NULL, 0 };
	a.cause = b.cause = NULL;
	assert_memory_equal(&a, &b, offsetof(struct record, minor) + 1);
}

static void
reads_back_what_was_written(void **state)
{
	struct reading *in = *state;
	struct rng rng = rng_stream(1);
	char text[4 * RECORD_TEXT_MAX];
	struct buf line;

	buf_init(&line, 1 << 20);
	for (int i = 0; i < 20000; i++) {
		struct record r = records_random(&rng, text);

		line.n = 0;
		journal_write(&line, &r, &first, &records_names);
		if (read_line(in, buf_view(&line)) != JOURNAL_RECORD)
			fail_msg("%s: %.*s", in->why, (int)line.n, line.data);
		assert_same_record(&in->r, &r);
	}
	buf_clear(&line);
}

static void
reads_headers_and_losses(void **state)
{
	struct reading *in = *state;
	struct journal_header h = { 1, UINT64_MAX, UINT64_MAX - 1,
		"shop \xff\xc3\xa9", 1795256430123456000, 2 };
	struct buf line;

	buf_init(&line, 1 << 20);
	journal_write_header(&line, &h);
	assert_int_equal(read_line(in, buf_view(&line)), JOURNAL_HEADER);
	assert_int_equal(in->h.version, 1);
	assert_int_equal(in->h.seed, h.seed);
	assert_int_equal(in->h.hash, h.hash);
	assert_int_equal(in->h.wall_ns, h.wall_ns);
	assert_int_equal(in->h.play, 2);
	assert_string_equal(in->h.scenario, h.scenario);
	assert_int_equal(in->lost, 0);
	journal_write_end(line.data + line.n - 2 - JOURNAL_END_WIDTH,
	    999999999999999999, 999999999999999998, UINT64_MAX);
	assert_int_equal(read_line(in, buf_view(&line)), JOURNAL_HEADER);
	assert_int_equal(in->h.end_ns, 999999999999999999);
	assert_int_equal(in->h.noise_ns, 999999999999999998);
	assert_true(in->lost == UINT64_MAX);
	line.n = 0;
	journal_write_loss(&line, 12345);
	assert_int_equal(read_line(in, buf_view(&line)), JOURNAL_LOSS);
	assert_int_equal(in->lost, 12345);
	buf_clear(&line);
}

/* Whatever a crash left of the last line, it is told from a whole one. */
static void
refuses_every_cut_line(void **state)
{
	struct reading *in = *state;
	struct journal_header h = { 1, 42, 7, "shop", 0, 0 };
	struct rng rng = rng_stream(2);
	char text[4 * RECORD_TEXT_MAX];
	struct buf line;

	buf_init(&line, 1 << 20);
	for (int i = 0; i < 40; i++) {
		struct record r = records_random(&rng, text);

		line.n = 0;
		if (i == 0)
			journal_write_header(&line, &h);
		else
			journal_write(&line, &r, &first, &records_names);
		for (size_t n = 0; n + 1 < line.n; n++) {
			/* a copy of its own, so that a sanitizer sees every
			 * byte read beyond */
			char *cut = xmalloc(n);

			memcpy(cut, line.data, n);
			in->why = NULL;
			assert_int_equal(read_line(in, (struct span){ cut, n }),
			    JOURNAL_BAD);
			assert_non_null(in->why);
			free(cut);
		}
	}
	buf_clear(&line);
}

/* One line with one piece of it replaced. */
static struct span
edited(struct buf *to, const char *from, const char *with)
{
	struct record r = { .t_req_end = RECORD_NONE,
		.t_resp = 20000000,
		.t_end = 21000000,
		.op = 5,
		.retry_after_ns = RECORD_NONE,
		.deadline_ns = RECORD_NONE,
		.status = 200,
		.rule = 0,
		.phase = 0,
		.fault = 0,
		.minor = 1,
		.method = SPAN("GET"),
		.path = SPAN("/a") };
	char *line, *at;

	buf_init(to, 1 << 20);
	journal_write(to, &r, &first, &records_names);
	line = buf_take(to);
	at = strstr(line, from);
	assert_non_null(at);
	buf_put(to, line, (size_t)(at - line));
	buf_puts(to, with);
	buf_puts(to, at + strlen(from));
	free(line);
	return buf_view(to);
}

/* A simulation may name its clients and operations as it likes, and leave out
 * what it does not know. */
static void
takes_lines_that_others_wrote(void **state)
{
	struct reading *in = *state;
	uint64_t client, op;

	assert_int_equal(
	    read_line(in,
		SPAN("{\"t\":1.5,\"client\":\"client 1\",\"op\":\"order-1\","
		     "\"status\":503,\"outcome\":\"injected\","
		     "\"duration\":0.25}")),
	    JOURNAL_RECORD);
	client = in->r.client;
	op = in->r.op;
	assert_true(client != 0 && op != 0 && client != op);
	assert_int_equal(in->r.op_source, 3);
	assert_true(span_eq(in->r.op_text, SPAN("order-1")));
	assert_int_equal(in->r.t_end, 1750000000);
	assert_int_equal(in->r.rule, RECORD_NO_RULE);
	assert_int_equal(
	    read_line(
		in, SPAN("{\"t\":2,\"client\":\"client 2\",\"op\":\"order-1\","
			 "\"status\":200,\"outcome\":\"passed\","
			 "\"duration\":0.25}")),
	    JOURNAL_RECORD);
	assert_true(in->r.client != client);
	assert_true(in->r.op == op);
}

static void
takes_a_header_without_a_clock(void **state)
{
	struct reading *in = *state;

	assert_int_equal(
	    read_line(in, SPAN("{\"version\": 1, \"seed\": 7, \"scenario\": "
			       "\"s\", \"hash\": \"1f\"}")),
	    JOURNAL_HEADER);
	assert_int_equal(in->h.hash, 0x1f);
	assert_int_equal(in->h.end_ns, 0);
	assert_int_equal(
	    read_line(in, SPAN("{\"version\": 1, \"seed\": 7, \"scenario\": "
			       "\"s\", \"hash\": \"sha1:xyz\"}")),
	    JOURNAL_HEADER);
	assert_true(in->h.hash != 0);
}

static void
says_why_a_line_is_no_record(void **state)
{
	struct reading *in = *state;
	static const struct {
		const char *from, *with, *why;
	} rows[] = {
		{ "{", "", "not a JSON object" },
		{ "}", "} x", "not a JSON object" },
		{ "}", ",}", "not a JSON object" },
		{ "\"t\":0", "\"t\":", "t has a value it cannot have" },
		{ "\"t\":0", "\"t\":null",
		    "t or duration is null, or beyond 146 years" },
		{ "\"t\":0", "\"t\":-1", "t has a value it cannot have" },
		{ "\"t\":0,", "", "a field is missing" },
		{ "\"t\":0,", "\"t\":0,\"t\":0,", "a field stands twice" },
		{ "\"status\":200", "\"status\":\"200\"",
		    "status has a value it cannot have" },
		{ "\"passed\"", "\"lucky\"",
		    "outcome has a value it cannot have" },
		{ "\"outcome\":\"passed\",", "", "a field is missing" },
		{ "\"duration\":0.021", "\"duration\":null",
		    "t or duration is null, or beyond 146 years" },
		{ "\"baseline\"", "\"nowhere\"", "unknown phase" },
		{ "\"baseline\"", "\"base\\u0000line\"", "unknown phase" },
		{ "\"throttle-search\"", "\"none\"", "unknown rule" },
		{ "\"fault\":\"status\"", "\"fault\":\"flood\"",
		    "unknown fault" },
		{ "\"t\":0", "\"version\":1",
		    "a field of the header is missing" },
		{ "\"t\":0", "\"version\":2",
		    "this version of the journal is not known" },
		{ "\"t\":0", "\"t\":1e300",
		    "t or duration is null, or beyond 146 years" },
		{ "\"early\":false", "\"early\":fals",
		    "early has a value it cannot have" },
		{ "\"early\"", "\"spare\":[1,\"early\"", "not a JSON object" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf to;
		struct span line = edited(&to, rows[i].from, rows[i].with);

		assert_int_equal(read_line(in, line), JOURNAL_BAD);
		assert_string_equal(in->why, rows[i].why);
		buf_clear(&to);
	}
}

static void
tolerates_what_other_tools_make_of_a_line(void **state)
{
	struct reading *in = *state;
	static const struct {
		const char *from, *with;
	} rows[] = {
		{ "\"t\":0,", " \"t\" : 0.0e0 , " },
		{ "}", ", \"spare\": {\"a\": [1, null, \"}\"]}}" },
		{ "\"attempt\":1,", "" },
		{ "{", "{\"shadow\":false,\"tls\":false," },
		{ "\"duration\":0.021", "\"duration\":2.1e-2" },
		{ "\"delay\":0", "\"delay\":null" },
		{ "\"gap\":null", "\"gap\":-0.5" },
		{ "\n", "\r\n" },
		{ "\"/a\"", "\"\\u002fa\"" },
		{ "\"0000000000000005\"", "5" },
		{ "Z\"", "+00:00\"" },
		{ "\"retry_after\":null", "\"retry_after\":99999999999" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf to;
		struct span line = edited(&to, rows[i].from, rows[i].with);

		if (read_line(in, line) != JOURNAL_RECORD)
			fail_msg("%s: %.*s", in->why, (int)line.n, line.p);
		assert_int_equal(in->r.t_first, 0);
		assert_int_equal(in->r.t_end, 21000000);
		assert_int_equal(in->r.flags, 0);
		assert_int_equal(in->r.rule, 0);
		assert_true(span_eq(in->r.path, SPAN("/a")));
		buf_clear(&to);
	}
}

static void
tells_records_of_another_scenario_apart(void **state)
{
	struct reading *in = *state;
	struct buf to;
	struct span line = edited(
	    &to, "\"phase\":\"baseline\"", "\"play\":1,\"phase\":\"later\"");

	assert_int_equal(read_line(in, line), JOURNAL_OTHER);
	assert_int_equal(in->r.play, 1);
	assert_int_equal(in->r.rule, RECORD_NO_RULE);
	buf_clear(&to);
}

static void
reads_plans_by_the_names_of_their_rules(void **state)
{
	static const struct {
		const char *plan, *why;
	} rows[] = {
		{ "[[\"x\",3,\"0f\"]]", NULL },
		{ "[[\"x\",3,\"0f\",2],[\"\",1,\"1\"]]", NULL },
		{ "[[\"y\",3,\"0f\"]]", "unknown rule" },
		{ "[]", "plan has a value it cannot have" },
		{ "[[\"x\",3]]", "plan has a value it cannot have" },
		{ "[[\"x\",3,\"0f\",65536]]",
		    "plan has a value it cannot have" },
		{ "[[\"x\",1,\"1\"],[\"x\",1,\"1\"],[\"x\",1,\"1\"],"
		  "[\"x\",1,\"1\"],[\"x\",1,\"1\"],[\"x\",1,\"1\"],"
		  "[\"x\",1,\"1\"],[\"x\",1,\"1\"],[\"x\",1,\"1\"]]",
		    "plan has a value it cannot have" },
	};
	struct reading *in = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char with[512];
		struct record_armed a;
		struct buf to;
		struct span line;

		snprintf(
		    with, sizeof(with), "\"plan\":%s,\"t\":0", rows[i].plan);
		line = edited(&to, "\"t\":0", with);
		assert_int_equal(read_line(in, line),
		    rows[i].why != NULL ? JOURNAL_BAD : JOURNAL_RECORD);
		if (rows[i].why != NULL) {
			assert_string_equal(in->why, rows[i].why);
		} else {
			assert_int_equal(in->r.plan.n, (i + 1) * sizeof(a));
			memcpy(&a, in->r.plan.p, sizeof(a));
			assert_int_equal(a.n, 3);
			assert_int_equal(a.draw, 15);
			assert_int_equal(a.rule, 2);
			assert_int_equal(
			    a.choice, i == 0 ? RECORD_NO_CHOICE : 2);
		}
		buf_clear(&to);
	}
}

static void
refuses_a_line_beyond_the_limit_of_its_text(void **state)
{
	struct reading *in = *state;
	struct buf to;
	struct span line = edited(&to, "\"t\":0", "\"t\":0");

	buf_clear(&in->text);
	buf_init(&in->text, line.n);
	assert_int_equal(read_line(in, line), JOURNAL_BAD);
	assert_string_equal(in->why, "the line is too long");
	buf_clear(&to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back_what_was_written),
		cmocka_unit_test(reads_headers_and_losses),
		cmocka_unit_test(refuses_every_cut_line),
		cmocka_unit_test(takes_lines_that_others_wrote),
		cmocka_unit_test(takes_a_header_without_a_clock),
		cmocka_unit_test(says_why_a_line_is_no_record),
		cmocka_unit_test(tolerates_what_other_tools_make_of_a_line),
		cmocka_unit_test(tells_records_of_another_scenario_apart),
		cmocka_unit_test(reads_plans_by_the_names_of_their_rules),
		cmocka_unit_test_setup_teardown(
		    refuses_a_line_beyond_the_limit_of_its_text, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
