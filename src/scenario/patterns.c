/* Patterns in a scenario: compiled at load, owned by the scenario. */
#include <string.h>

#include "base/xalloc.h"
#include "scenario/loader.h"

enum { PATTERNS_WHY = 160 };

static void
patterns_keep(struct loader *l, struct pattern *p)
{
	struct scenario *s = l->s;

	if (s->n_patterns == l->cap_patterns) {
		l->cap_patterns =
		    l->cap_patterns != 0 ? 2 * l->cap_patterns : 64;
		s->patterns = xreallocarray(
		    s->patterns, l->cap_patterns, sizeof(struct pattern *));
	}
	s->patterns[s->n_patterns++] = p;
}

static struct pattern *
patterns_one(struct loader *l, const struct node *n, const char *what, char sep,
    bool nocase)
{
	char why[PATTERNS_WHY], shown[NODE_SHOWN];
	struct pattern *p;
	size_t at;

	if (n->kind != NODE_SCALAR || node_is_null(n)) {
		node_error(&l->r, n, "%s: expected a pattern, got %s", what,
		    node_show(n, shown));
		return NULL;
	}
	p = pattern_new(n->text, sep, nocase, why, sizeof(why), &at);
	if (p == NULL)
		node_error_within(&l->r, n, at, "%s: %s", what, why);
	else
		patterns_keep(l, p);
	return p;
}

bool
patterns_read(struct loader *l, const struct node *n, const char *what,
    char sep, bool nocase, struct pattern ***patternsp, unsigned *np)
{
	size_t count = n->kind == NODE_LIST ? n->n : 1;
	bool good = true;

	if (count == 0) {
		node_error(&l->r, n, "%s: an empty list", what);
		return false;
	}
	*patternsp = arena_calloc(l->r.arena, count, sizeof(**patternsp));
	for (size_t i = 0; i < count; i++) {
		struct pattern *p = patterns_one(l,
		    n->kind == NODE_LIST ? n->items[i] : n, what, sep, nocase);

		if (p != NULL)
			(*patternsp)[(*np)++] = p;
		good &= p != NULL;
	}
	return good;
}
