/*
 * Whether a matching request's draw makes its rule fire. Pure functions of
 * (seed, rule, key, n) and of the rate at that moment.
 */
#ifndef DECIDE_SELECT_H
#define DECIDE_SELECT_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"

/* One draw of a rule; n counts the rule's draws for the key, from 1. */
struct draw {
	uint64_t seed, rule, key, n;
};

static inline uint64_t
select_number(const struct draw *d)
{
	return rng_draw(d->seed, d->rule, d->key, d->n);
}

/*
 * The rate of s at into_ns of a phase of for_ns: a ramp is linear from the
 * phase's first moment to its last. In an endless phase it stays at its start.
 */
uint32_t select_rate(const struct select *s, uint64_t into_ns, uint64_t for_ns);

/*
 * spread: even. Of the first n draws, n times the rate fire, exact to one, for
 * every n; which residue they have follows from the seed, so that two even
 * rules do not march in step. For a ramp, whose n times rate means nothing, the
 * draws follow the golden ratio's sequence: as even as can be at each moment.
 */
bool select_even(const struct draw *d, const struct select *s, uint32_t rate);

/*
 * The two-state chain of `burst`: starts outside; each draw may enter or leave,
 * and the request fires when the chain is inside after its draw. Whether it is
 * inside after draw n follows from inside after draw n - 1.
 */
bool
select_burst_step(const struct draw *d, const struct select *s, bool inside);
/*
 * The same for any n without its predecessor: a draw in the outer parts of the
 * range decides alone, so it looks back to the last such one; never beyond
 * draw `from`, after which the chain is known to be `inside` (0, false: the
 * beginning).
 */
bool select_burst(
    const struct draw *d, const struct select *s, uint64_t from, bool inside);

/* The long-run share of draws that fire, for reports: of a ramp its last rate,
 * of `first` all. */
uint32_t select_share(const struct select *s);

/* Fires or not; of burst, `inside` says where the chain is after this draw. */
bool select_fires(
    const struct draw *d, const struct select *s, uint32_t rate, bool inside);

/* The alternative that one draw chooses over cumulative rates, scaled so that
 * together they have the rate total, or -1: the rest passes. */
int select_choice(const struct draw *d, const struct choice *choices,
    unsigned n, uint32_t total);
/* The sum of the alternatives' rates, at most RATE_ONE. */
uint32_t select_total(const struct choice *choices, unsigned n);

#endif
