/*
 * A scenario file as a tree that knows where each part stands, and how to speak
 * of it. Nodes live in the reader's arena; an alias is a second pointer to the
 * anchored node, so a tree may share branches but has no cycles.
 */
#ifndef SCENARIO_NODE_H
#define SCENARIO_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/span.h"

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	unsigned line, col; /* from 1; columns count characters */
	bool plain;         /* SCALAR: written without quotes */
	bool verbatim; /* SCALAR: its text stands in the file as it is, on one
			  line */
	struct span text; /* SCALAR: followed by a NUL */
	/* LIST: n elements; MAP: n keys, each followed by its value. */
	struct node **items;
	size_t n;
	size_t weight; /* nodes in it, counting shared branches each time */
	bool open;     /* being read: an alias to it would be a cycle */
};

/* What every reading function needs: where things live, where problems go. */
struct reader {
	struct arena *arena;
	const char *file; /* its name in messages; may be NULL */
	struct diags *diags;
	unsigned n_problems, n_warnings;
};

/* A problem at a node, at a place within its text (a byte offset), or at a
 * position. The same words at the same place are said once, however often an
 * alias leads there; after some hundreds of problems the rest is silence. */
void node_error(struct reader *r, const struct node *n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void node_error_within(struct reader *r, const struct node *n, size_t at,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void node_warn(struct reader *r, const struct node *n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void node_error_at(struct reader *r, unsigned line, unsigned col,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* A word that is none of those known: `WHAT "word"; did you mean "..."?`, or
 * the list of what there is when nothing is near. */
void node_unknown(struct reader *r, const struct node *n, const char *what,
    const char *const *known, size_t n_known);

/* What a node is, for "expected ..., got ...": `"text"`, `a list`, `nothing`.
 * Returns to. */
enum { NODE_SHOWN = 64 };
const char *node_show(const struct node *n, char to[NODE_SHOWN]);
/* Nothing written, or `~`, or `null`. */
bool node_is_null(const struct node *n);
bool node_is(const struct node *n, const char *text);
/* Whether n is of that kind; else a problem: `WHAT: expected a list, got ...`.
 */
bool node_expect(struct reader *r, const struct node *n, enum node_kind kind,
    const char *what);
/* The value of a key of a mapping, or NULL. */
const struct node *node_get(const struct node *map, const char *key);
/* A plain scalar that stands where another one does. */
struct node *
node_scalar(struct arena *arena, unsigned line, unsigned col, struct span text);

static inline const struct node *
node_key(const struct node *map, size_t i)
{
	return map->items[2 * i];
}

static inline const struct node *
node_value(const struct node *map, size_t i)
{
	return map->items[2 * i + 1];
}

#endif
