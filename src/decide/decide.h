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

enum { PLAN_MAX = 8, PLAN_NO_PHASE = 0xffff, PLAN_NO_RULE = 0xffff };

/* One rule that fired. What a request's X-Brownout-Inject asked for has a rule
 * that is not in the scenario, with the index PLAN_NO_RULE. */
struct armed {
	const struct rule *rule;
	const struct inject *inject;
	uint64_t n;    /* the rule's draw number */
	uint64_t draw; /* seeds the faults' random streams */
};

/* A value; the scenario it points into must outlive it. Zeroed: pass. */
struct plan {
	unsigned n;
	struct armed v[PLAN_MAX]; /* in rule order; one that ends the
				     exchange for certain is the last */
	uint16_t phase; /* index, PLAN_NO_PHASE before the start and when over
			 */
	bool shadow;
	bool guarded; /* holds a place among the active faults */
	uint64_t op;  /* a fingerprinted operation, over once an attempt of it
			 passes; else 0 */
};

/* A scenario being played: its counters, clock and switches. One per run,
 * shared by all workers. */
struct play;
struct replay;

struct play_options {
	uint64_t seed;
	bool shadow;
	double time_scale;  /* 1: real time; 10: phases run ten times as fast
			       (tests, demos) */
	uint64_t table_max; /* counters per operation, client, connection and
			       limit; 0: the scenario's, else 2^20 */
	uint64_t idle_ns;   /* a client's or connection's counters are
			       forgotten after so long without a request; 0:
			       one hour. An operation's: its window */
};

/* Takes over the scenario (freed with the play). References are counted; the
 * last unref frees. */
struct play *play_new(struct scenario *s, const struct play_options *o);
/* Before any request: from now on `decide` repeats what r says (replay.h, taken
 * over) instead of trying rules. Connections and what requests ask for in their
 * headers are decided as ever. */
void play_replay(struct play *p, struct replay *r);
/* NULL without. */
const struct replay *play_replayed(const struct play *p);
struct play *play_ref(struct play *p);
void play_unref(struct play *p);
const struct scenario *play_scenario(const struct play *p);
uint64_t play_seed(const struct play *p);
/* The key for identity_of: follows from the seed, so that the same seed gives
 * the same client and operation keys and with them the same decisions. */
const uint64_t *play_hash_key(const struct play *p);
/* When the clock was started (monotonic), for facts.start_ns; 0 before. */
uint64_t play_start_ns(const struct play *p);

/* Starts the clock now unless it runs already; with start: first_request the
 * first decide does it. After stop or the last phase it begins at the first
 * phase again; rules' counters go on. */
void play_start(struct play *p, uint64_t now_ns);
void play_pause(struct play *p, uint64_t now_ns);
void play_resume(struct play *p, uint64_t now_ns);
/* Ends the current phase with all rounds it has left. */
void play_next(struct play *p, uint64_t now_ns);
void play_stop(struct play *p);
/* The kill switch: while off nothing is decided at all. */
void play_set_off(struct play *p, bool off);
bool play_is_off(const struct play *p);

/* Where the clock stands: index of the phase or -1 (not started, or over). Real
 * ns into the current round of the phase and to its end (UINT64_MAX: endless,
 * or paused). */
struct play_position {
	int phase;
	unsigned round; /* of a repeated phase, from 0 */
	uint64_t into_ns, left_ns;
	bool started, over, paused;
};
struct play_position play_position(const struct play *p, uint64_t now_ns);

/* The phase's index, or PLAN_NO_PHASE: what decide would put into a plan. */
uint16_t play_phase(const struct play *p, uint64_t now_ns);

/* Whether any rule could fire now: the proxy skips decide (and facts and
 * identity, if nobody else wants them) when not. One relaxed load, but for the
 * first call after a phase has ended. */
bool play_armed(struct play *p, uint64_t now_ns);

/* Whether decide, or a fault it may arm, reads the facts' client and operation
 * keys: the proxy need not work them out when nobody does. */
bool play_wants_keys(const struct play *p);

/*
 * Decides one request. Draws, counts and fills plan. Called once per request,
 * at its head. facts needs now_ns, conn, client_key, op_key and op_source;
 * attempt is what the client itself announced (identity.announced, 0: nothing,
 * then the operation's requests are counted here).
 */
void decide(struct play *p, const struct facts *facts, struct plan *plan);
/* Decides a new connection, before a byte is read; facts has no head then.
 * decide_done when it is closed, with upstream_ok -1. */
void
decide_connection(struct play *p, const struct facts *facts, struct plan *plan);
/* The exchange of a plan is over: counts for guard (active faults) and
 * per-operation state. upstream_ok: 0 no (no answer, or one of 500 and above),
 * 1 yes, -1 not asked. */
void decide_done(
    struct play *p, const struct plan *plan, int upstream_ok, uint64_t now_ns);
/* Forgets what rules with `per: connection` counted for it. */
void decide_closed(struct play *p, uint64_t conn);
/* Counts a fault of a plan that did not happen after all. */
enum missed { MISSED_SKIPPED, MISSED_BYPASSED };
void decide_missed(struct play *p, const struct armed *armed, enum missed how);
/* A rule of a plan is over and none of its faults happened: they were missed,
 * or let the request pass as a quota does. Once an exchange. */
void decide_idle(struct play *p, const struct armed *armed);

/* What a rule has done so far, for reports and metrics. */
struct rule_stats {
	uint64_t matched, /* draws */
	    fired,        /* plans it is in, also in shadow */
	    injected,     /* of these, where a fault happened or may yet */
	    skipped, bypassed,
	    overflow;  /* did not fire because a table or a plan was full */
	uint32_t rate; /* as configured now, ppb */
	bool enabled;
};
void
play_rule_stats(const struct play *p, unsigned rule, struct rule_stats *to);
/* Changes one rule for a while (expires_ns from now; 0: for good): enabled (-1
 * keep), rate in ppb (-1 keep). A rate makes any selector a plain rate; of
 * `choose` it is the sum, the alternatives keep their proportions. */
void play_patch_rule(struct play *p, unsigned rule, int enabled,
    int64_t rate_ppb, uint64_t expires_ns, uint64_t now_ns);

/* How long (ns) such a change still holds: 0 nothing is changed, UINT64_MAX for
 * good. */
uint64_t play_patch_left(struct play *p, unsigned rule, uint64_t now_ns);

/* What holds for the whole run. */
struct play_stats {
	uint64_t table_entries, table_max, table_overflow;
	uint64_t active; /* exchanges with faults right now */
	uint64_t held_active,
	    held_share;    /* refused by max_active_faults, max_share */
	bool stopped;      /* by stop_when */
	uint64_t asked,    /* faults that requests asked for in their headers */
	    asked_refused; /* and could not be understood or kept */
};
void play_stats(struct play *p, struct play_stats *to);

/* The state that a fault type shares between exchanges, by inject_fault.shared.
 */
void *play_shared(struct play *p, unsigned slot);

#endif
