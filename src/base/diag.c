#include "base/diag.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/xalloc.h"

enum { DIAG_TEXT_MAX = 4096, DIAG_WORD_MAX = 64 };

void
diags_clear(struct diags *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].file);
		free(d->v[i].text);
	}
	free(d->v);
	*d = (struct diags){ 0 };
}

/* A message is one line of text whatever the file holds. */
static char *
diag_clean(struct buf *raw)
{
	struct buf b;

	buf_init(&b, 4 * DIAG_TEXT_MAX + 1);
	for (size_t i = 0; i < raw->n; i++) {
		unsigned char c = (unsigned char)raw->data[i];

		if (c < 0x20 || c == 0x7f)
			buf_printf(&b, "\\x%02x", c);
		else
			buf_putc(&b, (char)c);
	}
	buf_clear(raw);
	return buf_take(&b);
}

static char *
diag_text(const char *fmt, va_list ap)
{
	struct buf b;

	buf_init(&b, DIAG_TEXT_MAX);
	buf_vprintf(&b, fmt, ap);
	if (b.overflow)
		buf_puts(&b, "(a message too long to show)");
	return diag_clean(&b);
}

void
diags_add(struct diags *d, enum diag_level level, const char *file,
    unsigned line, unsigned col, const char *fmt, ...)
{
	struct diag *diag;
	va_list ap;

	if ((d->n & (d->n - 1)) == 0)
		d->v = xreallocarray(
		    d->v, d->n != 0 ? 2 * d->n : 1, sizeof(*d->v));
	diag = &d->v[d->n++];
	*diag = (struct diag){ level, NULL, line, col, NULL };
	if (file != NULL)
		diag->file = xstrdup(file);
	va_start(ap, fmt);
	diag->text = diag_text(fmt, ap);
	va_end(ap);
	d->n_errors += level == DIAG_ERROR;
}

/* Where a problem goes in print: files in the order of their first problem. */
struct diag_rank {
	const struct diag *diag;
	size_t file, order;
};

static bool
diag_same_file(const struct diag *a, const struct diag *b)
{
	if (a->file == NULL || b->file == NULL)
		return a->file == b->file;
	return strcmp(a->file, b->file) == 0;
}

static int
diag_order(const void *a, const void *b)
{
	const struct diag_rank *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->diag->line != y->diag->line)
		return x->diag->line < y->diag->line ? -1 : 1;
	if (x->diag->col != y->diag->col)
		return x->diag->col < y->diag->col ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void
diag_print(const struct diag *d, FILE *to)
{
	fputs(d->file != NULL ? d->file : "brownout", to);
	if (d->file != NULL && d->line != 0)
		fprintf(to, ":%u:%u", d->line, d->col);
	fprintf(to, ": %s%s\n", d->level == DIAG_WARNING ? "warning: " : "",
	    d->text);
}

void
diags_print(struct diags *d, FILE *to)
{
	struct diag_rank *ranks = xcalloc(d->n, sizeof(*ranks));

	for (size_t i = 0; i < d->n; i++) {
		size_t first = 0;

		while (!diag_same_file(&d->v[first], &d->v[i]))
			first++;
		ranks[i] = (struct diag_rank){ &d->v[i], first, i };
	}
	qsort(ranks, d->n, sizeof(*ranks), diag_order);
	for (size_t i = 0; i < d->n; i++)
		diag_print(ranks[i].diag, to);
	free(ranks);
}

static size_t
diag_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap neighbours) from a to b; case is free.
 */
static size_t
diag_distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t rows[3][DIAG_WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2], *spare;

	for (size_t j = 0; j <= nb; j++)
		last[j] = j;
	for (size_t i = 1; i <= na; i++) {
		int c = tolower((unsigned char)a[i - 1]);

		now[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			int e = tolower((unsigned char)b[j - 1]);

			now[j] = diag_min(last[j - 1] + (c != e),
			    diag_min(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 &&
			    c == tolower((unsigned char)b[j - 2]) &&
			    e == tolower((unsigned char)a[i - 2]))
				now[j] = diag_min(now[j], before[j - 2] + 1);
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[nb];
}

const char *
diag_nearest(const char *word, const char *const *candidates, size_t n)
{
	size_t length = strlen(word), best = length < 3 ? 2 : length / 3 + 1;
	const char *found = NULL;

	if (length == 0 || length > DIAG_WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t other = strlen(candidates[i]), d;

		if (other > DIAG_WORD_MAX || other >= length + best ||
		    length >= other + best)
			continue;
		d = diag_distance(word, length, candidates[i], other);
		if (d < best && d < length) {
			best = d;
			found = candidates[i];
		}
	}
	return found;
}
