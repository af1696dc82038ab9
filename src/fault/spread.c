#include "fault/spread.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/units.h"

/* `p99`, `p99.9` as a share; negative when it is none. */
static double
spread_share_of(const char *name)
{
	char *end;
	double p;

	if (name[0] != 'p' || name[1] < '0' || name[1] > '9')
		return -1;
	p = strtod(name + 1, &end);
	return *end == '\0' && p <= 100 ? p / 100 : -1;
}

const char *
spread_table_fill(struct spread_table *t, const struct param_pairs *pairs)
{
	if (pairs->n == 0 || pairs->n > SPREAD_POINTS)
		return "percentiles needs 1 to 32 entries such as p50: 20ms";
	for (size_t i = 0; i < pairs->n; i++) {
		double share = spread_share_of(pairs->v[i].name);
		uint64_t ns;

		if (share < 0)
			return "a percentile is p0 to p100, such as p50 or "
			       "p99.9";
		if (units_duration(span_str(pairs->v[i].value), &ns) != NULL)
			return "a percentile's value is a duration such as "
			       "20ms";
		/* What takes no time counts as a nanosecond: its logarithm. */
		t->share[i] = share;
		t->log_ns[i] = log(ns > 0 ? (double)ns : 1);
		if (i > 0 && (share <= t->share[i - 1] ||
				 t->log_ns[i] < t->log_ns[i - 1]))
			return "percentiles and their values must rise";
	}
	t->n = (unsigned)pairs->n;
	return NULL;
}

double
spread_table_at(const struct spread_table *t, double share)
{
	unsigned i = 1;
	double slope;

	if (t->n == 1 || share >= t->share[t->n - 1])
		return exp(t->log_ns[t->n - 1]);
	while (share >= t->share[i])
		i++;
	slope =
	    (t->log_ns[i] - t->log_ns[i - 1]) / (t->share[i] - t->share[i - 1]);
	return exp(t->log_ns[i - 1] + slope * (share - t->share[i - 1]));
}

/* Acklam's rational approximation, relative error 1.2e-9. */
double
spread_gauss(double share)
{
	static const double a[] = { -3.969683028665376e+01,
		2.209460984245205e+02, -2.759285104469687e+02,
		1.383577518672690e+02, -3.066479806614716e+01,
		2.506628277459239e+00 };
	static const double b[] = { -5.447609879822406e+01,
		1.615858368580409e+02, -1.556989798598866e+02,
		6.680131188771972e+01, -1.328068155288572e+01 };
	static const double c[] = { -7.784894002430293e-03,
		-3.223964580411365e-01, -2.400758277161838e+00,
		-2.549732539343734e+00, 4.374664141464968e+00,
		2.938163982698783e+00 };
	static const double d[] = { 7.784695709041462e-03,
		3.224671290700398e-01, 2.445134137142996e+00,
		3.754408661907416e+00 };
	const double tail = 0.02425;
	double q, r;

	if (share < tail || share > 1 - tail) {
		q = sqrt(-2 * log(share < tail ? share : 1 - share));
		r = (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) *
			    q +
			c[5]) /
		    ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
		return share < tail ? r : -r;
	}
	q = share - 0.5;
	r = q * q;
	return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r +
		   a[5]) *
	       q /
	       (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r +
		   1);
}

/* A place in [0, SPREAD_BLOCK) for each draw of a block, no two the same: four
 * rounds of a Feistel network on the halves of its number. */
static unsigned
spread_place(uint64_t series, uint64_t n)
{
	const unsigned half = 5, mask = (1 << half) - 1;
	uint64_t key = hash_mix(series ^ n / SPREAD_BLOCK);
	unsigned left = n >> half & mask, right = n & mask;

	for (unsigned round = 0; round < 4; round++) {
		unsigned was = left;

		left = right;
		right =
		    was ^ ((unsigned)hash_mix(key + 64 * round + right) & mask);
	}
	return left << half | right;
}

double
spread_share(uint64_t series, uint64_t n, double u)
{
	if (n > 0)
		u = (spread_place(series, n) + u) / SPREAD_BLOCK;
	return u > 0 ? u : 0x1p-60;
}
