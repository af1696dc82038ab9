#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hist.h"

static struct hist h, other;

static int
empties(void **state)
{
	(void)state;
	memset(&h, 0, sizeof(h));
	memset(&other, 0, sizeof(other));
	return 0;
}

static void
an_empty_one_says_zero(void **state)
{
	(void)state;
	assert_int_equal(hist_quantile(&h, 0.5), 0);
	assert_int_equal(hist_below(&h, UINT64_MAX), 0);
}

static void
one_value_comes_back_as_it_is(void **state)
{
	(void)state;
	hist_add(&h, 123456789);
	assert_int_equal(hist_quantile(&h, 0), 123456789);
	assert_int_equal(hist_quantile(&h, 0.5), 123456789);
	assert_int_equal(hist_quantile(&h, 1), 123456789);
	assert_int_equal(h.sum_ns, 123456789);
}

/* From 1 us to 1 h each value is found again within 2 %, never below itself. */
static void
edges_are_within_two_percent(void **state)
{
	const uint64_t hour = 3600000000000;

	(void)state;
	for (uint64_t v = 1000; v < hour; v += v / 97 + 1) {
		uint64_t got;

		memset(&h, 0, sizeof(h));
		hist_add(&h, v);
		hist_add(&h, hour);
		got = hist_quantile(&h, 0.5);
		assert_true(got >= v);
		assert_true((double)got <= (double)v * 1.02);
		assert_int_equal(hist_below(&h, v), 1);
		assert_int_equal(hist_below(&h, v - v / 32), 0);
	}
}

static void
quantiles_count_values(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 1000; i++)
		hist_add(&h, i * 1000000);
	assert_in_range(hist_quantile(&h, 0.5), 500000000, 510000000);
	assert_in_range(hist_quantile(&h, 0.99), 990000000, 1000000000);
	assert_int_equal(hist_quantile(&h, 1), 1000000000);
	assert_in_range(hist_quantile(&h, 0), 1000000, 1020000);
	assert_in_range(hist_below(&h, 250000000), 250, 255);
}

static void
huge_values_stay_in_the_last_bucket(void **state)
{
	(void)state;
	hist_add(&h, UINT64_MAX);
	hist_add(&h, 5);
	assert_true(hist_quantile(&h, 1) == UINT64_MAX);
	assert_int_equal(hist_quantile(&h, 0.1), 15);
}

static void
merging_is_adding_all(void **state)
{
	static struct hist all;

	(void)state;
	memset(&all, 0, sizeof(all));
	for (uint64_t i = 0; i < 500; i++) {
		hist_add(i % 2 != 0 ? &h : &other, i * i * 1000);
		hist_add(&all, i * i * 1000);
	}
	hist_merge(&h, &other);
	assert_memory_equal(&h, &all, sizeof(h));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_empty_one_says_zero, empties),
		cmocka_unit_test_setup(one_value_comes_back_as_it_is, empties),
		cmocka_unit_test_setup(edges_are_within_two_percent, empties),
		cmocka_unit_test_setup(quantiles_count_values, empties),
		cmocka_unit_test_setup(
		    huge_values_stay_in_the_last_bucket, empties),
		cmocka_unit_test_setup(merging_is_adding_all, empties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
