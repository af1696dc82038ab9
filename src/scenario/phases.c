/* `phases:` -> the plan's phases, each with the rules that hold in it. */
#include <string.h>

#include "scenario/loader.h"

enum { PHASES_NAME_MAX = 128, PHASES_REPEAT_MAX = 1000000 };

struct phases_conf {
	const char *name, *description;
	uint64_t length;
	int64_t repeat;
	uint32_t given;
};
enum { PHASES_NAME, PHASES_DESCRIPTION, PHASES_FOR, PHASES_REPEAT };

static const struct param phases_rows[] = {
	[PHASES_NAME] = { .name = "phase",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct phases_conf, name),
	    .min = 1,
	    .max = PHASES_NAME_MAX,
	    .help = "the phase's name, unique",
	    .flags = PARAM_REQUIRED },
	[PHASES_DESCRIPTION] = { .name = "description",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct phases_conf, description),
	    .help = "what it is for" },
	[PHASES_FOR] = { .name = "for",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct phases_conf, length),
	    .min = 1000000,
	    .help = "how long it lasts; the last one may be endless" },
	[PHASES_REPEAT] = { .name = "repeat",
	    .type = PARAM_INT,
	    .offset = offsetof(struct phases_conf, repeat),
	    .min = 1,
	    .max = PHASES_REPEAT_MAX,
	    .fallback = "1",
	    .help = "how many times it is played" },
};
static const struct part phases_parts[] = {
	{ "rules", "rules of this phase, tried before the scenario's",
	    "rules" },
	{ "connections", "rules about connections, likewise", "connections" },
};
const struct grammar phases_grammar = {
	.what = "unknown phase key",
	.set = { PARAM_ROWS(phases_rows), .size = sizeof(struct phases_conf),
	    .given = offsetof(struct phases_conf, given) },
	.parts = phases_parts,
	.n_parts = 2,
};

static struct rule **
phases_join(struct loader *l, struct rule **own, unsigned n_own,
    struct rule **common, unsigned n_common)
{
	struct rule **all;

	if (n_own == 0)
		return common;
	all = arena_calloc(l->s->arena, n_own + n_common, sizeof(*all));
	memcpy(all, own, n_own * sizeof(*all));
	if (n_common > 0)
		memcpy(all + n_own, common, n_common * sizeof(*all));
	return all;
}

/* A rate that rises over the phase needs an end to rise to. */
static void
phases_ramps(struct loader *l, const struct phase *p)
{
	for (unsigned i = 0; i < p->n_rules + p->n_connections; i++) {
		const struct rule *rule = i < p->n_rules
					      ? p->rules[i]
					      : p->connections[i - p->n_rules];
		const struct node *ramp = l->sources[rule->index].ramp;

		if (p->for_ns == 0 && ramp != NULL)
			node_error(&l->r, ramp,
			    "rate: a ramp needs a phase with an end (\"for\")");
	}
}

static void
phases_rules(struct loader *l, const struct node *n, struct phase *to)
{
	const struct node *rules = node_get(n, "rules");
	const struct node *connections = node_get(n, "connections");
	struct rule **own = NULL, **own_connections = NULL;
	unsigned n_own = 0, n_own_connections = 0;

	if (rules != NULL)
		rules_read(l, rules, false, &own, &n_own);
	if (connections != NULL)
		rules_read(
		    l, connections, true, &own_connections, &n_own_connections);
	to->rules = phases_join(l, own, n_own, l->common, l->n_common);
	to->n_rules = n_own + l->n_common;
	to->connections = phases_join(l, own_connections, n_own_connections,
	    l->common_connections, l->n_common_connections);
	to->n_connections = n_own_connections + l->n_common_connections;
}

static void
phases_unique(struct loader *l, const struct node *n, const char *name)
{
	const struct node *other = names_get(&l->phase_names, name);

	if (other != NULL)
		node_error(&l->r, n,
		    "a second phase \"%s\"; the first is at line %u", name,
		    other->line);
	names_set(&l->phase_names, name, (struct node *)n);
}

static void
phases_one(struct loader *l, const struct node *n, bool last, struct phase *to)
{
	struct phases_conf conf = { 0 };
	struct params_given given = { 0 };

	to->line = n->line;
	to->col = n->col;
	to->name = "";
	to->repeat = 1;
	if (!node_expect(&l->r, n, NODE_MAP, "phase"))
		return;
	params_map(&l->r, n, &phases_grammar, &given, &conf);
	if (conf.name != NULL) {
		to->name = conf.name;
		phases_unique(l, given.values[PHASES_NAME], conf.name);
	}
	to->for_ns = conf.length;
	to->repeat = (unsigned)conf.repeat;
	if (given.values[PHASES_FOR] == NULL) {
		if (!last)
			node_error(&l->r, n,
			    "\"for\" is missing: only the last phase may be "
			    "endless");
		else if (conf.repeat > 1)
			node_error(&l->r, given.values[PHASES_REPEAT],
			    "repeat: an endless phase is played once");
	}
	phases_rules(l, n, to);
	if (given.values[PHASES_FOR] == NULL)
		phases_ramps(l, to);
}

/* Sums are kept in 63 bits: 292 years are enough for a test. */
static void
phases_length(struct loader *l, const struct node *list)
{
	unsigned __int128 sum = 0;

	for (unsigned i = 0; i < l->s->n_phases; i++) {
		const struct phase *p = &l->s->phases[i];

		sum += (unsigned __int128)p->for_ns * p->repeat;
		if (sum <= INT64_MAX)
			continue;
		node_error(&l->r, list->items[i],
		    "the phases together take more than 292 years");
		return;
	}
}

static void
phases_endless(struct loader *l)
{
	struct phase *p = arena_calloc(l->s->arena, 1, sizeof(*p));

	*p = (struct phase){ .name = "all",
		.repeat = 1,
		.rules = l->common,
		.n_rules = l->n_common,
		.connections = l->common_connections,
		.n_connections = l->n_common_connections };
	phases_ramps(l, p);
	l->s->phases = p;
	l->s->n_phases = 1;
}

void
phases_read(struct loader *l, const struct node *list)
{
	struct scenario *s = l->s;

	if (list == NULL || !node_expect(&l->r, list, NODE_LIST, "phases")) {
		phases_endless(l);
		return;
	}
	if (list->n == 0 || list->n > LOADER_PHASES_MAX) {
		node_error(&l->r, list,
		    list->n == 0 ? "phases: an empty list"
				 : "phases: more than 1000");
		phases_endless(l);
		return;
	}
	s->phases = arena_calloc(s->arena, list->n, sizeof(*s->phases));
	s->n_phases = (unsigned)list->n;
	for (unsigned i = 0; i < s->n_phases; i++) {
		s->phases[i].index = i;
		phases_one(
		    l, list->items[i], i + 1 == s->n_phases, &s->phases[i]);
	}
	phases_length(l, list);
}
