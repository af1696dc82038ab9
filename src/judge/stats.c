#include "judge/stats.h"

#include <math.h>
#include <stdlib.h>

#include "base/xalloc.h"

void
sample_add(struct sample *s, double x)
{
	if (s->n == s->cap) {
		s->cap = s->cap > 0 ? s->cap * 2 : 16;
		s->v = xreallocarray(s->v, s->cap, sizeof(*s->v));
	}
	s->v[s->n++] = x;
}

static int
stats_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void
sample_sort(struct sample *s)
{
	if (s->n > 1)
		qsort(s->v, s->n, sizeof(*s->v), stats_order);
}

void
sample_clear(struct sample *s)
{
	free(s->v);
	*s = (struct sample){ 0 };
}

struct interval
stats_wilson(uint64_t k, uint64_t n, double z)
{
	double p, zz = z * z, m = (double)n, centre, half;

	if (n == 0)
		return (struct interval){ 0, 1 };
	p = (double)k / m;
	centre = (p + zz / (2 * m)) / (1 + zz / m);
	half = z * sqrt(p * (1 - p) / m + zz / (4 * m * m)) / (1 + zz / m);
	return (struct interval){ k == 0 ? 0 : centre - half,
		k == n ? 1 : centre + half };
}

struct interval
stats_mean(double sum, double squares, uint64_t n)
{
	double mean, variance, half;

	if (n == 0)
		return (struct interval){ 0, INFINITY };
	mean = sum / (double)n;
	if (n == 1)
		return (struct interval){ mean, mean };
	variance = (squares - sum * mean) / (double)(n - 1);
	half = STATS_Z95 * sqrt(fmax(variance, 0) / (double)n);
	return (struct interval){ mean - half, mean + half };
}

struct interval
stats_ratio(uint64_t a, uint64_t b)
{
	struct interval i = stats_wilson(a, a + b, STATS_Z95);

	i.lo = i.lo / (1 - i.lo);
	i.hi = i.hi < 1 ? i.hi / (1 - i.hi) : INFINITY;
	return i;
}

double
stats_quantile(const struct sample *sorted, double q)
{
	double at, whole;
	size_t i;

	if (sorted->n == 0)
		return 0;
	at = q * (double)(sorted->n - 1);
	whole = floor(at);
	i = (size_t)whole;
	if (i + 1 >= sorted->n)
		return sorted->v[sorted->n - 1];
	return sorted->v[i] + (at - whole) * (sorted->v[i + 1] - sorted->v[i]);
}

double
stats_median(const struct sample *sorted)
{
	return stats_quantile(sorted, 0.5);
}

struct interval
stats_quantile_interval(const struct sample *sorted, double q)
{
	double n = (double)sorted->n, half, lo, hi;

	if (sorted->n == 0)
		return (struct interval){ 0, INFINITY };
	half = STATS_Z95 * sqrt(n * q * (1 - q));
	lo = fmax(floor(n * q - half), 0);
	hi = fmin(ceil(n * q + half), n - 1);
	return (struct interval){ sorted->v[(size_t)fmin(lo, n - 1)],
		sorted->v[(size_t)hi] };
}

double
stats_theil_sen(const double *x, const double *y, unsigned n)
{
	struct sample slopes = { 0 };
	double slope;

	for (unsigned i = 0; i < n; i++)
		for (unsigned j = i + 1; j < n; j++)
			if (x[j] > x[i])
				sample_add(
				    &slopes, (y[j] - y[i]) / (x[j] - x[i]));
	sample_sort(&slopes);
	slope = stats_median(&slopes);
	sample_clear(&slopes);
	return slope;
}

double
stats_residual(const double *x, const double *y, unsigned n)
{
	double slope = stats_theil_sen(x, y, n), middle, sum = 0;
	struct sample offsets = { 0 };

	if (n == 0)
		return 0;
	for (unsigned i = 0; i < n; i++)
		sample_add(&offsets, y[i] - slope * x[i]);
	sample_sort(&offsets);
	middle = stats_median(&offsets);
	for (unsigned i = 0; i < n; i++)
		sum += pow(y[i] - slope * x[i] - middle, 2);
	sample_clear(&offsets);
	return sqrt(sum / n);
}

double
stats_chi2(double nu, double z)
{
	double a = 2 / (9 * nu);

	return nu * pow(1 - a + z * sqrt(a), 3);
}

struct dispersion
stats_dispersion(const uint32_t *counts, size_t n)
{
	struct dispersion d = { 0 };
	double sum = 0, squares = 0;

	for (size_t i = 0; i < n; i++) {
		sum += counts[i];
		squares += (double)counts[i] * counts[i];
		if (counts[i] > d.peak)
			d.peak = counts[i];
	}
	if (n < 2 || sum == 0)
		return d;
	d.mean = sum / (double)n;
	d.fano = (squares - sum * d.mean) / (double)(n - 1) / d.mean;
	return d;
}

bool
stats_clumped(double fano, double usual, size_t n)
{
	double nu = (double)n - 1;

	if (n < 2)
		return false;
	return nu * fano / fmax(usual, 1) > stats_chi2(nu, STATS_Z999);
}

double
stats_poisson_tail(uint64_t k, double mean)
{
	double term = exp(-mean), below = 0;

	if (mean <= 0)
		return k == 0 ? 1 : 0;
	if (mean > 500)
		return 0.5 * erfc(((double)k - 0.5 - mean) / sqrt(2 * mean));
	for (uint64_t i = 0; i < k; i++) {
		below += term;
		term *= mean / (double)(i + 1);
	}
	return fmax(1 - below, 0);
}

double
stats_rate_excess(double k, double n, double part, double times)
{
	double scale = part * times;

	return 2 * (sqrt(k + 0.375) - sqrt((n + 0.375) * scale)) /
	       sqrt(1 + scale);
}

double
stats_binomial_tail(uint64_t k, uint64_t n, double p)
{
	double sum = 0;

	if (k == 0 || p >= 1)
		return 1;
	if (p <= 0 || k > n)
		return 0;
	for (uint64_t i = k; i <= n; i++) {
		double m = (double)n, x = (double)i;

		sum += exp(lgamma(m + 1) - lgamma(x + 1) - lgamma(m - x + 1) +
			   x * log(p) + (m - x) * log1p(-p));
	}
	return fmin(sum, 1);
}
