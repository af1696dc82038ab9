#include "http/reply_body.h"

#include "asked.h"

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
	assert_non_null(
	    strstr(body_of(), "\"location\":\"/x?brownout-hop=1\""));
}

static void
some_codes_say_more_in_their_body(void **state)
{
	(void)state;
	ask("PROPFIND", 1, "/dir/a&b", NULL);
	make_plain(207);
	expect_field("Content-Type", "application/xml; charset=utf-8");
	assert_non_null(strstr(body_of(), "<D:href>/dir/a&amp;b</D:href>"));
	make(&(struct reply_spec){ .status = 207,
		 .what = SPAN("a\x01\t<b>\"&\n") },
	    true);
	assert_non_null(strstr(body_of(), ">a  &lt;b&gt;&quot;&amp;\n<"));
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
		cmocka_unit_test(the_note_takes_the_form_that_accept_asks_for),
		cmocka_unit_test(some_codes_say_more_in_their_body),
		cmocka_unit_test(a_wait_makes_a_refusal_temporary),
		cmocka_unit_test(a_given_location_is_the_one_linked),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
