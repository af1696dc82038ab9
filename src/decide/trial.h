/*
 * One rule at one request: its selector as patched, the key it counts for, its
 * draw and its limit. All counters behind a decision are here.
 */
#ifndef DECIDE_TRIAL_H
#define DECIDE_TRIAL_H

#include "decide/play.h"
#include "decide/select.h"

/* One request on its way through the rules. */
struct deciding {
	struct play *p;
	const struct facts *f;
	struct plan *plan;
	const struct phase *phase;
	uint64_t into_ns;
	uint32_t attempt; /* 0: not looked up yet */
	uint32_t life;    /* how often the operation began anew */
	bool held;        /* the guard let nothing through */
};

/* One rule at one request: its selector as patched, and the key it counts
 * for. */
struct trial {
	const struct rule *rule;
	struct rule_state *state;
	struct select select;
	uint32_t rate;
	uint64_t key;
	struct draw draw;
};

/* Which operation the request belongs to and which attempt it is; counts it,
 * once. */
void trial_operation(struct deciding *d);
/* An attempt of a fingerprinted operation passed: its next request begins
 * another life. */
void trial_operation_over(struct play *p, uint64_t op, uint64_t now_ns);

/* The selector and rate that hold for the request. False: switched off. */
bool trial_begin(struct deciding *d, const struct rule *rule, struct trial *t);
/* Draws for a matching request; what is to be injected, or NULL. */
const struct inject *trial_draw(struct deciding *d, struct trial *t);
/* Takes one of the injections that `limit` allows, or gives it back. */
bool trial_limit(struct deciding *d, const struct trial *t);
void trial_unlimit(struct deciding *d, const struct trial *t);

#endif
