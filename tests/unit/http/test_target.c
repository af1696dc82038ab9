#include "http/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
splits_every_form_of_a_target(void **state)
{
	static const struct {
		const char *target, *path, *query, *authority;
	} rows[] = {
		{ "/a?b", "/a", "b", "" },
		{ "/a?b?c", "/a", "b?c", "" },
		{ "/a", "/a", NULL, "" },
		{ "/a?", "/a", "", "" },
		{ "/a?u=http://x/", "/a", "u=http://x/", "" },
		{ "http://h/a?b", "/a", "b", "h" },
		{ "http://h:80", "/", NULL, "h:80" },
		{ "http://h?b", "/", "b", "h" },
		{ "HTTP://[::1]:8/x", "/x", NULL, "[::1]:8" },
		{ "*", "*", NULL, "" },
		{ "h:443", "h:443", NULL, "" },
		{ "//h/x", "//h/x", NULL, "" },
		{ "", "", NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span t = span_str(rows[i].target);
		struct span query = target_query(t);

		assert_true(span_eq(target_path(t), span_str(rows[i].path)));
		assert_int_equal(query.p != NULL, rows[i].query != NULL);
		assert_true(span_eq(query, span_str(rows[i].query)));
		assert_true(
		    span_eq(target_authority(t), span_str(rows[i].authority)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_every_form_of_a_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
