#include "scenario/params.h"
#include "base/clock.h"
#include "broken.h"
#include "scenario/yaml.h"

/* A table with one of everything. */
struct inner {
	uint64_t wait;
	int64_t n;
	uint32_t given;
};
struct conf {
	bool flag;
	int64_t n, code;
	uint64_t wait, size, speed;
	uint32_t rate;
	const char *text;
	int word;
	struct param_pairs pairs;
	struct param_list waits, inners;
	struct inner inner;
	uint32_t given;
};

static const char *const words[] = { "red", "green", NULL };

static const char *
check_inner(const void *conf)
{
	const struct inner *c = conf;

	return c->n > 0 && c->wait > (uint64_t)c->n * NS_PER_S
		   ? "wait is longer than n seconds"
		   : NULL;
}
static const struct param inner_rows[] = {
	{ .name = "wait",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct inner, wait),
	    .flags = PARAM_SCALAR | PARAM_REQUIRED,
	    .help = "w" },
	{ .name = "n",
	    .type = PARAM_INT,
	    .offset = offsetof(struct inner, n),
	    .fallback = "7" },
};
static const struct param_set inner_set = {
	PARAM_ROWS(inner_rows),
	.size = sizeof(struct inner),
	.given = offsetof(struct inner, given),
	.check = check_inner,
};
static const struct param rows[] = {
	{ "flag", PARAM_BOOL, offsetof(struct conf, flag) },
	{ "n", PARAM_INT, offsetof(struct conf, n), -5, 5, "3" },
	{ "code", PARAM_CODE, offsetof(struct conf, code) },
	{ "wait", PARAM_DURATION, offsetof(struct conf, wait), NS_PER_MS,
	    10ll * NS_PER_S, "1s" },
	{ "size", PARAM_SIZE, offsetof(struct conf, size), 10, 1000 },
	{ "speed", PARAM_BANDWIDTH, offsetof(struct conf, speed) },
	{ "rate", PARAM_RATE, offsetof(struct conf, rate), 0, 500000000 },
	{ "text", PARAM_STRING, offsetof(struct conf, text), 2, 4 },
	{ "word", PARAM_ENUM, offsetof(struct conf, word), 0, 0, "green", NULL,
	    words },
	{ "pairs", PARAM_PAIRS, offsetof(struct conf, pairs) },
	{ "waits", PARAM_LIST, offsetof(struct conf, waits), 0, 3, "[1s, 2s]",
	    NULL, NULL, &param_durations, PARAM_SCALAR },
	{ "inners", PARAM_LIST, offsetof(struct conf, inners), 2, 0, NULL, NULL,
	    NULL, &inner_set },
	{ "inner", PARAM_MAP, offsetof(struct conf, inner), 0, 0, NULL, NULL,
	    NULL, &inner_set },
};
static const struct param_set set = {
	PARAM_ROWS(rows),
	.size = sizeof(struct conf),
	.given = offsetof(struct conf, given),
	.exclusive = 1 << 4 | 1 << 5,
};

static struct arena *arena;

static int
begins(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
ends(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static bool
read_text(const char *text, struct conf *to, struct diags *d)
{
	struct reader r = { .arena = arena, .file = "f", .diags = d };
	struct node *n = yaml_parse(&r, span_str(text));

	*to = (struct conf){ 0 };
	return n != NULL && params_read(&r, n, &set, "thing", to);
}

static void
every_type_lands_in_its_member(void **state)
{
	struct diags d = { 0 };
	struct conf c;
	const struct inner *inners;

	(void)state;
	assert_true(read_text(
	    "{flag: true, n: -5, code: 418, wait: 2s, size: 1KB, rate: 50%, "
	    "text: abc, word: red, pairs: {a: b, c: ~, d: 5}, waits: [4s], "
	    "inners: [1s, {wait: 2s, n: 9}], inner: 3s}",
	    &c, &d));
	assert_true(c.flag);
	assert_int_equal(c.n, -5);
	assert_int_equal(c.code, 418);
	assert_int_equal(c.wait, 2ull * NS_PER_S);
	assert_int_equal(c.size, 1000);
	assert_int_equal(c.rate, 500000000);
	assert_string_equal(c.text, "abc");
	assert_int_equal(c.word, 0);
	assert_int_equal(c.pairs.n, 3);
	assert_string_equal(c.pairs.v[0].name, "a");
	assert_string_equal(c.pairs.v[0].value, "b");
	assert_null(c.pairs.v[1].value);
	assert_string_equal(c.pairs.v[2].value, "5");
	assert_int_equal(c.waits.n, 1);
	assert_int_equal(((const uint64_t *)c.waits.v)[0], 4ull * NS_PER_S);
	inners = c.inners.v;
	assert_int_equal(c.inners.n, 2);
	assert_int_equal(inners[0].wait, NS_PER_S);
	assert_int_equal(inners[0].n, 7);
	assert_int_equal(inners[0].given, 1);
	assert_int_equal(inners[1].n, 9);
	assert_int_equal(inners[1].given, 3);
	assert_int_equal(c.inner.wait, 3ull * NS_PER_S);
	assert_int_equal(c.given, 0x1fdf);
	assert_int_equal(d.n, 0);
}

static void
what_is_not_given_has_its_default_or_zero(void **state)
{
	struct diags d = { 0 };
	struct conf c;

	(void)state;
	assert_true(read_text("{}", &c, &d));
	assert_int_equal(c.given, 0);
	assert_int_equal(c.n, 3);
	assert_int_equal(c.wait, NS_PER_S);
	assert_int_equal(c.word, 1);
	assert_int_equal(c.waits.n, 2);
	assert_null(c.text);
	assert_int_equal(c.inner.n, 0);
}

static void
a_value_may_stand_for_the_mapping(void **state)
{
	struct diags d = { 0 };
	struct conf c;

	(void)state;
	assert_true(read_text("[5s, 6s, 7s]", &c, &d));
	assert_int_equal(c.waits.n, 3);
	assert_int_equal(c.given, 1 << 10);
}

static void
values_beyond_their_row_have_a_place(void **state)
{
	static const struct broken cases[] = {
		{ "{n: 6}", 1, 5, "n: from -5 to 5, got \"6\"" },
		{ "{n: -6}", 1, 5, "n: from -5 to 5, got \"-6\"" },
		{ "{flag: True}", 1, 8, "true or false, got \"True\"" },
		{ "{wait: 1us}", 1, 8, "wait: at least 1ms, got \"1us\"" },
		{ "{wait: 11s}", 1, 8, "wait: at most 10s, got \"11s\"" },
		{ "{size: 9}", 1, 8, "size: at least 10B" },
		{ "{size: 1KiB}", 1, 8, "size: at most 1KB" },
		{ "{rate: 50.1%}", 1, 8, "rate: at most 50%" },
		{ "{text: a}", 1, 8, "text: too short" },
		{ "{text: abcde}", 1, 8, "longer than 4 bytes" },
		{ "{text: \"a\\0b\"}", 1, 8, "a NUL" },
		{ "{word: gren}", 1, 8, "did you mean \"green\"?" },
		{ "{word: blue}", 1, 8, "there is red, green" },
		{ "{waits: [1s, 2s, 3s, 4s]}", 1, 9,
		    "at most 3 values, got 4" },
		{ "{inners: [1s]}", 1, 10, "too short a list" },
		{ "{size: 10, speed: 1B/s}", 1, 12,
		    "\"size\" and \"speed\" exclude each other" },
		{ "{speed: 1B/s, size: 10}", 1, 15,
		    "\"speed\" and \"size\" exclude each other" },
		{ "{inner: {n: 1}}", 1, 9, "\"wait\" is missing: w" },
		{ "{inner: {wait: 2s, n: 1}}", 1, 23, "longer than n" },
		{ "{inner: 8s}", 1, 9, "longer than n" },
		{ "{inner: [1s]}", 1, 9,
		    "inner: expected a single value or a mapping" },
		{ "{waits: {a: b}}", 1, 9, "waits: expected a list" },
		{ "{waits: 5s}", 1, 9, "waits: expected a list" },
		{ "5s", 1, 1,
		    "thing: expected a list or a mapping, got \"5s\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct diags d = { 0 };
		struct conf c;

		if (read_text(cases[i].text, &c, &d) || d.n != 1 ||
		    d.v[0].line != cases[i].line ||
		    d.v[0].col != cases[i].col ||
		    strstr(d.v[0].text, cases[i].part) == NULL)
			fail_msg("%s: %s", cases[i].text, broken_print(&d));
		diags_clear(&d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    every_type_lands_in_its_member, begins, ends),
		cmocka_unit_test_setup_teardown(
		    what_is_not_given_has_its_default_or_zero, begins, ends),
		cmocka_unit_test_setup_teardown(
		    a_value_may_stand_for_the_mapping, begins, ends),
		cmocka_unit_test_setup_teardown(
		    values_beyond_their_row_have_a_place, begins, ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
