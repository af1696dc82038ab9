#include "report/markdown.h"

#include "sample.h"

static const char *
markdown_text(struct sample *s)
{
	markdown_put(&s->out, s->v);
	return sample_text(s);
}

static void
begins_with_the_verdict_and_a_table(void **state)
{
	struct sample s;
	const char *out;

	(void)state;
	sample_begin(&s, "");
	out = markdown_text(&s);
	assert_memory_equal(out, "### \xe2\x9d\x8c brownout: shop ", 23);
	assert_non_null(
	    strstr(out, "**verdict: fail (1 of 4 expectations failed"));
	assert_non_null(strstr(out,
	    " pass | success | 99.5% | &#62;= 99% | 120 | 49.75% to 199% | 94% "
	    "strong, 6% inferred | \n"));
	assert_null(strstr(out, "retry by profile"));
	sample_end(&s);
}

static void
folds_the_evidence(void **state)
{
	struct sample s;
	const char *out;
	unsigned n = 0;

	(void)state;
	sample_begin(&s, "");
	out = markdown_text(&s);
	for (const char *p = out; (p = strstr(p, "<details>")) != NULL; p++)
		n++;
	assert_int_equal(n, 3);
	assert_non_null(strstr(out, "11.510s  #2"));
	sample_end(&s);
}

static void
lets_no_markup_of_others_through(void **state)
{
	struct sample s;
	const char *out;

	(void)state;
	sample_begin(&s, "");
	out = markdown_text(&s);
	assert_null(strstr(out, "</script>"));
	assert_null(strstr(out, "<b "));
	assert_null(strstr(out, "\033"));
	assert_null(strstr(out, "\n|`@you"));
	sample_end(&s);
}

static void
fits_a_comment_however_much_there_is_to_say(void **state)
{
	struct sample s;
	const char *out;
	char *path = xcalloc(1, 30001);

	(void)state;
	memset(path, 'a', 30000);
	sample_begin(&s, "");
	for (int i = 0; i < OFFENDERS_MAX; i++) {
		free(s.v->expectations[0].offenders[i].path);
		s.v->expectations[0].offenders[i].path = xstrdup(path);
	}
	out = markdown_text(&s);
	assert_true(strlen(out) < 65536);
	assert_non_null(strstr(out, "report.html has the rest"));
	assert_non_null(strstr(out, "</pre>\n\n</details>\n"));
	free(path);
	sample_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_with_the_verdict_and_a_table),
		cmocka_unit_test(folds_the_evidence),
		cmocka_unit_test(lets_no_markup_of_others_through),
		cmocka_unit_test(fits_a_comment_however_much_there_is_to_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
