/*
 * A path pattern and a target: patterns before the first NUL byte, one a line,
 * the target after it. Globs are held against a plain recursive matcher, and
 * the rule index against the patterns themselves.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/pattern.h"
#include "base/xalloc.h"
#include "decide/index.h"
#include "decide/match.h"

enum { PATTERNS_MAX = 32, STEPS_MAX = 100000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct span
skip(struct span s, size_t n)
{
	return (struct span){ s.p + n, s.n - n };
}

/* A separator, `**`, then a separator or the end: may stand for nothing. */
static bool
optional(struct span g)
{
	return g.n >= 3 && memcmp(g.p, "/**", 3) == 0 &&
	       (g.n == 3 || g.p[3] == '/');
}

/* The meaning of a glob, written down; steps bounds the work. */
static bool
plain_match(struct span g, struct span s, unsigned *steps)
{
	bool across;

	if (++*steps > STEPS_MAX)
		return false;
	if (g.n == 0)
		return s.n == 0;
	if (optional(g) && plain_match(skip(g, 3), s, steps))
		return true;
	if (g.p[0] != '*')
		return s.n > 0 && s.p[0] == g.p[0] &&
		       plain_match(skip(g, 1), skip(s, 1), steps);
	across = g.n > 1 && g.p[1] == '*';
	if (plain_match(skip(g, across ? 2 : 1), s, steps))
		return true;
	return s.n > 0 && (across || s.p[0] != '/') &&
	       plain_match(g, skip(s, 1), steps);
}

static void
check_pattern(const struct pattern *p, struct span target, bool matches)
{
	struct span literal = pattern_literal(p);
	unsigned steps = 0;
	bool plain;

	if (matches)
		assert(target.n >= literal.n &&
		       span_eq((struct span){ target.p, literal.n }, literal));
	if (pattern_kind(p) == PATTERN_REGEX)
		return;
	plain = plain_match(pattern_text(p), target, &steps);
	assert(steps > STEPS_MAX || plain == matches);
}

struct world {
	struct pattern *patterns[PATTERNS_MAX];
	struct cond conds[PATTERNS_MAX];
	struct rule rules[PATTERNS_MAX];
	struct rule *order[PATTERNS_MAX];
	unsigned n;
};

/* The patterns of the text that compile, a rule each. */
static void
world_read(struct world *w, struct span text)
{
	while (text.n > 0 && w->n < PATTERNS_MAX) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end != NULL ? (size_t)(end - text.p) : text.n, at;
		char why[128];
		struct pattern *p = pattern_new((struct span){ text.p, n }, '/',
		    false, why, sizeof(why), &at);

		text = skip(text, end != NULL ? n + 1 : n);
		if (p == NULL) {
			assert(at <= n && strlen(why) < sizeof(why));
			continue;
		}
		w->patterns[w->n] = p;
		w->conds[w->n] = (struct cond){ .kind = COND_PATH,
			.patterns = &w->patterns[w->n],
			.n_patterns = 1 };
		w->rules[w->n].match = (struct match){ &w->conds[w->n], 1 };
		w->order[w->n] = &w->rules[w->n];
		w->n++;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const uint8_t *zero = n > 0 ? memchr(data, 0, n) : NULL;
	size_t cut = zero != NULL ? (size_t)(zero - data) : n;
	struct world *w = xcalloc(1, sizeof(*w));
	struct facts f = { 0 };
	struct index_walk walk;
	struct index *x;
	uint32_t at;

	world_read(w, (struct span){ (const char *)data, cut });
	if (zero != NULL)
		f.path = (struct span){ (const char *)zero + 1, n - cut - 1 };
	x = index_new(w->order, w->n);
	index_find(x, f.path, &walk);
	at = index_next(&walk);
	for (unsigned i = 0; i < w->n; i++) {
		bool matches = match_holds(&w->rules[i].match, &f, 1);

		check_pattern(w->patterns[i], f.path, matches);
		assert(!matches || at == i);
		if (at == i)
			at = index_next(&walk);
	}
	assert(at == UINT32_MAX);
	index_free(x);
	for (unsigned i = 0; i < w->n; i++)
		pattern_free(w->patterns[i]);
	free(w);
	return 0;
}
