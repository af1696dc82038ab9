#include "decide/trie.h"

#include <stdlib.h>

#include "base/xalloc.h"

enum { TRIE_NONE = UINT32_MAX };

struct trie_node {
	struct span label; /* what leads here from the parent, in s's order */
	uint32_t first, n; /* children */
	uint32_t value;    /* TRIE_NONE: no key ends here */
};

/* At most two nodes a key: each but the root has a key or two children. */
struct trie {
	bool reversed;
	uint32_t n;
	struct trie_node *nodes;
	uint8_t *bytes; /* the byte behind which each node lies */
};

/* The keys below a node while it waits to be made. */
struct trie_range {
	uint32_t lo, hi, depth;
};

static uint8_t
trie_byte(const struct trie *t, struct span s, size_t i)
{
	return (uint8_t)s.p[t->reversed ? s.n - 1 - i : i];
}

/* n bytes of s from i on, where "on" is backwards in a reversed trie. */
static struct span
trie_cut(const struct trie *t, struct span s, size_t i, size_t n)
{
	return (struct span){ t->reversed ? s.p + s.n - i - n : s.p + i, n };
}

static int
trie_compare(const void *va, const void *vb)
{
	const struct trie_key *a = va, *b = vb;
	size_t n = a->text.n < b->text.n ? a->text.n : b->text.n;
	int order = n > 0 ? memcmp(a->text.p, b->text.p, n) : 0;

	if (order != 0)
		return order;
	return a->text.n < b->text.n ? -1 : a->text.n > b->text.n;
}

static int
trie_compare_reversed(const void *va, const void *vb)
{
	const struct trie_key *a = va, *b = vb;
	size_t n = a->text.n < b->text.n ? a->text.n : b->text.n;

	for (size_t i = 1; i <= n; i++) {
		int order = (uint8_t)a->text.p[a->text.n - i] -
			    (uint8_t)b->text.p[b->text.n - i];

		if (order != 0)
			return order;
	}
	return a->text.n < b->text.n ? -1 : a->text.n > b->text.n;
}

/* How far all keys of a sorted range agree. */
static uint32_t
trie_common(
    const struct trie *t, const struct trie_key *keys, struct trie_range r)
{
	struct span a = keys[r.lo].text, b = keys[r.hi - 1].text;
	uint32_t n = r.depth;

	while (n < a.n && n < b.n && trie_byte(t, a, n) == trie_byte(t, b, n))
		n++;
	return n;
}

/* Makes a node of its range and puts its children's ranges behind the last
 * node. The root has no label, so that a walk starts before the first byte. */
static void
trie_make(struct trie *t, struct trie_key *keys, struct trie_range *todo,
    uint32_t node)
{
	struct trie_range r = todo[node];
	uint32_t deep = node == 0 ? 0 : trie_common(t, keys, r), lo = r.lo;
	struct trie_node *to = &t->nodes[node];

	*to = (struct trie_node){ .value = TRIE_NONE, .first = t->n };
	if (r.lo == r.hi)
		return;
	to->label = trie_cut(t, keys[r.lo].text, r.depth, deep - r.depth);
	if (keys[lo].text.n == deep)
		to->value = keys[lo++].value;
	while (lo < r.hi) {
		uint8_t byte = trie_byte(t, keys[lo].text, deep);
		uint32_t hi = lo;

		while (hi < r.hi && trie_byte(t, keys[hi].text, deep) == byte)
			hi++;
		todo[t->n] = (struct trie_range){ lo, hi, deep };
		t->bytes[t->n++] = byte;
		to->n++;
		lo = hi;
	}
}

struct trie *
trie_new(struct trie_key *keys, unsigned n, bool reversed)
{
	struct trie *t = xcalloc(1, sizeof(*t));
	size_t most = 2 * (size_t)n + 1;
	struct trie_range *todo = xcalloc(most, sizeof(todo[0]));

	if (n > 0)
		qsort(keys, n, sizeof(keys[0]),
		    reversed ? trie_compare_reversed : trie_compare);
	t->reversed = reversed;
	t->nodes = xcalloc(most, sizeof(t->nodes[0]));
	t->bytes = xcalloc(most, 1);
	t->n = 1;
	todo[0] = (struct trie_range){ 0, n, 0 };
	for (uint32_t i = 0; i < t->n; i++)
		trie_make(t, keys, todo, i);
	free(todo);
	return t;
}

void
trie_free(struct trie *t)
{
	if (t == NULL)
		return;
	free(t->nodes);
	free(t->bytes);
	free(t);
}

struct trie_walk
trie_walk(const struct trie *t, struct span s)
{
	return (struct trie_walk){ .t = t, .s = s, .node = TRIE_NONE };
}

/* To the child that the next bytes lead to; false when there is none. */
static bool
trie_descend(struct trie_walk *w)
{
	const struct trie *t = w->t;
	const struct trie_node *node = &t->nodes[w->node];
	const uint8_t *at;
	struct span next;

	if (node->n == 0 || w->depth == w->s.n)
		return false;
	at = memchr(
	    t->bytes + node->first, trie_byte(t, w->s, w->depth), node->n);
	if (at == NULL)
		return false;
	w->node = (uint32_t)(at - t->bytes);
	next = t->nodes[w->node].label;
	if (w->s.n - w->depth < next.n ||
	    !span_eq(trie_cut(t, w->s, w->depth, next.n), next))
		return false;
	w->depth += (uint32_t)next.n;
	return true;
}

bool
trie_step(struct trie_walk *w, uint32_t *valuep)
{
	while (!w->over) {
		if (w->node == TRIE_NONE)
			w->node = 0;
		else if (!trie_descend(w))
			w->over = true;
		if (!w->over && w->t->nodes[w->node].value != TRIE_NONE) {
			*valuep = w->t->nodes[w->node].value;
			return true;
		}
	}
	return false;
}
