/* `expect:` -> which attempts, and what is checked of them. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "scenario/loader.h"

enum {
	EXPECTS_MAX = 500,
	EXPECTS_NAME_MAX = 2000,
	EXPECTS_TEXT = 100,
	EXPECTS_SHOWN = 4
};

struct expects_conf {
	const char *during, *after, *rule;
	struct param_list status, methods, paths;
	uint32_t given;
};
enum {
	EXPECTS_DURING,
	EXPECTS_AFTER,
	EXPECTS_RULE,
	EXPECTS_STATUS,
	EXPECTS_METHOD,
	EXPECTS_PATH,
	EXPECTS_ROWS
};

static const struct param expects_rows[EXPECTS_ROWS] = {
	[EXPECTS_DURING] = { .name = "during",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct expects_conf, during),
	    .help = "attempts in this phase" },
	[EXPECTS_AFTER] = { .name = "after",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct expects_conf, after),
	    .help = "what follows the end of this phase" },
	[EXPECTS_RULE] = { .name = "rule",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct expects_conf, rule),
	    .help = "attempts that this rule met" },
	[EXPECTS_STATUS] = { .name = "status",
	    .type = PARAM_LIST,
	    .offset = offsetof(struct expects_conf, status),
	    .help = "attempts that were answered with these codes by a fault",
	    .sub = &param_codes,
	    .flags = PARAMS_ONE },
	[EXPECTS_METHOD] = { .name = "method",
	    .type = PARAM_LIST,
	    .offset = offsetof(struct expects_conf, methods),
	    .help = "requests with these methods",
	    .sub = &param_strings,
	    .flags = PARAMS_ONE },
	[EXPECTS_PATH] = { .name = "path",
	    .type = PARAM_LIST,
	    .offset = offsetof(struct expects_conf, paths),
	    .help = "requests for these paths, as in match",
	    .sub = &param_strings,
	    .flags = PARAMS_ONE },
};
const struct grammar expects_grammar = {
	.what = "unknown check",
	.set = { PARAM_ROWS(expects_rows), .size = sizeof(struct expects_conf),
	    .given = offsetof(struct expects_conf, given),
	    .exclusive = 1 << EXPECTS_DURING | 1 << EXPECTS_AFTER },
};

/* One entry while it is read. */
struct expects_build {
	struct loader *l;
	struct expects_conf conf;
	struct params_given given;
	struct expect_scope scope;
	struct expect *v; /* all checks of all entries */
	size_t n, cap;
};

static int
expects_check(const struct node *key)
{
	for (int i = 0; i < CHECK_IDS; i++)
		if (node_is(key, check_types[i]->name))
			return i;
	return -1;
}

static void
expects_unknown(struct reader *r, const struct node *key)
{
	const char *known[EXPECTS_ROWS + CHECK_IDS];
	size_t n = 0;

	for (unsigned i = 0; i < CHECK_IDS; i++)
		known[n++] = check_types[i]->name;
	for (unsigned i = 0; i < EXPECTS_ROWS; i++)
		known[n++] = expects_rows[i].name;
	node_unknown(r, key, expects_grammar.what, known, n);
}

static const char *
expects_phase_name(const struct scenario *s, unsigned i)
{
	return s->phases[i].name;
}

static const char *
expects_rule_name(const struct scenario *s, unsigned i)
{
	return s->rules[i]->name;
}

/* The index of a name, or -1 with "did you mean". */
static int
expects_find(struct reader *r, const struct scenario *s, const struct node *n,
    unsigned count, const char *(*name)(const struct scenario *, unsigned),
    const char *what)
{
	const char **known = arena_calloc(r->arena, count, sizeof(*known));

	for (unsigned i = 0; i < count; i++) {
		known[i] = name(s, i);
		if (node_is(n, known[i]))
			return (int)i;
	}
	node_unknown(r, n, what, known, count);
	return -1;
}

/* What the scope's names stand for. */
static void
expects_names(struct expects_build *b)
{
	const struct scenario *s = b->l->s;
	const struct node *const *values = b->given.values;

	b->scope = (struct expect_scope){ -1, -1, -1 };
	if (b->conf.during != NULL)
		b->scope.phase = expects_find(&b->l->r, s,
		    values[EXPECTS_DURING], s->n_phases, expects_phase_name,
		    "during: unknown phase");
	if (b->conf.after != NULL)
		b->scope.after = expects_find(&b->l->r, s,
		    values[EXPECTS_AFTER], s->n_phases, expects_phase_name,
		    "after: unknown phase");
	if (b->conf.rule != NULL)
		b->scope.rule = expects_find(&b->l->r, s, values[EXPECTS_RULE],
		    s->n_rules, expects_rule_name, "rule: unknown rule");
}

static void
expects_scope(struct expects_build *b)
{
	const struct node *const *values = b->given.values;
	struct expect_scope *to = &b->scope;
	const int64_t *codes = b->conf.status.v;

	expects_names(b);
	to->n_status = (unsigned)b->conf.status.n;
	to->status =
	    arena_calloc(b->l->s->arena, to->n_status, sizeof(*to->status));
	for (unsigned i = 0; i < to->n_status; i++)
		to->status[i] = (uint16_t)codes[i];
	if (b->conf.methods.n > 0)
		patterns_read(b->l, values[EXPECTS_METHOD], "method", 0, false,
		    &to->methods, &to->n_methods);
	if (b->conf.paths.n > 0)
		patterns_read(b->l, values[EXPECTS_PATH], "path", '/', false,
		    &to->paths, &to->n_paths);
}

/* The first patterns of a list, as they are written. */
static void
expects_put_patterns(struct buf *name, const char *lead,
    struct pattern *const *v, unsigned n_patterns)
{
	for (unsigned i = 0; i < n_patterns && i < EXPECTS_SHOWN; i++) {
		struct span text = pattern_text(v[i]);
		size_t n = text.n < EXPECTS_TEXT ? text.n : EXPECTS_TEXT;

		while (n < text.n && (text.p[n] & 0xc0) == 0x80)
			n--; /* within a character */
		buf_puts(name, i == 0 ? lead : ",");
		buf_put(name, text.p, n);
	}
	if (n_patterns > EXPECTS_SHOWN)
		buf_puts(name, ",...");
}

/* "attempts during outage for POST"; of two alike the second gets a number. */
static const char *
expects_name(struct expects_build *b, enum check_id check)
{
	const struct expects_conf *c = &b->conf;
	unsigned again = 1;
	struct buf name;
	const char *text;
	char *own;

	buf_init(&name, EXPECTS_NAME_MAX);
	buf_puts(&name, check_types[check]->name);
	if (c->during != NULL)
		buf_printf(&name, " during %s", c->during);
	if (c->after != NULL)
		buf_printf(&name, " after %s", c->after);
	if (c->rule != NULL)
		buf_printf(&name, " of %s", c->rule);
	for (unsigned i = 0; i < b->scope.n_status && i < 8; i++)
		buf_printf(
		    &name, "%s%u", i == 0 ? " on " : ",", b->scope.status[i]);
	expects_put_patterns(
	    &name, " for ", b->scope.methods, b->scope.n_methods);
	expects_put_patterns(&name, " at ", b->scope.paths, b->scope.n_paths);
	for (size_t i = 0; i < b->n; i++) {
		const char *other = b->v[i].name;

		if (strncmp(other, name.data, name.n) == 0 &&
		    (other[name.n] == '\0' ||
			strncmp(other + name.n, " (", 2) == 0))
			again++;
	}
	if (again > 1)
		buf_printf(&name, " (%u)", again);
	own = buf_take(&name);
	text = arena_strdup(b->l->s->arena, own);
	free(own);
	return text;
}

static void
expects_add(struct expects_build *b, enum check_id check,
    const struct node *key, const struct node *value)
{
	const struct param_set *set = &check_types[check]->params;
	void *conf = arena_calloc(b->l->s->arena, 1, set->size);

	params_read(&b->l->r, value, set, check_types[check]->name, conf);
	if (b->n == b->cap) {
		b->cap = b->cap != 0 ? 2 * b->cap : 16;
		b->v = xreallocarray(b->v, b->cap, sizeof(*b->v));
	}
	b->v[b->n] = (struct expect){ .name = expects_name(b, check),
		.scope = b->scope,
		.check = check,
		.conf = conf,
		.line = key->line,
		.col = key->col };
	b->n++;
}

static void
expects_entry(struct expects_build *b, const struct node *n)
{
	struct reader *r = &b->l->r;
	size_t before = b->n;
	unsigned problems = r->n_problems;

	b->conf = (struct expects_conf){ 0 };
	b->given = (struct params_given){ 0 };
	if (!node_expect(r, n, NODE_MAP, "expect"))
		return;
	for (size_t i = 0; i < n->n; i++) {
		const struct node *key = node_key(n, i);
		const struct param *row =
		    params_find(&expects_grammar.set, key->text);

		if (row != NULL)
			params_row(r, key, node_value(n, i),
			    &expects_grammar.set, row, &b->given, &b->conf);
		else if (expects_check(key) < 0)
			expects_unknown(r, key);
	}
	params_finish(r, n, &expects_grammar.set, &b->given, &b->conf);
	expects_scope(b);
	for (size_t i = 0; i < n->n; i++) {
		int check = expects_check(node_key(n, i));

		if (check >= 0)
			expects_add(b, (enum check_id)check, node_key(n, i),
			    node_value(n, i));
	}
	if (b->n == before && r->n_problems == problems)
		node_error(r, n,
		    "nothing is expected: name a check such as "
		    "\"attempts: {max: 4}\"");
}

void
expects_read(struct loader *l, const struct node *list)
{
	struct expects_build b = { .l = l };
	struct scenario *s = l->s;

	if (!node_expect(&l->r, list, NODE_LIST, "expect"))
		return;
	if (list->n == 0 || list->n > EXPECTS_MAX) {
		node_error(&l->r, list,
		    list->n == 0 ? "expect: an empty list"
				 : "expect: more than 500 entries");
		return;
	}
	for (size_t i = 0; i < list->n; i++)
		expects_entry(&b, list->items[i]);
	s->n_expects = (unsigned)b.n;
	s->expects = arena_calloc(s->arena, b.n, sizeof(*s->expects));
	if (b.n > 0)
		memcpy(s->expects, b.v, b.n * sizeof(*b.v));
	free(b.v);
}
