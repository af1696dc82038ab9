/* Inside of a run: its clock, counters and switches, for play.c and decide.c.
 * Others use decide.h. */
#ifndef DECIDE_PLAY_H
#define DECIDE_PLAY_H

#include <pthread.h>
#include <stdatomic.h>

#include "decide/decide.h"
#include "decide/guard.h"
#include "decide/headers.h"
#include "decide/index.h"
#include "decide/replay.h"
#include "decide/table.h"
#include "decide/timeline.h"

/* What changes about one rule. Hot members first; the rest of the 192 bytes
 * keeps two rules' hot members on different cache lines. */
struct rule_state {
	atomic_uint_fast64_t draws, injected, taken; /* taken: of its limit */
	atomic_uint_fast64_t burst; /* a draw's number << 1 | inside after it */
	atomic_uint_fast64_t patch; /* PATCH_* and a rate; 0: as in the file */
	atomic_uint_fast64_t patch_until; /* monotonic */
	atomic_uint_fast64_t skipped, bypassed, overflow, idle;
	char pad[192 - 10 * sizeof(atomic_uint_fast64_t)];
};

enum {
	PATCH_RATE_BITS = 32,
	PATCH_RATE = 0,   /* bits of patch >> PATCH_RATE_BITS */
	PATCH_SWITCH = 1, /* ENABLED holds */
	PATCH_ENABLED = 2
};

/* A clock that many read and few set: readers try again when `version` moved.
 */
struct shared_clock {
	atomic_uint version;
	atomic_uint_fast64_t at, ref;
	atomic_int state;
};

struct play {
	/* When the answer of play_armed changes << 1 | the answer. */
	atomic_uint_fast64_t armed;
	struct shared_clock clock;
	char pad[64];
	atomic_uint refs;
	atomic_bool off;
	pthread_mutex_t lock; /* of those who set: clock, armed, patches */
	struct scenario *s;
	uint64_t seed, key[2];
	bool shadow;
	bool counts_attempts; /* some rule asks for the attempt */
	bool wants_keys;      /* something asks for client or operation */
	uint64_t idle_ns, window_ns;
	atomic_uint_fast64_t start_ns;
	struct timeline line;
	struct rule_state *rules;                   /* by rule index */
	struct index **indices;                     /* by phase index */
	unsigned *per_connection, n_per_connection; /* rules that count so */
	struct table *table;
	void **shared;
	struct replay *replay;      /* NULL: rules decide */
	struct headers *headers;    /* NULL: requests may not ask for faults */
	atomic_uint_fast64_t asked; /* draws of such requests */
	char pad2[64];
	struct guard_state guard;
};

struct clock play_clock(const struct play *p);
/* Recomputes `armed` for the moment. */
void play_arm(struct play *p, uint64_t now_ns);
/* Whether the guard's expiry has come. */
bool play_expired(const struct play *p, uint64_t elapsed_ns);
/* The patch of a rule that holds now, 0: none; an expired one is taken away. */
uint64_t play_patch(struct rule_state *r, uint64_t now_ns);

static inline bool
patch_has(uint64_t patch, unsigned bit)
{
	return patch >> (PATCH_RATE_BITS + bit) & 1;
}

static inline bool
patch_enabled(uint64_t patch)
{
	return !patch_has(patch, PATCH_SWITCH) ||
	       patch_has(patch, PATCH_ENABLED);
}

#endif
