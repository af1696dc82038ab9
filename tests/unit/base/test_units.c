#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/units.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct good {
	const char *text;
	uint64_t value;
};

static void
reads_durations(void **state)
{
	static const struct good cases[] = {
		{ "250ms", 250000000 },
		{ "3s", 3000000000 },
		{ "2m", 120000000000 },
		{ "1h", 3600000000000 },
		{ "1.5s", 1500000000 },
		{ "500us", 500000 },
		{ "7ns", 7 },
		{ "0s", 0 },
		{ "0.000000001s", 1 },
		{ "1.5000000000000s", 1500000000 },
		{ "9223372036854775807ns", INT64_MAX },
	};
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		v = 1;
		assert_null(units_duration(span_str(cases[i].text), &v));
		assert_int_equal(v, cases[i].value);
	}
}

static void
refuses_what_is_no_duration(void **state)
{
	static const char *const cases[] = { "", "s", "0", "3", "-3s", "+3s",
		"3 s", " 3s", "3s ", "1h30", "1h30m", ".5s", "5.s", "1..5s",
		"1e3s", "0x10s", "nan", "inf", "3S", "3sec", "3d",
		"9223372036854775808ns", "99999999999999999999999s",
		"5124095576h", "0.0000000001s", "1,5s" };
	uint64_t v = 42;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (units_duration(span_str(cases[i]), &v) == NULL)
			fail_msg("'%s' was read as %llu", cases[i],
			    (unsigned long long)v);
	assert_non_null(units_duration((struct span){ NULL, 0 }, &v));
	assert_int_equal(v, 42);
}

static void
reads_rates(void **state)
{
	static const struct good cases[] = {
		{ "0%", 0 },
		{ "20%", 200000000 },
		{ "0.01%", 100000 },
		{ "0.0001%", 1000 },
		{ "33.33333%", 333333300 },
		{ "100%", 1000000000 },
		{ "100.0%", 1000000000 },
	};
	uint32_t v;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		v = 1;
		assert_null(units_rate(span_str(cases[i].text), &v));
		assert_int_equal(v, cases[i].value);
	}
}

static void
refuses_what_is_no_rate(void **state)
{
	static const char *const cases[] = { "", "%", "20", "0.2", "-1%",
		"100.0001%", "101%", "20 %", "nan%", "nan", "1e309", "1e3%",
		"0x10%", ".2%", "20%%", "0.00001%", "12.123456789%",
		"99999999999999999999%", "20percent" };
	uint32_t v = 42;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (units_rate(span_str(cases[i]), &v) == NULL)
			fail_msg("'%s' was read as %u", cases[i], v);
	assert_int_equal(v, 42);
}

static void
reads_sizes_and_bandwidths(void **state)
{
	static const struct good cases[] = {
		{ "10", 10 },
		{ "0", 0 },
		{ "512B", 512 },
		{ "64KiB", 65536 },
		{ "64kiB", 65536 },
		{ "1kB", 1000 },
		{ "1KB", 1000 },
		{ "1MB", 1000000 },
		{ "1.5MiB", 1572864 },
		{ "2GiB", 2147483648 },
		{ "1TiB", 1099511627776 },
	};
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_null(units_size(span_str(cases[i].text), &v));
		assert_int_equal(v, cases[i].value);
	}
	assert_null(units_bandwidth(SPAN("64KiB/s"), &v));
	assert_int_equal(v, 65536);
}

static void
refuses_what_is_no_size_or_bandwidth(void **state)
{
	static const char *const sizes[] = { "", "B", "-1", "0.5B", "1K", "1M",
		"1Mb", "1kb", "1 KB", "1e3", "10000000000TB", "0x10",
		"1KiB/s" };
	static const char *const bandwidths[] = { "64KiB", "64/s", "/s", "0B/s",
		"64KiB/m", "-1B/s", "64KiB/ s" };
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		if (units_size(span_str(sizes[i]), &v) == NULL)
			fail_msg("'%s' was read as a size", sizes[i]);
	for (size_t i = 0; i < COUNT(bandwidths); i++)
		if (units_bandwidth(span_str(bandwidths[i]), &v) == NULL)
			fail_msg("'%s' was read as a bandwidth", bandwidths[i]);
}

static void
reads_whole_numbers_within_limits(void **state)
{
	int64_t v;

	(void)state;
	assert_null(units_int(SPAN("42"), 0, 100, &v));
	assert_int_equal(v, 42);
	assert_null(units_int(SPAN("-5"), -10, 100, &v));
	assert_int_equal(v, -5);
	assert_null(units_int(SPAN("9223372036854775807"), 0, INT64_MAX, &v));
	assert_true(v == INT64_MAX);
	assert_string_equal(units_int(SPAN("101"), 0, 100, &v), "too large");
	assert_string_equal(units_int(SPAN("0"), 1, 100, &v), "too small");
	assert_non_null(units_int(SPAN("-5"), 0, 100, &v));
	assert_non_null(units_int(SPAN("5.0"), 0, 100, &v));
	assert_non_null(units_int(SPAN("5x"), 0, 100, &v));
	assert_non_null(units_int(SPAN(""), 0, 100, &v));
	assert_non_null(
	    units_int(SPAN("9223372036854775808"), 0, INT64_MAX, &v));
	assert_non_null(
	    units_int(SPAN("99999999999999999999999"), 0, INT64_MAX, &v));
}

static void
writes_the_shortest_text(void **state)
{
	char to[UNITS_TEXT];

	(void)state;
	assert_string_equal(units_duration_text(0, to), "0s");
	assert_string_equal(units_duration_text(1500000000, to), "1.5s");
	assert_string_equal(units_duration_text(250000000, to), "250ms");
	assert_string_equal(units_duration_text(90000000000, to), "90s");
	assert_string_equal(units_duration_text(3600000000000, to), "1h");
	assert_string_equal(units_rate_text(200000000, to), "20%");
	assert_string_equal(units_rate_text(1000, to), "0.0001%");
	assert_string_equal(units_rate_text(0, to), "0%");
	assert_string_equal(units_size_text(65536, to), "64KiB");
	assert_string_equal(units_size_text(1000000, to), "1MB");
	assert_string_equal(units_size_text(10, to), "10B");
	assert_string_equal(units_size_text(0, to), "0B");
}

static void
reads_back_what_it_writes(void **state)
{
	uint64_t x = 1;
	char to[UNITS_TEXT];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t ns = x >> (1 + i % 60), back;
		uint32_t ppb = (uint32_t)(1000 + x % 999999001), rate;

		assert_null(units_duration(
		    span_str(units_duration_text(ns, to)), &back));
		assert_true(ns == back);
		assert_null(
		    units_size(span_str(units_size_text(ns, to)), &back));
		assert_true(ns == back);
		assert_null(
		    units_rate(span_str(units_rate_text(ppb, to)), &rate));
		assert_int_equal(ppb, rate);
		x = x * 6364136223846793005u + 1442695040888963407u;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_durations),
		cmocka_unit_test(refuses_what_is_no_duration),
		cmocka_unit_test(reads_rates),
		cmocka_unit_test(refuses_what_is_no_rate),
		cmocka_unit_test(reads_sizes_and_bandwidths),
		cmocka_unit_test(refuses_what_is_no_size_or_bandwidth),
		cmocka_unit_test(reads_whole_numbers_within_limits),
		cmocka_unit_test(writes_the_shortest_text),
		cmocka_unit_test(reads_back_what_it_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
