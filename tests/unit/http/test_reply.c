#include "http/reply.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "http/status.h"

/* Sun, 06 Nov 1994 08:49:37 GMT */
#define WALL 784111777000000000u

static struct head head;
static struct facts facts;
static struct reply reply;
static char text[65536]; /* the whole reply, NUL-terminated */

/* A request; fields end with NULL. */
static void
ask(const char *method, unsigned minor, const char *path,
    const char *const fields[][2])
{
	head = (struct head){ .method = span_str(method),
		.minor = minor,
		.target = span_str(path) };
	for (unsigned i = 0; fields != NULL && fields[i][0] != NULL; i++) {
		struct field *f = &head.fields[head.n_fields++];

		f->name = span_str(fields[i][0]);
		f->value = span_str(fields[i][1]);
		f->id = field_find(f->name);
		head.seen |= (uint64_t)1 << f->id;
	}
	facts = (struct facts){ .head = &head,
		.wall_ns = WALL,
		.host = SPAN("shop.example:8080"),
		.path = target_path(head.target),
		.query = target_query(head.target) };
}

static void
make(const struct reply_spec *spec, bool keep)
{
	reply_make(&reply, spec, &facts, keep);
	assert_true(reply.raw.n < sizeof(text));
	if (reply.raw.n > 0)
		memcpy(text, reply.raw.data, reply.raw.n);
	text[reply.raw.n] = '\0';
	assert_int_equal(reply.status, spec->status);
}

static void
make_plain(unsigned status)
{
	make(&(struct reply_spec){ .status = status }, true);
}

/* The value of the only field of that name, NULL without one. */
static const char *
value_of(const char *name)
{
	static char value[8192];
	size_t n = strlen(name);
	const char *found = NULL;
	const char *p = strstr(text, "\r\n");

	for (; p != NULL && p + 2 < text + reply.head_n - 2;
	     p = strstr(p + 2, "\r\n")) {
		const char *line = p + 2, *end = strstr(line, "\r\n");

		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		assert_null(found);
		found = value;
		snprintf(value, sizeof(value), "%.*s",
		    (int)(end - line - (long)n - 2), line + n + 2);
	}
	return found;
}

static void
expect_field(const char *name, const char *want)
{
	const char *got = value_of(name);

	if (want == NULL) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, want);
}

static const char *
body_of(void)
{
	return text + reply.head_n;
}

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
		want = close ? "upgrade, close" : "upgrade";
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
		assert_int_equal(n, (size_t)atoll(length));
	assert_true(atoll(length) > 0);
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
the_note_takes_the_form_that_accept_asks_for(void **state)
{
	static const char *const html[][2] = { { "Accept", "text/html" },
		{ NULL, NULL } };
	static const char *const plain[][2] = {
		{ "Accept", "text/plain, */*;q=0.1" }, { NULL, NULL }
	};
	static const char *const json[][2] = { { "Accept", "application/json" },
		{ NULL, NULL } };

	(void)state;
	ask("GET", 1, "/x", html);
	make_plain(404);
	expect_field("Content-Type", "text/html; charset=utf-8");
	expect_field("Vary", "Accept");
	assert_non_null(strstr(body_of(), "<h1>404 Not Found</h1>"));
	assert_non_null(strstr(body_of(), "not temporary"));
	ask("GET", 1, "/x", plain);
	make_plain(503);
	expect_field("Content-Type", "text/plain; charset=utf-8");
	expect_field("Vary", NULL);
	assert_non_null(strstr(body_of(), "This is temporary."));
	ask("GET", 1, "/x", json);
	make_plain(302);
	expect_field("Content-Type", "application/json");
	assert_non_null(strstr(body_of(), "\"location\":\"/%78\""));
}

static void
a_redirection_leads_to_the_same_resource_spelt_otherwise(void **state)
{
	static const struct {
		const char *target, *location;
	} rows[] = {
		{ "/items", "/item%73" },
		{ "/items/", "/item%73/" },
		{ "/item%73", "/ite%6D%73" },
		{ "/a?b=c", "/%61?b=c" },
		{ "/a?", "/%61?" },
		{ "/", "/?" },
		{ "/?q=1", "/?q=1&" },
		{ "/%41", "/%41?" },
		{ "//evil/x", "/.//evil/%78" },
		{ "http://h/x", "/%78" },
		{ "*", "/?" },
		{ "/a\"<b>\xc3", "/a%22%3C%62%3E%C3" },
	};
	static const unsigned codes[] = { 300, 301, 302, 303, 307, 308 };

	(void)state;
	for (size_t c = 0; c < sizeof(codes) / sizeof(codes[0]); c++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			ask("GET", 1, rows[i].target, NULL);
			make_plain(codes[c]);
			expect_field("Location", rows[i].location);
			expect_field(
			    "Content-Type", "text/html; charset=utf-8");
		}
	ask("GET", 1, "/a?b&c", NULL);
	make_plain(301);
	assert_non_null(
	    strstr(body_of(), "<a href=\"/%61?b&amp;c\">/%61?b&amp;c</a>"));
}

static void
other_locations_are_this_server_and_this_path(void **state)
{
	(void)state;
	ask("POST", 1, "/orders?x", NULL);
	make_plain(201);
	expect_field("Location", "/orders");
	make_plain(305);
	expect_field("Location", "http://shop.example:8080/");
	make_plain(306);
	expect_field("Location", NULL);
	make_plain(451);
	expect_field("Link", "<http://shop.example:8080/>; rel=\"blocked-by\"");
}

static void
a_part_fits_the_range_asked_for(void **state)
{
	static const struct {
		const char *range, *content_range, *length;
	} rows[] = {
		{ NULL, "bytes 0-1023/4096", "1024" },
		{ "bytes=0-99", "bytes 0-99/4096", "100" },
		{ "bytes=-5", "bytes 4091-4095/4096", "5" },
		{ "bytes=9000-9099", "bytes 9000-9099/13096", "100" },
		{ "nonsense", "bytes 0-1023/4096", "1024" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const fields[][2] = { { "Range", rows[i].range },
			{ NULL, NULL } };

		ask("GET", 1, "/x", rows[i].range != NULL ? fields : NULL);
		make_plain(206);
		expect_field("Content-Range", rows[i].content_range);
		expect_field("Content-Length", rows[i].length);
		assert_int_equal(
		    strlen(body_of()), strtoul(rows[i].length, NULL, 10));
	}
	make(
	    &(struct reply_spec){
		.status = 206, .has_body = true, .body = SPAN("hello") },
	    true);
	expect_field("Content-Range", "bytes 0-4/4096");
}

static void
a_refused_range_could_not_be_satisfied(void **state)
{
	static const char *const far[][2] = { { "Range", "bytes=500-" },
		{ NULL, NULL } };
	static const char *const near[][2] = { { "Range", "bytes=0-1" },
		{ NULL, NULL } };

	(void)state;
	ask("GET", 1, "/x", far);
	make_plain(416);
	expect_field("Content-Range", "bytes */500");
	ask("GET", 1, "/x", near);
	make_plain(416);
	expect_field("Content-Range", "bytes */0");
}

static void
allow_lists_every_method_but_the_one_used(void **state)
{
	(void)state;
	ask("POST", 1, "/x", NULL);
	make_plain(405);
	expect_field("Allow", "GET, HEAD, OPTIONS, PUT, PATCH, DELETE");
	ask("HEAD", 1, "/x", NULL);
	make_plain(405);
	expect_field("Allow", "OPTIONS, POST, PUT, PATCH, DELETE");
	ask("BREW", 1, "/x", NULL);
	make_plain(405);
	expect_field("Allow", "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE");
}

static void
a_challenge_follows_the_scheme_used(void **state)
{
	static const char *const bearer[][2] = { { "Authorization",
						     "bearer abc" },
		{ "Proxy-Authorization", "Basic eA==" }, { NULL, NULL } };

	(void)state;
	ask("GET", 1, "/x", bearer);
	make_plain(401);
	expect_field("WWW-Authenticate",
	    "Bearer realm=\"brownout\", error=\"invalid_token\"");
	make_plain(407);
	expect_field("Proxy-Authenticate",
	    "Basic realm=\"brownout\", charset=\"UTF-8\"");
}

static void
a_websocket_handshake_is_answered(void **state)
{
	static const char *const fields[][2] = { { "Connection", "Upgrade" },
		{ "Upgrade", "websocket" },
		{ "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==" },
		{ "Sec-WebSocket-Protocol", "chat, superchat" },
		{ NULL, NULL } };
	static const char *const other[][2] = { { "Upgrade", "foo/2, bar" },
		{ NULL, NULL } };

	(void)state;
	ask("GET", 1, "/chat", fields);
	make_plain(101);
	assert_true(reply.upgrade);
	expect_field("Upgrade", "websocket");
	expect_field("Connection", "upgrade");
	expect_field("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	expect_field("Sec-WebSocket-Protocol", "chat");
	ask("GET", 1, "/chat", other);
	make_plain(101);
	expect_field("Upgrade", "foo/2");
	expect_field("Sec-WebSocket-Accept", NULL);
}

static void
conditional_and_delta_requests_get_what_they_asked_with(void **state)
{
	static const char *const fields[][2] = { { "If-None-Match",
						     "W/\"v7\", \"v8\"" },
		{ "A-IM", "vcdiff, feed;x=1" },
		{ "Content-Type", "application/json; charset=utf-8" },
		{ NULL, NULL } };

	(void)state;
	ask("GET", 1, "/x", fields);
	make_plain(304);
	expect_field("ETag", "W/\"v7\"");
	make_plain(226);
	expect_field("IM", "feed");
	make_plain(415);
	expect_field("Accept", "application/xml");
	ask("GET", 1, "/x", NULL);
	make_plain(226);
	expect_field("IM", "identity");
}

static void
some_codes_say_more_in_their_body(void **state)
{
	(void)state;
	ask("PROPFIND", 1, "/dir/a&b", NULL);
	make_plain(207);
	expect_field("Content-Type", "application/xml; charset=utf-8");
	assert_non_null(strstr(body_of(), "<D:href>/dir/a&amp;b</D:href>"));
	make_plain(208);
	assert_non_null(strstr(body_of(), "HTTP/1.1 208 Already Reported"));
	make_plain(505);
	assert_non_null(strstr(body_of(), "HTTP/1.1"));
	make_plain(511);
	assert_non_null(strstr(body_of(), "\"login\":\"/login\""));
	make_plain(300);
	assert_non_null(strstr(body_of(), "<a href=\"/dir/a&amp;b\">"));
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
a_wait_makes_a_refusal_temporary(void **state)
{
	static const struct span lines[] = { { "Retry-After: 3", 14 } };

	(void)state;
	ask("GET", 1, "/x", NULL);
	make_plain(413);
	assert_non_null(strstr(body_of(), "\"temporary\":false"));
	make(
	    &(struct reply_spec){ .status = 413, .lines = lines, .n_lines = 1 },
	    true);
	assert_non_null(strstr(body_of(), "\"temporary\":true"));
}

static void
a_given_location_is_the_one_linked(void **state)
{
	static const struct span lines[] = { { "Location: /else?a&b", 19 } };

	(void)state;
	ask("GET", 1, "/x", NULL);
	make(
	    &(struct reply_spec){ .status = 302, .lines = lines, .n_lines = 1 },
	    true);
	expect_field("Location", "/else?a&b");
	assert_non_null(strstr(body_of(), "<a href=\"/else?a&amp;b\">"));
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
	expect_field("Location", "/?");
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
		cmocka_unit_test(the_note_takes_the_form_that_accept_asks_for),
		cmocka_unit_test(
		    a_redirection_leads_to_the_same_resource_spelt_otherwise),
		cmocka_unit_test(other_locations_are_this_server_and_this_path),
		cmocka_unit_test(a_part_fits_the_range_asked_for),
		cmocka_unit_test(a_refused_range_could_not_be_satisfied),
		cmocka_unit_test(allow_lists_every_method_but_the_one_used),
		cmocka_unit_test(a_challenge_follows_the_scheme_used),
		cmocka_unit_test(a_websocket_handshake_is_answered),
		cmocka_unit_test(
		    conditional_and_delta_requests_get_what_they_asked_with),
		cmocka_unit_test(some_codes_say_more_in_their_body),
		cmocka_unit_test(lines_of_the_spec_stand_in_for_the_registrys),
		cmocka_unit_test(a_wait_makes_a_refusal_temporary),
		cmocka_unit_test(a_given_location_is_the_one_linked),
		cmocka_unit_test(a_given_body_is_sent_as_it_is),
		cmocka_unit_test(
		    lines_that_break_the_framing_end_the_connection),
		cmocka_unit_test(other_codes_are_plain_ones),
		cmocka_unit_test(a_request_that_did_not_parse_gets_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
