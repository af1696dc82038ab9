#include "fixture.h"

static void
finds_each_type_by_its_name(void **state)
{
	(void)state;
	for (const struct fault_type *const *t = fault_types; *t != NULL; t++)
		assert_ptr_equal(fault_find(span_str((*t)->name)), *t);
	assert_null(fault_find(SPAN("statu")));
	assert_null(fault_find(SPAN("")));
}

static void
expect_row(const struct param_set *set, const struct param *p)
{
	assert_non_null(p->name);
	assert_non_null(p->help);
	assert_true(p->offset < set->size);
	if (p->type == PARAM_ENUM)
		assert_non_null(p->names);
	if (p->type == PARAM_MAP || p->type == PARAM_LIST)
		assert_non_null(p->sub);
}

static void
expect_set(const struct param_set *set, bool bare)
{
	assert_true(set->n_rows > 0 && set->n_rows <= 32);
	if (!bare)
		assert_true(set->given + sizeof(uint32_t) <= set->size);
	for (unsigned i = 0; i < set->n_rows; i++) {
		expect_row(set, &set->rows[i]);
		if (set->rows[i].sub != NULL)
			expect_set(
			    set->rows[i].sub, set->rows[i].type == PARAM_LIST);
	}
}

static void
says_a_sentence_about_everything(void **state)
{
	(void)state;
	for (const struct fault_type *const *t = fault_types; *t != NULL; t++) {
		assert_non_null((*t)->summary);
		expect_set(&(*t)->params, false);
	}
}

static void
only_an_ending_fault_lends_rows_to_stand_beside_it(void **state)
{
	(void)state;
	for (const struct fault_type *const *t = fault_types; *t != NULL; t++)
		for (unsigned i = 0; i < (*t)->params.n_rows; i++)
			if ((*t)->params.rows[i].flags & PARAM_BESIDE)
				assert_int_equal((*t)->class, FAULT_ENDS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_type_by_its_name),
		cmocka_unit_test(says_a_sentence_about_everything),
		cmocka_unit_test(
		    only_an_ending_fault_lends_rows_to_stand_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
