/*
 * What was decided in an earlier run, as its journal tells it, to be decided
 * again for the same requests. Filled once, then read by all workers at the
 * same time.
 *
 * A request is looked up by method, target and operation; if no such operation
 * was journaled (clients that make new ids in each run), by method and target.
 * Equal ones get the journaled decisions in the order in which the requests had
 * come, each decision once. What is not in the journal passes.
 */
#ifndef DECIDE_REPLAY_H
#define DECIDE_REPLAY_H

#include "decide/decide.h"

struct replay;

enum { REPLAY_NO_CHOICE = 0xffff };

/* One rule that fired: struct armed without pointers. */
struct replay_rule {
	uint64_t n, draw;
	uint16_t rule;   /* index in the scenario */
	uint16_t choice; /* of its alternatives, or REPLAY_NO_CHOICE */
};

/* A journaled request; target is its facts_target_hash, op its operation. */
struct replay_request {
	uint64_t t_ns; /* when it came; only the order counts */
	struct span method, path;
	uint64_t target, op; /* op 0: none */
	uint16_t phase;
};

/* The scenario must outlive it. */
struct replay *replay_new(const struct scenario *s);
void replay_free(struct replay *r);
/* What was decided for one request: n rules in the order of the plan; none: it
 * passed. False, and nothing added, if the scenario has no such rule or
 * alternative. In any order; then replay_ready once. */
bool replay_add(struct replay *r, const struct replay_request *q,
    const struct replay_rule *v, unsigned n);
void replay_ready(struct replay *r);

/* Takes the request's decision: adds its rules to plan and sets the phase that
 * they were of. False: it is not
 * in the journal, or came more often than there. */
bool replay_find(struct replay *r, const struct facts *facts,
    const uint64_t key[2], struct plan *plan);

struct replay_stats {
	uint64_t decisions, /* journaled */
	    taken,          /* and asked for again */
	    unknown;        /* requests that are not in the journal */
};
struct replay_stats replay_stats(const struct replay *r);

/*
 * A plan for the journal. For most a rule and its n say all: of a rule that
 * counts for all requests, replay_plain finds the draw and the alternative
 * again. A plan of one such rule is `plain`.
 */
unsigned replay_of(const struct plan *plan, struct replay_rule to[PLAN_MAX]);
struct replay_rule
replay_plain(uint64_t seed, const struct rule *rule, uint64_t n);
bool replay_is_plain(uint64_t seed, const struct plan *plan);

#endif
