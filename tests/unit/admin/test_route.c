#include "admin/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <string.h>

#include "admin/api.h"

static void
methods_and_paths_lead_to_their_answer(void **state)
{
	static const struct {
		const char *method, *path;
		void (*answer)(struct api_call *call);
		const char *tail, *allow;
	} rows[] = {
		{ "GET", "/", api_page, "", "" },
		{ "HEAD", "/healthz", api_healthz, "", "" },
		{ "PUT", "/v1/scenario", api_scenario_put, "", "" },
		{ "POST", "/v1/scenario/next", api_next, "", "" },
		{ "PATCH", "/v1/rules/a-b", api_rule_patch, "a-b", "" },
		{ "PATCH", "/v1/rules/", NULL, "", "" },
		{ "PATCH", "/v1/rules/a/b", NULL, "", "" },
		{ "GET", "/v1/rules/a", NULL, "", "PATCH" },
		{ "DELETE", "/v1/scenario", NULL, "", "GET, HEAD, PUT" },
		{ "HEAD", "/v1/off", NULL, "", "POST" },
		{ "GET", "/v1", NULL, "", "" },
		{ "GET", "/healthz/", NULL, "", "" },
		{ "GET", "", NULL, "", "" },
		{ "", "/metrics", NULL, "", "GET, HEAD" },
	};
	char allow[ROUTE_ALLOW];
	struct span tail;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct route *r = route_find(span_str(rows[i].method),
		    span_str(rows[i].path), &tail, allow);

		if ((r != NULL ? r->answer : NULL) != rows[i].answer ||
		    (r == NULL && strcmp(allow, rows[i].allow) != 0))
			fail_msg("%s %s: allow %s", rows[i].method,
			    rows[i].path, allow);
		if (r != NULL)
			assert_true(span_eq(tail, span_str(rows[i].tail)));
	}
}

static void
only_what_tells_nothing_is_open(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_routes; i++)
		assert_int_equal(routes[i].open,
		    strcmp(routes[i].path, "/") == 0 ||
			strcmp(routes[i].path, "/healthz") == 0 ||
			strcmp(routes[i].path, "/readyz") == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(methods_and_paths_lead_to_their_answer),
		cmocka_unit_test(only_what_tells_nothing_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
