/*
 * The plan's clock and its phases: where a scenario stands at a moment. Pure:
 * the monotonic time is an argument. Scenario time is what phases are written
 * in; it runs `scale` times as fast as the monotonic clock and stands still
 * while paused.
 */
#ifndef DECIDE_TIMELINE_H
#define DECIDE_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"

/* When each phase begins, in scenario time: n + 1 offsets, the last one is the
 * end (UINT64_MAX: endless). */
struct timeline {
	const struct phase *phases;
	unsigned n;
	uint64_t *starts;
	double scale;
};

enum clock_state { CLOCK_IDLE, CLOCK_RUNNING, CLOCK_PAUSED, CLOCK_STOPPED };

/* A clock: at the monotonic time ref, at ns of scenario time had passed. A
 * value; zeroed: not started. */
struct clock {
	uint64_t at, ref;
	enum clock_state state;
};

/* A place in the plan; times are scenario time. phase -1: not started or over.
 * left_ns UINT64_MAX: endless. */
struct spot {
	int phase;
	unsigned round; /* of a repeated phase, from 0 */
	uint64_t into_ns, left_ns;
};

/* The phases are borrowed; timeline_clear frees the offsets. */
void timeline_init(
    struct timeline *t, const struct phase *phases, unsigned n, double scale);
void timeline_clear(struct timeline *t);

struct clock clock_start(const struct clock *c, uint64_t now_ns);
struct clock
clock_pause(const struct clock *c, const struct timeline *t, uint64_t now_ns);
struct clock clock_resume(const struct clock *c, uint64_t now_ns);
/* Ends the current phase with all rounds it has left. */
struct clock
clock_next(const struct clock *c, const struct timeline *t, uint64_t now_ns);

/* Scenario time that has passed; 0 before the start. */
uint64_t
clock_elapsed(const struct clock *c, const struct timeline *t, uint64_t now_ns);
struct spot timeline_at(const struct timeline *t, uint64_t elapsed_ns);
/* Where the clock stands; phase -1 when it is idle or stopped. */
struct spot
timeline_spot(const struct timeline *t, const struct clock *c, uint64_t now_ns);
/* The monotonic time at which a running clock has passed elapsed_ns; UINT64_MAX
 * when it never will. */
uint64_t timeline_when(
    const struct timeline *t, const struct clock *c, uint64_t elapsed_ns);
/* The time a phase has from the beginning to the end of one round; 0: endless.
 */
uint64_t timeline_real(const struct timeline *t, uint64_t scenario_ns);

#endif
