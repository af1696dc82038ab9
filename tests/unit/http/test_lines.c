#include "http/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static void
keeps_its_lines_when_the_text_grows(void **state)
{
	struct lines l = { 0 };
	char value[400], want[420];

	(void)state;
	memset(value, 'v', sizeof(value));
	for (size_t i = 0; i < LINES_MAX; i++)
		lines_add(&l, SPAN("X"), (struct span){ value, i * 12 });
	assert_int_equal(l.n, LINES_MAX);
	for (size_t i = 0; i < LINES_MAX; i++) {
		snprintf(want, sizeof(want), "X: %.*s", (int)i * 12, value);
		assert_true(span_eq(l.v[i], span_str(want)));
	}
	lines_reset(&l);
	lines_add(&l, SPAN("A"), SPAN("b"));
	assert_int_equal(l.n, 1);
	assert_true(span_eq(l.v[0], SPAN("A: b")));
	lines_clear(&l);
}

static void
builds_a_line_in_steps(void **state)
{
	struct lines l = { 0 };
	struct buf *to;

	(void)state;
	lines_add(&l, SPAN("A"), SPAN(""));
	to = lines_begin(&l, SPAN("N"));
	buf_u64(to, 42);
	buf_putc(to, '!');
	lines_end(&l);
	assert_true(span_eq(l.v[0], SPAN("A: ")));
	assert_true(span_eq(l.v[1], SPAN("N: 42!")));
	lines_clear(&l);
}

static void
splits_a_line_at_its_first_colon(void **state)
{
	static const struct {
		const char *line, *name, *value;
	} rows[] = {
		{ "A: b", "A", "b" },
		{ "A:b:c ", "A", "b:c" },
		{ "A:", "A", "" },
		{ "A", "A", "" },
		{ "", "", "" },
	};
	struct span name, value;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		lines_split(span_str(rows[i].line), &name, &value);
		assert_true(span_eq(name, span_str(rows[i].name)));
		assert_true(span_eq(value, span_str(rows[i].value)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_its_lines_when_the_text_grows),
		cmocka_unit_test(builds_a_line_in_steps),
		cmocka_unit_test(splits_a_line_at_its_first_colon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
