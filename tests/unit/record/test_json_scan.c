#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "record/json_put.h"
#include "record/json_scan.h"

static struct json_scan
over(const char *text)
{
	return (struct json_scan){ text, text + strlen(text), false };
}

static void
reads_seconds_in_every_form_of_a_number(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} rows[] = {
		{ "0", 0 },
		{ " 1.5", 1500000000 },
		{ "0.000000001", 1 },
		{ "12.345678901", 12345678901 },
		{ "4611686017.5", 4611686017500000000u },
		{ "18446744073.709551614", 1ull << 62 },
		{ "99999999999", 1ull << 62 },
		{ "1e300", 1ull << 62 },
		{ "1e-3", 1000000 },
		{ "1.5E+2", 150000000000 },
		{ "0.0000000005", 1 },
		{ "1.2345678904999", 1234567890 },
	};
	static const char *const bad[] = { "", "-1", "01", "1.", ".5", "1e",
		"1e+", "+1", "1.5.5", "nan", "inf", "\"1\"", "0x10" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json_scan j = over(rows[i].text);
		uint64_t ns;

		assert_true(json_scan_seconds(&j, &ns));
		assert_int_equal(ns, rows[i].ns);
		assert_true(json_scan_end(&j));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct json_scan j = over(bad[i]);
		uint64_t ns;

		assert_false(json_scan_seconds(&j, &ns) && json_scan_end(&j));
	}
}

static void
reads_back_every_nanosecond(void **state)
{
	char text[JSON_NUMBER_MAX];

	(void)state;
	for (uint64_t ns = 1; ns < UINT64_MAX / 20; ns = ns * 13 / 7 + 3) {
		struct json_scan j = { text, json_put_seconds(text, ns),
			false };
		uint64_t got;

		assert_true(json_scan_seconds(&j, &got));
		assert_int_equal(got, ns);
	}
}

static void
reads_back_times(void **state)
{
	char text[JSON_TIME_MAX];

	(void)state;
	for (int64_t s = 0; s < 9000000000; s += 86400 * 27 + 12345) {
		int64_t wall = s * 1000000000 + 654321000, got;
		struct json_scan j = { text, json_put_time(text, wall), false };

		assert_true(json_scan_time(&j, &got));
		assert_int_equal(got, wall);
	}
}

static void
refuses_times_that_are_none(void **state)
{
	static const char *const bad[] = { "\"2026-11-21\"",
		"\"2026-13-21T00:00:00Z\"", "\"2026-11-21T24:00:00Z\"",
		"\"2026-11-21T00:00:00\"", "\"2026-11-21T00:00:00+0100\"",
		"\"2026-11-21T00:00:00+24:00\"", "\"2026-11-21T00:00:00.Z\"",
		"2026", "\"2026-11-21T00:00:00Z", "\"9999-11-21T00:00:00Z\"" };
	struct json_scan j = over("\"2026-11-21T10:20:30Z\"");
	int64_t t;

	(void)state;
	assert_true(json_scan_time(&j, &t));
	assert_int_equal(t, 1795256430000000000);
	j = over("\"2026-11-21t11:50:30.5+01:30\"");
	assert_true(json_scan_time(&j, &t));
	assert_int_equal(t, 1795256430500000000);
	j = over("\"2026-11-21 05:20:30-05:00\"");
	assert_true(json_scan_time(&j, &t));
	assert_int_equal(t, 1795256430000000000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		j = over(bad[i]);
		assert_false(json_scan_time(&j, &t));
	}
}

static void
reads_whole_numbers_that_fit(void **state)
{
	static const char *const bad[] = { "18446744073709551616", "-1", "1.0",
		"1e3", "007", "", "x" };
	struct json_scan j = over("18446744073709551615");
	uint64_t v;

	(void)state;
	assert_true(json_scan_u64(&j, &v));
	assert_int_equal(v, UINT64_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		j = over(bad[i]);
		assert_false(json_scan_u64(&j, &v));
	}
}

static void
unescapes_strings(void **state)
{
	static const struct {
		const char *text, *bytes;
		size_t n;
		bool foreign;
	} rows[] = {
		{ "\"\"", "", 0 },
		{ "\"a\\n\\t\\r\\b\\f\\/\\\\\\\"z\"", "a\n\t\r\b\f/\\\"z", 10 },
		{ "\"\\u0041\\u0000b\"", "A\0b", 3 },
		{ "\"\\u20ac\"", "\xe2\x82\xac", 3 },
		{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80", 4 },
		{ "\"\\u00e9\"", "\xe9", 1 },
		{ "\"\\u00e9\"", "\xc3\xa9", 2, true },
		{ "\"\xc3\xa9\"", "\xc3\xa9", 2 },
	};
	struct buf text;

	(void)state;
	buf_init(&text, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json_scan j = over(rows[i].text);
		struct span s;

		j.foreign = rows[i].foreign;
		assert_true(json_scan_string(&j, &text, &s));
		assert_int_equal(s.n, rows[i].n);
		assert_memory_equal(s.p, rows[i].bytes, s.n + 1);
		assert_true(json_scan_end(&j));
	}
	buf_clear(&text);
}

static void
refuses_strings_that_are_no_json(void **state)
{
	static const char *const bad[] = { "\"", "\"a", "\"\\", "\"\\\"",
		"\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"",
		"\"\\ud800x\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\xff\"",
		"\"\xc3\"", "\"a\nb\"", "a" };
	struct buf text;

	(void)state;
	buf_init(&text, 4096);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct json_scan j = over(bad[i]);
		struct span s;

		assert_false(json_scan_string(&j, &text, &s));
	}
	buf_clear(&text);
}

static void
skips_any_value_and_refuses_broken_ones(void **state)
{
	static const char *const good[] = { "null", "true", "false", "-0.5e-7",
		"\"x\"", "[]", "{}", "[1, [2, {\"a\": [null]}], \"]\"]",
		"{\"a\":1,\"b\":{\"c\":[]}}" };
	static const char *const bad[] = { "", "nul", "[", "[1", "[1,]", "{",
		"{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "]", "[1 2]", "-",
		"01x" };
	char deep[128];
	struct buf text;

	(void)state;
	buf_init(&text, 4096);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct json_scan j = over(good[i]);

		assert_true(json_scan_skip(&j, &text));
		assert_true(json_scan_end(&j));
		assert_int_equal(text.n, 0);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct json_scan j = over(bad[i]);

		assert_false(json_scan_skip(&j, &text) && json_scan_end(&j));
	}
	memset(deep, '[', sizeof(deep));
	memset(deep + sizeof(deep) / 2, ']', sizeof(deep) / 2);
	assert_false(json_scan_skip(
	    &(struct json_scan){ deep, deep + sizeof(deep), false }, &text));
	buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_seconds_in_every_form_of_a_number),
		cmocka_unit_test(reads_back_every_nanosecond),
		cmocka_unit_test(reads_back_times),
		cmocka_unit_test(refuses_times_that_are_none),
		cmocka_unit_test(reads_whole_numbers_that_fit),
		cmocka_unit_test(unescapes_strings),
		cmocka_unit_test(refuses_strings_that_are_no_json),
		cmocka_unit_test(skips_any_value_and_refuses_broken_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
