#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "identity/identity.h"
#include "record/journal.h"

static void
names_the_source_of_an_operation_as_identity_does(void **state)
{
	(void)state;
	assert_int_equal(journal_op_sources.n, OP_FINGERPRINT + 1);
	for (unsigned i = 0; i < journal_op_sources.n; i++)
		assert_string_equal(
		    journal_op_sources.v[i], op_source_name((enum op_source)i));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    names_the_source_of_an_operation_as_identity_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
