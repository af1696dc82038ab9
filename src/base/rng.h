/*
 * All randomness. A decision is a pure function of (seed, rule, key, n): no
 * state, so threads and other rules cannot disturb it. Streams give a fault as
 * many further numbers as it wants from one decision.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"

enum { RATE_ONE = 1000000000 }; /* 100 % in parts per billion */

/* The draw of rule (hash_name of its name) for key (0: all) and draw number n
 * (from 1): uniform in 2^64. */
static inline uint64_t
rng_draw(uint64_t seed, uint64_t rule, uint64_t key, uint64_t n)
{
	uint64_t x = hash_mix(seed + 0x9e3779b97f4a7c15u);

	x = hash_mix(x ^ rule);
	x = hash_mix(x + 0x9e3779b97f4a7c15u * (key + 1));
	return hash_mix(x + 0x9e3779b97f4a7c15u * n);
}

/* Whether a draw falls below a rate in parts per billion: never at 0, always at
 * RATE_ONE. */
static inline bool
rng_below(uint64_t draw, uint32_t ppb)
{
	return (uint64_t)(((unsigned __int128)draw * RATE_ONE) >> 64) < ppb;
}

/* A stream of numbers that follows from one draw. */
struct rng {
	uint64_t s;
};
static inline struct rng
rng_stream(uint64_t draw)
{
	return (struct rng){ draw };
}
static inline uint64_t
rng_next(struct rng *r)
{
	return hash_mix(r->s += 0x9e3779b97f4a7c15u);
}
/* Uniform in [0, 1). */
static inline double
rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}
/* Uniform in [0, n); n > 0. */
static inline uint64_t
rng_upto(struct rng *r, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)rng_next(r) * n) >> 64);
}

#endif
