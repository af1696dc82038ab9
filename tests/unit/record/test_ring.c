#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "record/ring.h"

enum { MANY = 200000 };

static char letters[2 * RECORD_TEXT_MAX];

/* The nth record: every string has a length and a letter that follow from n. */
static struct record
numbered(uint64_t n)
{
	struct record r = { .t_first = n, .conn = ~n, .cause = "client" };
	const char *from = letters + n % 26;

	r.method = (struct span){ from, n % 7 };
	r.path = (struct span){ from, n * 31 % RECORD_TEXT_MAX };
	r.host = (struct span){ from, n % 40 };
	r.op_text = (struct span){ from, n % 3 == 0 ? n % 64 : 0 };
	r.plan = (struct span){ from, n % 4 * sizeof(struct record_armed) };
	return r;
}

static void
assert_same(const struct record *got, uint64_t n)
{
	struct record want = numbered(n);

	assert_int_equal(got->t_first, n);
	assert_int_equal(got->conn, ~n);
	assert_string_equal(got->cause, "client");
	assert_true(span_eq(got->method, want.method));
	assert_true(span_eq(got->plan, want.plan));
	assert_true(span_eq(got->path, want.path));
	assert_true(span_eq(got->host, want.host));
	assert_true(span_eq(got->op_text, want.op_text));
}

static void
is_empty_at_first(void **state)
{
	struct ring *ring = ring_new(0);

	(void)state;
	assert_null(ring_get(ring));
	assert_int_equal(ring_lost(ring), 0);
	ring_free(ring);
	ring_free(NULL);
}

static void
returns_the_same_record_until_it_is_released(void **state)
{
	struct ring *ring = ring_new(0);
	struct record a = numbered(1), b = numbered(2);
	const struct record *first;

	(void)state;
	assert_true(ring_put(ring, &a));
	assert_true(ring_put(ring, &b));
	first = ring_get(ring);
	assert_ptr_equal(ring_get(ring), first);
	assert_same(first, 1);
	ring_release(ring);
	assert_same(ring_get(ring), 2);
	ring_release(ring);
	assert_null(ring_get(ring));
	ring_free(ring);
}

static void
keeps_no_pointer_into_the_callers_memory(void **state)
{
	struct ring *ring = ring_new(0);
	char path[] = "/search";
	struct record r = { .path = { path, 7 } };

	(void)state;
	assert_true(ring_put(ring, &r));
	memset(path, 'x', sizeof(path));
	assert_memory_equal(ring_get(ring)->path.p, "/search", 7);
	ring_free(ring);
}

static void
cuts_strings_that_are_too_long(void **state)
{
	struct ring *ring = ring_new(0);
	struct record r = { .host = { letters, sizeof(letters) } };

	(void)state;
	assert_true(ring_put(ring, &r));
	assert_int_equal(ring_get(ring)->host.n, RECORD_TEXT_MAX);
	ring_free(ring);
}

/* Whatever the lag of the consumer, nothing is torn where the ring ends. */
static void
wraps_with_records_of_every_size(void **state)
{
	static const size_t sizes[] = { RING_BYTES_MIN, 128 << 10, 2 << 20 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct ring *ring = ring_new(sizes[i]);
		uint64_t put = 0, got = 0;

		while (got < MANY / 10) {
			size_t lag = 1 + put * 7919 % (sizes[i] / 3072);

			while (put - got < lag) {
				struct record r = numbered(put);

				assert_true(ring_put(ring, &r));
				put++;
			}
			while (put - got > lag / 3) {
				assert_same(ring_get(ring), got);
				ring_release(ring);
				got++;
			}
		}
		assert_int_equal(ring_lost(ring), 0);
		ring_free(ring);
	}
}

static void
counts_what_finds_no_room_and_goes_on_afterwards(void **state)
{
	struct ring *ring = ring_new(RING_BYTES_MIN);
	uint64_t put = 0, lost = 0;
	struct record r;

	(void)state;
	for (; lost < 3; put += lost == 0) {
		r = numbered(put);
		lost += !ring_put(ring, &r);
	}
	assert_int_equal(ring_lost(ring), 3);
	assert_in_range(put, 40, 120);
	for (uint64_t n = 0; n < put; n++) {
		assert_same(ring_get(ring), n);
		ring_release(ring);
	}
	assert_null(ring_get(ring));
	r = numbered(5);
	assert_true(ring_put(ring, &r));
	assert_same(ring_get(ring), 5);
	assert_int_equal(ring_lost(ring), 3);
	ring_free(ring);
}

static void *
produce(void *arg)
{
	struct ring *ring = arg;

	for (uint64_t n = 0; n < MANY; n++) {
		struct record r = numbered(n);

		while (!ring_put(ring, &r))
			sched_yield();
	}
	return NULL;
}

static void
hands_every_record_from_one_thread_to_another(void **state)
{
	static const size_t sizes[] = { RING_BYTES_MIN, 1 << 20 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct ring *ring = ring_new(sizes[i]);
		const struct record *r;
		pthread_t thread;

		assert_int_equal(
		    pthread_create(&thread, NULL, produce, ring), 0);
		for (uint64_t n = 0; n < MANY; n++) {
			while ((r = ring_get(ring)) == NULL)
				sched_yield();
			assert_same(r, n);
			ring_release(ring);
		}
		pthread_join(thread, NULL);
		assert_null(ring_get(ring));
		ring_free(ring);
	}
}

/* Puts and takes a record n times, with so many between the two. at: the lowest
 * and the highest place of those after the first 1,000. */
static void
pass_through(struct ring *ring, uint64_t n, uint64_t lag, uintptr_t at[2])
{
	for (uint64_t put = 0; put < n + lag; put++) {
		struct record r = numbered(put);
		uintptr_t got;

		if (put < n)
			assert_true(ring_put(ring, &r));
		if (put < lag)
			continue;
		got = (uintptr_t)ring_get(ring);
		assert_same((struct record *)got, put - lag);
		ring_release(ring);
		if (put - lag < 1000)
			continue;
		at[0] = got < at[0] ? got : at[0];
		at[1] = got > at[1] ? got : at[1];
	}
}

static size_t
pages_in_core(const uintptr_t at[2])
{
	uintptr_t page = 4096, first = at[0] & ~(page - 1);
	size_t n_pages = (at[1] - first) / page + 1, n = 0;
	unsigned char *in_core = calloc(n_pages, 1);

	assert_int_equal(mincore((void *)first, n_pages * page, in_core), 0);
	for (size_t i = 0; i < n_pages; i++)
		n += in_core[i] & 1;
	free(in_core);
	return n;
}

static void
stays_in_little_memory_while_the_consumer_keeps_up(void **state)
{
	struct ring *ring = ring_new(RING_BYTES);
	uintptr_t at[2] = { UINTPTR_MAX, 0 };

	(void)state;
	pass_through(ring, MANY / 4, 100, at);
	assert_in_range(at[1] - at[0], 1, 512 << 10);
	ring_free(ring);
}

/* An idle proxy that once was busy does not go on to hold megabytes. */
static void
gives_the_memory_of_a_lag_back(void **state)
{
	struct ring *ring = ring_new(RING_BYTES);
	uintptr_t at[2] = { UINTPTR_MAX, 0 };

	(void)state;
	pass_through(ring, 3000, 3000, at);
	assert_true(at[1] - at[0] > 1 << 20);
	assert_in_range(pages_in_core(at), 1, 40);
	ring_free(ring);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_empty_at_first),
		cmocka_unit_test(returns_the_same_record_until_it_is_released),
		cmocka_unit_test(keeps_no_pointer_into_the_callers_memory),
		cmocka_unit_test(cuts_strings_that_are_too_long),
		cmocka_unit_test(wraps_with_records_of_every_size),
		cmocka_unit_test(
		    counts_what_finds_no_room_and_goes_on_afterwards),
		cmocka_unit_test(hands_every_record_from_one_thread_to_another),
		cmocka_unit_test(
		    stays_in_little_memory_while_the_consumer_keeps_up),
		cmocka_unit_test(gives_the_memory_of_a_lag_back),
	};

	for (size_t i = 0; i < sizeof(letters); i++)
		letters[i] = (char)('a' + i % 26);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
