#include "decide/index.h"

#include <assert.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "decide/trie.h"

enum {
	INDEX_ALL, /* no use to look at the path first */
	INDEX_EXACT,
	INDEX_OPEN, /* begins with the literal */
	INDEX_TAIL  /* begins with the literal, ends with the tail */
};

/* Fewer patterns with the same beginning are tried without a look at their
 * ends. */
enum { INDEX_TAILS_MIN = 4 };

/* One pattern of one rule. */
struct index_entry {
	struct span literal, tail;
	uint32_t position;
	int how;
};

/* A run of positions. */
struct index_run {
	uint32_t lo, hi;
};

/* What hangs on one literal. */
struct index_bucket {
	struct index_run exact, open;
	struct trie *tails; /* values are runs; may be NULL */
};

struct index {
	struct index_run always, every;
	struct trie *literals; /* values are buckets */
	struct index_bucket *buckets;
	unsigned n_buckets;
	struct index_run *runs; /* behind the tails */
	unsigned n_runs;
	uint32_t *positions;
	uint32_t n_positions;
};

static int
index_compare(const void *va, const void *vb)
{
	const struct index_entry *a = va, *b = vb;
	const struct span as[] = { a->literal, a->tail };
	const struct span bs[] = { b->literal, b->tail };

	if ((a->how == INDEX_ALL) != (b->how == INDEX_ALL))
		return a->how == INDEX_ALL ? -1 : 1;
	for (unsigned i = 0; a->how != INDEX_ALL && i < 2; i++) {
		size_t n = as[i].n < bs[i].n ? as[i].n : bs[i].n;
		int order = n > 0 ? memcmp(as[i].p, bs[i].p, n) : 0;

		if (order != 0)
			return order;
		if (as[i].n != bs[i].n)
			return as[i].n < bs[i].n ? -1 : 1;
		if (i == 0 && a->how != b->how)
			return a->how - b->how;
	}
	return a->position < b->position ? -1 : a->position > b->position;
}

/* What every match of a regex begins with, where that is plain to see: `~^`,
 * then ordinary bytes, and neither alternatives nor options anywhere. */
static struct span
index_anchored(struct span text)
{
	struct span literal = { text.p + 2, 0 };

	if (text.n < 3 || text.p[1] != '^' ||
	    memchr(text.p, '|', text.n) != NULL ||
	    memmem(text.p, text.n, "(?", 2) != NULL)
		return (struct span){ text.p, 0 };
	while (literal.n < text.n - 2) {
		char c = literal.p[literal.n];

		if (c != '/' && c != '-' && c != '_' &&
		    !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') &&
		    !(c >= 'A' && c <= 'Z'))
			break;
		literal.n++;
	}
	/* The last one may be optional. */
	if (literal.n > 0 && literal.n < text.n - 2 &&
	    strchr("*?{", literal.p[literal.n]) != NULL)
		literal.n--;
	return literal;
}

static struct index_entry
index_entry(const struct pattern *p, uint32_t position)
{
	struct index_entry e = { .literal = pattern_literal(p),
		.position = position,
		.how = INDEX_OPEN };
	struct span text = pattern_text(p);
	size_t n = text.n;

	switch (pattern_kind(p)) {
	case PATTERN_EXACT:
		e.how = INDEX_EXACT;
		return e;
	case PATTERN_PREFIX:
		return e;
	case PATTERN_REGEX:
		e.literal = index_anchored(text);
		e.how = e.literal.n > 0 ? INDEX_OPEN : INDEX_ALL;
		return e;
	case PATTERN_GLOB:
		break;
	}
	while (n > 0 && text.p[n - 1] != '*')
		n--;
	e.tail = (struct span){ text.p + n, text.n - n };
	if (e.tail.n > 0)
		e.how = INDEX_TAIL;
	return e;
}

/* The condition that decides where a rule is found, or NULL. */
static const struct cond *
index_path(const struct rule *r)
{
	for (unsigned i = 0; i < r->match.n_conds; i++)
		if (r->match.conds[i].kind == COND_PATH &&
		    r->match.conds[i].n_patterns > 0)
			return &r->match.conds[i];
	return NULL;
}

static struct index_entry *
index_entries(struct rule *const *rules, unsigned n, unsigned *np)
{
	struct index_entry *v;
	unsigned most = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct cond *c = index_path(rules[i]);

		most += c != NULL ? c->n_patterns : 1;
	}
	v = xcalloc(most + 1, sizeof(v[0]));
	*np = 0;
	for (unsigned i = 0; i < n; i++) {
		const struct cond *c = index_path(rules[i]);

		if (c == NULL)
			v[(*np)++] = (struct index_entry){ .position = i,
				.how = INDEX_ALL };
		for (unsigned k = 0; c != NULL && k < c->n_patterns; k++)
			v[(*np)++] = index_entry(c->patterns[k], i);
	}
	if (*np > 0)
		qsort(v, *np, sizeof(v[0]), index_compare);
	return v;
}

/* Stores the positions of entries [lo, hi) in rising order, each once. */
static struct index_run
index_run(
    struct index *x, const struct index_entry *v, unsigned lo, unsigned hi)
{
	struct index_run run = { .lo = x->n_positions };

	for (unsigned i = lo; i < hi; i++)
		if (i == lo || v[i].position != v[i - 1].position)
			x->positions[x->n_positions++] = v[i].position;
	run.hi = x->n_positions;
	return run;
}

static int
index_compare_number(const void *va, const void *vb)
{
	uint32_t a = *(const uint32_t *)va, b = *(const uint32_t *)vb;

	return a < b ? -1 : a > b;
}

/* The patterns [lo, hi) of one literal that have tails: a trie of them, or,
 * when they are few, all in one run behind the open ones. */
static void
index_tails(struct index *x, struct index_bucket *b,
    const struct index_entry *v, unsigned lo, unsigned hi)
{
	struct trie_key *keys;
	unsigned n = 0;

	if (hi - lo < INDEX_TAILS_MIN) {
		index_run(x, v, lo, hi);
		b->open.hi = x->n_positions;
		qsort(x->positions + b->open.lo, b->open.hi - b->open.lo,
		    sizeof(x->positions[0]), index_compare_number);
		return;
	}
	keys = xcalloc(hi - lo, sizeof(keys[0]));
	while (lo < hi) {
		unsigned end = lo;

		while (end < hi && span_eq(v[end].tail, v[lo].tail))
			end++;
		keys[n++] = (struct trie_key){ v[lo].tail, x->n_runs };
		x->runs[x->n_runs++] = index_run(x, v, lo, end);
		lo = end;
	}
	b->tails = trie_new(keys, n, true);
	free(keys);
}

/* The end of the entries from lo that have the same literal and, when how is
 * not 0, are found so. */
static unsigned
index_same(const struct index_entry *v, unsigned lo, unsigned n, int how)
{
	unsigned hi = lo;

	while (hi < n && span_eq(v[hi].literal, v[lo].literal) &&
	       (how == 0 || v[hi].how == how))
		hi++;
	return hi;
}

static void
index_bucket(
    struct index *x, const struct index_entry *v, unsigned lo, unsigned hi)
{
	struct index_bucket *b = &x->buckets[x->n_buckets++];
	unsigned to;

	to = v[lo].how == INDEX_EXACT ? index_same(v, lo, hi, INDEX_EXACT) : lo;
	b->exact = index_run(x, v, lo, to);
	lo = to;
	if (lo < hi && v[lo].how == INDEX_OPEN)
		to = index_same(v, lo, hi, INDEX_OPEN);
	b->open = index_run(x, v, lo, to);
	if (to < hi)
		index_tails(x, b, v, to, hi);
}

struct index *
index_new(struct rule *const *rules, unsigned n)
{
	struct index *x = xcalloc(1, sizeof(*x));
	unsigned n_entries, lo = 0, n_keys = 0;
	struct index_entry *v = index_entries(rules, n, &n_entries);
	struct trie_key *keys = xcalloc(n_entries + 1, sizeof(keys[0]));

	x->positions =
	    xcalloc((size_t)n_entries + n + 1, sizeof(x->positions[0]));
	x->buckets = xcalloc(n_entries + 1, sizeof(x->buckets[0]));
	x->runs = xcalloc(n_entries + 1, sizeof(x->runs[0]));
	while (lo < n_entries && v[lo].how == INDEX_ALL)
		lo++;
	x->always = index_run(x, v, 0, lo);
	while (lo < n_entries) {
		unsigned hi = index_same(v, lo, n_entries, 0);

		keys[n_keys++] =
		    (struct trie_key){ v[lo].literal, x->n_buckets };
		index_bucket(x, v, lo, hi);
		lo = hi;
	}
	x->literals = trie_new(keys, n_keys, false);
	x->every.lo = x->n_positions;
	for (unsigned i = 0; i < n; i++)
		x->positions[x->n_positions++] = i;
	x->every.hi = x->n_positions;
	free(keys);
	free(v);
	return x;
}

void
index_free(struct index *x)
{
	if (x == NULL)
		return;
	for (unsigned i = 0; i < x->n_buckets; i++)
		trie_free(x->buckets[i].tails);
	trie_free(x->literals);
	free(x->buckets);
	free(x->runs);
	free(x->positions);
	free(x);
}

/* False when there are too many lists. */
static bool
index_take(const struct index *x, struct index_walk *w, struct index_run run)
{
	if (run.lo == run.hi)
		return true;
	if (w->n == INDEX_LISTS)
		return false;
	w->lists[w->n++] =
	    (struct index_list){ x->positions + run.lo, x->positions + run.hi };
	return true;
}

static bool
index_take_bucket(const struct index *x, struct index_walk *w,
    const struct index_bucket *b, struct span rest)
{
	struct trie_walk tails;
	uint32_t run;

	if (rest.n == 0 && !index_take(x, w, b->exact))
		return false;
	if (!index_take(x, w, b->open))
		return false;
	if (b->tails == NULL)
		return true;
	tails = trie_walk(b->tails, rest);
	while (trie_step(&tails, &run))
		if (!index_take(x, w, x->runs[run]))
			return false;
	return true;
}

void
index_find(const struct index *x, struct span path, struct index_walk *w)
{
	struct trie_walk walk = trie_walk(x->literals, path);
	bool fits;
	uint32_t bucket;

	if (path.p == NULL)
		path.p = "";
	w->n = 0;
	fits = index_take(x, w, x->always);
	while (fits && trie_step(&walk, &bucket)) {
		struct span rest = { path.p + walk.depth, path.n - walk.depth };

		fits = index_take_bucket(x, w, &x->buckets[bucket], rest);
	}
	if (fits)
		return;
	/* Too many beginnings of one path: all rules are always right. */
	w->n = 0;
	fits = index_take(x, w, x->every);
	assert(fits);
}

uint32_t
index_next(struct index_walk *w)
{
	uint32_t least = UINT32_MAX;

	for (unsigned i = 0; i < w->n; i++)
		if (*w->lists[i].at < least)
			least = *w->lists[i].at;
	for (unsigned i = 0; i < w->n;) {
		struct index_list *list = &w->lists[i];

		/* A rule with two fitting patterns is in a list twice. */
		while (list->at < list->end && *list->at == least)
			list->at++;
		if (list->at == list->end)
			*list = w->lists[--w->n];
		else
			i++;
	}
	return least;
}
