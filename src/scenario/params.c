#include "scenario/params.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "scenario/blame.h"
#include "scenario/scalars.h"
#include "scenario/yaml.h"

static bool params_value(
    struct reader *r, const struct node *n, const struct param *p, void *to);

bool
params_is_bare(const struct param_set *set)
{
	return set->n_rows == 1 && scalars_has(set->rows[0].type) &&
	       set->size == scalars_size(set->rows[0].type);
}

uint32_t
params_bits(const struct param_set *set, const void *conf)
{
	uint32_t bits = 0;

	if (!params_is_bare(set) && set->size >= sizeof(bits))
		memcpy(&bits, (const char *)conf + set->given, sizeof(bits));
	return bits;
}

static void
params_mark(const struct param_set *set, void *conf, unsigned i)
{
	uint32_t bits = params_bits(set, conf) | (uint32_t)1 << i;

	if (!params_is_bare(set) && set->size >= sizeof(bits))
		memcpy((char *)conf + set->given, &bits, sizeof(bits));
}

static bool
params_pairs(struct reader *r, const struct node *n, const struct param *p,
    struct param_pairs *to)
{
	char shown[NODE_SHOWN];
	bool good = true;

	if (!node_expect(r, n, NODE_MAP, p->name))
		return false;
	if (n->n == 0) {
		node_error(r, n, "%s: an empty mapping", p->name);
		return false;
	}
	to->v = arena_calloc(r->arena, n->n, sizeof(*to->v));
	to->n = n->n;
	for (size_t i = 0; i < n->n; i++) {
		const struct node *value = node_value(n, i);

		to->v[i].name = node_key(n, i)->text.p;
		if (value->kind != NODE_SCALAR) {
			node_error(r, value, "%s: expected text, got %s",
			    to->v[i].name, node_show(value, shown));
			good = false;
		} else if (!node_is_null(value)) {
			to->v[i].value = value->text.p;
		}
	}
	return good;
}

static bool
params_list(struct reader *r, const struct node *n, const struct param *p,
    struct param_list *to)
{
	struct node one = { .kind = NODE_LIST, .items = &(struct node *){ 0 } };
	struct param bare = p->sub->rows[0];
	bool good = true;

	bare.name = p->name;
	if ((p->flags & PARAMS_ONE) != 0 && n->kind == NODE_SCALAR &&
	    !node_is_null(n)) {
		one.items[0] = (struct node *)n;
		one.n = 1;
		n = &one;
	}
	if (!node_expect(r, n, NODE_LIST, p->name))
		return false;
	if (n->n == 0 || n->n < (size_t)p->min) {
		node_error(r, n, "%s: %s list", p->name,
		    n->n == 0 ? "an empty" : "too short a");
		return false;
	}
	if (p->max != 0 && n->n > (size_t)p->max) {
		node_error(r, n, "%s: at most %lld values, got %zu", p->name,
		    (long long)p->max, n->n);
		return false;
	}
	to->v = arena_calloc(r->arena, n->n, p->sub->size);
	to->n = n->n;
	for (size_t i = 0; i < n->n; i++) {
		void *element = (char *)to->v + i * p->sub->size;

		if (params_is_bare(p->sub))
			good &= scalars_read(r, n->items[i], &bare, element);
		else
			good &= params_read(
			    r, n->items[i], p->sub, p->name, element);
	}
	return good;
}

static bool
params_value(
    struct reader *r, const struct node *n, const struct param *p, void *to)
{
	switch (p->type) {
	case PARAM_PAIRS:
		return params_pairs(r, n, p, to);
	case PARAM_LIST:
		return params_list(r, n, p, to);
	case PARAM_MAP:
		return params_read(r, n, p->sub, p->name, to);
	default:
		return scalars_read(r, n, p, to);
	}
}

/* A default is written as in a file: as a single value, or as YAML. */
static void
params_default(struct reader *r, const struct param *p, void *to)
{
	struct span text = span_str(p->fallback);
	struct node *n;
	bool good;

	if (scalars_has(p->type))
		n = node_scalar(r->arena, 0, 0, text);
	else
		n = yaml_parse(r, text);
	good = n != NULL && params_value(r, n, p, (char *)to + p->offset);
	assert(good);
	(void)good;
}

void
params_defaults(struct reader *r, const struct param_set *set, void *to)
{
	assert(set->n_rows <= PARAMS_ROWS_MAX);
	for (unsigned i = 0; i < set->n_rows; i++)
		if (set->rows[i].fallback != NULL)
			params_default(r, &set->rows[i], to);
}

const struct param *
params_find(const struct param_set *set, struct span name)
{
	for (unsigned i = 0; i < set->n_rows; i++)
		if (span_eq(span_str(set->rows[i].name), name))
			return &set->rows[i];
	return NULL;
}

/* Reads one row, which messages call name. */
static bool
params_take(struct reader *r, const struct node *key, const struct node *value,
    const struct param_set *set, const struct param *row, const char *name,
    struct params_given *given, void *to)
{
	unsigned i = (unsigned)(row - set->rows);
	struct param named = *row;

	named.name = name;
	given->keys[i] = key;
	given->values[i] = value;
	params_mark(set, to, i);
	return params_value(r, value, &named, (char *)to + row->offset);
}

bool
params_row(struct reader *r, const struct node *key, const struct node *value,
    const struct param_set *set, const struct param *row,
    struct params_given *given, void *to)
{
	const struct node *other = given->values[row - set->rows];

	if (other == NULL)
		return params_take(
		    r, key, value, set, row, row->name, given, to);
	node_error(r, key != NULL ? key : value,
	    "\"%s\" is given twice; it is also at line %u", row->name,
	    other->line);
	return false;
}

/* Whether a value in place of the mapping may be meant for that row. */
static bool
params_takes(const struct param *p, const struct node *n)
{
	if ((p->flags & PARAM_SCALAR) == 0 || node_is_null(n))
		return false;
	if (p->type == PARAM_LIST)
		return n->kind == NODE_LIST;
	if (p->type == PARAM_MAP) {
		for (unsigned i = 0; i < p->sub->n_rows; i++)
			if (params_takes(&p->sub->rows[i], n))
				return true;
		return false;
	}
	return n->kind == NODE_SCALAR && scalars_has(p->type);
}

/* What else than a mapping may stand in its place. */
static const char *
params_wanted(const struct param_set *set)
{
	const char *wanted = "";

	for (unsigned i = 0; i < set->n_rows; i++) {
		if ((set->rows[i].flags & PARAM_SCALAR) == 0)
			continue;
		if (set->rows[i].type == PARAM_LIST)
			return "a list or ";
		wanted = "a single value or ";
	}
	return wanted;
}

bool
params_short(struct reader *r, const struct node *n,
    const struct param_set *set, const char *what, struct params_given *given,
    void *to)
{
	const struct param *row = NULL;
	char shown[NODE_SHOWN];
	max_align_t room;

	for (unsigned i = 0; i < set->n_rows; i++) {
		const struct param *p = &set->rows[i];

		if (!params_takes(p, n))
			continue;
		if (row == NULL)
			row = p;
		if (scalars_has(p->type) && scalars_read(NULL, n, p, &room)) {
			row = p;
			break;
		}
	}
	if (row != NULL)
		return params_take(r, NULL, n, set, row, what, given, to);
	node_error(r, n, "%s: expected %sa mapping, got %s", what,
	    params_wanted(set), node_show(n, shown));
	return false;
}

static bool
params_exclusive(struct reader *r, const struct param_set *set,
    const struct params_given *given)
{
	const struct node *first = NULL, *second = NULL;
	const char *names[2] = { NULL, NULL };

	for (unsigned i = 0; i < set->n_rows; i++) {
		const struct node *at = given->keys[i];

		if ((set->exclusive >> i & 1) == 0 || at == NULL)
			continue;
		if (first == NULL || at->line < first->line ||
		    (at->line == first->line && at->col < first->col)) {
			second = first;
			names[1] = names[0];
			first = at;
			names[0] = set->rows[i].name;
		} else {
			second = at;
			names[1] = set->rows[i].name;
		}
	}
	if (second == NULL)
		return true;
	node_error(r, second, "\"%s\" and \"%s\" exclude each other: give one",
	    names[0], names[1]);
	return false;
}

bool
params_finish(struct reader *r, const struct node *n,
    const struct param_set *set, const struct params_given *given, void *to)
{
	const char *wrong;
	bool good = true;

	for (unsigned i = 0; i < set->n_rows; i++) {
		const struct param *p = &set->rows[i];

		if ((p->flags & PARAM_REQUIRED) == 0 ||
		    given->values[i] != NULL)
			continue;
		node_error(r, n, "\"%s\" is missing: %s", p->name, p->help);
		good = false;
	}
	good &= params_exclusive(r, set, given);
	if (!good || to == NULL || set->check == NULL)
		return good;
	wrong = set->check(to);
	if (wrong != NULL)
		node_error(
		    r, blame_find(n, set, given, to, wrong), "%s", wrong);
	return wrong == NULL;
}

static bool
params_is_part(const struct grammar *g, struct span name)
{
	for (unsigned i = 0; i < g->n_parts; i++)
		if (span_eq(span_str(g->parts[i].name), name))
			return true;
	return false;
}

static void
params_unknown(
    struct reader *r, const struct node *key, const struct grammar *g)
{
	const char *known[2 * PARAMS_ROWS_MAX];
	unsigned n = 0;

	assert(g->n_parts <= PARAMS_ROWS_MAX);
	for (unsigned i = 0; i < g->set.n_rows; i++)
		known[n++] = g->set.rows[i].name;
	for (unsigned i = 0; i < g->n_parts; i++)
		known[n++] = g->parts[i].name;
	node_unknown(r, key, g->what, known, n);
}

bool
params_rows(struct reader *r, const struct node *n, const struct grammar *g,
    struct params_given *given, void *to)
{
	bool good = true;

	for (size_t i = 0; i < n->n; i++) {
		const struct node *key = node_key(n, i);
		const struct param *row = params_find(&g->set, key->text);
		unsigned before = r->n_problems;

		if (row != NULL)
			params_row(
			    r, key, node_value(n, i), &g->set, row, given, to);
		else if (!params_is_part(g, key->text))
			params_unknown(r, key, g);
		good &= before == r->n_problems;
	}
	return good;
}

/* An empty mapping where some value is the point of it and has no default. */
static bool
params_says_nothing(const struct node *n, const struct param_set *set)
{
	bool point = false;

	if (n->kind != NODE_MAP || n->n > 0)
		return false;
	for (unsigned i = 0; i < set->n_rows; i++) {
		const struct param *p = &set->rows[i];

		if ((p->flags & PARAM_REQUIRED) != 0)
			return false;
		if ((p->flags & PARAM_SCALAR) == 0)
			continue;
		if (p->fallback != NULL)
			return false;
		point = true;
	}
	return point;
}

bool
params_map(struct reader *r, const struct node *n, const struct grammar *g,
    struct params_given *given, void *to)
{
	struct params_given room = { 0 };
	bool good = true;

	if (given == NULL)
		given = &room;
	params_defaults(r, &g->set, to);
	if (n->kind == NODE_MAP)
		good = params_rows(r, n, g, given, to);
	else if (!params_short(r, n, &g->set, g->what, given, to))
		return false;
	for (unsigned i = 0; n->kind == NODE_MAP && i < g->n_parts; i++) {
		if ((g->parts[i].flags & PARAM_REQUIRED) == 0 ||
		    node_get(n, g->parts[i].name) != NULL)
			continue;
		node_error(r, n, "\"%s\" is missing: %s", g->parts[i].name,
		    g->parts[i].help);
		good = false;
	}
	/* A check is only asked about values that could be read. */
	if (!params_finish(r, n, &g->set, given, good ? to : NULL) || !good)
		return false;
	if (params_says_nothing(n, &g->set))
		node_error(r, n, "an empty mapping says nothing here");
	return !params_says_nothing(n, &g->set);
}

bool
params_read(struct reader *r, const struct node *n, const struct param_set *set,
    const char *what, void *to)
{
	char key[NODE_SHOWN];
	struct grammar g = { .set = *set };

	snprintf(key, sizeof(key), "unknown key of %s", what);
	g.what = n->kind == NODE_MAP ? key : what;
	return params_map(r, n, &g, NULL, to);
}
