/*
 * The caps of `guard:` on top of what rules decide: how many exchanges may be
 * faulty at once and as a share, and when a sick upstream or the clock ends all
 * faults. Lock-free but for the upstream's window.
 */
#ifndef DECIDE_GUARD_H
#define DECIDE_GUARD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"

/* The window of upstream errors is a ring of slices. */
enum { GUARD_SLICES = 16, GUARD_MIN_SAMPLES = 10 };

struct guard_slice {
	uint64_t index; /* which slice of time since the guard's birth */
	uint64_t asked, failed;
};

struct guard_state {
	const struct guard *conf;
	uint64_t window_ns; /* stop_for in real time; 0: no window */
	atomic_uint_fast64_t active;
	atomic_int_fast64_t credit; /* ppb of one injection */
	atomic_bool stopped;
	atomic_uint_fast64_t held_active, held_share; /* injections refused */
	pthread_mutex_t lock;
	uint64_t first_ns; /* the first answer; 0: none yet */
	struct guard_slice slices[GUARD_SLICES];
};

/* conf is borrowed; window_ns is its stop_for_ns in real time. */
void
guard_init(struct guard_state *g, const struct guard *conf, uint64_t window_ns);
void guard_clear(struct guard_state *g);
/* Forgets what it saw: a new run. Exchanges still active stay counted. */
void guard_reset(struct guard_state *g);

/*
 * max_share: each request brings its share of credit, an injection costs a
 * whole one. So the share holds from the first request on, over any stretch;
 * what quiet times save up is at most GUARD_CREDIT_MAX injections.
 */
enum { GUARD_CREDIT_MAX = 10 };
void guard_request(struct guard_state *g);
/* Whether one more faulty exchange may begin; takes its place when so, until
 * guard_leave. */
bool guard_enter(struct guard_state *g);
void guard_leave(struct guard_state *g);

/*
 * An answer of the upstream, good or not. Faults stop for the rest of the run
 * once, over the last stop_for, the share of errors among at least
 * GUARD_MIN_SAMPLES answers reached stop_errors and the first answer is at
 * least that long ago.
 */
void guard_upstream(struct guard_state *g, bool ok, uint64_t now_ns);

static inline bool
guard_stopped(const struct guard_state *g)
{
	return atomic_load_explicit(&g->stopped, memory_order_relaxed);
}

#endif
