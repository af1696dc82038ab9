/* `match:` -> conditions. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "scenario/cond_keys.h"
#include "scenario/loader.h"
#include "scenario/nets.h"

enum { CONDS_NAMES_MAX = 64 };

static const char *
conds_name(unsigned kind)
{
	return conds_grammar.parts[kind].name;
}

/* A match while it grows: conditions are moved to the arena at its end. */
struct conds_build {
	struct loader *l;
	bool connection;
	struct cond *v;
	size_t n, cap;
};

static struct cond *
conds_add(struct conds_build *b, enum cond_kind kind)
{
	if (b->n == b->cap) {
		b->cap = b->cap != 0 ? 2 * b->cap : 8;
		b->v = xreallocarray(b->v, b->cap, sizeof(*b->v));
	}
	b->v[b->n] = (struct cond){ .kind = kind, .max = UINT64_MAX };
	return &b->v[b->n++];
}

static bool
conds_patterns(struct conds_build *b, const struct node *n, enum cond_kind kind)
{
	bool nocase =
	    kind == COND_HOST || kind == COND_SNI || kind == COND_CONTENT_TYPE;
	struct cond *c = conds_add(b, kind);

	return patterns_read(b->l, n, conds_name(kind),
	    kind == COND_PATH ? '/' : 0, nocase, &c->patterns, &c->n_patterns);
}

static bool
conds_is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) &&
		    strchr("!#$%&'*+-.^_`|~", s.p[i]) == NULL)
			return false;
	return s.n > 0;
}

/* Methods are tokens (RFC 9110 9.1) and case-sensitive: `get` is not GET. */
static bool
conds_method_one(struct reader *r, const struct node *n)
{
	if (n->kind != NODE_SCALAR || n->text.n == 0 || node_is_null(n) ||
	    n->text.p[0] == '~')
		return true;
	if (!conds_is_token(n->text)) {
		node_error(
		    r, n, "method: \"%.40s\" is not a method", n->text.p);
		return false;
	}
	if (islower((unsigned char)n->text.p[0]))
		node_warn(r, n,
		    "method: methods are case-sensitive, and they are written "
		    "in capitals");
	return true;
}

/* A pattern without a slash matches no media type (RFC 9110 8.3.1). */
static bool
conds_type_one(struct reader *r, const struct node *n)
{
	if (n->kind == NODE_SCALAR && n->text.n > 0 && !node_is_null(n) &&
	    n->text.p[0] != '~' && strpbrk(n->text.p, "/*") == NULL)
		node_warn(r, n,
		    "content_type: a media type has a \"/\", such as "
		    "application/json");
	return true;
}

static bool
conds_path_one(struct reader *r, const struct node *n)
{
	char first = n->text.n > 0 ? n->text.p[0] : '/';

	if (n->kind != NODE_SCALAR || node_is_null(n) || first == '~')
		return true;
	if (strchr("/*", first) == NULL) {
		node_error(r, n,
		    "path: a path begins with \"/\", got \"%.40s\"", n->text.p);
		return false;
	}
	if (memchr(n->text.p, '?', n->text.n) != NULL)
		node_warn(r, n,
		    "path: it is compared without the query, so one with "
		    "\"?\" never matches; see \"query\"");
	if (strpbrk(n->text.p, " \t#") != NULL)
		node_warn(r, n,
		    "path: a target as received has no spaces and no \"#\", "
		    "so this never matches");
	return true;
}

/* Looks at each pattern of a key before it is compiled. */
static bool
conds_looked(struct conds_build *b, const struct node *n, enum cond_kind kind,
    bool (*look)(struct reader *, const struct node *))
{
	bool good = true;

	if (n->kind != NODE_LIST)
		return look(&b->l->r, n) && conds_patterns(b, n, kind);
	for (size_t i = 0; i < n->n; i++)
		good &= look(&b->l->r, n->items[i]);
	return conds_patterns(b, n, kind) && good;
}

static bool
conds_method(struct conds_build *b, const struct node *n, enum cond_kind kind)
{
	return conds_looked(b, n, kind, conds_method_one);
}

static bool
conds_path(struct conds_build *b, const struct node *n, enum cond_kind kind)
{
	return conds_looked(b, n, kind, conds_path_one);
}

static bool
conds_type(struct conds_build *b, const struct node *n, enum cond_kind kind)
{
	return conds_looked(b, n, kind, conds_type_one);
}

/* {Name: glob | true | false}: one condition a name. */
static bool
conds_named(struct conds_build *b, const struct node *n, enum cond_kind kind)
{
	struct reader *r = &b->l->r;
	bool good = true;

	if (!node_expect(r, n, NODE_MAP, conds_name(kind)))
		return false;
	if (n->n == 0 || n->n > CONDS_NAMES_MAX) {
		node_error(r, n,
		    n->n == 0 ? "%s: names nothing" : "%s: more than 64 names",
		    conds_name(kind));
		return false;
	}
	for (size_t i = 0; i < n->n; i++) {
		const struct node *key = node_key(n, i);
		const struct node *value = node_value(n, i);
		struct cond *c = conds_add(b, kind);

		c->name = key->text;
		if (kind == COND_HEADER)
			c->id = field_find(key->text);
		if (kind != COND_QUERY && !conds_is_token(key->text)) {
			node_error(r, key, "%s: \"%.40s\" is not a name",
			    conds_name(kind), key->text.p);
			good = false;
		}
		c->present = value->plain && node_is(value, "true");
		c->absent = value->plain && node_is(value, "false");
		if (!c->present && !c->absent)
			good &= patterns_read(b->l, value, key->text.p, 0,
			    false, &c->patterns, &c->n_patterns);
	}
	return good;
}

static bool
conds_net(struct conds_build *b, const struct node *n, struct cond *c)
{
	struct reader *r = &b->l->r;
	char shown[NODE_SHOWN];
	const char *wrong;
	bool loose;

	wrong = n->kind != NODE_SCALAR || node_is_null(n)
		    ? "expected an address or a network"
		    : nets_parse(n->text, &c->nets[c->n_nets],
			  &c->net_bits[c->n_nets], &loose);
	if (wrong != NULL) {
		node_error(
		    r, n, "client: %s, got %s", wrong, node_show(n, shown));
		return false;
	}
	if (loose)
		node_warn(r, n,
		    "client: address bits after the prefix have "
		    "no meaning");
	c->n_nets++;
	return true;
}

static bool
conds_client(struct conds_build *b, const struct node *n, enum cond_kind kind)
{
	size_t count = n->kind == NODE_LIST ? n->n : 1;
	struct cond *c = conds_add(b, kind);
	bool good = true;

	if (count == 0) {
		node_error(&b->l->r, n, "client: an empty list");
		return false;
	}
	c->nets = arena_calloc(b->l->r.arena, count, sizeof(*c->nets));
	c->net_bits = arena_calloc(b->l->r.arena, count, 1);
	for (size_t i = 0; i < count; i++)
		good &= conds_net(b, n->kind == NODE_LIST ? n->items[i] : n, c);
	return good;
}

static bool
conds_protocol(struct conds_build *b, const struct node *n, enum cond_kind kind)
{
	size_t count = n->kind == NODE_LIST ? n->n : 1;
	struct cond *c = conds_add(b, kind);
	bool good = true;
	int v = 0;

	if (count == 0)
		node_error(&b->l->r, n, "protocol: an empty list");
	for (size_t i = 0; i < count; i++) {
		const struct node *one = n->kind == NODE_LIST ? n->items[i] : n;

		if (scalars_read(&b->l->r, one, &conds_protocol_row, &v))
			c->protocols |= 1u << v;
		else
			good = false;
	}
	return good && count > 0;
}

static bool
conds_range(struct conds_build *b, const struct node *n, enum cond_kind kind)
{
	const struct param_set *set =
	    kind == COND_ATTEMPT ? &conds_attempt_set : &conds_size_set;
	struct conds_range range = { 0 };
	struct cond *c = conds_add(b, kind);

	if (kind == COND_ATTEMPT && n->kind == NODE_SCALAR) {
		range.given = CONDS_MIN | CONDS_MAX;
		if (!scalars_read(
			&b->l->r, n, &conds_attempt_set.rows[0], &range.min))
			return false;
		range.max = range.min;
	} else if (!params_read(&b->l->r, n, set, conds_name(kind), &range)) {
		return false;
	}
	if ((range.given & CONDS_MIN) != 0)
		c->min = range.min.size;
	if ((range.given & CONDS_MAX) != 0)
		c->max = range.max.size;
	return true;
}

static bool
conds_nested(struct conds_build *b, const struct node *n, enum cond_kind kind)
{
	struct cond *c = conds_add(b, kind);

	return conds_read_list(b->l, n, conds_name(kind), b->connection,
	    &c->alternatives, &c->n_alternatives);
}

static bool (*const conds_readers[])(
    struct conds_build *, const struct node *, enum cond_kind) = {
	[COND_METHOD] = conds_method,
	[COND_PATH] = conds_path,
	[COND_HOST] = conds_patterns,
	[COND_HEADER] = conds_named,
	[COND_QUERY] = conds_named,
	[COND_COOKIE] = conds_named,
	[COND_CLIENT] = conds_client,
	[COND_SNI] = conds_patterns,
	[COND_PROTOCOL] = conds_protocol,
	[COND_CONTENT_TYPE] = conds_type,
	[COND_BODY_SIZE] = conds_range,
	[COND_ATTEMPT] = conds_range,
	[COND_ANY] = conds_nested,
	[COND_NOT] = conds_nested,
};

static unsigned
conds_cost(const struct cond *c)
{
	unsigned cost = (unsigned)c->kind;

	for (unsigned i = 0; i < c->n_patterns; i++)
		if (pattern_kind(c->patterns[i]) == PATTERN_REGEX)
			cost += 100;
	return cost;
}

/* Cheap conditions first: the cost of a request that no rule means. */
static void
conds_sort(struct cond *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct cond c = v[i];
		size_t j = i;

		for (; j > 0 && conds_cost(&v[j - 1]) > conds_cost(&c); j--)
			v[j] = v[j - 1];
		v[j] = c;
	}
}

/* What is known of a connection before its first request. */
static bool
conds_is_early(enum cond_kind kind)
{
	return kind == COND_CLIENT || kind == COND_SNI || kind == COND_ANY ||
	       kind == COND_NOT;
}

static bool
conds_key(
    struct conds_build *b, const struct node *key, const struct node *value)
{
	for (unsigned i = 0; i < conds_grammar.n_parts; i++) {
		if (!node_is(key, conds_name(i)))
			continue;
		if (b->connection && !conds_is_early((enum cond_kind)i)) {
			node_error(&b->l->r, key,
			    "a connection has no %s yet: it can be matched by "
			    "client, sni, any and not",
			    conds_name(i));
			return false;
		}
		return conds_readers[i](b, value, (enum cond_kind)i);
	}
	return false;
}

bool
conds_read(
    struct loader *l, const struct node *n, bool connection, struct match *to)
{
	struct conds_build b = { .l = l, .connection = connection };
	unsigned before = l->r.n_problems;
	bool good = true;
	uint32_t none = 0;

	if (!node_expect(&l->r, n, NODE_MAP, "match"))
		return false;
	params_map(&l->r, n, &conds_grammar, NULL, &none);
	for (size_t i = 0; i < n->n; i++)
		good &= conds_key(&b, node_key(n, i), node_value(n, i));
	conds_sort(b.v, b.n);
	to->conds = arena_calloc(l->r.arena, b.n, sizeof(*to->conds));
	to->n_conds = (unsigned)b.n;
	if (b.n > 0)
		memcpy(to->conds, b.v, b.n * sizeof(*b.v));
	free(b.v);
	return good && before == l->r.n_problems;
}

bool
conds_read_list(struct loader *l, const struct node *n, const char *what,
    bool connection, struct match **matchesp, unsigned *np)
{
	size_t count = n->kind == NODE_LIST ? n->n : 1;
	char shown[NODE_SHOWN];
	bool good = true;

	if (n->kind == NODE_SCALAR || count == 0) {
		node_error(&l->r, n, "%s: expected a list of matches, got %s",
		    what, count == 0 ? "an empty list" : node_show(n, shown));
		return false;
	}
	*matchesp = arena_calloc(l->r.arena, count, sizeof(**matchesp));
	*np = (unsigned)count;
	for (size_t i = 0; i < count; i++)
		good &= conds_read(l, n->kind == NODE_LIST ? n->items[i] : n,
		    connection, &(*matchesp)[i]);
	return good;
}
