#include "http/retry_after.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/clock.h"

/* Sun, 06 Nov 1994 08:49:37 GMT and a half second. */
#define WALL (784111777u * (uint64_t)NS_PER_S + 500 * (uint64_t)NS_PER_MS)
#define S ((uint64_t)NS_PER_S)

static void
expect_line(const struct lines *l, unsigned i, const char *want)
{
	assert_true(i < l->n);
	assert_true(span_eq(l->v[i], span_str(want)));
}

static void
writes_every_form_and_rounds_up(void **state)
{
	static const struct {
		enum retry_after_form form;
		uint64_t ns;
		const char *line;
	} rows[] = {
		{ RETRY_AFTER_SECONDS, 3 * S, "Retry-After: 3" },
		{ RETRY_AFTER_SECONDS, 3 * S + 1, "Retry-After: 4" },
		{ RETRY_AFTER_SECONDS, 1, "Retry-After: 1" },
		{ RETRY_AFTER_SECONDS, 0, "Retry-After: 0" },
		{ RETRY_AFTER_SECONDS, 3600 * S, "Retry-After: 3600" },
		{ RETRY_AFTER_FLOAT, 1500 * S / 1000, "Retry-After: 1.500" },
		{ RETRY_AFTER_FLOAT, 1, "Retry-After: 0.001" },
		{ RETRY_AFTER_MILLISECONDS, 2 * S + 1, "retry-after-ms: 2001" },
		{ RETRY_AFTER_DATE, 3 * S,
		    "Retry-After: Sun, 06 Nov 1994 08:49:41 GMT" },
		{ RETRY_AFTER_DATE, S / 2,
		    "Retry-After: Sun, 06 Nov 1994 08:49:38 GMT" },
	};
	struct lines l = { 0 };

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		retry_after_add(&l, rows[i].form, rows[i].ns, WALL);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_line(&l, i, rows[i].line);
	lines_clear(&l);
}

static void
what_is_written_is_never_read_as_a_shorter_wait(void **state)
{
	static const enum retry_after_form forms[] = { RETRY_AFTER_SECONDS,
		RETRY_AFTER_DATE, RETRY_AFTER_FLOAT, RETRY_AFTER_MILLISECONDS };
	struct lines l = { 0 };

	(void)state;
	for (unsigned f = 0; f < 4; f++)
		for (uint64_t ns = 0; ns < 5 * S; ns += 123456789) {
			uint64_t read;

			lines_reset(&l);
			retry_after_add(&l, forms[f], ns, WALL + ns);
			read = retry_after_of_lines(l.v, l.n, WALL + ns);
			assert_true(read >= ns && read < ns + S);
		}
	lines_clear(&l);
}

static void
writes_raw_text_in_one_line(void **state)
{
	struct lines l = { 0 };

	(void)state;
	retry_after_add_raw(&l, SPAN("soon\r\nX: 1"));
	retry_after_add_raw(&l, SPAN(""));
	expect_line(&l, 0, "Retry-After: soonX: 1");
	expect_line(&l, 1, "Retry-After: ");
	assert_true(retry_after_of_lines(l.v, l.n, WALL) == RETRY_AFTER_NONE);
	lines_clear(&l);
}

static void
reads_what_a_client_would_take(void **state)
{
	static const struct {
		const char *value;
		uint64_t ns; /* RETRY_AFTER_NONE: nothing */
	} rows[] = {
		{ "3", 3 * S },
		{ " 3 ", 3 * S },
		{ "0", 0 },
		{ "007", 7 * S },
		{ "1.5", 3 * S / 2 },
		{ "0.25", S / 4 },
		{ "1.0000000009", S },
		{ "99999999999999999999999", RETRY_AFTER_MOST },
		{ "18446744073709551615", RETRY_AFTER_MOST },
		{ "18446744073.9", RETRY_AFTER_MOST },
		{ "18446744073", RETRY_AFTER_MOST },
		{ "4611686018", 4611686018u * S },
		{ "Sun, 06 Nov 1994 08:49:40 GMT", 2500 * S / 1000 },
		{ "Sunday, 06-Nov-94 08:49:40 GMT", 2500 * S / 1000 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
		{ "Sun, 06 Nov 1904 08:49:37 GMT", 0 },
		{ "", RETRY_AFTER_NONE },
		{ "-1", RETRY_AFTER_NONE },
		{ "+1", RETRY_AFTER_NONE },
		{ "1.", RETRY_AFTER_NONE },
		{ ".5", RETRY_AFTER_NONE },
		{ "1e3", RETRY_AFTER_NONE },
		{ "1, 5", RETRY_AFTER_NONE },
		{ "soon", RETRY_AFTER_NONE },
		{ "3s", RETRY_AFTER_NONE },
	};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool read =
		    retry_after_read(span_str(rows[i].value), WALL, &ns);

		assert_int_equal(read, rows[i].ns != RETRY_AFTER_NONE);
		if (read)
			assert_true(ns == rows[i].ns);
	}
}

static void
takes_the_shortest_of_several_fields(void **state)
{
	static const struct span lines[] = { { "X-Other: 1", 10 },
		{ "Retry-After: soon", 17 }, { "retry-after: 5", 14 },
		{ "Retry-After: 3", 14 }, { "x-ms-retry-after-ms: 2500", 25 } };

	(void)state;
	assert_true(retry_after_of_lines(lines, 1, WALL) == RETRY_AFTER_NONE);
	assert_true(retry_after_of_lines(lines, 3, WALL) == 5 * S);
	assert_true(retry_after_of_lines(lines, 4, WALL) == 3 * S);
	assert_true(retry_after_of_lines(lines, 5, WALL) == 2500 * S / 1000);
}

static void
holds_a_date_against_the_responses_own(void **state)
{
	static struct head h;

	(void)state;
	h = (struct head){ .n_fields = 2,
		.seen = (uint64_t)1 << FIELD_DATE | (uint64_t)1
							<< FIELD_RETRY_AFTER };
	h.fields[0] = (struct field){ SPAN("Date"),
		SPAN("Sun, 06 Nov 1994 09:00:00 GMT"), FIELD_DATE };
	h.fields[1] = (struct field){ SPAN("Retry-After"),
		SPAN("Sun, 06 Nov 1994 09:00:10 GMT"), FIELD_RETRY_AFTER };
	assert_true(retry_after_of_head(&h, WALL) == 10 * S);
	/* A Date in the past does not make the wait longer. */
	h.fields[0].value = SPAN("Sun, 06 Nov 1994 08:00:00 GMT");
	h.fields[1].value = SPAN("Sun, 06 Nov 1994 08:49:40 GMT");
	assert_true(retry_after_of_head(&h, WALL) == 2500 * S / 1000);
	h.fields[1].value = SPAN("20");
	assert_true(retry_after_of_head(&h, WALL) == 20 * S);
	h.n_fields = 1;
	assert_true(retry_after_of_head(&h, WALL) == RETRY_AFTER_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_every_form_and_rounds_up),
		cmocka_unit_test(
		    what_is_written_is_never_read_as_a_shorter_wait),
		cmocka_unit_test(writes_raw_text_in_one_line),
		cmocka_unit_test(reads_what_a_client_would_take),
		cmocka_unit_test(takes_the_shortest_of_several_fields),
		cmocka_unit_test(holds_a_date_against_the_responses_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
