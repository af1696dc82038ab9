#include "fixture.h"

extern const struct fault_type fault_body;

static const struct param_pair plain[] = { { "Content-Length", "10" },
	{ "Content-Type", "application/json" }, { "ETag", "\"1\"" } };

static void
replaces_the_whole_body(void **state)
{
	struct head_edit e;
	struct head h;
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_body, "replace=oops; content_type=text/plain");
	trial_edit(&t, &e, &h, plain, COUNT(plain));
	assert_int_equal(fault_body.on_response(&t.fault, &e).kind, STEP_PASS);
	assert_true(e.framing_changed && e.has_length);
	assert_int_equal(e.length, 4);
	trial_expect_lines(
	    &e, "Content-Length: 10\nContent-Type: text/plain\n");
	assert_int_equal(trial_body(&t, SPAN("0123456789"), 3).kind, STEP_PASS);
	trial_expect_out(&t, SPAN("oops"));
	edit_clear(&e);
	trial_end_rule(&t);
}

static void
patches_json_and_text_in_every_split(void **state)
{
	static const struct {
		const char *conf, *body, *want;
	} cases[] = {
		{ "patch=/a>2", "{\"a\": 1}", "{\"a\":2}" },
		{ "patch=/a>two", "{\"a\": 1}", "{\"a\":\"two\"}" },
		{ "patch=/a", "{\"a\": 1}", "{}" },
		{ "patch=/b>true", "{\"a\": 1}", "{\"a\":1,\"b\":true}" },
		{ "patch=/l/1/x>-5|/l/-> {}", "{\"l\": [0, {\"x\": 1}]}",
		    "{\"l\":[0,{\"x\":-5},{}]}" },
		{ "patch=/a~1b>1|/c~0d>2", "{\"a/b\": 0, \"c~d\": 0}",
		    "{\"a/b\":1,\"c~d\":2}" },
		{ "patch=cat>dog", "a cat, a cat", "a dog, a dog" },
		{ "patch=cat", "concat", "con" },
		{ "patch=/a>cat|cat>dog", "{\"a\": 1}", "{\"a\":\"dog\"}" },
	};
	struct trial t;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t cut = 0; cut <= strlen(cases[i].body); cut++) {
			struct head_edit e;
			struct head h;

			trial_begin(&t, &fault_body, cases[i].conf);
			trial_edit(&t, &e, &h, plain, COUNT(plain));
			fault_body.on_response(&t.fault, &e);
			assert_true(e.framing_changed && !e.has_length);
			assert_int_equal(
			    trial_body(&t, span_str(cases[i].body), cut).kind,
			    STEP_PASS);
			trial_expect_out(&t, span_str(cases[i].want));
			edit_clear(&e);
			trial_end_rule(&t);
		}
}

static void
passes_what_it_cannot_patch_and_says_so(void **state)
{
	static const struct {
		const char *conf, *body;
	} cases[] = { { "patch=/a>1", "not json" }, { "patch=/a/b>1", "{}" },
		{ "patch=/a>1", "" }, { "patch=/1>x", "[0]" } };
	struct trial t;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct head_edit e;
		struct head h;

		trial_begin(&t, &fault_body, cases[i].conf);
		trial_edit(&t, &e, &h, plain, COUNT(plain));
		fault_body.on_response(&t.fault, &e);
		assert_int_equal(
		    trial_body(&t, span_str(cases[i].body), 0).kind,
		    STEP_BYPASS);
		trial_expect_out(&t, span_str(cases[i].body));
		edit_clear(&e);
		trial_end_rule(&t);
	}
}

static void
leaves_coded_and_empty_responses_alone(void **state)
{
	static const struct param_pair gzip[] = { { "Content-Encoding",
	    "gzip" } };
	struct head_edit e;
	struct head h;
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_body, "patch=a>b");
	trial_edit(&t, &e, &h, gzip, 1);
	assert_int_equal(fault_body.on_response(&t.fault, &e).kind, STEP_SKIP);
	assert_false(e.framing_changed);
	assert_int_equal(trial_body(&t, SPAN("aaa"), 1).kind, STEP_PASS);
	trial_expect_out(&t, SPAN("aaa"));
	edit_clear(&e);
	trial_end_rule(&t);
	trial_begin(&t, &fault_body, "replace=x");
	trial_edit(&t, &e, &h, NULL, 0);
	e.status = 204;
	assert_int_equal(fault_body.on_response(&t.fault, &e).kind, STEP_SKIP);
	edit_clear(&e);
	trial_end_rule(&t);
}

static void
gives_up_on_a_body_too_long_to_keep(void **state)
{
	enum { N = 9 << 20 };
	char *text = xcalloc(1, N);
	struct head_edit e;
	struct head h;
	struct trial t;

	(void)state;
	memset(text, 'a', N);
	trial_begin(&t, &fault_body, "patch=b>c");
	trial_edit(&t, &e, &h, NULL, 0);
	fault_body.on_response(&t.fault, &e);
	assert_int_equal(trial_body(&t, (struct span){ text, N }, 5 << 20).kind,
	    STEP_BYPASS);
	assert_int_equal(t.out.n, N);
	edit_clear(&e);
	trial_end_rule(&t);
	free(text);
}

static void
refuses_to_change_nothing(void **state)
{
	static const char *const bad[] = { "", "content_type=text/plain",
		"patch=>x", "patch=a>b; content_type=x" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_string_not_equal(conf_check(&fault_body, bad[i]), "");
	assert_string_equal(conf_check(&fault_body, "replace="), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces_the_whole_body),
		cmocka_unit_test(patches_json_and_text_in_every_split),
		cmocka_unit_test(passes_what_it_cannot_patch_and_says_so),
		cmocka_unit_test(leaves_coded_and_empty_responses_alone),
		cmocka_unit_test(gives_up_on_a_body_too_long_to_keep),
		cmocka_unit_test(refuses_to_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
