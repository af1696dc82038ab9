/* The one-line form of `inject:` in a request's header field. */
#include <string.h>

#include "scenario/inject.h"
#include "scenario/source.h"
#include "scenario/yaml.h"

enum { INLINE_MAX = 4096, INLINE_PAIRS_MAX = 16 };

/* What stands before the next semicolon outside braces, brackets and quotes. */
static struct span
inline_next(struct span *rest)
{
	struct span pair = { rest->p, 0 };
	unsigned depth = 0;
	bool quoted = false;

	for (; pair.n < rest->n; pair.n++) {
		char c = rest->p[pair.n];

		if (c == '"')
			quoted = !quoted;
		if (quoted)
			continue;
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && depth > 0)
			depth--;
		else if (c == ';' && depth == 0)
			break;
	}
	rest->p += pair.n + (pair.n < rest->n);
	rest->n -= pair.n + (pair.n < rest->n);
	return pair;
}

/* A value is a word, or YAML on one line: behind as many spaces as make its
 * columns those of the field. */
static struct node *
inline_value(struct reader *r, struct span value, unsigned col)
{
	struct diags problems = { 0 };
	struct reader inner = { .arena = r->arena, .diags = &problems };
	struct node *n;
	char *text;

	if (value.n == 0 || strchr("{[\"", value.p[0]) == NULL)
		return node_scalar(r->arena, 1, col, value);
	text = arena_calloc(r->arena, col + value.n, 1);
	memset(text, ' ', col - 1);
	memcpy(text + col - 1, value.p, value.n);
	n = yaml_parse(&inner, (struct span){ text, col - 1 + value.n });
	for (size_t i = 0; i < problems.n; i++)
		node_error_at(r, 1,
		    problems.v[i].line == 1 ? problems.v[i].col
					    : col + (unsigned)value.n,
		    "%s", problems.v[i].text);
	if (problems.n > 0)
		n = NULL;
	diags_clear(&problems);
	return n;
}

static bool
inline_pair(
    struct reader *r, const char *start, struct span pair, struct node *map)
{
	const char *equals = memchr(pair.p, '=', pair.n);
	unsigned col = (unsigned)(pair.p - start) + 1;
	struct span name, value;
	struct node *n;

	if (equals == NULL || equals == pair.p) {
		node_error_at(r, 1, col, "expected FAULT=VALUE, got \"%.*s\"",
		    (int)(pair.n < 40 ? pair.n : 40), pair.p);
		return false;
	}
	if (map->n == INLINE_PAIRS_MAX) {
		node_error_at(
		    r, 1, col, "more than %d faults", INLINE_PAIRS_MAX);
		return false;
	}
	name = span_trim((struct span){ pair.p, (size_t)(equals - pair.p) });
	value = span_trim((struct span){
	    equals + 1, pair.n - (size_t)(equals - pair.p) - 1 });
	n = inline_value(r, value, (unsigned)(value.p - start) + 1);
	if (n == NULL)
		return false;
	for (size_t i = 0; i < map->n; i++) {
		if (!span_eq(node_key(map, i)->text, name))
			continue;
		node_error_at(r, 1, col, "\"%s\" is given twice",
		    node_key(map, i)->text.p);
		return false;
	}
	map->items[2 * map->n] = node_scalar(r->arena, 1, col, name);
	map->items[2 * map->n + 1] = n;
	map->n++;
	return true;
}

bool
inject_parse(struct arena *arena, struct span text, struct inject *to,
    struct diags *diags)
{
	struct reader r = {
		.arena = arena, .file = "X-Brownout-Inject", .diags = diags
	};
	struct node map = { .kind = NODE_MAP, .line = 1, .col = 1 };
	struct span rest = text;
	bool good = true;

	*to = (struct inject){ 0 };
	if (text.n > INLINE_MAX) {
		node_error_at(&r, 1, 1, "longer than %d bytes", INLINE_MAX);
		return false;
	}
	if (!source_check(&r, text))
		return false;
	map.items =
	    arena_calloc(arena, 2 * INLINE_PAIRS_MAX, sizeof(*map.items));
	while (rest.n > 0) {
		struct span pair = span_trim(inline_next(&rest));

		if (pair.n > 0)
			good &= inline_pair(&r, text.p, pair, &map);
	}
	return good && inject_read(&r, &map, false, to);
}
