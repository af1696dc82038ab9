/* `rules:` and `connections:` -> rules with their selection and faults. */
#include <string.h>

#include "base/hash.h"
#include "base/rng.h"
#include "base/xalloc.h"
#include "scenario/inject.h"
#include "scenario/loader.h"
#include "scenario/rule_keys.h"

/* One rule while it is read. */
struct rules_build {
	struct loader *l;
	const struct node *node;
	bool connection;
	struct rules_conf conf;
	struct params_given given;
	struct rule *rule;
};

/* A name stands in a header field (X-Brownout) and in reports. */
static bool
rules_name(struct reader *r, const struct node *n, const char *name)
{
	size_t end = strlen(name);

	for (const char *p = name; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || strchr(";,\"\\\x7f", *p)) {
			node_error(r, n,
			    "rule: a name has no control characters and none "
			    "of ; , \" \\");
			return false;
		}
	if (name[0] != ' ' && name[end - 1] != ' ')
		return true;
	node_error(r, n, "rule: a name begins and ends with no space");
	return false;
}

static bool
rules_unique(struct rules_build *b)
{
	const struct node *n = b->given.values[RULES_NAME], *other;
	struct reader *r = &b->l->r;

	if (b->conf.name == NULL || n == NULL)
		return false;
	if (!rules_name(r, n, b->conf.name))
		return false;
	other = names_get(&b->l->rule_names, b->conf.name);
	if (other != NULL && other != n) {
		node_error(r, n,
		    "a second rule \"%s\"; the first is at line %u",
		    b->conf.name, other->line);
		return false;
	}
	if (other == n) {
		node_error(r, n,
		    "rule \"%s\" is used a second time, by an alias: a name "
		    "is unique",
		    b->conf.name);
		return false;
	}
	names_set(&b->l->rule_names, b->conf.name, (struct node *)n);
	return true;
}

static bool
rules_rate(struct rules_build *b)
{
	const struct node *n = b->given.values[RULES_RATE];
	struct select *s = &b->rule->select;
	const struct rules_rate *rate = &b->conf.rate;

	if (n->kind == NODE_SCALAR) {
		s->rate_from = s->rate_to = rate->from;
		return true;
	}
	if (n->kind != NODE_MAP)
		return false;
	if (rate->given != 3 && n->n > 1)
		return false;
	if (rate->given != 3) {
		node_error(&b->l->r, n, "rate: a ramp needs both from and to");
		return false;
	}
	s->rate_from = rate->from;
	s->rate_to = rate->to;
	if (rate->from != rate->to)
		b->l->sources[b->rule->index].ramp = n;
	return true;
}

static bool
rules_per(struct rules_build *b)
{
	struct select *s = &b->rule->select;
	bool counts =
	    (b->conf.given & RULES_COUNTERS) != 0 || b->rule->n_choices > 0;

	s->per =
	    s->kind == SELECT_FIRST && !b->connection ? PER_OPERATION : PER_ALL;
	if ((b->conf.given >> RULES_PER & 1) == 0)
		return true;
	s->per = (enum per)b->conf.per;
	if (s->per == PER_OPERATION && b->connection) {
		node_error(&b->l->r, b->given.values[RULES_PER],
		    "per: a connection belongs to no operation yet");
		return false;
	}
	if (!counts)
		node_warn(&b->l->r, b->given.keys[RULES_PER],
		    "per: changes nothing without a selector or limit");
	return true;
}

static bool
rules_select(struct rules_build *b)
{
	static const enum select_kind kinds[RULES_ROWS] = {
		[RULES_RATE] = SELECT_RATE,
		[RULES_EVERY] = SELECT_EVERY,
		[RULES_FIRST] = SELECT_FIRST,
		[RULES_BURST] = SELECT_BURST,
	};
	struct select *s = &b->rule->select;
	bool good = true;

	*s = (struct select){ .rate_from = RATE_ONE, .rate_to = RATE_ONE };
	for (unsigned i = RULES_RATE; i <= RULES_BURST; i++)
		if ((b->conf.given >> i & 1) != 0)
			s->kind = kinds[i];
	if (s->kind == SELECT_RATE)
		good = rules_rate(b);
	s->every = (uint64_t)b->conf.every;
	s->first = (uint64_t)b->conf.first;
	s->enter = b->conf.burst.enter;
	s->leave = b->conf.burst.leave;
	s->even = b->conf.spread == 1;
	s->limit = (uint64_t)b->conf.limit;
	if (b->given.keys[RULES_SPREAD] != NULL && s->kind != SELECT_RATE) {
		node_error(&b->l->r, b->given.keys[RULES_SPREAD],
		    "\"spread\" goes with \"rate\"");
		good = false;
	}
	return rules_per(b) && good;
}

/* Every fault gets a slot for what its exchanges may share. */
static void
rules_slots(struct loader *l, struct inject *inject)
{
	struct scenario *s = l->s;

	for (unsigned i = 0; i < inject->n_faults; i++) {
		if (s->n_shared == l->cap_shared) {
			struct inject_fault **old = s->shared;

			l->cap_shared =
			    l->cap_shared != 0 ? 2 * l->cap_shared : 64;
			s->shared = arena_calloc(
			    s->arena, l->cap_shared, sizeof(*s->shared));
			if (old != NULL)
				memcpy(
				    s->shared, old, s->n_shared * sizeof(*old));
		}
		inject->faults[i].shared = s->n_shared;
		s->shared[s->n_shared++] = &inject->faults[i];
	}
}

static bool
rules_choice(struct rules_build *b, const struct node *n, struct choice *to,
    uint64_t *sum)
{
	struct reader *r = &b->l->r;
	struct rules_choice conf = { 0 };
	const struct node *inject = node_get(n, "inject");
	bool good;

	if (!node_expect(r, n, NODE_MAP, "choose"))
		return false;
	good = params_map(r, n, &rules_choice_grammar, NULL, &conf);
	if (inject != NULL)
		good &= inject_read(r, inject, b->connection, &to->inject);
	to->rate = conf.rate;
	*sum += conf.rate;
	if (*sum > RATE_ONE && *sum - conf.rate <= RATE_ONE) {
		node_error(r, node_get(n, "rate"),
		    "choose: the rates add up to more than 100%%");
		good = false;
	}
	return good;
}

static bool
rules_choose(struct rules_build *b, const struct node *list)
{
	struct reader *r = &b->l->r;
	struct rule *rule = b->rule;
	uint64_t sum = 0;
	bool good = true;

	if (!node_expect(r, list, NODE_LIST, "choose"))
		return false;
	if (list->n == 0) {
		node_error(r, list, "choose: an empty list");
		return false;
	}
	rule->choices = arena_calloc(r->arena, list->n, sizeof(*rule->choices));
	rule->n_choices = (unsigned)list->n;
	for (size_t i = 0; i < list->n; i++) {
		good &=
		    rules_choice(b, list->items[i], &rule->choices[i], &sum);
		rules_slots(b->l, &rule->choices[i].inject);
	}
	return good;
}

/* `choose` stands in place of a selection and inject. */
static bool
rules_only_choose(struct rules_build *b)
{
	const unsigned out = RULES_SELECTORS | 1u << RULES_SPREAD;

	for (unsigned i = 0; i < RULES_ROWS; i++) {
		if (b->given.keys[i] == NULL || (out >> i & 1) == 0)
			continue;
		node_error(&b->l->r, b->given.keys[i],
		    "\"%s\" and \"choose\" exclude each other: an alternative "
		    "has its own rate",
		    rules_grammar.set.rows[i].name);
		return false;
	}
	return true;
}

static const struct node *
rules_key(const struct node *map, const char *name)
{
	for (size_t i = 0; i < map->n; i++)
		if (node_is(node_key(map, i), name))
			return node_key(map, i);
	return NULL;
}

static bool
rules_faults(struct rules_build *b)
{
	const struct node *inject = node_get(b->node, "inject");
	const struct node *choose = node_get(b->node, "choose");
	struct reader *r = &b->l->r;
	bool good = true;

	if (inject == NULL && choose == NULL) {
		node_error(
		    r, b->node, "\"inject\" is missing: what goes wrong");
		return false;
	}
	if (inject != NULL && choose != NULL) {
		const struct node *i = rules_key(b->node, "inject");
		const struct node *c = rules_key(b->node, "choose");
		bool later = i->line > c->line ||
			     (i->line == c->line && i->col > c->col);

		node_error(r, later ? i : c,
		    "\"inject\" and \"choose\" exclude each other: give one");
		good = false;
	}
	if (inject != NULL) {
		good &= inject_read(r, inject, b->connection, &b->rule->inject);
		rules_slots(b->l, &b->rule->inject);
	}
	if (choose != NULL)
		good = rules_only_choose(b) && rules_choose(b, choose) && good;
	return good;
}

static struct rule *
rules_new(struct loader *l, const struct node *n, bool connection)
{
	struct scenario *s = l->s;
	struct rule *rule = arena_calloc(s->arena, 1, sizeof(*rule));

	if (s->n_rules == l->cap_rules) {
		struct rule **old = s->rules;

		l->cap_rules = l->cap_rules != 0 ? 2 * l->cap_rules : 64;
		s->rules =
		    arena_calloc(s->arena, l->cap_rules, sizeof(*s->rules));
		if (old != NULL)
			memcpy(s->rules, old, s->n_rules * sizeof(*old));
		l->sources = xreallocarray(
		    l->sources, l->cap_rules, sizeof(*l->sources));
	}
	rule->index = s->n_rules;
	rule->line = n->line;
	rule->col = n->col;
	l->sources[s->n_rules] =
	    (struct rule_source){ .node = n, .connection = connection };
	s->rules[s->n_rules++] = rule;
	return rule;
}

static struct rule *
rules_one(struct loader *l, const struct node *n, bool connection)
{
	struct rules_build b = { .l = l, .node = n, .connection = connection };
	const struct node *match;

	if (!node_expect(&l->r, n, NODE_MAP, "rule"))
		return NULL;
	b.rule = rules_new(l, n, connection);
	params_map(&l->r, n, &rules_grammar, &b.given, &b.conf);
	rules_unique(&b);
	b.rule->name = b.conf.name != NULL ? b.conf.name : "";
	b.rule->hash = hash_name(b.rule->name, strlen(b.rule->name));
	if ((match = node_get(n, "match")) != NULL)
		conds_read(l, match, connection, &b.rule->match);
	rules_faults(&b);
	rules_select(&b);
	return b.rule;
}

void
rules_read(struct loader *l, const struct node *list, bool connections,
    struct rule ***rulesp, unsigned *np)
{
	const char *what = connections ? "connections" : "rules";

	if (!node_expect(&l->r, list, NODE_LIST, what))
		return;
	if (list->n == 0)
		node_error(&l->r, list, "%s: an empty list", what);
	*rulesp = arena_calloc(l->s->arena, list->n, sizeof(**rulesp));
	for (size_t i = 0; i < list->n; i++) {
		struct rule *rule;

		if (l->s->n_rules == LOADER_RULES_MAX) {
			node_error(&l->r, list->items[i], "more than %d rules",
			    LOADER_RULES_MAX);
			return;
		}
		rule = rules_one(l, list->items[i], connections);
		if (rule != NULL)
			(*rulesp)[(*np)++] = rule;
	}
}
