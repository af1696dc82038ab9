/* Distributions by their quantiles: a share in (0, 1) goes in, the value that
 * lies above that share of all comes out. And shares that fill (0, 1) evenly.
 */
#ifndef FAULT_SPREAD_H
#define FAULT_SPREAD_H

#include <stdint.h>

#include "fault/param.h"

enum { SPREAD_POINTS = 32, SPREAD_BLOCK = 1024 };

/* The percentiles in order: share in [0, 1] and the logarithm of the ns. */
struct spread_table {
	unsigned n;
	double share[SPREAD_POINTS], log_ns[SPREAD_POINTS];
};

/* Reads {p50: 20ms, p99.9: 2s}; NULL, or what is wrong as a sentence. */
const char *
spread_table_fill(struct spread_table *t, const struct param_pairs *pairs);
/*
 * The ns at a share. Between two percentiles the logarithm of the delay rises
 * evenly. Below the lowest the first slope goes on; above the highest its value
 * holds, so that nothing is slower than what was asked for.
 */
double spread_table_at(const struct spread_table *t, double share);

/* The standard normal distribution. */
double spread_gauss(double share);

/*
 * The share for draw n (from 1) of a series, u uniform in [0, 1). Each block of
 * SPREAD_BLOCK draws has one in each of as many equal parts, in an order that
 * looks random: so the percentiles of a thousand requests are the wanted ones
 * already, where independent draws would miss a steep p99 by a fifth. n 0:
 * unknown, then it is u.
 */
double spread_share(uint64_t series, uint64_t n, double u);

#endif
