#include "admin/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <stdlib.h>

static struct record
lasting(uint64_t ms, uint64_t delay_ms)
{
	return (struct record){ .t_first = 5000000,
		.t_end = 5000000 + ms * 1000000,
		.delay_ns = delay_ms * 1000000,
		.bytes_in = 3,
		.bytes_out = 10 };
}

static void
durations_are_seen_with_and_without_delay(void **state)
{
	struct metrics m = { 0 };
	struct pairing first = { .attempt = 1 },
		       second = { .attempt = 2, .early = true },
		       none = { .attempt = 0 };
	struct record quick = lasting(1, 0), slow = lasting(300, 299),
		      cut = lasting(3, 50), long_one = lasting(70000, 0);

	(void)state;
	metrics_add(&m, &quick, &first);
	metrics_add(&m, &slow, &second);
	metrics_add(&m, &cut, &none);
	metrics_add(&m, &long_one, &none);
	assert_int_equal(m.records, 4);
	assert_int_equal(m.seen.n[0], 1);
	assert_int_equal(m.seen.n[2], 1);
	assert_int_equal(m.seen.n[8], 1);
	assert_int_equal(m.seen.n[METRICS_BOUNDS], 1);
	assert_int_equal(m.own.n[0], 3);
	assert_int_equal(m.delay_ns, 302000000);
	assert_int_equal(m.seen.sum_ns - m.own.sum_ns, m.delay_ns);
	assert_int_equal(m.operations, 1);
	assert_int_equal(m.retries, 1);
	assert_int_equal(m.early, 1);
	assert_int_equal(m.bytes_in, 12);
	assert_int_equal(m.bytes_out, 40);
}

static void
faults_are_told_apart_up_to_a_bound(void **state)
{
	struct metrics_faults f = { 0 };
	struct metrics_fault *list;
	uint64_t sum = 0;
	unsigned n;

	(void)state;
	for (unsigned i = 0; i < 3 * METRICS_FAULTS_MAX; i++) {
		struct record r = {
			.rule = (uint16_t)(i / 2), .status = 503, .fault = 1
		};

		metrics_faults_add(&f, &r);
	}
	list = metrics_faults_list(&f, &n);
	assert_int_equal(n, METRICS_FAULTS_MAX + 1);
	assert_int_equal(list[7].rule, 7);
	assert_int_equal(list[7].n, 2);
	assert_int_equal(list[n - 1].rule, RECORD_NO_RULE);
	for (unsigned i = 0; i < n; i++)
		sum += list[i].n;
	assert_int_equal(sum, 3 * METRICS_FAULTS_MAX);
	free(list);
	metrics_faults_clear(&f);
	list = metrics_faults_list(&f, &n);
	assert_int_equal(n, 0);
	free(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_seen_with_and_without_delay),
		cmocka_unit_test(faults_are_told_apart_up_to_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
