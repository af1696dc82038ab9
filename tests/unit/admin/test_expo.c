#include "admin/expo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <stdlib.h>

static void
assert_text(struct buf *b, const char *want)
{
	char *text = buf_take(b);

	assert_string_equal(text, want);
	free(text);
}

static void
labels_are_escaped(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	expo_family(&b, "x_total", "counter", "What it is.");
	expo_u64(&b, "x_total",
	    EXPO_LABELS("a", "q\"\\\n", "b", "\xff\xc3\xa4"),
	    18446744073709551615u);
	expo_real(&b, "x_total", EXPO_NONE, 0.25);
	assert_text(&b,
	    "# HELP x_total What it is.\n# TYPE x_total counter\n"
	    "x_total{a=\"q\\\"\\\\\\n\",b=\"\xef\xbf\xbd\xc3\xa4\"} "
	    "18446744073709551615\nx_total 0.25\n");
}

static void
histograms_add_up(void **state)
{
	static const uint64_t bounds[] = { 1000000, 2500000000u },
			      counts[] = { 3, 0, 4 };
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	expo_histogram(
	    &b, "h", EXPO_LABELS("k", "v"), bounds, 2, counts, 1500000000);
	assert_text(&b, "h_bucket{k=\"v\",le=\"0.001\"} 3\n"
			"h_bucket{k=\"v\",le=\"2.5\"} 3\n"
			"h_bucket{k=\"v\",le=\"+Inf\"} 7\n"
			"h_sum{k=\"v\"} 1.5\nh_count{k=\"v\"} 7\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_escaped),
		cmocka_unit_test(histograms_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
