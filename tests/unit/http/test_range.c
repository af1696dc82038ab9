#include "http/range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
satisfies_and_refuses_what_is_asked(void **state)
{
	static const struct {
		const char *value;
		uint64_t first, n, total, refuse;
	} rows[] = {
		{ "bytes=0-99", 0, 100, 4096, 0 },
		{ "bytes=100-", 100, 3996, 4096, 100 },
		{ "bytes=-500", 3596, 500, 4096, 0 },
		{ "bytes=-9999", 0, 4096, 4096, 0 },
		{ "bytes=-0", 4095, 1, 4096, 4096 },
		{ "bytes=0-999999", 0, 4096, 4096, 0 },
		{ "bytes=5000-5999", 5000, 1000, 9096, 4096 },
		{ "bytes=5000-", 5000, 4096, 9096, 4096 },
		{ "Bytes=4095-4095", 4095, 1, 4096, 4095 },
		{ "bytes=0-9, 20-29", 0, 30, 4096, 0 },
		{ "bytes=20-29,10-", 10, 4086, 4096, 10 },
		{ "bytes=10-19,-5", 10, 4086, 4096, 0 },
	};
	struct range r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct range_part p;

		assert_true(range_read(span_str(rows[i].value), &r));
		p = range_satisfy(&r);
		assert_int_equal(p.first, rows[i].first);
		assert_int_equal(p.n, rows[i].n);
		assert_int_equal(p.total, rows[i].total);
		assert_int_equal(range_refuse(&r), rows[i].refuse);
	}
}

static void
stays_in_bounds_with_absurd_numbers(void **state)
{
	struct range r;
	struct range_part p;

	(void)state;
	assert_true(range_read(
	    SPAN("bytes=99999999999999999999-99999999999999999999999"), &r));
	p = range_satisfy(&r);
	assert_true(p.n == 1 && p.first < p.total);
}

static void
refuses_what_is_no_byte_range(void **state)
{
	static const char *const bad[] = { "", "bytes", "bytes=", "bytes=-",
		"bytes=a-b", "bytes=9-1", "bytes=1", "lines=1-2", "bytes=1-2;",
		"bytes 1-2", "bytes=1-2-3", "bytes=1 -2" };
	struct range r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(range_read(span_str(bad[i]), &r));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(satisfies_and_refuses_what_is_asked),
		cmocka_unit_test(stays_in_bounds_with_absurd_numbers),
		cmocka_unit_test(refuses_what_is_no_byte_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
