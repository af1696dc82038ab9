/* One event loop on one thread, with all that its connections share. */
#ifndef NET_WORKER_H
#define NET_WORKER_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/block.h"
#include "net/timer.h"

struct conn;

struct worker {
	unsigned id;
	struct event_base *base;
	struct timers timers;
	struct block_store blocks;
	struct timeout_class look; /* for resets that came with bytes */
	struct buf scratch;        /* for building output within one call */
	struct event ev_wake;      /* another thread called worker_wake */
	int wake_fd;
	struct event ev_reap; /* frees what ended during this turn */
	struct conn *dead;
	uint64_t n_conns;
	void (*on_wake)(struct worker *w);
	void (*on_conn_closed)(struct worker *w); /* a descriptor is free */
	void *owner;
};

/*
 * The time (monotonic, ns) as of the callback that runs: one look at the clock
 * serves all that a callback does. Every way from the loop into our code ticks.
 */
static inline uint64_t
worker_now(const struct worker *w)
{
	return w->timers.now_ns;
}
static inline void
worker_tick(struct worker *w)
{
	w->timers.now_ns = clock_mono_ns();
}

/* Aborts when the system cannot give what a loop needs. */
void worker_init(struct worker *w, unsigned id);
void worker_clear(struct worker *w);
/* Runs the loop until worker_break. */
void worker_run(struct worker *w);
/* From within the loop: the loop ends after this turn. */
void worker_break(struct worker *w);
/* From any thread, or a signal handler: on_wake runs soon in the loop. */
void worker_wake(struct worker *w);
/* Hands a connection that ended to the reaper; used by conn.c. */
void worker_reap(struct worker *w, struct conn *c);

#endif
