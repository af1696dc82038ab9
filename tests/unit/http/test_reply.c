#include "http/reply.h"

#include <ctype.h>

#include "asked.h"
#include "http/status.h"

static void
expect_required_fields(const struct status *s)
{
	struct span list = span_str(s->required), item;
	char name[64];

	while (list_next(&list, &item)) {
		snprintf(name, sizeof(name), "%.*s", (int)item.n, item.p);
		if (s->code == 101 || value_of(name) != NULL)
			continue;
		print_error("%u lacks %s\n", s->code, name);
		fail();
	}
}

/* Each field line has a name in the usual case and appears once. */
static void
expect_tidy_head(void)
{
	char *line = strstr(text, "\r\n");

	for (; line + 4 <= text + reply.head_n - 2;) {
		char name[64];
		size_t n;

		line += 2;
		n = strcspn(line, ":");
		assert_true(n > 0 && n < sizeof(name));
		snprintf(name, sizeof(name), "%.*s", (int)n, line);
		assert_true(isupper((unsigned char)name[0]));
		for (size_t i = 1; i < n; i++)
			if (name[i - 1] == '-')
				assert_true(isupper((unsigned char)name[i]));
		assert_non_null(value_of(name));
		line = strstr(line, "\r\n");
	}
}

static void
expect_connection(const struct status *s, unsigned minor, bool keep)
{
	bool close = s->closes || !keep;
	const char *want = close ? "close" : minor == 0 ? "keep-alive" : NULL;

	assert_int_equal(reply.close, close);
	if (s->code == 101 || s->code == 426)
		want = close        ? "upgrade, close"
		       : minor == 0 ? "upgrade, keep-alive"
				    : "upgrade";
	expect_field("Connection", want);
}

static void
expect_interim(void)
{
	expect_field("Date", NULL);
	expect_field("Connection", NULL);
	expect_field("Content-Length", NULL);
	assert_int_equal(reply.raw.n, reply.head_n);
	assert_false(reply.close);
}

static void
expect_body(const struct status *s, bool is_head)
{
	const char *length = value_of("Content-Length");
	size_t n = reply.raw.n - reply.head_n;

	if (s->body == STATUS_BODY_NONE) {
		assert_null(length);
		expect_field("Content-Type", NULL);
		assert_int_equal(n, 0);
		return;
	}
	assert_non_null(length);
	if (s->body == STATUS_BODY_EMPTY) {
		assert_string_equal(length, "0");
		assert_int_equal(n, 0);
		return;
	}
	if (is_head)
		assert_int_equal(n, 0);
	else
		assert_int_equal(n, strtoul(length, NULL, 10));
	assert_true(strtoul(length, NULL, 10) > 0);
	assert_non_null(value_of("Content-Type"));
}

static void
check_code(
    const struct status *s, const char *method, unsigned minor, bool keep)
{
	char line[128];

	ask(method, minor, "/a/b?c=d", NULL);
	make(&(struct reply_spec){ .status = s->code }, keep);
	if (s->body == STATUS_BODY_SILENT) {
		assert_int_equal(reply.raw.n, 0);
		assert_true(reply.close);
		return;
	}
	snprintf(line, sizeof(line), "HTTP/1.1 %u %s\r\n", s->code, s->reason);
	assert_memory_equal(text, line, strlen(line));
	assert_memory_equal(text + reply.head_n - 4, "\r\n\r\n", 4);
	assert_ptr_equal(strstr(text, "\r\n\r\n"), text + reply.head_n - 4);
	expect_tidy_head();
	expect_required_fields(s);
	if (s->interim) {
		expect_interim();
		return;
	}
	expect_field("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
	expect_connection(s, minor, keep);
	expect_body(s, strcmp(method, "HEAD") == 0);
}

static void
every_code_is_right_for_every_method_and_version(void **state)
{
	static const char *const methods[] = { "GET", "HEAD", "POST" };
	size_t n;
	const struct status *s = status_all(&n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (unsigned m = 0; m < 3; m++)
			for (unsigned k = 0; k < 4; k++)
				check_code(
				    &s[i], methods[m], k & 1, (k & 2) != 0);
}

static void
head_gets_the_fields_of_get(void **state)
{
	size_t n;
	const struct status *s = status_all(&n);
	char get[8192];

	(void)state;
	for (size_t i = 0; i < n; i++) {
		ask("GET", 1, "/a", NULL);
		make_plain(s[i].code);
		snprintf(get, sizeof(get), "%.*s", (int)reply.head_n, text);
		ask("HEAD", 1, "/a", NULL);
		make_plain(s[i].code);
		assert_string_equal(text, get);
	}
}

static void
a_503_reads_as_intended(void **state)
{
	(void)state;
	ask("GET", 1, "/", NULL);
	make_plain(503);
	assert_string_equal(text,
	    "HTTP/1.1 503 Service Unavailable\r\n"
	    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "Content-Type: application/json\r\n"
	    "Content-Length: 134\r\n"
	    "\r\n"
	    "{\"status\":503,\"reason\":\"Service Unavailable\","
	    "\"detail\":\"The server cannot answer just now.\","
	    "\"temporary\":true,\"injected_by\":\"brownout\"}\n");
	assert_true(reply.retry_after_ns == RETRY_AFTER_NONE);
}

static void
lines_of_the_spec_stand_in_for_the_registrys(void **state)
{
	static const struct span lines[] = { { "retry-after: 3", 14 },
		{ "cache-control: max-age=1", 24 }, { "X-A: 1", 6 },
		{ "X-A: 2", 6 } };
	const struct reply_spec spec = { .status = 429,
		.lines = lines,
		.n_lines = 4,
		.reason = SPAN("Slow \"Down\""),
		.mark = SPAN("rule=a; n=1"),
		.what = SPAN("Too <fast>\n") };

	(void)state;
	ask("GET", 1, "/x", NULL);
	make(&spec, true);
	assert_memory_equal(text, "HTTP/1.1 429 Slow \"Down\"\r\n", 26);
	expect_field("Cache-Control", "max-age=1");
	expect_field("X-Brownout", "rule=a; n=1");
	assert_non_null(strstr(text,
	    "\r\nretry-after: 3\r\ncache-control: max-age=1\r\nX-A: 1\r\n"
	    "X-A: 2\r\n"));
	assert_true(reply.retry_after_ns == 3000000000u);
	assert_non_null(strstr(body_of(), "\"reason\":\"Slow \\\"Down\\\"\""));
	assert_non_null(strstr(body_of(), "\"detail\":\"Too <fast>\\u000a\""));
}

static void
a_given_body_is_sent_as_it_is(void **state)
{
	static const struct {
		const char *body, *type, *want;
	} rows[] = {
		{ "{}", NULL, "application/json" },
		{ " \n[1]", NULL, "application/json" },
		{ "sorry", NULL, "text/plain; charset=utf-8" },
		{ "", NULL, "text/plain; charset=utf-8" },
		{ "<p>", "text/html", "text/html" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct reply_spec spec = { .status = 500,
			.has_body = true,
			.body = span_str(rows[i].body),
			.content_type = span_str(rows[i].type) };

		ask("GET", 1, "/x", NULL);
		make(&spec, true);
		expect_field("Content-Type", rows[i].want);
		assert_string_equal(body_of(), rows[i].body);
		ask("HEAD", 1, "/x", NULL);
		make(&spec, true);
		assert_string_equal(body_of(), "");
	}
	make(
	    &(struct reply_spec){
		.status = 204, .has_body = true, .body = SPAN("x") },
	    true);
	expect_field("Content-Length", NULL);
	assert_string_equal(body_of(), "");
}

static void
lines_that_break_the_framing_end_the_connection(void **state)
{
	static const struct span lines[][1] = {
		{ { "Content-Length: 3", 17 } },
		{ { "content-length: 2", 17 } },
		{ { "Transfer-Encoding: chunked", 26 } },
		{ { "Connection: x, Close", 20 } },
	};
	static const bool closes[] = { true, false, true, true };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		ask("GET", 1, "/x", NULL);
		make(&(struct reply_spec){ .status = 200,
			 .has_body = true,
			 .body = SPAN("ab"),
			 .lines = lines[i],
			 .n_lines = 1 },
		    true);
		assert_int_equal(reply.close, closes[i]);
		assert_string_equal(body_of(), "ab");
	}
	make(
	    &(struct reply_spec){
		.status = 200, .lines = lines[1], .n_lines = 1 },
	    true);
	assert_true(reply.close);
}

static void
other_codes_are_plain_ones(void **state)
{
	(void)state;
	ask("GET", 1, "/x", NULL);
	make_plain(299);
	assert_memory_equal(text, "HTTP/1.1 299 Success\r\n", 22);
	make_plain(419);
	assert_non_null(strstr(body_of(), "\"temporary\":false"));
	make_plain(999);
	assert_memory_equal(text, "HTTP/1.1 999 Unassigned\r\n", 25);
	expect_field("Content-Type", "application/json");
	make_plain(399);
	expect_field("Location", NULL);
}

static void
a_request_that_did_not_parse_gets_an_answer(void **state)
{
	(void)state;
	ask("GET", 1, "/x", NULL);
	facts = (struct facts){ .wall_ns = WALL };
	make(&(struct reply_spec){ .status = 400 }, false);
	expect_field("Connection", "close");
	assert_non_null(strstr(body_of(), "\"status\":400"));
	make(&(struct reply_spec){ .status = 301 }, false);
	expect_field("Location", "/?brownout-hop=1");
}

static int
teardown(void **state)
{
	(void)state;
	reply_clear(&reply);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_code_is_right_for_every_method_and_version),
		cmocka_unit_test(head_gets_the_fields_of_get),
		cmocka_unit_test(a_503_reads_as_intended),
		cmocka_unit_test(lines_of_the_spec_stand_in_for_the_registrys),
		cmocka_unit_test(a_given_body_is_sent_as_it_is),
		cmocka_unit_test(
		    lines_that_break_the_framing_end_the_connection),
		cmocka_unit_test(other_codes_are_plain_ones),
		cmocka_unit_test(a_request_that_did_not_parse_gets_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
