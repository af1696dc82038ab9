#include "scenario/node.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { NODE_PROBLEMS_MAX = 500, NODE_TEXT_MAX = 1024, NODE_WORDS_MAX = 64 };

/* The last problems are enough to compare with: an alias used in a list of
 * rules repeats itself at once. */
enum { NODE_LOOK_BACK = 32 };

static bool
node_said(const struct reader *r, unsigned line, unsigned col, const char *text)
{
	const struct diags *d = r->diags;
	size_t from = d->n > NODE_LOOK_BACK ? d->n - NODE_LOOK_BACK : 0;

	for (size_t i = from; i < d->n; i++)
		if (d->v[i].line == line && d->v[i].col == col &&
		    strcmp(d->v[i].text, text) == 0)
			return true;
	return false;
}

static void
node_say(struct reader *r, enum diag_level level, unsigned line, unsigned col,
    const char *fmt, va_list ap)
{
	char text[NODE_TEXT_MAX];

	unsigned *count = level == DIAG_ERROR ? &r->n_problems : &r->n_warnings;

	if (*count > NODE_PROBLEMS_MAX) {
		*count += 1;
		return;
	}
	if ((*count)++ == NODE_PROBLEMS_MAX) {
		diags_add(r->diags, level, r->file, line, col,
		    "too many problems; what follows is not looked at");
		return;
	}
	vsnprintf(text, sizeof(text), fmt, ap);
	if (!node_said(r, line, col, text))
		diags_add(r->diags, level, r->file, line, col, "%s", text);
}

void
node_error(struct reader *r, const struct node *n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	node_say(r, DIAG_ERROR, n->line, n->col, fmt, ap);
	va_end(ap);
}

/* Characters in the first n bytes of UTF-8. */
static unsigned
node_width(const char *p, size_t n)
{
	unsigned width = 0;

	for (size_t i = 0; i < n; i++)
		width += ((unsigned char)p[i] & 0xc0) != 0x80;
	return width;
}

void
node_error_within(
    struct reader *r, const struct node *n, size_t at, const char *fmt, ...)
{
	unsigned col = n->col;
	va_list ap;

	if (n->verbatim && at <= n->text.n)
		col += node_width(n->text.p, at) + !n->plain;
	va_start(ap, fmt);
	node_say(r, DIAG_ERROR, n->line, col, fmt, ap);
	va_end(ap);
}

void
node_warn(struct reader *r, const struct node *n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	node_say(r, DIAG_WARNING, n->line, n->col, fmt, ap);
	va_end(ap);
}

void
node_error_at(
    struct reader *r, unsigned line, unsigned col, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	node_say(r, DIAG_ERROR, line, col, fmt, ap);
	va_end(ap);
}

void
node_unknown(struct reader *r, const struct node *n, const char *what,
    const char *const *known, size_t n_known)
{
	const char *near = diag_nearest(n->text.p, known, n_known);
	char shown[NODE_SHOWN];
	struct buf b;
	char *list;

	node_show(n, shown);
	if (near != NULL) {
		node_error(
		    r, n, "%s %s; did you mean \"%s\"?", what, shown, near);
		return;
	}
	buf_init(&b, NODE_TEXT_MAX / 2);
	for (size_t i = 0; i < n_known && i < NODE_WORDS_MAX; i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "", known[i]);
	list = buf_take(&b);
	if (n_known == 0)
		node_error(r, n, "%s %s; there is none", what, shown);
	else
		node_error(r, n, "%s %s; there is %s", what, shown, list);
	free(list);
}

const char *
node_show(const struct node *n, char to[NODE_SHOWN])
{
	enum { SHOWN = 40 };
	size_t k = n->text.n;

	if (n->kind != NODE_SCALAR) {
		snprintf(to, NODE_SHOWN, "a %s",
		    n->kind == NODE_LIST ? "list" : "mapping");
	} else if (node_is_null(n)) {
		snprintf(to, NODE_SHOWN, "nothing");
	} else {
		if (k > SHOWN)
			for (k = SHOWN; (n->text.p[k] & 0xc0) == 0x80; k--)
				;
		snprintf(to, NODE_SHOWN, "\"%.*s%s\"", (int)k, n->text.p,
		    k < n->text.n ? "..." : "");
	}
	return to;
}

bool
node_is_null(const struct node *n)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	if (n->kind != NODE_SCALAR || !n->plain)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (node_is(n, words[i]))
			return true;
	return false;
}

bool
node_is(const struct node *n, const char *text)
{
	return n->kind == NODE_SCALAR && span_eq(n->text, span_str(text));
}

bool
node_expect(struct reader *r, const struct node *n, enum node_kind kind,
    const char *what)
{
	static const char *const kinds[] = { "a single value", "a list",
		"a mapping" };
	char shown[NODE_SHOWN];

	if (n->kind == kind)
		return true;
	node_error(r, n, "%s: expected %s, got %s", what, kinds[kind],
	    node_show(n, shown));
	return false;
}

const struct node *
node_get(const struct node *map, const char *key)
{
	if (map->kind != NODE_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++)
		if (node_is(node_key(map, i), key))
			return node_value(map, i);
	return NULL;
}

struct node *
node_scalar(struct arena *arena, unsigned line, unsigned col, struct span text)
{
	struct node *n = arena_calloc(arena, 1, sizeof(*n));

	*n = (struct node){ .kind = NODE_SCALAR,
		.line = line,
		.col = col,
		.plain = true,
		.verbatim = true,
		.weight = 1,
		.text = {
		    arena_strndup(arena, text.p != NULL ? text.p : "", text.n),
		    text.n } };
	return n;
}
