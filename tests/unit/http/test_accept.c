#include "http/accept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { JSON, HTML, TEXT };

static void
chooses_by_weight_and_closeness(void **state)
{
	static const struct span offers[] = { { "application/json", 16 },
		{ "text/html", 9 }, { "text/plain", 10 } };
	static const struct {
		const char *accept;
		unsigned offer;
	} rows[] = {
		{ "*/*", JSON },
		{ "text/html", HTML },
		{ "TEXT/HTML", HTML },
		{ "text/plain, application/json;q=0.9", TEXT },
		{ "text/html,application/xhtml+xml,application/xml;q=0.9,"
		  "*/*;q=0.8",
		    HTML },
		{ "text/*", HTML },
		{ "text/*;q=0.5, text/plain;q=0.6", TEXT },
		{ "*/*, application/json;q=0", HTML },
		{ "application/json;q=0.1, text/*;q=0.2, text/html;q=0", TEXT },
		{ "text/plain;format=flowed;q=0.9, text/html;q=0.8", TEXT },
		{ "text/html; q=0.5, application/json ;q=0.50", JSON },
		{ "image/png", JSON },
		{ "", JSON },
		{ "text/plain;q=nonsense, text/html;q=0.9", TEXT },
		{ "garbage,,;q=1,/", JSON },
	};
	static struct head h;

	(void)state;
	assert_int_equal(accept_choose(&h, offers, 3), JSON);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		h = (struct head){ .n_fields = 1,
			.seen = (uint64_t)1 << FIELD_ACCEPT };
		h.fields[0] = (struct field){ SPAN("Accept"),
			span_str(rows[i].accept), FIELD_ACCEPT };
		assert_int_equal(accept_choose(&h, offers, 3), rows[i].offer);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_by_weight_and_closeness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
