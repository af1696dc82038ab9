#include "fixture.h"

#include <pthread.h>

#include "fault/keyed.h"

static void
keeps_a_state_for_each_key(void **state)
{
	struct keyed *t = keyed_new(1 << 14, sizeof(uint64_t));

	(void)state;
	for (uint64_t k = 0; k < 1000; k++) {
		uint64_t *v = keyed_lock(t, k, k);

		assert_int_equal(*v, 0);
		*v = k + 1;
		keyed_unlock(t, k);
	}
	for (uint64_t k = 0; k < 1000; k++) {
		uint64_t *v = keyed_lock_known(t, k);

		assert_non_null(v);
		assert_int_equal(*v, k + 1);
		keyed_unlock(t, k);
	}
	assert_null(keyed_lock_known(t, 1000));
	keyed_free(t);
}

static void
forgets_the_longest_unused_when_it_is_full(void **state)
{
	struct keyed *t = keyed_new(512, sizeof(uint64_t));
	unsigned known = 0, late = 0;

	(void)state;
	for (uint64_t k = 0; k < 100000; k++) {
		uint64_t *v = keyed_lock(t, k, k);

		assert_int_equal(*v, 0);
		*v = 1;
		keyed_unlock(t, k);
	}
	for (uint64_t k = 0; k < 100000; k++)
		if (keyed_lock_known(t, k) != NULL) {
			keyed_unlock(t, k);
			known++;
			late += k >= 98000;
		}
	assert_int_equal(known, 512);
	assert_int_equal(late, known);
	keyed_free(t);
}

static void *
count(void *arg)
{
	for (uint64_t i = 0; i < 20000; i++) {
		uint64_t key = i % 16;

		++*(uint64_t *)keyed_lock(arg, key, i);
		keyed_unlock(arg, key);
	}
	return NULL;
}

static void
loses_no_count_between_threads(void **state)
{
	struct keyed *t = keyed_new(512, sizeof(uint64_t));
	pthread_t threads[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, count, t);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (uint64_t k = 0; k < 16; k++) {
		assert_int_equal(*(uint64_t *)keyed_lock(t, k, 0), 5000);
		keyed_unlock(t, k);
	}
	keyed_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_a_state_for_each_key),
		cmocka_unit_test(forgets_the_longest_unused_when_it_is_full),
		cmocka_unit_test(loses_no_count_between_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
