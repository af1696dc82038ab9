/* The statistics that the judge needs, each by the formula named in
 * recovery.md. Pure functions over numbers; samples are sorted where said. */
#ifndef JUDGE_STATS_H
#define JUDGE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATS_Z95 1.959964     /* two-sided 95 % */
#define STATS_Z90_ONE 1.281552 /* one-sided 90 % */
#define STATS_Z999 3.090232    /* one-sided 99.9 % */

struct interval {
	double lo, hi;
};

/* Growing sample of numbers; zeroed is empty; the owner calls sample_clear. */
struct sample {
	double *v;
	size_t n, cap;
};
void sample_add(struct sample *s, double x);
void sample_sort(struct sample *s);
void sample_clear(struct sample *s);

/* Wilson's score interval for k of n; [0, 1] when n is 0. */
struct interval stats_wilson(uint64_t k, uint64_t n, double z);
/* Mean and its normal 95 % interval, from sums of x and x^2. */
struct interval stats_mean(double sum, double squares, uint64_t n);
/* Interval of a ratio of counts a/b of two kinds of the same stream (retries to
 * first attempts): Wilson's for a/(a+b), transformed. */
struct interval stats_ratio(uint64_t a, uint64_t b);

/* The q quantile of a sorted sample, interpolated; 0 when empty. */
double stats_quantile(const struct sample *sorted, double q);
double stats_median(const struct sample *sorted);
/* 95 % interval of a quantile by order statistics (normal approximation of the
 * binomial); clamped to the sample's ends. */
struct interval stats_quantile_interval(const struct sample *sorted, double q);

/* Slope of the Theil-Sen line through n points: the median of all pairwise
 * slopes; 0 with fewer than two. n is small (<= 64). */
double stats_theil_sen(const double *x, const double *y, unsigned n);
/* Root mean square of what the Theil-Sen line leaves over. */
double stats_residual(const double *x, const double *y, unsigned n);

/* Upper quantile of chi-squared with nu degrees of freedom at the normal
 * deviate z, by Wilson-Hilferty. */
double stats_chi2(double nu, double z);
/* Mean, variance over mean, and the greatest of n counts. */
struct dispersion {
	double mean, fano;
	uint32_t peak;
};
struct dispersion stats_dispersion(const uint32_t *counts, size_t n);
/* Whether a Fano factor over n bins is beyond chance at 99.9 %, given the one
 * that the stream has anyway (1: Poisson). */
bool stats_clumped(double fano, double usual, size_t n);

/* P(X >= k) for a Poisson variable of that mean. */
double stats_poisson_tail(uint64_t k, double mean);
/* By how many standard deviations k events in one time exceed `times` the rate
 * at which n came in another that lasted 1 / `part` of it: two Poisson counts,
 * by their square roots. */
double stats_rate_excess(double k, double n, double part, double times);
/* P(X >= k) for a binomial one. */
double stats_binomial_tail(uint64_t k, uint64_t n, double p);

#endif
