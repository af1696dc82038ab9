/*
 * What the files that read a scenario share while they do. Each reads one part
 * of the language from its node; problems are told as they are found and
 * reading goes on, so that one run tells of all of them.
 */
#ifndef SCENARIO_LOADER_H
#define SCENARIO_LOADER_H

#include "scenario/names.h"
#include "scenario/params.h"
#include "scenario/scalars.h"
#include "scenario/scenario.h"

enum { LOADER_RULES_MAX = 10000, LOADER_PHASES_MAX = 1000 };

/* Where a rule came from, for the problems that show only later. */
struct rule_source {
	const struct node *node;
	const struct node *ramp; /* the rate that rises, or NULL */
	bool connection;         /* of a `connections:` list */
};

struct loader {
	struct reader r;
	struct scenario *s;
	struct rule_source *sources; /* by rule index */
	size_t cap_rules, cap_patterns, cap_shared;
	struct names rule_names, phase_names;
	/* The rules that hold in every phase. */
	struct rule **common, **common_connections;
	unsigned n_common, n_common_connections;
};

/* Conditions of a `match:` (conds.c). Of a connection only what is known before
 * its first request may be asked. */
bool conds_read(
    struct loader *l, const struct node *n, bool connection, struct match *to);
/* A list of such mappings, or one alone. */
bool conds_read_list(struct loader *l, const struct node *n, const char *what,
    bool connection, struct match **matchesp, unsigned *np);
/* One pattern or a list of them; what names them in messages (patterns.c). */
bool patterns_read(struct loader *l, const struct node *n, const char *what,
    char sep, bool nocase, struct pattern ***patternsp, unsigned *np);

/* `rules:` and `connections:` (rules.c): the pointers are in the arena. */
void rules_read(struct loader *l, const struct node *list, bool connections,
    struct rule ***rulesp, unsigned *np);

/* `phases:` (phases.c); NULL: one endless phase. */
extern const struct grammar phases_grammar;
void phases_read(struct loader *l, const struct node *list);

/* `identity:` (ladder.c); NULL: the usual ladders. */
extern const struct grammar ladder_grammar;
extern const struct param_set ladder_client_set, ladder_operation_set;
void ladder_read(struct loader *l, const struct node *n);

/* `expect:` (expects.c), after rules and phases. */
extern const struct grammar expects_grammar;
void expects_read(struct loader *l, const struct node *list);

/* Warnings about a scenario that is whole: what can never fire, what changes
 * nothing, what no phase can show (lint.c). */
void lint(struct loader *l);
/* Whether rule b, tried after rule a, can never act, because a always ends the
 * exchange and matches whatever b matches (shadow.c). */
bool shadow_hides(const struct rule *a, const struct rule *b);
/* Whether a rule ends each exchange that it matches. */
bool shadow_is_total(const struct rule *r);

#endif
