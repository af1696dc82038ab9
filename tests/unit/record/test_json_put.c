#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "record/json_put.h"

static void
assert_text(const char *from, const char *end, const char *want)
{
	assert_int_equal(end - from, strlen(want));
	assert_memory_equal(from, want, strlen(want));
}

static void
writes_whole_numbers(void **state)
{
	static const uint64_t rows[] = { 0, 1, 9, 10, 42, 99, 100, 101, 999,
		1000, 65535, 4294967295u, 10000000000000000000u, UINT64_MAX };
	char to[JSON_NUMBER_MAX], want[JSON_NUMBER_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(want, sizeof(want), "%ju", (uintmax_t)rows[i]);
		assert_text(to, json_put_u64(to, rows[i]), want);
	}
}

static void
writes_hashes_as_hex_in_quotes(void **state)
{
	char to[JSON_NUMBER_MAX];

	(void)state;
	assert_text(to, json_put_hex(to, 0x1fu), "\"000000000000001f\"");
	assert_text(
	    to, json_put_hex(to, 0xfedcba9876543210u), "\"fedcba9876543210\"");
}

static void
writes_nanoseconds_as_seconds_without_idle_zeros(void **state)
{
	static const struct {
		uint64_t ns;
		const char *want;
	} rows[] = {
		{ 0, "0" },
		{ 1, "0.000000001" },
		{ 10, "0.00000001" },
		{ 1500000, "0.0015" },
		{ 100000000, "0.1" },
		{ 999999999, "0.999999999" },
		{ 1000000000, "1" },
		{ 12345678901, "12.345678901" },
		{ 3600000000000, "3600" },
		{ 18446744073709551614u, "18446744073.709551614" },
	};
	char to[JSON_NUMBER_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_text(to, json_put_seconds(to, rows[i].ns), rows[i].want);
}

static void
writes_times_as_the_c_library_would(void **state)
{
	static const int64_t seconds[] = { 0, 951782400, 951868799, 951868800,
		1077926400, 1709164800, 1709251200, 1735689599, 1795262400,
		4107542400, 4133980799, 9000000000 };
	char to[JSON_TIME_MAX], want[JSON_TIME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(seconds) / sizeof(*seconds); i++) {
		time_t s = (time_t)seconds[i];
		struct tm tm;

		strftime(want, sizeof(want), "\"%Y-%m-%dT%H:%M:%S.000123Z\"",
		    gmtime_r(&s, &tm));
		assert_text(to,
		    json_put_time(to, seconds[i] * 1000000000 + 123999), want);
	}
}

static void
escapes_what_json_does_not_take(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *want;
	} rows[] = {
		{ "", 0, "\"\"" },
		{ "/search", 7, "\"/search\"" },
		{ "/a/long/path/of/plain/text", 26,
		    "\"/a/long/path/of/plain/text\"" },
		{ "12345678\"", 9, "\"12345678\\\"\"" },
		{ "1234567\\8", 9, "\"1234567\\\\8\"" },
		{ "a\nb\tc\rd", 7, "\"a\\nb\\tc\\rd\"" },
		{ "\0\x1f\x7f", 3, "\"\\u0000\\u001f\x7f\"" },
		{ "caf\xc3\xa9", 5, "\"caf\xc3\xa9\"" },
		{ "1234567\xc3\xa9", 9, "\"1234567\xc3\xa9\"" },
		{ "caf\xe9", 4, "\"caf\\u00e9\"" },
		{ "\xe2\x82", 2, "\"\\u00e2\\u0082\"" },
		{ "\xed\xa0\x80", 3, "\"\\u00ed\\u00a0\\u0080\"" },
	};
	char to[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span s = { rows[i].bytes, rows[i].n };

		assert_text(to, json_put_string(to, s), rows[i].want);
	}
}

static void
never_needs_more_than_it_says(void **state)
{
	char to[JSON_STRING_MAX(64)], bytes[64];

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(
	    json_put_string(to, (struct span){ bytes, sizeof(bytes) }) - to,
	    JSON_STRING_MAX(64));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_whole_numbers),
		cmocka_unit_test(writes_hashes_as_hex_in_quotes),
		cmocka_unit_test(
		    writes_nanoseconds_as_seconds_without_idle_zeros),
		cmocka_unit_test(writes_times_as_the_c_library_would),
		cmocka_unit_test(escapes_what_json_does_not_take),
		cmocka_unit_test(never_needs_more_than_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
