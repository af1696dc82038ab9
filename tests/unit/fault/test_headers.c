#include "fixture.h"

extern const struct fault_type fault_headers;

static const struct param_pair fields[] = { { "Server", "x" },
	{ "Set-Cookie", "a" }, { "Content-Type", "text/plain" },
	{ "set-cookie", "b" } };

static void
changes_fields_as_asked(void **state)
{
	static const struct {
		const char *conf, *want;
	} cases[] = {
		{ "set=Server>y|X-New>1",
		    "Server: y\nSet-Cookie: a\nContent-Type: text/plain\n"
		    "set-cookie: b\nX-New: 1\n" },
		{ "add=Set-Cookie>c",
		    "Server: x\nSet-Cookie: a\nContent-Type: text/plain\n"
		    "set-cookie: b\nSet-Cookie: c\n" },
		{ "remove=set-cookie Server", "Content-Type: text/plain\n" },
		{ "reorder=content-type Set-Cookie",
		    "Content-Type: text/plain\nSet-Cookie: a\nset-cookie: b\n"
		    "Server: x\n" },
		{ "recase=lower",
		    "server: x\nset-cookie: a\ncontent-type: text/plain\n"
		    "set-cookie: b\n" },
		{ "recase=upper",
		    "SERVER: x\nSET-COOKIE: a\nCONTENT-TYPE: text/plain\n"
		    "SET-COOKIE: b\n" },
		{ "recase=title",
		    "Server: x\nSet-Cookie: a\nContent-Type: text/plain\n"
		    "Set-Cookie: b\n" },
		{ "remove=Set-Cookie; add=X-A>1; reorder=X-A; recase=upper",
		    "X-A: 1\nSERVER: x\nCONTENT-TYPE: text/plain\n" },
	};
	struct trial t;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct head_edit e;
		struct head h;

		assert_string_equal(
		    conf_check(&fault_headers, cases[i].conf), "");
		trial_begin(&t, &fault_headers, cases[i].conf);
		trial_edit(&t, &e, &h, fields, COUNT(fields));
		assert_int_equal(
		    fault_headers.on_response(&t.fault, &e).kind, STEP_PASS);
		trial_expect_lines(&e, cases[i].want);
		edit_clear(&e);
		trial_end_rule(&t);
	}
}

/* The text of an edit moves when it grows; no line may be left behind. */
static void
recases_very_many_fields(void **state)
{
	struct param_pair many[100];
	char names[100][32], values[100][16];
	struct head_edit e;
	struct head h;
	struct trial t;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		snprintf(names[i], 32, "X-Some-Long-Field-%u", i);
		snprintf(values[i], 16, "Value %u", i);
		many[i] = (struct param_pair){ names[i], values[i] };
	}
	trial_begin(&t, &fault_headers, "recase=lower");
	trial_edit(&t, &e, &h, many, 100);
	fault_headers.on_response(&t.fault, &e);
	assert_int_equal(e.n, 100);
	for (unsigned i = 0; i < 100; i++) {
		names[i][0] = 'x';
		names[i][2] = 's';
		names[i][7] = 'l';
		names[i][12] = 'f';
		assert_true(span_eq(e.lines[i].name, span_str(names[i])));
		assert_true(span_eq(e.lines[i].value, span_str(values[i])));
	}
	edit_clear(&e);
	trial_end_rule(&t);
}

static void
refuses_what_is_no_field(void **state)
{
	static const char *const bad[] = { "", "set=a b>1", "add=A>x\ny",
		"remove=Content-Length", "set=transfer-encoding>chunked",
		"reorder=a:b" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_string_not_equal(conf_check(&fault_headers, bad[i]), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_fields_as_asked),
		cmocka_unit_test(recases_very_many_fields),
		cmocka_unit_test(refuses_what_is_no_field),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
