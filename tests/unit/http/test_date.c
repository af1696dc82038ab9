#include "http/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <cmocka.h>

static void
writes_what_strftime_writes(void **state)
{
	char ours[DATE_LEN], theirs[64];
	struct tm tm;

	(void)state;
	/* A prime step that meets all weekdays, months and leap days. */
	for (int64_t t = -86400 * 400; t < 5000000000; t += 7777777) {
		time_t tt = (time_t)t;

		gmtime_r(&tt, &tm);
		strftime(
		    theirs, sizeof(theirs), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		date_write(t, ours);
		assert_memory_equal(ours, theirs, DATE_LEN);
	}
}

static void
reads_back_what_it_writes(void **state)
{
	char text[DATE_LEN];
	int64_t back;

	(void)state;
	for (int64_t t = -86400; t < 5000000000; t += 86399 * 37) {
		date_write(t, text);
		assert_true(date_read((struct span){ text, DATE_LEN }, &back));
		assert_true(back == t);
	}
}

static void
reads_the_three_formats(void **state)
{
	static const char *const same[] = { "Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
		" Sun, 06 Nov 1994 08:49:37 GMT " };
	int64_t t;

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_true(date_read(span_str(same[i]), &t));
		assert_true(t == 784111777);
	}
	assert_true(date_read(SPAN("Wednesday, 01-Jan-69 00:00:00 GMT"), &t));
	assert_true(t == 3124224000);
}

static void
refuses_what_is_no_date(void **state)
{
	static const char *const bad[] = { "", "soon", "3", "Sun",
		"Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Mon, 29 Feb 1999 08:49:37 GMT",
		"Mon, 29 Feb 1900 00:00:00 GMT",
		"Sun, 06 Nvo 1994 08:49:37 GMT",
		"Xxx, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 GMT;",
		"Sun, 06 Nov 94 08:49:37 GMT" };
	int64_t t;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(date_read(span_str(bad[i]), &t));
	assert_true(date_read(SPAN("Tue, 29 Feb 2000 00:00:00 GMT"), &t));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_strftime_writes),
		cmocka_unit_test(reads_back_what_it_writes),
		cmocka_unit_test(reads_the_three_formats),
		cmocka_unit_test(refuses_what_is_no_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
