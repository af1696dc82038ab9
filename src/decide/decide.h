/*
 * What happens to a request: (scenario, facts, counters, now) -> plan. Pure but
 * for the counters, which are atomics shared by all workers: a decision depends
 * on (seed, rule, key, n) alone, and n counts that rule's draws for that key.
 */
#ifndef DECIDE_DECIDE_H
#define DECIDE_DECIDE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"

enum { PLAN_MAX = 8 };

/* One rule that fired. */
struct armed {
	const struct rule *rule;
	const struct inject *inject;
	uint64_t n;    /* the rule's draw number */
	uint64_t draw; /* seeds the faults' random streams */
};

/* A value; the scenario it points into must outlive it. Zeroed: pass. */
struct plan {
	unsigned n;
	struct armed v[PLAN_MAX]; /* those that only change first, in rule
				     order; the ending one last */
	uint16_t phase;           /* index, RECORD_NO_PHASE before the start */
	bool shadow;
};

/* A scenario being played: its counters, clock and switches. One per run,
 * shared by all workers. */
struct play;

struct play_options {
	uint64_t seed;
	bool shadow;
	double time_scale; /* 1: real time; 10: phases run ten times as fast
			      (tests, demos) */
};

/* Takes over the scenario (freed with the play). References are counted; the
 * last unref frees. */
struct play *play_new(struct scenario *s, const struct play_options *o);
struct play *play_ref(struct play *p);
void play_unref(struct play *p);
const struct scenario *play_scenario(const struct play *p);
uint64_t play_seed(const struct play *p);

/* Starts the clock now unless it runs already; with start: first_request the
 * first decide does it. */
void play_start(struct play *p, uint64_t now_ns);
void play_pause(struct play *p, uint64_t now_ns);
void play_resume(struct play *p, uint64_t now_ns);
void play_next(struct play *p, uint64_t now_ns); /* ends the current phase */
void play_stop(struct play *p);
/* The kill switch: while off nothing is decided at all. */
void play_set_off(struct play *p, bool off);
bool play_is_off(const struct play *p);

/* Where the clock stands: index of the phase or -1 (not started, or over), and
 * ns to its end (UINT64_MAX: endless). */
struct play_position {
	int phase;
	unsigned round; /* of a repeated phase, from 0 */
	uint64_t into_ns, left_ns;
	bool started, over, paused;
};
struct play_position play_position(const struct play *p, uint64_t now_ns);

/* Whether any rule could fire now: the proxy skips facts, identity and decide
 * when not. One relaxed load. */
bool play_armed(const struct play *p);

/* Decides one request. Draws, counts and fills plan. Called once per request,
 * at its head. */
void decide(struct play *p, const struct facts *facts, struct plan *plan);
/* Decides a new connection, before a byte is read; facts has no head then. */
void
decide_connection(struct play *p, const struct facts *facts, struct plan *plan);
/* The exchange of a plan is over: counts for guard (active faults) and
 * per-operation state. upstream_ok: 0 no, 1 yes, -1 not asked. */
void decide_done(
    struct play *p, const struct plan *plan, int upstream_ok, uint64_t now_ns);
/* Counts a fault of a plan that did not happen after all. */
enum missed { MISSED_SKIPPED, MISSED_BYPASSED };
void decide_missed(struct play *p, const struct armed *armed, enum missed how);

/* What a rule has done so far, for reports and metrics. */
struct rule_stats {
	uint64_t matched, injected, skipped, bypassed, overflow;
	uint32_t rate; /* as configured now, ppb */
	bool enabled;
};
void
play_rule_stats(const struct play *p, unsigned rule, struct rule_stats *to);
/* Changes one rule for a while (0: for good): enabled (-1 keep), rate in ppb
 * (-1 keep). */
void play_patch_rule(struct play *p, unsigned rule, int enabled,
    int64_t rate_ppb, uint64_t expires_ns, uint64_t now_ns);

/* The state that a fault type shares between exchanges, by inject_fault.shared.
 */
void *play_shared(struct play *p, unsigned slot);

#endif
