#include "report/junit.h"

#include "sample.h"

/* How often needle stands in text. */
static unsigned
count(const char *text, const char *needle)
{
	unsigned n = 0;

	for (; (text = strstr(text, needle)) != NULL; text++)
		n++;
	return n;
}

/* A strict look at well-formedness: every element is closed by its own name,
 * every attribute quoted, every & an entity that XML has, no byte forbidden. */
static void
check_xml(const char *p)
{
	char open[16][32];
	unsigned depth = 0;

	assert_memory_equal(p, "<?xml version=\"1.0\"", 19);
	p = strstr(p, "?>") + 2;
	for (; *p != '\0'; p++) {
		assert_true((unsigned char)*p >= 32 || *p == '\n');
		if (*p == '&') {
			size_t n = strcspn(p, ";");

			assert_true(n == 3 || n == 4 || n == 5);
			assert_non_null(strstr("&amp;&lt;&gt;&quot;&#39;",
			    (char[]){ p[0], p[1], p[2], 0 }));
		}
		assert_int_not_equal(*p, '>');
		if (*p != '<')
			continue;
		if (p[1] == '/') {
			assert_true(depth > 0);
			depth--;
			assert_memory_equal(
			    p + 2, open[depth], strlen(open[depth]));
			assert_int_equal(p[2 + strlen(open[depth])], '>');
			p += 2 + strlen(open[depth]);
			continue;
		}
		assert_true(depth < 16);
		snprintf(open[depth], sizeof(open[depth]), "%.*s",
		    (int)strcspn(p + 1, " />"), p + 1);
		depth++;
		while (*p != '>') {
			assert_true(*p != '\0');
			if (*p == '"') {
				p += 1 + strcspn(p + 1, "\"<>");
				assert_int_equal(*p, '"');
			}
			p++;
		}
		depth -= p[-1] == '/';
	}
	assert_int_equal(depth, 0);
}

static const char *
junit_text(struct sample *s)
{
	const char *out;

	junit_put(&s->out, s->v, s->scenario);
	out = sample_text(s);
	check_xml(out);
	return out;
}

static void
tells_each_result_by_its_element(void **state)
{
	struct sample s;
	const char *out;

	(void)state;
	sample_begin(&s, "");
	out = junit_text(&s);
	assert_int_equal(count(out, "<testcase "), 5);
	assert_int_equal(count(out, "<failure "), 1);
	assert_int_equal(count(out, "<error "), 2);
	assert_int_equal(count(out, "<skipped "), 1);
	assert_int_equal(
	    count(out, " tests=\"5\" failures=\"1\" errors=\"2\" time="), 2);
	assert_int_equal(count(out, "\" skipped=\"1\">\n"), 1);
	sample_end(&s);
}

static void
skips_what_is_open_when_told_to_warn(void **state)
{
	struct sample s;
	const char *out;

	(void)state;
	sample_begin(&s, "verdict: {inconclusive: warn}\n");
	out = junit_text(&s);
	assert_int_equal(count(out, "<failure "), 1);
	assert_int_equal(count(out, "<error "), 0);
	assert_int_equal(count(out, "<skipped "), 3);
	sample_end(&s);
}

static void
has_properties_and_time_lines(void **state)
{
	struct sample s;
	const char *out;

	(void)state;
	sample_begin(&s, "");
	out = junit_text(&s);
	assert_non_null(strstr(
	    out, "<property name=\"seed\" value=\"18446744073709551615\"/>"));
	assert_non_null(strstr(out, "<property name=\"n\" value=\"128\"/>"));
	assert_non_null(strstr(out, "<property name=\"confidence\" value=\"94% "
				    "strong, 6% inferred\"/>"));
	assert_int_equal(
	    count(out, "    11.510s  #2   --- client_closed, retry, gap 500ms, "
		       "early by 1.5s  &lt;--\n"),
	    5);
	assert_int_equal(count(out, "<system-out>"), 5);
	assert_int_equal(count(out, "<properties>"), 1);
	assert_int_equal(count(out, ", n 120 operations, "), 9);
	assert_int_equal(count(out, ", grouping 94% strong, 6% inferred\n"), 9);
	assert_non_null(strstr(out, "type=\"attempts\">fail: because of what "
				    "it did\nvalue "));
	sample_end(&s);
}

static void
shows_lost_records_as_an_error_of_their_own(void **state)
{
	struct sample s;
	const char *out;

	(void)state;
	sample_begin(&s, "verdict: {inconclusive: warn}\n");
	s.v->losses = 3;
	s.v->overall = RESULT_INCONCLUSIVE;
	out = junit_text(&s);
	assert_int_equal(count(out, "<error message=\"verdict: inconclusive (3 "
				    "records were lost"),
	    1);
	assert_int_equal(count(out, " tests=\"6\""), 2);
	sample_end(&s);
}

static void
is_an_error_when_only_the_profile_spoke_and_nothing_met_it(void **state)
{
	struct sample s;

	(void)state;
	sample_begin(&s, "");
	sample_without_attempts(&s);
	for (unsigned i = 0; i < s.v->n_expectations; i++)
		s.v->expectations[i].implied = true;
	assert_int_equal(count(junit_text(&s), "<error "), 1);
	sample_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_each_result_by_its_element),
		cmocka_unit_test(skips_what_is_open_when_told_to_warn),
		cmocka_unit_test(has_properties_and_time_lines),
		cmocka_unit_test(shows_lost_records_as_an_error_of_their_own),
		cmocka_unit_test(
		    is_an_error_when_only_the_profile_spoke_and_nothing_met_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
