#include "http/edit.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "http/forward.h"

enum { EDIT_TEXT_MAX = 1 << 20 };

static void
edit_append(struct head_edit *e, struct span name, struct span value)
{
	if (e->n == e->cap) {
		e->cap = e->cap != 0 ? e->cap * 2 : 32;
		e->lines = xreallocarray(e->lines, e->cap, sizeof(e->lines[0]));
	}
	e->lines[e->n++] = (struct edit_line){ name, value };
}

void
edit_init(struct head_edit *e, const struct head *h)
{
	*e = (struct head_edit){ .status = h->status, .reason = h->reason };
	buf_init(&e->text, EDIT_TEXT_MAX);
	for (unsigned i = 0; i < h->n_fields; i++)
		if (!forward_is_hop(h, i))
			edit_append(e, h->fields[i].name, h->fields[i].value);
}

void
edit_clear(struct head_edit *e)
{
	buf_clear(&e->text);
	free(e->lines);
	*e = (struct head_edit){ 0 };
}

/* Moves s along when it lay in the n bytes at `old`, an address by now. */
static void
edit_rebase(struct span *s, uintptr_t old, size_t n, const char *now)
{
	uintptr_t at = (uintptr_t)s->p;

	if (at >= old && at < old + n)
		s->p = now + (at - old);
}

/* A copy that lives as long as the edit. Growing the text moves earlier copies,
 * so the lines that point into it follow. */
static struct span
edit_copy(struct head_edit *e, struct span s)
{
	uintptr_t old = (uintptr_t)e->text.data;
	size_t n = e->text.n;
	char *to;

	if ((to = buf_reserve(&e->text, s.n)) == NULL)
		return (struct span){ "", 0 };
	if (s.n > 0)
		memcpy(to, s.p, s.n);
	e->text.n += s.n;
	for (unsigned i = 0; (uintptr_t)e->text.data != old && i < e->n; i++) {
		edit_rebase(&e->lines[i].name, old, n, e->text.data);
		edit_rebase(&e->lines[i].value, old, n, e->text.data);
	}
	return (struct span){ to, s.n };
}

void
edit_add(struct head_edit *e, struct span name, struct span value)
{
	size_t at = e->n;

	/* Each span is in the list before the next copy can move the text. */
	edit_append(e, (struct span){ "", 0 }, (struct span){ "", 0 });
	e->lines[at].name = edit_copy(e, name);
	e->lines[at].value = edit_copy(e, value);
}

void
edit_set(struct head_edit *e, struct span name, struct span value)
{
	unsigned to = 0;
	bool found = false;

	for (unsigned i = 0; i < e->n; i++) {
		bool same = span_caseeq(e->lines[i].name, name);

		if (same && found)
			continue;
		e->lines[to] = e->lines[i];
		if (same) {
			e->lines[to].value = (struct span){ "", 0 };
			found = true;
		}
		to++;
	}
	e->n = to;
	if (!found) {
		edit_add(e, name, value);
		return;
	}
	for (unsigned i = 0; i < e->n; i++)
		if (span_caseeq(e->lines[i].name, name)) {
			e->lines[i].value = edit_copy(e, value);
			return;
		}
}

void
edit_remove(struct head_edit *e, struct span name)
{
	unsigned to = 0;

	e->no_date |= span_caseeq(name, SPAN("Date"));
	for (unsigned i = 0; i < e->n; i++)
		if (!span_caseeq(e->lines[i].name, name))
			e->lines[to++] = e->lines[i];
	e->n = to;
}
