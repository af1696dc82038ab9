#include "http/reply_fields.h"

#include "asked.h"

static void
a_redirection_leads_to_the_same_resource_with_a_mark(void **state)
{
	static const struct {
		const char *target, *location;
	} rows[] = {
		{ "/items", "/items?brownout-hop=1" },
		{ "/item%73", "/item%73?brownout-hop=1" },
		{ "/a?b=c", "/a?b=c&brownout-hop=1" },
		{ "/a?", "/a?brownout-hop=1" },
		{ "/", "/?brownout-hop=1" },
		{ "//evil/x", "/.//evil/x?brownout-hop=1" },
		{ "http://h/x", "/x?brownout-hop=1" },
		{ "*", "/?brownout-hop=1" },
		{ "/a\"<b>\xc3", "/a%22%3Cb%3E%C3?brownout-hop=1" },
		{ "/a?\"", "/a?%22&brownout-hop=1" },
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
	    strstr(body_of(), "<a href=\"/a?b&amp;c&amp;brownout-hop=1\">"));
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
	expect_field("Content-Type", "text/html; charset=utf-8");
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
		    a_redirection_leads_to_the_same_resource_with_a_mark),
		cmocka_unit_test(other_locations_are_this_server_and_this_path),
		cmocka_unit_test(a_part_fits_the_range_asked_for),
		cmocka_unit_test(a_refused_range_could_not_be_satisfied),
		cmocka_unit_test(allow_lists_every_method_but_the_one_used),
		cmocka_unit_test(a_challenge_follows_the_scheme_used),
		cmocka_unit_test(a_websocket_handshake_is_answered),
		cmocka_unit_test(
		    conditional_and_delta_requests_get_what_they_asked_with),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
