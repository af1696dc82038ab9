#include "scenario/inject.h"

#include <stdio.h>
#include <string.h>

static const char *const inject_upstreams[] = { "skipped", "served", NULL };

struct inject_common {
	uint64_t after;
	int upstream;
	uint32_t given;
};

static const struct param inject_common_rows[] = {
	{ .name = "after",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct inject_common, after),
	    .help = "wait so long before the fault" },
	{ .name = "upstream",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct inject_common, upstream),
	    .fallback = "skipped",
	    .names = inject_upstreams,
	    .help = "served: the upstream gets the request and does the work, "
		    "then its answer is thrown away" },
};
const struct param_set inject_common_set = {
	PARAM_ROWS(inject_common_rows),
	.size = sizeof(struct inject_common),
	.given = offsetof(struct inject_common, given),
};

/* One `inject:` while it is read. */
struct inject_build {
	struct reader *r;
	const struct node *node;
	bool connection;
	const struct fault_type *ends; /* the type that ends the exchange */
	size_t ends_at;                /* its pair */
	struct inject *to;
};

/* Whether the key is a row of that fault which may stand beside it. */
static const struct param *
inject_beside(const struct fault_type *t, const struct node *key)
{
	const struct param *row = params_find(&t->params, key->text);

	return row != NULL && (row->flags & PARAM_BESIDE) != 0 ? row : NULL;
}

/* Whether every other fault that would end the exchange is a row of t. */
static bool
inject_owns_others(const struct node *n, const struct fault_type *t)
{
	for (size_t i = 0; i < n->n; i++) {
		const struct fault_type *other =
		    fault_find(node_key(n, i)->text);

		if (other != NULL && other != t && other->class == FAULT_ENDS &&
		    inject_beside(t, node_key(n, i)) == NULL)
			return false;
	}
	return true;
}

/* Finds the one fault that ends the exchange; two are a problem. */
static void
inject_find_end(struct inject_build *b)
{
	const struct node *n = b->node, *second = NULL;

	for (size_t i = 0; i < n->n; i++) {
		const struct fault_type *t = fault_find(node_key(n, i)->text);

		if (t == NULL || t->class != FAULT_ENDS)
			continue;
		if (b->ends == NULL || inject_owns_others(n, t)) {
			b->ends = t;
			b->ends_at = i;
		}
	}
	if (b->ends == NULL || inject_owns_others(n, b->ends))
		return;
	for (size_t i = 0; i < n->n && second == NULL; i++) {
		const struct fault_type *t = fault_find(node_key(n, i)->text);

		if (t != NULL && t != b->ends && t->class == FAULT_ENDS)
			second = node_key(n, i);
	}
	node_error(b->r, second,
	    "\"%s\" and \"%s\" both end the exchange: give one, or make two "
	    "rules",
	    b->ends->name, second->text.p);
}

/* The faults and keys that may stand here, for "did you mean". */
static void
inject_unknown(struct inject_build *b, const struct node *key)
{
	const char *known[96];
	unsigned n = 0;

	for (const struct fault_type *const *t = fault_types;
	     *t != NULL && n < 60; t++)
		if (((*t)->class == FAULT_CONNECTION) == b->connection)
			known[n++] = (*t)->name;
	for (unsigned i = 0; !b->connection && i < inject_common_set.n_rows;
	     i++)
		known[n++] = inject_common_set.rows[i].name;
	for (unsigned i = 0; b->ends != NULL && i < b->ends->params.n_rows; i++)
		if ((b->ends->params.rows[i].flags & PARAM_BESIDE) != 0)
			known[n++] = b->ends->params.rows[i].name;
	node_unknown(b->r, key, "unknown fault", known, n);
}

/* A key of another fault's reply: `retry_after` beside `delay`. */
static const struct fault_type *
inject_whose(const struct node *key)
{
	for (const struct fault_type *const *t = fault_types; *t != NULL; t++)
		if (inject_beside(*t, key) != NULL)
			return *t;
	return NULL;
}

static bool
inject_fits(
    struct inject_build *b, const struct node *key, const struct fault_type *t)
{
	const struct fault_type *whose;

	if (t == NULL) {
		whose = b->connection ? NULL : inject_whose(key);
		if (whose != NULL)
			node_error(b->r, key,
			    "\"%s\" goes with a fault such as \"%s\"",
			    key->text.p, whose->name);
		else
			inject_unknown(b, key);
		return false;
	}
	if ((t->class == FAULT_CONNECTION) == b->connection)
		return true;
	node_error(b->r, key,
	    b->connection ? "\"%s\" is about a request: it belongs to \"rules\""
			  : "\"%s\" is about a connection: it belongs to "
			    "\"connections\"",
	    t->name);
	return false;
}

/* Reads one fault from its value and, when it ends the exchange, from the keys
 * beside it. */
static bool
inject_fault(struct inject_build *b, size_t at, struct inject_fault *to)
{
	const struct node *key = node_key(b->node, at);
	const struct node *value = node_value(b->node, at);
	const struct fault_type *t = to->type;
	struct params_given given = { 0 };
	struct grammar g = { .set = t->params };
	char what[NODE_SHOWN * 2];
	unsigned before = b->r->n_problems;
	void *conf;

	conf = arena_calloc(b->r->arena, 1, t->params.size + 1);
	to->conf = conf;
	snprintf(what, sizeof(what),
	    value->kind == NODE_MAP ? "unknown key of %s" : "%s", t->name);
	g.what = what;
	params_defaults(b->r, &g.set, conf);
	if (value->kind == NODE_MAP)
		params_rows(b->r, value, &g, &given, conf);
	else if (!params_short(b->r, value, &g.set, what, &given, conf))
		return false;
	for (size_t i = 0; t == b->ends && i < b->node->n; i++) {
		const struct node *other = node_key(b->node, i);
		const struct param *row = inject_beside(t, other);

		if (row != NULL && i != at)
			params_row(b->r, other, node_value(b->node, i), &g.set,
			    row, &given, conf);
	}
	if (before != b->r->n_problems)
		conf = NULL;
	return params_finish(b->r, value->kind == NODE_MAP ? value : key,
		   &g.set, &given, conf) &&
	       before == b->r->n_problems;
}

static bool
inject_common(struct inject_build *b)
{
	struct inject_common conf = { 0 };
	struct params_given given = { 0 };
	bool good = true;

	params_defaults(b->r, &inject_common_set, &conf);
	for (size_t i = 0; i < b->node->n; i++) {
		const struct node *key = node_key(b->node, i);
		const struct param *row =
		    params_find(&inject_common_set, key->text);

		if (row == NULL || b->connection)
			continue;
		if (b->ends == NULL) {
			node_error(b->r, key,
			    "\"%s\" goes with a fault that ends the exchange",
			    row->name);
			good = false;
		} else {
			good &= params_row(b->r, key, node_value(b->node, i),
			    &inject_common_set, row, &given, &conf);
		}
	}
	b->to->after_ns = conf.after;
	b->to->served = conf.upstream == 1;
	return good;
}

/* Every fault that changes, in the file's order. */
static bool
inject_changes(struct inject_build *b)
{
	bool good = true;

	for (size_t i = 0; i < b->node->n; i++) {
		const struct node *key = node_key(b->node, i);
		const struct fault_type *t = fault_find(key->text);
		struct inject_fault *f = &b->to->faults[b->to->n_faults];

		if (b->ends != NULL &&
		    (i == b->ends_at || inject_beside(b->ends, key) != NULL))
			continue;
		if (!b->connection &&
		    params_find(&inject_common_set, key->text) != NULL)
			continue;
		if (!inject_fits(b, key, t) || t->class == FAULT_ENDS) {
			good = false;
			continue;
		}
		f->type = t;
		good &= inject_fault(b, i, f);
		b->to->n_faults++;
	}
	return good;
}

bool
inject_read(
    struct reader *r, const struct node *n, bool connection, struct inject *to)
{
	struct inject_build b = {
		.r = r, .node = n, .connection = connection, .to = to
	};
	unsigned before = r->n_problems;
	bool good;

	if (!node_expect(r, n, NODE_MAP, "inject"))
		return false;
	if (n->n == 0) {
		node_error(r, n, "inject: no fault is named");
		return false;
	}
	to->faults = arena_calloc(r->arena, n->n, sizeof(*to->faults));
	if (!connection)
		inject_find_end(&b);
	good = inject_common(&b);
	good &= inject_changes(&b);
	if (b.ends != NULL) {
		to->faults[to->n_faults].type = b.ends;
		good &= inject_fault(&b, b.ends_at, &to->faults[to->n_faults]);
		to->n_faults++;
		to->ends = b.ends;
	}
	return good && before == r->n_problems;
}

unsigned
inject_status(const struct inject_fault *f)
{
	const struct param_set *set = &f->type->params;
	int64_t code;

	for (unsigned i = 0; i < set->n_rows; i++) {
		if (set->rows[i].type != PARAM_CODE)
			continue;
		memcpy(&code, (const char *)f->conf + set->rows[i].offset,
		    sizeof(code));
		return (unsigned)code;
	}
	return strcmp(f->type->name, "timeout") == 0 ? 504 : 0;
}

bool
inject_joins(const struct inject *inject, bool forwarded)
{
	for (unsigned i = 0; i < inject->n_faults; i++) {
		const struct fault_type *t = inject->faults[i].type;
		unsigned status = inject_status(&inject->faults[i]);

		if (t->class == FAULT_CHANGES &&
		    (forwarded || t->on_request != NULL))
			return true;
		if (t == inject->ends && status >= 100 && status < 200 &&
		    status != 101)
			return true;
	}
	return false;
}

bool
inject_tells_wait(const struct inject_fault *f)
{
	static const char *const always[] = { "rate_limit", "overload" };
	const struct param_set *set = &f->type->params;
	uint32_t bits = params_bits(set, f->conf);

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (strcmp(f->type->name, always[i]) == 0)
			return true;
	for (unsigned i = 0; i < set->n_rows; i++)
		if (strcmp(set->rows[i].name, "retry_after") == 0)
			return (bits >> i & 1) != 0;
	return false;
}

/* The row of that name; NULL when there is none. */
static const struct param *
inject_row(const struct param_set *set, const char *name)
{
	for (unsigned i = 0; i < set->n_rows; i++)
		if (strcmp(set->rows[i].name, name) == 0)
			return &set->rows[i];
	return NULL;
}

bool
inject_tells_date(const struct inject_fault *f)
{
	const struct param *wait = inject_row(&f->type->params, "retry_after");
	const struct param *format;

	if (wait == NULL || wait->sub == NULL)
		return false;
	format = inject_row(wait->sub, "format");
	return format != NULL &&
	       strcmp(
		   format->names[*(const int *)((const char *)f->conf +
						wait->offset + format->offset)],
		   "date") == 0;
}
