#include "decide/table.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static uint64_t
count(struct table *t, uint64_t id, uint64_t key, uint64_t now, uint64_t idle)
{
	struct table_ref ref = table_get(t, id, key, now, idle);
	uint64_t n = ref.count != NULL ? ++ref.count->n : 0;

	table_put(ref);
	return n;
}

static void
counts_each_key_of_each_id(void **state)
{
	struct table *t = table_new(1 << 20);

	(void)state;
	for (uint64_t round = 1; round <= 3; round++)
		for (uint64_t id = 0; id < 3; id++)
			for (uint64_t key = 0; key < 30000; key++)
				assert_int_equal(
				    count(t, id, key, 1, 0), round);
	assert_int_equal(table_stats(t).entries, 90000);
	assert_int_equal(table_stats(t).overflow, 0);
	table_free(t);
}

static void
refuses_new_keys_when_full_and_counts_them(void **state)
{
	struct table *t = table_new(1000);

	(void)state;
	for (uint64_t key = 0; key < 1000; key++)
		assert_int_equal(count(t, 1, key, 1, 0), 1);
	for (uint64_t key = 1000; key < 1100; key++)
		assert_int_equal(count(t, 1, key, 1, 0), 0);
	for (uint64_t key = 0; key < 1000; key++)
		assert_int_equal(count(t, 1, key, 1, 0), 2);
	assert_int_equal(table_stats(t).overflow, 100);
	assert_int_equal(table_stats(t).entries, 1000);
	assert_int_equal(table_stats(t).max, 1000);
	table_free(t);
}

static void
forgets_what_was_idle(void **state)
{
	struct table *t = table_new(1000);
	struct table_ref ref;

	(void)state;
	assert_int_equal(count(t, 1, 5, 100, 50), 1);
	assert_int_equal(count(t, 1, 5, 149, 50), 2);
	assert_int_equal(count(t, 1, 5, 198, 50), 3);
	assert_int_equal(count(t, 1, 5, 248, 50), 1);
	ref = table_get(t, 1, 5, 249, 50);
	assert_int_equal(ref.count->gen, 1);
	table_put(ref);
	table_free(t);
}

static void
gives_the_room_of_the_idle_to_others(void **state)
{
	const uint64_t second = 1000000000;
	struct table *t = table_new(1000);
	uint64_t refused = 0;

	(void)state;
	for (uint64_t key = 0; key < 1000; key++)
		assert_int_equal(count(t, 1, key, 0, second), 1);
	for (uint64_t key = 1000; key < 2000; key++)
		refused += count(t, 1, key, 2 * second, second) == 0;
	/* An insert sweeps a few shards, not all: some may come too early. */
	assert_true(refused < 100);
	assert_int_equal(table_stats(t).overflow, refused);
	assert_true(table_stats(t).entries <= 1000);
	table_free(t);
}

static void
drops_a_key_at_once(void **state)
{
	struct table *t = table_new(1000);

	(void)state;
	table_drop(t, 1, 5);
	assert_int_equal(count(t, 1, 5, 1, 0), 1);
	assert_int_equal(count(t, 1, 6, 1, 0), 1);
	table_drop(t, 1, 5);
	assert_int_equal(count(t, 1, 5, 1, 0), 1);
	assert_int_equal(count(t, 1, 6, 1, 0), 2);
	table_free(t);
}

enum { THREADS = 8, KEYS = 5000, ROUNDS = 20 };

static void *
counts_all_keys(void *arg)
{
	for (unsigned r = 0; r < ROUNDS; r++)
		for (uint64_t key = 0; key < KEYS; key++)
			count(arg, 1, key, 1, 0);
	return NULL;
}

static void
loses_no_count_between_threads(void **state)
{
	struct table *t = table_new(1 << 20);
	pthread_t threads[THREADS];

	(void)state;
	for (unsigned i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, counts_all_keys, t);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (uint64_t key = 0; key < KEYS; key++)
		assert_int_equal(count(t, 1, key, 1, 0), THREADS * ROUNDS + 1);
	assert_int_equal(table_stats(t).entries, KEYS);
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_each_key_of_each_id),
		cmocka_unit_test(refuses_new_keys_when_full_and_counts_them),
		cmocka_unit_test(forgets_what_was_idle),
		cmocka_unit_test(gives_the_room_of_the_idle_to_others),
		cmocka_unit_test(drops_a_key_at_once),
		cmocka_unit_test(loses_no_count_between_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
