#include "http/lines.h"

#include <assert.h>

enum { LINES_TEXT_MAX = 1 << 20 };

void
lines_reset(struct lines *l)
{
	l->text.n = 0;
	l->text.max = LINES_TEXT_MAX;
	l->n = 0;
}

void
lines_clear(struct lines *l)
{
	buf_clear(&l->text);
	*l = (struct lines){ .text.max = LINES_TEXT_MAX };
}

struct buf *
lines_begin(struct lines *l, struct span name)
{
	assert(l->n < LINES_MAX);
	l->text.max = LINES_TEXT_MAX;
	l->v[l->n].n = l->text.n; /* where it starts, until lines_end */
	buf_span(&l->text, name);
	buf_put(&l->text, ": ", 2);
	return &l->text;
}

void
lines_end(struct lines *l)
{
	size_t start = l->v[l->n].n, at = 0;

	l->v[l->n++].n = l->text.n - start;
	/* The text may have moved: the lines stand in it back to back. */
	for (unsigned i = 0; i < l->n; i++) {
		l->v[i].p = l->text.data + at;
		at += l->v[i].n;
	}
}

void
lines_add(struct lines *l, struct span name, struct span value)
{
	buf_span(lines_begin(l, name), value);
	lines_end(l);
}

void
lines_split(struct span line, struct span *name, struct span *value)
{
	const char *colon = line.n > 0 ? memchr(line.p, ':', line.n) : NULL;
	size_t n = colon != NULL ? (size_t)(colon - line.p) : line.n;

	*name = (struct span){ line.p, n };
	*value = colon != NULL
		     ? span_trim((struct span){ colon + 1, line.n - n - 1 })
		     : (struct span){ 0 };
}
