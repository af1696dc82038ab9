#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/rng.h"
#include "broken.h"

static void
mistakes_at_the_top_have_a_place(void **state)
{
	static const struct broken cases[] = {
		{ "seed: 1\n", 1, 1, "\"scenario\" is missing" },
		{ "scenario:\n", 1, 10, "expected text, got nothing" },
		{ "scenario: {a: b}\n", 1, 11, "expected text, got a mapping" },
		{ "scenario: \"\"\n", 1, 11, "empty" },
		{ S "sede: 42\n", 2, 1,
		    "unknown key \"sede\"; did you mean \"seed\"?" },
		{ S "include: f\n", 2, 1, "unknown key \"include\"" },
		{ S "description: [a]\n", 2, 14, "got a list" },
		{ S "seed: -1\n", 2, 7, "at least 0" },
		{ S "seed: 1.5\n", 2, 7, "a whole number" },
		{ S "seed: 0x1f\n", 2, 7, "a whole number" },
		{ S "seed: 18446744073709551616\n", 2, 7, "a whole number" },
		{ S "start: now\n", 2, 8, "start: unknown value \"now\"" },
		{ S "start: first-request\n", 2, 8,
		    "did you mean \"first_request\"?" },
		{ S "mark: yes\n", 2, 7, "expected true or false" },
		{ S "mark: \"true\"\n", 2, 7, "expected true or false" },
		{ S "mark: 1\n", 2, 7, "expected true or false" },
		{ S "request_headers: on\n", 2, 18, "expected true or false" },
		{ S "guard: 500\n", 2, 8, "expected a mapping" },
		{ S "guard: {}\n", 2, 8, "guards nothing" },
		{ S "guard: {max_active: 1}\n", 2, 9,
		    "unknown key of guard \"max_active\"" },
		{ S "guard: {max_active_faults: 0}\n", 2, 28, "from 1 to" },
		{ S "guard: {max_share: 0%}\n", 2, 20, "at least 0.0001%" },
		{ S "guard: {max_share: 0.9}\n", 2, 20, "percent sign" },
		{ S "guard: {stop_when: 50%}\n", 2, 20, "expected a mapping" },
		{ S "guard: {stop_when: {for: 10s}}\n", 2, 20,
		    "\"upstream_errors\" is missing" },
		{ S "guard: {expires: never}\n", 2, 18, "expected a duration" },
		{ S "identity: client\n", 2, 11, "expected a mapping" },
		{ S "identity: {clients: [address]}\n", 2, 12,
		    "did you mean \"client\"?" },
		{ S "identity: {client: address}\n", 2, 20, "expected a list" },
		{ S "identity: {client: []}\n", 2, 20, "an empty list" },
		{ S "identity: {client: [adress]}\n", 2, 21,
		    "did you mean \"address\"?" },
		{ S "identity: {client: [sdk]}\n", 2, 21,
		    "unknown value \"sdk\"" },
		{ S "identity: {client: [{header: \"X Y\"}]}\n", 2, 30,
		    "not a field name" },
		{ S "identity: {operation: [{}]}\n", 2, 24, "a rung is" },
		{ S "identity: {operation: [{by: sdk, header: X}]}\n", 2, 34,
		    "exclude each other" },
		{ S "identity: {window: 120}\n", 2, 20, "needs a unit" },
		{ S "identity: {ignore: [{pth: /a}]}\n", 2, 22,
		    "did you mean \"path\"?" },
		{ S "identity: {ignore: {path: /a}}\n", 2, 20,
		    "expected a list" },
		{ S "verdict: strict\n", 2, 10, "expected a mapping" },
		{ S "verdict: {profile: api_client}\n", 2, 20,
		    "did you mean \"api-client\"?" },
		{ S "verdict: {min_samples: 0}\n", 2, 24, "from 1 to" },
		{ S "verdict: {inconclusive: pass}\n", 2, 25,
		    "unknown value \"pass\"" },
		{ S "verdict: {min_confidence: sure}\n", 2, 27,
		    "unknown value \"sure\"" },
	};

	(void)state;
	broken_check(cases, COUNT(cases), DIAG_ERROR);
}

static void
all_problems_of_a_file_are_told_at_once(void **state)
{
	static const char text[] = S "sede: 42\n"
				     "rules:\n"
				     "- rule: a\n"
				     "  rate: 20\n"
				     "  inject: {delya: 3s}\n"
				     "- rule: a\n"
				     "  match: {path: x, methd: GET}\n"
				     "  inject: {status: 99}\n"
				     "phases:\n"
				     "- phase: x\n"
				     "- phase: y\n"
				     "  for: 0s\n"
				     "expect:\n"
				     "- {during: z, attempts: {max: 0}}\n";
	static const unsigned places[][2] = { { 2, 1 }, { 5, 9 }, { 6, 12 },
		{ 7, 9 }, { 8, 17 }, { 8, 20 }, { 9, 20 }, { 11, 3 }, { 13, 8 },
		{ 15, 12 }, { 15, 31 } };
	struct diags d = { 0 };
	char *all;

	(void)state;
	assert_null(scenario_parse("f", text, strlen(text), &d));
	assert_int_equal(d.n, COUNT(places));
	assert_int_equal(d.n_errors, COUNT(places));
	all = broken_print(&d);
	for (size_t i = 0; i < COUNT(places); i++) {
		char at[32];

		snprintf(
		    at, sizeof(at), "f:%u:%u: ", places[i][0], places[i][1]);
		if (strstr(all, at) == NULL)
			fail_msg("nothing at %s in\n%s", at, all);
	}
	free(all);
	diags_clear(&d);
}

static void
the_top_holds_what_was_written(void **state)
{
	static const char text[] =
	    S "description: d\nseed: 42\nstart: first_request\nmark: false\n"
	      "request_headers: true\n"
	      "guard: {max_active_faults: 500, max_share: 90%, expires: 1h,\n"
	      "  stop_when: {upstream_errors: 50%}}\n"
	      "identity:\n"
	      "  client: [{header: X-Client-Id}, address]\n"
	      "  operation: [{header: x-request-id}, fingerprint]\n"
	      "  window: 60s\n"
	      "  ignore: [{path: /healthz}]\n"
	      "verdict: {profile: payments, min_samples: 5, "
	      "min_confidence: strong, inconclusive: warn}\n";
	struct scenario *s = good(text);

	(void)state;
	assert_string_equal(s->name, "s");
	assert_string_equal(s->description, "d");
	assert_true(s->has_seed && s->seed == 42);
	assert_true(s->start_on_request);
	assert_false(s->mark);
	assert_true(s->request_headers);
	assert_true(s->hash == hash_name(text, strlen(text)));
	assert_int_equal(s->text_n, strlen(text));
	assert_memory_equal(s->text, text, strlen(text));
	assert_int_equal(s->guard.max_active, 500);
	assert_int_equal(s->guard.max_share, RATE_ONE / 10 * 9);
	assert_int_equal(s->guard.stop_errors, RATE_ONE / 2);
	assert_int_equal(s->guard.stop_for_ns, 10ull * NS_PER_S);
	assert_int_equal(s->guard.expires_ns, 3600ull * NS_PER_S);
	assert_int_equal(s->identity.n_client, 2);
	assert_int_equal(s->identity.client[0].kind, RUNG_HEADER);
	assert_int_equal(s->identity.client[0].id, FIELD_OTHER);
	assert_int_equal(s->identity.client[1].kind, RUNG_ADDRESS);
	assert_int_equal(s->identity.operation[0].id, FIELD_X_REQUEST_ID);
	assert_int_equal(s->identity.operation[1].kind, RUNG_FINGERPRINT);
	assert_int_equal(s->identity.window_ns, 60ull * NS_PER_S);
	assert_int_equal(s->identity.n_ignore, 1);
	assert_int_equal(s->verdict.profile, PROFILE_PAYMENTS);
	assert_int_equal(s->verdict.min_samples, 5);
	assert_int_equal(s->verdict.min_confidence, 1);
	assert_true(s->verdict.warn);
	scenario_free(s);
}

static void
what_is_not_written_has_its_default(void **state)
{
	struct scenario *s = scenario_empty();

	(void)state;
	assert_non_null(s);
	assert_string_equal(s->name, "none");
	assert_false(s->has_seed);
	assert_false(s->start_on_request);
	assert_true(s->mark);
	assert_false(s->request_headers);
	assert_int_equal(s->guard.max_active, 0);
	assert_int_equal(s->guard.max_share, RATE_ONE);
	assert_int_equal(s->guard.stop_errors, 0);
	assert_int_equal(s->guard.expires_ns, 0);
	assert_int_equal(s->identity.n_client, 4);
	assert_int_equal(s->identity.client[0].kind, RUNG_TLS_SUBJECT);
	assert_int_equal(s->identity.client[2].id, FIELD_AUTHORIZATION);
	assert_int_equal(s->identity.n_operation, 5);
	assert_int_equal(s->identity.operation[1].id, FIELD_IDEMPOTENCY_KEY);
	assert_int_equal(s->identity.operation[4].kind, RUNG_FINGERPRINT);
	assert_int_equal(s->identity.window_ns, 120ull * NS_PER_S);
	assert_int_equal(s->verdict.profile, PROFILE_NONE);
	assert_int_equal(s->verdict.min_samples, 20);
	assert_int_equal(s->verdict.min_confidence, 2);
	assert_false(s->verdict.warn);
	assert_int_equal(s->n_phases, 1);
	scenario_free(s);
}

/* As large as the goal speaks of: the time is the test runner's to watch. */
static void
two_thousand_rules_load(void **state)
{
	enum { RULES = 2000 };
	struct scenario *s;
	struct buf b;
	char *text;

	(void)state;
	buf_init(&b, 1024 * 1024);
	buf_puts(&b, S "rules:\n");
	for (int i = 0; i < RULES; i++)
		buf_printf(&b,
		    "- rule: r%d\n  match: {path: /api/v%d/**, method: GET}\n"
		    "  inject: {status: 503, retry_after: 3s}\n",
		    i, i);
	text = buf_take(&b);
	s = good(text);
	assert_int_equal(s->n_rules, RULES);
	assert_int_equal(s->phases[0].n_rules, RULES);
	scenario_free(s);
	free(text);
}

static void
too_many_rules_are_refused(void **state)
{
	enum { RULES = 10001 };
	struct diags d = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 1024 * 1024);
	buf_puts(&b, S "rules:\n");
	for (int i = 0; i < RULES; i++)
		buf_printf(
		    &b, "- {rule: r%d, rate: 1%%, inject: {delay: 1s}}\n", i);
	assert_null(scenario_parse("f", b.data, b.n, &d));
	assert_int_equal(d.n, 1);
	assert_int_equal(d.v[0].line, RULES + 2);
	assert_non_null(strstr(d.v[0].text, "more than 10000 rules"));
	diags_clear(&d);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_at_the_top_have_a_place),
		cmocka_unit_test(all_problems_of_a_file_are_told_at_once),
		cmocka_unit_test(the_top_holds_what_was_written),
		cmocka_unit_test(what_is_not_written_has_its_default),
		cmocka_unit_test(two_thousand_rules_load),
		cmocka_unit_test(too_many_rules_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
