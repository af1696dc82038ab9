#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "record/pairing.h"

/* Times of the tables are in ms. */
#define MS(ms) ((uint64_t)(ms)*1000000)
enum { NONE = -1, SDK = 1, KEY = 2, FINGERPRINT = 5 };

/* An attempt and what is to be known of it. */
struct row {
	int source, op, body;
	int from, to, status, retry_after;
	uint32_t flags;
	int attempt, gap, due, early;
};

static struct record
record_of(const struct row *row)
{
	return (struct record){ .t_first = MS(row->from),
		.t_req_end = MS(row->from),
		.t_resp = row->status != 0 ? MS(row->to) : RECORD_NONE,
		.t_end = MS(row->to),
		.op = (uint64_t)row->op,
		.op_source = (uint8_t)row->source,
		.body_hash = (uint64_t)row->body,
		.retry_after_ns = row->retry_after == NONE
				      ? RECORD_NONE
				      : MS(row->retry_after),
		.deadline_ns = RECORD_NONE,
		.flags = row->flags,
		.status = (uint16_t)row->status };
}

static void
assert_pairing(struct pairing_table *t, const struct row *row, size_t i)
{
	struct record r = record_of(row);
	struct pairing p = pairing_add(t, &r);
	uint64_t gap = row->gap == NONE ? RECORD_NONE : MS(row->gap);
	uint64_t due = row->due == NONE ? RECORD_NONE : MS(row->due);

	if (p.attempt != (uint32_t)row->attempt || p.gap_ns != gap ||
	    p.due_ns != due || p.early != (row->early != 0))
		fail_msg("row %zu: attempt %u gap %jd due %jd early %d", i,
		    p.attempt, (intmax_t)p.gap_ns, (intmax_t)p.due_ns, p.early);
}

static void
assert_rows(const struct row *rows, size_t n)
{
	static const struct pairing_conf conf = { 0 };
	struct pairing_table *t = pairing_new(&conf);

	for (size_t i = 0; i < n; i++)
		assert_pairing(t, &rows[i], i);
	assert_int_equal(pairing_overflow(t), 0);
	pairing_free(t);
}
#define ASSERT_ROWS(rows) assert_rows(rows, sizeof(rows) / sizeof(*(rows)))

static void
pairs_nothing_without_an_operation(void **state)
{
	static const struct row rows[] = {
		{ 0, 0, 0, 0, 10, 503, NONE, 0, 0, NONE, NONE, 0 },
		{ 0, 0, 0, 20, 30, 503, NONE, 0, 0, NONE, NONE, 0 },
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void
counts_the_attempts_of_a_key_also_after_a_success(void **state)
{
	static const struct row rows[] = {
		{ KEY, 7, 1, 0, 10, 503, NONE, 0, 1, NONE, NONE, 0 },
		{ KEY, 8, 1, 5, 15, 503, NONE, 0, 1, NONE, NONE, 0 },
		{ KEY, 7, 1, 110, 120, 200, NONE, 0, 2, 100, NONE, 0 },
		{ KEY, 7, 2, 220, 230, 200, NONE, 0, 3, 100, NONE, 0 },
		{ SDK, 9, 0, 300, 310, 0, NONE, 0, 1, NONE, NONE, 0 },
		{ SDK, 9, 0, 360, 370, 200, NONE, 0, 2, 50, NONE, 0 },
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void
chains_a_fingerprint_only_after_a_failure(void **state)
{
	static const struct row rows[] = {
		{ FINGERPRINT, 7, 1, 0, 10, 200, NONE, 0, 1, NONE, NONE, 0 },
		{ FINGERPRINT, 7, 1, 20, 30, 503, NONE, 0, 1, NONE, NONE, 0 },
		/* another body is another operation */
		{ FINGERPRINT, 7, 2, 35, 40, 503, NONE, 0, 1, NONE, NONE, 0 },
		{ FINGERPRINT, 7, 1, 50, 60, 499, NONE, 0, 2, 20, NONE, 0 },
		{ FINGERPRINT, 7, 1, 70, 80, 200, NONE, 0, 3, 10, NONE, 0 },
		{ FINGERPRINT, 7, 1, 90, 95, 503, NONE, 0, 1, NONE, NONE, 0 },
		{ FINGERPRINT, 7, 2, 96, 99, 200, NONE, 0, 2, 56, NONE, 0 },
		{ FINGERPRINT, 7, 2, 100, 109, 200, NONE, 0, 1, NONE, NONE, 0 },
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void
takes_a_cut_or_abandoned_answer_for_no_success(void **state)
{
	struct record r = { .status = 200 };

	(void)state;
	assert_true(pairing_success(&r));
	r.flags = RECORD_TRUNCATED;
	assert_false(pairing_success(&r));
	r = (struct record){ .status = 200, .outcome = OUTCOME_CLIENT_CLOSED };
	assert_false(pairing_success(&r));
	for (unsigned status = 0; status < 1000; status++) {
		r = (struct record){ .status = (uint16_t)status };
		assert_int_equal(
		    pairing_success(&r), status >= 100 && status < 400);
	}
}

static void
says_when_a_retry_was_due_and_whether_it_came_early(void **state)
{
	static const struct row rows[] = {
		/* 3 s: 50 ms of tolerance */
		{ KEY, 1, 0, 0, 10, 429, 3000, 0, 1, NONE, NONE, 0 },
		{ KEY, 1, 0, 2959, 2970, 429, 3000, 0, 2, 2949, 3010, 1 },
		{ KEY, 1, 0, 5920, 5930, 429, 3000, 0, 3, 2950, 5970, 0 },
		{ KEY, 1, 0, 9000, 9010, 429, NONE, 0, 4, 3070, 8930, 0 },
		{ KEY, 1, 0, 9011, 9020, 200, NONE, 0, 5, 1, NONE, 0 },
		/* 10 s: 1 % */
		{ KEY, 2, 0, 0, 10, 503, 10000, 0, 1, NONE, NONE, 0 },
		{ KEY, 2, 0, 9910, 9920, 503, 10000, 0, 2, 9900, 10010, 0 },
		{ KEY, 2, 0, 19819, 19830, 200, NONE, 0, 3, 9899, 19920, 1 },
		/* a date: one second more */
		{ KEY, 3, 0, 0, 10, 503, 3000, RECORD_RETRY_DATE, 1, NONE, NONE,
		    0 },
		{ KEY, 3, 0, 1960, 1970, 503, 3000, RECORD_RETRY_DATE, 2, 1950,
		    3010, 0 },
		{ KEY, 3, 0, 3919, 3930, 200, NONE, 0, 3, 1949, 4970, 1 },
		/* decided, but not sent */
		{ KEY, 4, 0, 0, 10, 200, 3000, RECORD_SHADOW, 1, NONE, NONE,
		    0 },
		{ KEY, 4, 0, 20, 30, 200, NONE, 0, 2, 10, NONE, 0 },
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void
accuses_no_hedge_of_being_early(void **state)
{
	static const struct row rows[] = {
		{ KEY, 1, 0, 0, 100, 429, 3000, 0, 1, NONE, NONE, 0 },
		{ KEY, 1, 0, 50, 150, 429, 3000, 0, 2, NONE, NONE, 0 },
		{ KEY, 1, 0, 160, 170, 429, 3000, 0, 3, 10, 3150, 1 },
		/* of a fingerprint: two operations at once */
		{ FINGERPRINT, 2, 0, 0, 100, 503, NONE, 0, 1, NONE, NONE, 0 },
		{ FINGERPRINT, 2, 0, 50, 150, 503, NONE, 0, 1, NONE, NONE, 0 },
		{ FINGERPRINT, 2, 0, 200, 210, 503, NONE, 0, 2, 100, NONE, 0 },
		{ FINGERPRINT, 2, 0, 250, 260, 503, NONE, 0, 2, 100, NONE, 0 },
		{ FINGERPRINT, 2, 0, 300, 310, 200, NONE, 0, 3, 90, NONE, 0 },
		{ FINGERPRINT, 2, 0, 300, 310, 200, NONE, 0, 3, 40, NONE, 0 },
		{ FINGERPRINT, 2, 0, 320, 330, 200, NONE, 0, 1, NONE, NONE, 0 },
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void
continues_the_one_that_is_due_first(void **state)
{
	static const struct row rows[] = {
		{ FINGERPRINT, 2, 0, 0, 10, 429, 5000, 0, 1, NONE, NONE, 0 },
		{ FINGERPRINT, 2, 0, 5, 20, 429, 3000, 0, 1, NONE, NONE, 0 },
		{ FINGERPRINT, 2, 0, 3020, 3030, 200, NONE, 0, 2, 3000, 3020,
		    0 },
		{ FINGERPRINT, 2, 0, 5010, 5020, 200, NONE, 0, 2, 5000, 5010,
		    0 },
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void
takes_a_changed_request_for_another_operation(void **state)
{
	static const struct row rows[] = {
		{ FINGERPRINT, 1, 0, 0, 10, 417, NONE, RECORD_HAS_EXPECT, 1,
		    NONE, NONE, 0 },
		{ FINGERPRINT, 1, 0, 20, 30, 417, NONE, RECORD_HAS_EXPECT, 2,
		    10, NONE, 0 },
		{ FINGERPRINT, 1, 0, 40, 50, 200, NONE, 0, 1, NONE, NONE, 0 },
	};
	static const struct pairing_conf conf = { 0 };
	struct pairing_table *t = pairing_new(&conf);
	struct record r = { .t_end = 1,
		.op = 1,
		.op_source = FINGERPRINT,
		.status = 401,
		.auth_hash = 5,
		.retry_after_ns = RECORD_NONE };

	(void)state;
	ASSERT_ROWS(rows);
	assert_int_equal(pairing_add(t, &r).attempt, 1);
	r.t_first = r.t_end = 2;
	assert_int_equal(pairing_add(t, &r).attempt, 2);
	r.t_first = r.t_end = 3;
	r.auth_hash = 6;
	assert_int_equal(pairing_add(t, &r).attempt, 1);
	pairing_free(t);
}

static void
ends_an_operation_when_nothing_comes_for_the_window(void **state)
{
	static const struct row rows[] = {
		{ KEY, 1, 0, 0, 10, 503, NONE, 0, 1, NONE, NONE, 0 },
		{ KEY, 1, 0, 120010, 120020, 503, NONE, 0, 2, 120000, NONE, 0 },
		{ KEY, 1, 0, 240021, 240030, 503, NONE, 0, 1, NONE, NONE, 0 },
		{ FINGERPRINT, 2, 0, 0, 10, 503, NONE, 0, 1, NONE, NONE, 0 },
		{ FINGERPRINT, 2, 0, 120011, 120020, 503, NONE, 0, 1, NONE,
		    NONE, 0 },
		/* twice the Retry-After and 10 s where that is longer */
		{ KEY, 3, 0, 0, 10, 503, 100000, 0, 1, NONE, NONE, 0 },
		{ KEY, 3, 0, 210010, 210020, 503, 100000, 0, 2, 210000, 100010,
		    0 },
		{ KEY, 3, 0, 420021, 420030, 503, NONE, 0, 1, NONE, NONE, 0 },
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void
survives_numbers_at_the_end_of_their_range(void **state)
{
	static const struct pairing_conf conf = { 0 };
	struct pairing_table *t = pairing_new(&conf);
	struct record r = { .t_resp = 5,
		.t_end = 5,
		.op = UINT64_MAX,
		.op_source = KEY,
		.status = 429,
		.retry_after_ns = RECORD_NONE - 1 };
	struct pairing p;

	(void)state;
	pairing_add(t, &r);
	r.t_first = 10;
	p = pairing_add(t, &r);
	assert_int_equal(p.attempt, 2);
	assert_int_equal(p.due_ns, RECORD_NONE - 1);
	assert_true(p.early);
	pairing_free(t);
}

/* The nth of many operations, at time t. */
static struct record
one_of_many(uint64_t n, uint64_t t_ms)
{
	return (struct record){ .t_first = MS(t_ms),
		.t_resp = MS(t_ms),
		.t_end = MS(t_ms),
		.op = n,
		.op_source = KEY,
		.status = 503,
		.retry_after_ns = RECORD_NONE };
}

static void
finds_each_of_many_operations_again(void **state)
{
	static const struct pairing_conf conf = { .max = 50000 };
	struct pairing_table *t = pairing_new(&conf);

	(void)state;
	for (uint32_t round = 1; round <= 3; round++)
		for (uint64_t n = 1; n <= 50000; n++) {
			struct record r = one_of_many(n, round);

			assert_int_equal(pairing_add(t, &r).attempt, round);
		}
	assert_int_equal(pairing_overflow(t), 0);
	pairing_free(t);
}

static void
counts_what_it_cannot_remember_and_recovers(void **state)
{
	static const struct pairing_conf conf = { .max = 100 };
	struct pairing_table *t = pairing_new(&conf);
	struct record r;

	(void)state;
	for (uint64_t n = 1; n <= 150; n++) {
		r = one_of_many(n, 0);
		assert_int_equal(pairing_add(t, &r).attempt, 1);
	}
	assert_int_equal(pairing_overflow(t), 50);
	r = one_of_many(100, 1);
	assert_int_equal(pairing_add(t, &r).attempt, 2);
	r = one_of_many(101, 1);
	assert_int_equal(pairing_add(t, &r).attempt, 1);
	assert_int_equal(pairing_overflow(t), 51);
	/* all of them have expired */
	for (uint64_t n = 201; n <= 290; n++) {
		r = one_of_many(n, 200000);
		pairing_add(t, &r);
	}
	assert_int_equal(pairing_overflow(t), 51);
	pairing_free(t);
}

/* One URL that fails for everybody does not fill the table. */
static void
keeps_a_few_open_attempts_of_one_fingerprint(void **state)
{
	static const struct pairing_conf conf = { .max = 100 };
	struct pairing_table *t = pairing_new(&conf);

	(void)state;
	for (uint64_t n = 0; n < 10000; n++) {
		/* all began at once, so none continues another */
		struct record r = one_of_many(1, 0);

		r.t_end = MS(1 + n);
		r.op_source = FINGERPRINT;
		assert_int_equal(pairing_add(t, &r).attempt, 1);
	}
	assert_int_equal(pairing_overflow(t), 0);
	for (uint64_t n = 0; n < 20; n++) {
		struct record r = one_of_many(1, 10001);

		r.op_source = FINGERPRINT;
		r.status = 200;
		assert_int_equal(pairing_add(t, &r).attempt, n < 16 ? 2 : 1);
	}
	pairing_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_nothing_without_an_operation),
		cmocka_unit_test(
		    counts_the_attempts_of_a_key_also_after_a_success),
		cmocka_unit_test(chains_a_fingerprint_only_after_a_failure),
		cmocka_unit_test(
		    takes_a_cut_or_abandoned_answer_for_no_success),
		cmocka_unit_test(
		    says_when_a_retry_was_due_and_whether_it_came_early),
		cmocka_unit_test(accuses_no_hedge_of_being_early),
		cmocka_unit_test(continues_the_one_that_is_due_first),
		cmocka_unit_test(takes_a_changed_request_for_another_operation),
		cmocka_unit_test(
		    ends_an_operation_when_nothing_comes_for_the_window),
		cmocka_unit_test(survives_numbers_at_the_end_of_their_range),
		cmocka_unit_test(finds_each_of_many_operations_again),
		cmocka_unit_test(counts_what_it_cannot_remember_and_recovers),
		cmocka_unit_test(keeps_a_few_open_attempts_of_one_fingerprint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
