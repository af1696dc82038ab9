#include "base/buf.h"
#include "broken.h"

static void
text_that_is_no_yaml_is_told_where(void **state)
{
	static const struct broken cases[] = {
		{ "", 1, 1, "empty" },
		{ "# nothing here\n", 1, 1, "empty" },
		{ "---\n...\n", 2, 1,
		    "a scenario: expected a mapping, got "
		    "nothing" },
		{ "hello", 1, 1, "expected a mapping, got \"hello\"" },
		{ "- a\n- b\n", 1, 1, "expected a mapping, got a list" },
		{ S "---\nscenario: t\n", 2, 1, "a second document" },
		{ S "rules:\n\t- rule: r\n", 3, 1, "a tab" },
		{ S "guard:\n  max_share: 10%\n\texpires: 1s\n", 4, 1,
		    "a tab" },
		{ S "rules:\n  - rule: r\n rate: 1%\n", 4, 2, "indentation" },
		{ S "description: \"no end\nrules:\n", 2, 14, "never closed" },
		{ S "description: 'no end\n", 2, 14, "never closed" },
		{ S "rules: [{rule: r, inject: {status: 503}\n", 3, 1, "" },
		{ S "rules: ]\n", 2, 8, "" },
		{ S "a: b: c\n", 2, 5, "" },
		{ S "description: \xff\n", 2, 14, "byte 0xff is not UTF-8" },
		{ S "description: \xc3\n", 2, 14, "byte 0xc3 is not UTF-8" },
		{ S "description: \xed\xa0\x80\n", 2, 14, "not UTF-8" },
		{ S "description: \xc0\xaf\n", 2, 14, "not UTF-8" },
		{ S "description: \xf5\x80\x80\x80\n", 2, 14, "not UTF-8" },
		{ S "description: a\x01\n", 2, 15, "control character 0x01" },
		{ S "description: a\x7f\n", 2, 15, "control character 0x7f" },
		{ "\xff\xfes\0c", 1, 1, "UTF-16" },
		{ "\xfe\xff\0s", 1, 1, "UTF-16" },
		{ S "description: !!str x\n", 2, 14, "tags" },
		{ S "description: !include x.yaml\n", 2, 14, "tags" },
		{ S "rules: !!seq\n- rule: r\n  inject: {status: 503}\n", 2, 8,
		    "tags" },
	};

	(void)state;
	broken_check(cases, COUNT(cases), DIAG_ERROR);
}

static void
keys_are_words_and_stand_once(void **state)
{
	static const struct broken cases[] = {
		{ S "seed: 1\nseed: 2\n", 3, 1,
		    "duplicate key \"seed\"; it is also at line 2" },
		{ S "seed: 1\n\"seed\": 2\n", 3, 1, "duplicate key" },
		{ RI "  match: {path: /a, path: /b}\n", 5, 21,
		    "duplicate key \"path\"" },
		{ R "  inject: {status: {code: 503, headers: {X-A: 1, X-A: 2}}}"
		    "\n",
		    4, 50, "duplicate key \"X-A\"" },
		{ RI "  match:\n    <<: {path: /a}\n", 6, 5, "merge keys" },
		{ S "? [a, b]\n: c\n", 2, 3, "a key is a single word" },
		{ S "? {a: b}\n: c\n", 2, 3, "a key is a single word" },
		{ S "~: c\n", 2, 1, "a key without a name" },
		{ S "\"\": c\n", 2, 1, "a key without a name" },
	};

	(void)state;
	broken_check(cases, COUNT(cases), DIAG_ERROR);
}

static void
aliases_must_lead_somewhere_else(void **state)
{
	static const struct broken cases[] = {
		{ S "description: *nothing\n", 2, 14,
		    "alias to \"nothing\", which no anchor" },
		{ S "rules: &a\n- rule: r\n  inject: *a\n", 4, 11,
		    "it would never end" },
		{ S "rules: &a [*a]\n", 2, 12, "it would never end" },
		{ RI "  match: &m {path: /a}\n- rule: q\n"
		     "  inject: {status: {code: 503, headers: *m, reason: "
		     "*m}}\n",
		    5, 10, "reason: expected text, got a mapping" },
	};

	(void)state;
	broken_check(cases, COUNT(cases), DIAG_ERROR);
}

static void
a_nul_is_refused(void **state)
{
	static const char text[] = "scenario: s\ndescription: a\0b\n";
	struct diags d = { 0 };

	(void)state;
	assert_null(scenario_parse("f", text, sizeof(text) - 1, &d));
	assert_int_equal(d.n, 1);
	assert_int_equal(d.v[0].line, 2);
	assert_int_equal(d.v[0].col, 15);
	assert_non_null(strstr(d.v[0].text, "NUL"));
	diags_clear(&d);
}

/* The first problem of a text that was made, not written. */
static void
first_problem(const char *text, size_t n, const char *part)
{
	struct diags d = { 0 };

	assert_null(scenario_parse("f", text, n, &d));
	assert_in_range(d.n, 1, 3);
	if (strstr(d.v[0].text, part) == NULL)
		fail_msg("expected %s, got %s", part, d.v[0].text);
	diags_clear(&d);
}

static void
refused(struct buf *b, const char *part)
{
	first_problem(b->data, b->n, part);
	buf_clear(b);
}

static void
fill(struct buf *b, const char *text, size_t times)
{
	while (times-- > 0)
		buf_puts(b, text);
}

static void
bombs_are_refused(void **state)
{
	enum { LEVELS = 100000, MANY = 100 * 1024, HUGE = 5 * 1024 * 1024 };
	struct buf b;

	(void)state;
	buf_init(&b, 16 * 1024 * 1024);
	fill(&b, "[", LEVELS);
	refused(&b, "64 levels");
	fill(&b, "{a:", LEVELS);
	refused(&b, "");
	buf_puts(&b, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 12; i++) {
		buf_printf(&b, "a%d: &a%d [", i, i);
		for (int k = 0; k < 8; k++)
			buf_printf(&b, "%s*a%d", k > 0 ? "," : "", i - 1);
		buf_puts(&b, "]\n");
	}
	refused(&b, "beyond all measure");
	buf_puts(&b, "scenario: ");
	fill(&b, "x", HUGE);
	refused(&b, "256 KiB");
	fill(&b, "x", 2 * HUGE);
	refused(&b, "8 MiB");
	buf_puts(&b, "[");
	fill(&b, "[],[],[],[],[],[],[],[],\n", MANY);
	refused(&b, "too many values");
}

static void
a_flood_of_problems_is_cut(void **state)
{
	struct diags d = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 1024 * 1024);
	buf_puts(&b, S);
	for (int i = 0; i < 5000; i++)
		buf_printf(&b, "k%d: 1\n", i);
	assert_null(scenario_parse("f", b.data, b.n, &d));
	assert_in_range(d.n, 100, 1000);
	assert_non_null(strstr(d.v[d.n - 1].text, "too many problems"));
	diags_clear(&d);
	buf_clear(&b);
}

static void
tricky_files_are_read(void **state)
{
	static const char *const cases[] = {
		"\xef\xbb\xbfscenario: bom\n",
		"%YAML 1.1\n---\nscenario: directive\n...\n",
		"scenario: crlf\r\nseed: 7\r\n",
		"{scenario: flow, seed: 7}",
		"{\"scenario\": \"json\", \"seed\": 7}",
		"scenario: no newline at the end",
		"? scenario\n: explicit key\n",
		"scenario: &a x\ndescription: *a\n",
		"scenario: >\n  folded\n  text\n",
		"scenario: |\n  literal\n",
		"scenario: \"\\u00dcberlast\"\n",
		"scenario: \xc3\x9c"
		"berlast \xf0\x9f\x94\xa5\n",
		"# comment\n\nscenario: 'single ''quoted'''   # comment\n",
		"scenario: 007\n",
		"scenario: true\n",
		"scenario: \"null\"\n",
		S "rules:\n- &r\n  rule: one\n  match: &m {path: /a}\n"
		  "  inject: &i {status: 503}\n"
		  "- {rule: two, match: *m, inject: *i, rate: 10%}\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		scenario_free(good(cases[i]));
}

static void
a_shared_mistake_is_told_once(void **state)
{
	static const struct broken cases[] = {
		{ S "rules:\n- rule: a\n  inject: &i {status: 42}\n"
		    "- rule: b\n  inject: *i\n- rule: c\n  inject: *i\n",
		    4, 23, "from 100 to 999, got \"42\"" },
	};

	(void)state;
	broken_check(cases, COUNT(cases), DIAG_ERROR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_that_is_no_yaml_is_told_where),
		cmocka_unit_test(keys_are_words_and_stand_once),
		cmocka_unit_test(aliases_must_lead_somewhere_else),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(bombs_are_refused),
		cmocka_unit_test(a_flood_of_problems_is_cut),
		cmocka_unit_test(tricky_files_are_read),
		cmocka_unit_test(a_shared_mistake_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
