#include "fixture.h"

#include "fault/redirect.h"

extern const struct fault_type fault_redirect;

/* The Location of a reply to a request for path and query, or "" when it
 * passed. */
static const char *
location(struct trial *t, const char *path, const char *query)
{
	static char text[256];
	const char *from;
	size_t n;

	t->facts.path = span_str(path);
	t->facts.query = span_str(query);
	if (trial_request(t).kind != STEP_REPLY)
		return "";
	buf_putc(&t->reply.raw, '\0');
	from = strstr(t->reply.raw.data, "\r\nLocation: ") + 12;
	n = strcspn(from, "\r");
	memcpy(text, from, n);
	text[n] = '\0';
	return text;
}

static void
leads_through_its_hops_to_the_real_target(void **state)
{
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_redirect, "status=308; hops=2");
	assert_string_equal(location(&t, "/a", NULL), "/a?brownout-hop=1");
	assert_int_equal(t.reply.status, 308);
	assert_string_equal(
	    location(&t, "/a", "brownout-hop=1"), "/a?brownout-hop=2");
	assert_string_equal(location(&t, "/a", "brownout-hop=2"), "");
	assert_string_equal(
	    location(&t, "/a", "x=1&y"), "/a?x=1&y&brownout-hop=1");
	assert_string_equal(location(&t, "/a", "x=1&y&brownout-hop=1"),
	    "/a?x=1&y&brownout-hop=2");
	assert_string_equal(
	    location(&t, "//h/a", NULL), "/.//h/a?brownout-hop=1");
	trial_end_rule(&t);
}

static void
leads_in_a_circle_for_ever(void **state)
{
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_redirect, "loop=true");
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(location(&t, "/a", "x=1"), "/a?x=1");
	assert_int_equal(t.reply.status, 307);
	trial_end_rule(&t);
}

static void
skips_a_target_without_a_path(void **state)
{
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_redirect, "hops=1");
	t.facts.path = SPAN("*");
	assert_int_equal(trial_request(&t).kind, STEP_SKIP);
	trial_end_rule(&t);
}

static void
strips_its_mark_wherever_it_stands(void **state)
{
	static const struct {
		const char *target, *want; /* NULL: there is no mark */
	} cases[] = {
		{ "/a?brownout-hop=1", "/a" },
		{ "/a?x=1&brownout-hop=12", "/a?x=1" },
		{ "/a?brownout-hop=1&x=1", "/a?x=1" },
		{ "/a?x=1&brownout-hop=1&y", "/a?x=1&y" },
		{ "/a", NULL },
		{ "/a?", NULL },
		{ "/a?x=brownout-hop=1", NULL },
		{ "/brownout-hop=1", NULL },
		{ "http://h/a?brownout-hop=1", "http://h/a" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b;
		bool had;

		buf_init(&b, 256);
		had = redirect_strip(span_str(cases[i].target), &b);
		assert_int_equal(had, cases[i].want != NULL);
		assert_true(span_eq(buf_view(&b), span_str(cases[i].want)));
		buf_clear(&b);
	}
}

static void
takes_only_codes_that_clients_follow(void **state)
{
	static const char *const bad[] = { "status=300", "status=304",
		"status=200", "status=305" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_string_not_equal(
		    conf_check(&fault_redirect, bad[i]), "");
	assert_string_equal(conf_check(&fault_redirect, "status=301"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leads_through_its_hops_to_the_real_target),
		cmocka_unit_test(leads_in_a_circle_for_ever),
		cmocka_unit_test(skips_a_target_without_a_path),
		cmocka_unit_test(strips_its_mark_wherever_it_stands),
		cmocka_unit_test(takes_only_codes_that_clients_follow),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
