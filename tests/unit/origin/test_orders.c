#include "origin/orders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
a_repeated_key_gives_its_first_order_again(void **state)
{
	static const struct {
		const char *key;
		uint64_t id, posts;
	} posts[] = {
		{ "a", 1, 1 },
		{ "b", 2, 1 },
		{ "a", 1, 2 },
		{ "ab", 3, 1 },
		{ "a", 1, 3 },
		{ "b", 2, 2 },
	};
	struct orders o = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(posts) / sizeof(*posts); i++) {
		struct order got = orders_post(&o, span_str(posts[i].key));

		assert_int_equal(got.id, posts[i].id);
		assert_int_equal(got.posts, posts[i].posts);
	}
	assert_int_equal(o.orders, 3);
	assert_int_equal(o.posts, 6);
	orders_clear(&o);
	assert_null(orders_at(&o, 0));
}

static void
every_post_without_a_key_is_a_new_order(void **state)
{
	struct orders o = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 3; i++)
		assert_int_equal(orders_post(&o, SPAN("")).id, i);
	assert_int_equal(o.without, 3);
	assert_null(orders_at(&o, 0));
	orders_clear(&o);
}

/* The newest keys are kept; a forgotten one makes a new order. */
static void
memory_is_bounded_by_the_newest_keys(void **state)
{
	struct orders o = { 0 };
	char key[32];

	(void)state;
	for (int i = 0; i < ORDERS_KEYS_MAX + 10; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		orders_post(&o, span_str(key));
	}
	assert_string_equal(orders_at(&o, 0)->key, "k10");
	assert_non_null(orders_at(&o, ORDERS_KEYS_MAX - 1));
	assert_null(orders_at(&o, ORDERS_KEYS_MAX));
	assert_int_equal(orders_post(&o, SPAN("k10")).posts, 2);
	assert_int_equal(orders_post(&o, SPAN("k9")).posts, 1);
	orders_clear(&o);
}

static void
long_keys_are_cut_and_still_found(void **state)
{
	char key[ORDERS_KEY_LEN + 50];
	struct orders o = { 0 };

	(void)state;
	memset(key, 'x', sizeof(key));
	orders_post(&o, (struct span){ key, sizeof(key) });
	assert_int_equal(strlen(orders_at(&o, 0)->key), ORDERS_KEY_LEN);
	assert_int_equal(
	    orders_post(&o, (struct span){ key, sizeof(key) }).posts, 2);
	orders_clear(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_repeated_key_gives_its_first_order_again),
		cmocka_unit_test(every_post_without_a_key_is_a_new_order),
		cmocka_unit_test(memory_is_bounded_by_the_newest_keys),
		cmocka_unit_test(long_keys_are_cut_and_still_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
