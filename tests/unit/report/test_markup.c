#include "report/markup.h"

#include "sample.h"

struct pair {
	const char *in, *out;
};

static void
check(
    void (*put)(struct buf *, const char *), const struct pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf to;
		char *out;

		buf_init(&to, 1000);
		put(&to, pairs[i].in);
		out = buf_take(&to);
		assert_string_equal(out, pairs[i].out);
		free(out);
	}
}

static void
escapes_what_xml_would_read_or_refuse(void **state)
{
	static const struct pair pairs[] = {
		{ "plain", "plain" },
		{ "<a b='c'>&\"", "&lt;a b=&#39;c&#39;&gt;&amp;&quot;" },
		{ "]]>", "]]&gt;" },
		{ "a\001b\nc", "a\\x01b\\x0ac" },
		{ "\xef\xbf\xbe|\xef\xbf\xbf", "|" },
		{ "\xff", "\xef\xbf\xbd" },
		{ "", "" },
	};

	(void)state;
	check(markup_xml, pairs, sizeof(pairs) / sizeof(*pairs));
}

static void
leaves_markdown_nothing_to_work_with(void **state)
{
	static const struct pair pairs[] = {
		{ "plain 99.5", "plain 99.5" },
		{ "a|b", "a&#124;b" },
		{ "<img src=x>", "&#60;img src=x&#62;" },
		{ "*b* _i_ `c`", "\\*b\\* \\_i\\_ \\`c\\`" },
		{ "retry_after _a_b_", "retry_after \\_a_b\\_" },
		{ "[t](u)", "\\[t\\]\\(u\\)" },
		{ "@you #1", "@&#8288;you #&#8288;1" },
		{ "http://x www.x", "http&#58;//x www&#46;x" },
		{ "two\nlines", "two\\\\x0alines" },
	};

	(void)state;
	check(markup_markdown, pairs, sizeof(pairs) / sizeof(*pairs));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_what_xml_would_read_or_refuse),
		cmocka_unit_test(leaves_markdown_nothing_to_work_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
