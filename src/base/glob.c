#include "base/glob.h"

#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/*
 * A glob is head, middle, tail: text without stars at both ends, which memcmp
 * settles, and from the first star to the last one the middle. Nearly all
 * middles are one star; any other runs as an automaton with one bit a state, so
 * that no text makes it go back.
 */
enum glob_middle {
	GLOB_ANY,     /* `**` */
	GLOB_SEGMENT, /* `*`: whatever has no separator */
	GLOB_TREE,    /* separator and `**` at the end: also nothing at all */
	GLOB_STATES
};

enum { GLOB_WORDS = 8, GLOB_TOKENS_MAX = 64 * GLOB_WORDS - 1 };

struct glob_states {
	unsigned n;                    /* tokens; state i: i of them matched */
	uint64_t star[GLOB_WORDS];     /* token i is `*` */
	uint64_t stars[GLOB_WORDS];    /* token i is `**` */
	uint64_t optional[GLOB_WORDS]; /* tokens i, i+1 are separator, `**` and
					  may stand for nothing */
	uint16_t literal[GLOB_TOKENS_MAX]; /* else the byte */
};

struct glob {
	struct span head, tail;
	enum glob_middle middle;
	char sep;
	bool nocase;
	struct glob_states *states;
};

static bool
glob_bit(const uint64_t *v, unsigned i)
{
	return v[i / 64] >> (i % 64) & 1;
}

static void
glob_set(uint64_t *v, unsigned i)
{
	v[i / 64] |= (uint64_t)1 << (i % 64);
}

/* Whether a separator followed by `**` and a separator or the end is at p. */
static bool
glob_optional(const char *p, const char *end, char sep)
{
	return sep != 0 && end - p >= 3 && p[0] == sep && p[1] == '*' &&
	       p[2] == '*' && (end - p == 3 || p[3] == sep);
}

/* Cuts the text into tokens; false when there are too many. */
static bool
glob_tokens(struct glob *g, struct span text, const char *end)
{
	struct glob_states *st = xcalloc(1, sizeof(*st));
	const char *p = text.p, *to = text.p + text.n;

	g->states = st;
	while (p < to) {
		if (st->n == GLOB_TOKENS_MAX)
			return false;
		if (glob_optional(p, end, g->sep))
			glob_set(st->optional, st->n);
		if (*p != '*') {
			st->literal[st->n++] = (unsigned char)*p++;
			continue;
		}
		if (p + 1 < to && p[1] == '*')
			p++;
		else if (g->sep != 0)
			glob_set(st->star, st->n);
		if (!glob_bit(st->star, st->n))
			glob_set(st->stars, st->n);
		st->n++;
		p++;
	}
	return true;
}

/* Adds what is reached without reading: a star stands for nothing too. */
static void
glob_close(const struct glob_states *st, uint64_t *on)
{
	for (unsigned i = 0; i < st->n; i++) {
		if (!glob_bit(on, i))
			continue;
		if (glob_bit(st->star, i) || glob_bit(st->stars, i))
			glob_set(on, i + 1);
		if (glob_bit(st->optional, i))
			glob_set(on, i + 2);
	}
}

static int
glob_fold(const struct glob *g, unsigned char c)
{
	return g->nocase ? tolower(c) : c;
}

/* The states after reading c in those of `on`; false when none is left. */
static bool
glob_step(
    const struct glob *g, const uint64_t *on, uint64_t *to, unsigned char c)
{
	const struct glob_states *st = g->states;
	bool any = false;

	memset(to, 0, GLOB_WORDS * sizeof(*to));
	for (unsigned w = 0; w <= st->n / 64; w++) {
		for (uint64_t bits = on[w]; bits != 0; bits &= bits - 1) {
			unsigned i = w * 64 + (unsigned)__builtin_ctzll(bits);

			if (i == st->n)
				continue;
			if (glob_bit(st->stars, i) ||
			    (glob_bit(st->star, i) && c != (uint8_t)g->sep))
				glob_set(to, i);
			else if (!glob_bit(st->star, i) &&
				 glob_fold(g, (unsigned char)st->literal[i]) ==
				     glob_fold(g, c))
				glob_set(to, i + 1);
			else
				continue;
			any = true;
		}
	}
	glob_close(st, to);
	return any;
}

static bool
glob_run(const struct glob *g, struct span s)
{
	uint64_t sets[2][GLOB_WORDS] = { { 1 } };
	uint64_t *on = sets[0], *to = sets[1], *spare;

	glob_close(g->states, on);
	for (size_t i = 0; i < s.n; i++) {
		if (!glob_step(g, on, to, (unsigned char)s.p[i]))
			return false;
		spare = on;
		on = to;
		to = spare;
	}
	return glob_bit(on, g->states->n);
}

static bool
glob_same(const struct glob *g, const char *p, struct span literal)
{
	struct span s = { p, literal.n };

	return g->nocase ? span_caseeq(s, literal) : span_eq(s, literal);
}

bool
glob_match(const struct glob *g, struct span s)
{
	if (s.p == NULL)
		s.p = "";
	if (s.n < g->head.n + g->tail.n || !glob_same(g, s.p, g->head) ||
	    !glob_same(g, s.p + s.n - g->tail.n, g->tail))
		return false;
	s.p += g->head.n;
	s.n -= g->head.n + g->tail.n;
	switch (g->middle) {
	case GLOB_ANY:
		return true;
	case GLOB_SEGMENT:
		return s.n == 0 || memchr(s.p, g->sep, s.n) == NULL;
	case GLOB_TREE:
		return s.n == 0 || s.p[0] == g->sep;
	case GLOB_STATES:
		break;
	}
	return glob_run(g, s);
}

/* Finds head, middle and tail. The middle takes in a separator that may stand
 * for nothing together with its `**`. */
static bool
glob_split(struct glob *g, struct span text)
{
	const char *end = text.p + text.n;
	const char *first = memchr(text.p, '*', text.n);
	const char *last = memrchr(text.p, '*', text.n);
	struct span middle;

	assert(first != NULL && last != NULL);
	if (first > text.p && glob_optional(first - 1, end, g->sep))
		first--;
	g->head = (struct span){ text.p, (size_t)(first - text.p) };
	g->tail = (struct span){ last + 1, (size_t)(end - last - 1) };
	middle = (struct span){ first, (size_t)(last + 1 - first) };
	g->middle = GLOB_STATES;
	if (span_eq(middle, SPAN("**")) ||
	    (g->sep == 0 && span_eq(middle, SPAN("*"))))
		g->middle = GLOB_ANY;
	else if (span_eq(middle, SPAN("*")))
		g->middle = GLOB_SEGMENT;
	else if (middle.n == 3 && glob_optional(first, end, g->sep) &&
		 g->tail.n == 0)
		g->middle = GLOB_TREE;
	return g->middle != GLOB_STATES || glob_tokens(g, middle, end);
}

struct glob *
glob_new(
    struct span text, char sep, bool nocase, const char **whyp, size_t *atp)
{
	const char *three = memmem(text.p, text.n, "***", 3);
	struct glob *g;

	if (three != NULL) {
		*whyp = "three stars in a row: use * within a segment or ** "
			"across segments";
		*atp = (size_t)(three - text.p);
		return NULL;
	}
	g = xcalloc(1, sizeof(*g));
	g->sep = sep;
	g->nocase = nocase;
	if (glob_split(g, text))
		return g;
	*whyp = "too long between its first and its last star";
	*atp = g->head.n;
	glob_free(g);
	return NULL;
}

void
glob_free(struct glob *g)
{
	if (g == NULL)
		return;
	free(g->states);
	free(g);
}

struct span
glob_literal(const struct glob *g)
{
	return g->head;
}

bool
glob_is_prefix(const struct glob *g)
{
	return g->middle == GLOB_ANY && g->tail.n == 0;
}
