#include "net/block.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void
gives_empty_blocks_and_takes_them_back(void **state)
{
	struct block_store s;
	struct block *a, *b;

	(void)state;
	block_store_init(&s, 4);
	a = block_get(&s);
	a->tail = 10;
	a->head = 3;
	assert_int_equal(block_view(a).n, 7);
	assert_ptr_equal(block_view(a).p, a->data + 3);
	block_unref(&s, a);
	assert_int_equal(s.n_free, 1);
	b = block_get(&s);
	assert_ptr_equal(a, b);
	assert_int_equal(block_view(b).n, 0);
	assert_int_equal(s.n_free, 0);
	block_unref(&s, b);
	block_unref(&s, NULL);
	block_store_clear(&s);
}

static void
keeps_a_block_while_anyone_holds_it(void **state)
{
	struct block_store s;
	struct block *a, *b;

	(void)state;
	block_store_init(&s, 4);
	a = block_get(&s);
	assert_ptr_equal(block_ref(a), a);
	block_unref(&s, a);
	assert_int_equal(s.n_out, 1);
	b = block_get(&s);
	assert_ptr_not_equal(a, b);
	block_unref(&s, a);
	assert_int_equal(s.n_out, 1);
	assert_int_equal(s.n_free, 1);
	block_unref(&s, b);
	block_store_clear(&s);
}

static void
stores_no_more_than_it_was_told(void **state)
{
	struct block_store s;
	struct block *v[5];

	(void)state;
	block_store_init(&s, 2);
	for (unsigned i = 0; i < 5; i++)
		v[i] = block_get(&s);
	assert_int_equal(s.n_out, 5);
	for (unsigned i = 0; i < 5; i++)
		block_unref(&s, v[i]);
	assert_int_equal(s.n_out, 0);
	assert_int_equal(s.n_free, 2);
	block_store_clear(&s);
	assert_int_equal(s.n_free, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_empty_blocks_and_takes_them_back),
		cmocka_unit_test(keeps_a_block_while_anyone_holds_it),
		cmocka_unit_test(stores_no_more_than_it_was_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
