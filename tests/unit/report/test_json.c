#include "report/json.h"

#include <math.h>

#include "sample.h"

static json_t *
json_parsed(struct sample *s)
{
	json_error_t why;
	json_t *j;

	json_put(&s->out, s->v, s->scenario);
	j = json_loads(sample_text(s), JSON_REJECT_DUPLICATES, &why);
	if (j == NULL)
		fail_msg("%d:%d: %s", why.line, why.column, why.text);
	return j;
}

/* The member at a path such as "rules.0.name". */
static json_t *
json_at(json_t *j, const char *path)
{
	char key[64];

	while (*path != '\0') {
		size_t n = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)n, path);
		j = json_is_array(j) ? json_array_get(j, strtoul(key, NULL, 10))
				     : json_object_get(j, key);
		if (j == NULL)
			fail_msg("no %s", path);
		path += n + (path[n] == '.');
	}
	return j;
}

static void
has_every_documented_member_with_its_number(void **state)
{
	static const struct {
		const char *path;
		double number;
	} numbers[] = {
		{ "version", 1 },
		{ "exit_status", 1 },
		{ "losses", 0 },
		{ "sampled", 1 },
		{ "end", 20 },
		{ "attempts", 160 },
		{ "operations", 128 },
		{ "grouping.strong", 0.94 },
		{ "grouping.aggregate", 0 },
		{ "baseline.rate", 9.8 },
		{ "baseline.repeat_hazard", 0.25 },
		{ "coded.honoured", 0.9 },
		{ "coded.se", 0.1 },
		{ "expectations.0.value", 8 },
		{ "expectations.0.limit", 0 },
		{ "expectations.0.n", 120 },
		{ "expectations.0.interval.0", 4 },
		{ "expectations.0.interval.1", 16 },
		{ "expectations.0.grouping.exact", 0 },
		{ "expectations.0.grouping.strong", 0.94 },
		{ "expectations.0.grouping.inferred", 0.06 },
		{ "expectations.0.grouping.aggregate", 0 },
		{ "expectations.0.n_offending", 12 },
		{ "expectations.0.line", 9 },
		{ "expectations.0.column", 5 },
		{ "expectations.1.value", 0.995 },
		{ "expectations.0.offenders.4.n_attempts", 3 },
		{ "expectations.0.offenders.0.attempts.0.retry_after", 2 },
		{ "expectations.0.offenders.0.attempts.0.status", 429 },
		{ "expectations.0.offenders.0.attempts.1.attempt", 2 },
		{ "expectations.0.offenders.0.attempts.1.t", 11.51 },
		{ "expectations.0.offenders.0.attempts.1.end", 11.52 },
		{ "expectations.0.offenders.0.attempts.1.gap", 0.5 },
		{ "expectations.0.offenders.0.attempts.1.due", 13.01 },
		{ "expectations.0.offenders.0.attempts.2.upstream_status",
		    200 },
		{ "phases.1.start", 10 },
		{ "phases.1.end", 20 },
		{ "phases.0.attempts", 100 },
		{ "phases.0.operations", 98 },
		{ "phases.0.succeeded", 97 },
		{ "phases.0.outcomes.client_closed", 1 },
		{ "phases.1.roles.retry", 30 },
		{ "phases.1.statuses.429", 40 },
		{ "rules.0.matched", 60 },
		{ "rules.0.injected", 40 },
		{ "rules.0.configured", 0.6 },
		{ "rules.0.achieved", 2.0 / 3 },
		{ "rules.0.interval.0", 0.54 },
		{ "rules.0.interval.1", 0.77 },
		{ "rules.0.shadowed", 0 },
		{ "rules.0.skipped", 0 },
		{ "rules.0.bypassed", 0 },
		{ "attempts_histogram.3", 28 },
		{ "waits_total", 9 },
		{ "waits_early", 2 },
		{ "waits.0.gap", 0.5 },
		{ "waits.0.retry_after", 2 },
		{ "waits.0.t", 11.5 },
		{ "waits.0.status", 429 },
		{ "series.seconds.width", 1 },
		{ "series.seconds.passed.19", 19 },
		{ "series.seconds.refused.19", 1 },
		{ "series.tenths.width", 0.1 },
		{ "series.tenths.first.199", 199 },
		{ "series.tenths.retries.0", 1 },
		{ "series.tenths.others.0", 0 },
	};
	struct sample s;
	json_t *j;

	(void)state;
	sample_begin(&s, "");
	j = json_parsed(&s);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		double x = json_number_value(json_at(j, numbers[i].path));

		if (fabs(x - numbers[i].number) > 1e-9)
			fail_msg("%s is %g, not %g", numbers[i].path, x,
			    numbers[i].number);
	}
	json_decref(j);
	sample_end(&s);
}

static void
has_every_documented_member_with_its_word(void **state)
{
	static const struct {
		const char *path, *word;
	} words[] = {
		{ "generator", "brownout " BROWNOUT_VERSION },
		{ "profile", "rfc" },
		{ "verdict", "fail" },
		{ "seed", "18446744073709551615" },
		{ "seed_text", "18446744073709551615" },
		{ "line", "verdict: fail (1 of 4 expectations failed, 1 "
			  "inconclusive, 1 not exercised)" },
		{ "expectations.0.check", "attempts" },
		{ "expectations.0.part", "early" },
		{ "expectations.0.status", "fail" },
		{ "expectations.0.unit", "count" },
		{ "expectations.0.limit_is", "max" },
		{ "expectations.0.value_text", "8" },
		{ "expectations.0.limit_text", "0" },
		{ "expectations.0.n_of", "operations" },
		{ "expectations.0.why", "because of what it did" },
		{ "expectations.1.limit_is", "min" },
		{ "expectations.1.unit", "share" },
		{ "expectations.2.value", "growing" },
		{ "expectations.2.limit", "growing" },
		{ "expectations.2.status", "inconclusive" },
		{ "expectations.3.status", "not_exercised" },
		{ "expectations.0.offenders.0.method", "GET" },
		{ "expectations.0.offenders.0.client", "00000000000000c1" },
		{ "expectations.0.offenders.0.grouping", "strong" },
		{ "expectations.0.offenders.0.what", "came back too soon" },
		{ "expectations.0.offenders.0.attempts.0.outcome", "injected" },
		{ "expectations.0.offenders.0.attempts.0.role", "first" },
		{ "expectations.0.offenders.0.attempts.0.phase", "baseline" },
		{ "expectations.0.offenders.0.attempts.2.upstream", "done" },
		{ "phases.0.name", "baseline" },
		{ "phases.1.rules.0", "throttle" },
	};
	struct sample s;
	json_t *j;

	(void)state;
	sample_begin(&s, "");
	j = json_parsed(&s);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const char *word = json_string_value(json_at(j, words[i].path));

		if (word == NULL || strcmp(word, words[i].word) != 0)
			fail_msg("%s is %s", words[i].path,
			    word != NULL ? word : "no string");
	}
	json_decref(j);
	sample_end(&s);
}

static void
has_null_and_flags_where_documented(void **state)
{
	static const struct {
		const char *path;
		json_type type;
	} types[] = {
		{ "partial", JSON_FALSE },
		{ "warn", JSON_TRUE },
		{ "baseline.success", JSON_NULL },
		{ "expectations.1.part", JSON_NULL },
		{ "expectations.2.interval", JSON_NULL },
		{ "expectations.3.value", JSON_NULL },
		{ "expectations.3.limit", JSON_NULL },
		{ "expectations.3.limit_text", JSON_NULL },
		{ "expectations.3.implied", JSON_FALSE },
		{ "expectations.4.implied", JSON_TRUE },
		{ "expectations.0.offenders.0.attempts.0.gap", JSON_NULL },
		{ "expectations.0.offenders.0.attempts.0.early", JSON_FALSE },
		{ "expectations.0.offenders.0.attempts.1.early", JSON_TRUE },
		{ "expectations.0.offenders.0.attempts.1.offends", JSON_TRUE },
		{ "expectations.0.offenders.0.attempts.1.rule", JSON_NULL },
		{ "expectations.0.offenders.0.attempts.1.phase", JSON_NULL },
		{ "expectations.0.offenders.0.attempts.1.retry_after",
		    JSON_NULL },
		{ "phases.0.played", JSON_TRUE },
		{ "waits.0.early", JSON_TRUE },
		{ "series.seconds.cut", JSON_FALSE },
		{ "notes", JSON_ARRAY },
	};
	struct sample s;
	json_t *j;

	(void)state;
	sample_begin(&s, "verdict: {inconclusive: warn}\n");
	j = json_parsed(&s);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (json_typeof(json_at(j, types[i].path)) != types[i].type)
			fail_msg("%s has another type", types[i].path);
	json_decref(j);
	sample_end(&s);
}

static void
keeps_names_as_they_are_but_for_bytes_that_are_no_utf_8(void **state)
{
	struct sample s;
	json_t *j;

	(void)state;
	sample_begin(&s, "");
	j = json_parsed(&s);
	assert_string_equal(json_string_value(json_at(j, "rules.0.name")),
	    "throttle </script><b a='\"&'>\033[31m\xe2\x80\xae\xef\xbf\xbd|"
	    "`@you`]]>");
	json_decref(j);
	sample_end(&s);
}

static void
writes_null_for_what_is_no_number(void **state)
{
	struct sample s;
	json_t *j;

	(void)state;
	sample_begin(&s, "");
	s.v->expectations[1].value.value = NAN;
	s.v->expectations[1].hi = INFINITY;
	s.v->rules[0].has_matched = false;
	s.v->coded_se = -1;
	j = json_parsed(&s);
	assert_true(json_is_null(json_at(j, "expectations.1.value")));
	assert_true(json_is_null(json_at(j, "expectations.1.interval.1")));
	assert_true(json_is_null(json_at(j, "rules.0.matched")));
	assert_true(json_is_null(json_at(j, "rules.0.achieved")));
	assert_true(json_is_null(json_at(j, "rules.0.interval")));
	assert_true(json_is_null(json_at(j, "coded")));
	json_decref(j);
	sample_end(&s);
}

static void
writes_a_run_without_attempts(void **state)
{
	struct sample s;
	json_t *j;

	(void)state;
	sample_begin(&s, "");
	sample_without_attempts(&s);
	j = json_parsed(&s);
	assert_string_equal(
	    json_string_value(json_at(j, "verdict")), "not_exercised");
	assert_int_equal(
	    json_array_size(json_at(j, "series.seconds.passed")), 0);
	json_decref(j);
	sample_end(&s);
}

static void
says_the_same_within_a_page_without_markup(void **state)
{
	struct sample s;
	json_t *whole, *inlined;
	const char *text;

	(void)state;
	sample_begin(&s, "");
	whole = json_parsed(&s);
	json_put_inline(&s.out, s.v, s.scenario);
	text = sample_text(&s);
	assert_null(strpbrk(text, "<>&\n"));
	for (const char *p = text; *p != '\0'; p++)
		assert_true(*p >= 32 && *p < 127);
	inlined = json_loads(text, 0, NULL);
	assert_true(json_equal(whole, inlined));
	json_decref(whole);
	json_decref(inlined);
	sample_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_every_documented_member_with_its_number),
		cmocka_unit_test(has_every_documented_member_with_its_word),
		cmocka_unit_test(has_null_and_flags_where_documented),
		cmocka_unit_test(
		    keeps_names_as_they_are_but_for_bytes_that_are_no_utf_8),
		cmocka_unit_test(writes_null_for_what_is_no_number),
		cmocka_unit_test(writes_a_run_without_attempts),
		cmocka_unit_test(says_the_same_within_a_page_without_markup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
