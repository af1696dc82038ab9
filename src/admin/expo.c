#include "admin/expo.h"

#include <stdio.h>
#include <stdlib.h>

#include "report/text.h"

void
expo_family(
    struct buf *to, const char *name, const char *type, const char *help)
{
	buf_printf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
expo_value(struct buf *to, const char *value)
{
	struct buf clean;

	buf_init(&clean, SIZE_MAX);
	text_utf8(&clean, value);
	for (size_t i = 0; i < clean.n; i++) {
		char c = clean.data[i];

		if (c == '\n')
			buf_puts(to, "\\n");
		else if (c == '"' || c == '\\')
			buf_printf(to, "\\%c", c);
		else
			buf_putc(to, c);
	}
	buf_clear(&clean);
}

/* The name with its labels and, for a bucket, its bound. */
static void
expo_name(struct buf *to, const char *name, const char *suffix,
    const char *const *labels, const char *bound)
{
	unsigned n = 0;

	buf_printf(to, "%s%s", name, suffix);
	for (; labels[0] != NULL; labels += 2) {
		buf_printf(to, "%c%s=\"", n++ == 0 ? '{' : ',', labels[0]);
		expo_value(to, labels[1]);
		buf_putc(to, '"');
	}
	if (bound != NULL)
		buf_printf(to, "%cle=\"%s\"", n++ == 0 ? '{' : ',', bound);
	if (n > 0)
		buf_putc(to, '}');
	buf_putc(to, ' ');
}

void
expo_u64(
    struct buf *to, const char *name, const char *const *labels, uint64_t value)
{
	expo_name(to, name, "", labels, NULL);
	buf_u64(to, value);
	buf_putc(to, '\n');
}

void
expo_real(
    struct buf *to, const char *name, const char *const *labels, double value)
{
	expo_name(to, name, "", labels, NULL);
	buf_printf(to, "%.15g\n", value);
}

void
expo_histogram(struct buf *to, const char *name, const char *const *labels,
    const uint64_t *bounds_ns, unsigned n, const uint64_t *counts,
    uint64_t sum_ns)
{
	uint64_t all = 0;
	char bound[32];

	for (unsigned i = 0; i <= n; i++) {
		all += counts[i];
		if (i < n)
			snprintf(bound, sizeof(bound), "%.9g",
			    (double)bounds_ns[i] / 1e9);
		expo_name(to, name, "_bucket", labels, i < n ? bound : "+Inf");
		buf_u64(to, all);
		buf_putc(to, '\n');
	}
	expo_name(to, name, "_sum", labels, NULL);
	buf_printf(to, "%.9g\n", (double)sum_ns / 1e9);
	expo_name(to, name, "_count", labels, NULL);
	buf_u64(to, all);
	buf_putc(to, '\n');
}
