#include "report/html.h"

#include "sample.h"

static const char *
html_text(struct sample *s)
{
	html_put(&s->out, s->v, s->scenario);
	return sample_text(s);
}

static unsigned
count(const char *text, const char *needle)
{
	unsigned n = 0;

	for (; (text = strstr(text, needle)) != NULL; text++)
		n++;
	return n;
}

static void
is_one_page_with_its_data_inside(void **state)
{
	struct sample s;
	const char *out;

	(void)state;
	sample_begin(&s, "");
	out = html_text(&s);
	assert_memory_equal(out, "<!doctype html>", 15);
	assert_int_equal(count(out, "<title>fail: shop "), 1);
	assert_int_equal(
	    count(out, "<script type=\"application/json\" id=\"report\">{"), 1);
	assert_int_equal(count(out, "{{"), 0);
	sample_end(&s);
}

static void
ends_no_script_early_whatever_the_names(void **state)
{
	struct sample s;
	const char *out;

	(void)state;
	sample_begin(&s, "");
	out = html_text(&s);
	assert_int_equal(count(out, "<script"), 5);
	assert_int_equal(count(out, "</script>"), 5);
	assert_int_equal(count(out, "\033"), 0);
	sample_end(&s);
}

static void
asks_nothing_from_outside(void **state)
{
	struct sample s;
	const char *out;

	(void)state;
	sample_begin(&s, "");
	out = html_text(&s);
	assert_int_equal(count(out, "default-src 'none'"), 1);
	assert_int_equal(count(out, " src="), 0);
	assert_int_equal(count(out, " href=\"#"), count(out, " href="));
	assert_int_equal(count(out, "url("), 0);
	assert_int_equal(count(out, "@import"), 0);
	sample_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_one_page_with_its_data_inside),
		cmocka_unit_test(ends_no_script_early_whatever_the_names),
		cmocka_unit_test(asks_nothing_from_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
