#include "base/hist.h"

#include <math.h>

/* Buckets count units of 16 ns: below 64 units (1 us) one each, above that 64
 * to every doubling, so that a bucket is at most 1/64 of its value wide. */
enum { HIST_SHIFT = 4, HIST_SUB_BITS = 6 };

static unsigned
hist_bucket(uint64_t ns)
{
	uint64_t v = ns >> HIST_SHIFT;
	unsigned group, i;

	if (v < HIST_SUB)
		return (unsigned)v;
	group = 63 - (unsigned)__builtin_clzll(v) - HIST_SUB_BITS;
	i = (group + 1) * HIST_SUB + (unsigned)((v >> group) & (HIST_SUB - 1));
	return i < HIST_BUCKETS ? i : HIST_BUCKETS - 1;
}

/* The largest value that falls into bucket i. */
static uint64_t
hist_edge(unsigned i)
{
	unsigned group = i / HIST_SUB;
	uint64_t v = i;

	if (group > 0) {
		group--;
		v = (uint64_t)(i % HIST_SUB + HIST_SUB) << group;
		v += ((uint64_t)1 << group) - 1;
	}
	return ((v + 1) << HIST_SHIFT) - 1;
}

static uint32_t
hist_sum(uint32_t a, uint32_t b)
{
	return b > UINT32_MAX - a ? UINT32_MAX : a + b;
}

void
hist_add(struct hist *h, uint64_t ns)
{
	unsigned i = hist_bucket(ns);

	h->count[i] = hist_sum(h->count[i], 1);
	h->n++;
	h->sum_ns += ns;
	if (ns > h->max_ns)
		h->max_ns = ns;
}

void
hist_merge(struct hist *to, const struct hist *from)
{
	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		to->count[i] = hist_sum(to->count[i], from->count[i]);
	to->n += from->n;
	to->sum_ns += from->sum_ns;
	if (from->max_ns > to->max_ns)
		to->max_ns = from->max_ns;
}

uint64_t
hist_quantile(const struct hist *h, double q)
{
	uint64_t rank, seen = 0;

	if (h->n == 0)
		return 0;
	q = q < 0 ? 0 : q > 1 ? 1 : q;
	rank = (uint64_t)ceil(q * (double)h->n);
	if (rank == 0)
		rank = 1;
	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		seen += h->count[i];
		if (seen >= rank && hist_edge(i) < h->max_ns &&
		    i + 1 < HIST_BUCKETS)
			return hist_edge(i);
		if (seen >= rank)
			break;
	}
	return h->max_ns;
}

uint64_t
hist_below(const struct hist *h, uint64_t ns)
{
	unsigned last = hist_bucket(ns);
	uint64_t n = 0;

	for (unsigned i = 0; i <= last; i++)
		n += h->count[i];
	return n;
}
