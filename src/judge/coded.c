/* Retry-After as a code: told a random one of several waits, the clients that
 * obey come back at that time, whoever they are (recovery.md 4.4). */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "judge/measures.h"

enum { CODED_MAX = 8, CODED_MIN_EACH = 5, CODED_DELTA = 50 * NS_PER_MS };

struct coded_code {
	uint64_t wait, n;       /* n_v */
	uint64_t at[CODED_MAX]; /* arrivals at code u's lag after a rejection
				   with this code: N_v(u) */
};

static int
coded_find(struct coded_code *codes, unsigned *n, uint64_t wait)
{
	for (unsigned i = 0; i < *n; i++)
		if (codes[i].wait == wait)
			return (int)i;
	if (*n == CODED_MAX)
		return -1;
	codes[*n] = (struct coded_code){ .wait = wait };
	return (int)(*n)++;
}

/* The first attempt (index into order) at or after t. */
static uint32_t
coded_from(const struct bench *b, uint64_t t)
{
	uint32_t lo = 0, hi = b->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (bench_attempt(b, b->order[mid])->t < t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static uint64_t
coded_arrivals(
    const struct bench *b, const struct entry *e, uint64_t from, uint64_t to)
{
	uint64_t n = 0;

	for (uint32_t i = coded_from(b, from); i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);

		if (a->t >= to)
			break;
		n += entry_filter(e, a);
	}
	return n;
}

static bool
coded_rejected(
    const struct bench *b, const struct entry *e, const struct attempt *a)
{
	return a->retry_after != RECORD_NONE && a->retry_after > 0 &&
	       entry_met(b, e, a);
}

/* Drops codes that were told too rarely to say anything. */
static unsigned
coded_keep(struct coded_code *codes, unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++)
		if (codes[i].n >= CODED_MIN_EACH)
			codes[kept++] = codes[i];
	return kept;
}

static struct coded
coded_estimate(const struct coded_code *codes, unsigned n)
{
	struct coded c = { .codes = n };
	double sum = 0, variance = 0;
	uint64_t min = UINT64_MAX, max = 0;

	for (unsigned v = 0; v < n; v++) {
		double others = 0, others_n = 0, own = (double)codes[v].at[v];
		double own_n = (double)codes[v].n;

		for (unsigned u = 0; u < n; u++) {
			if (u == v)
				continue;
			others += (double)codes[u].at[v];
			others_n += (double)codes[u].n;
		}
		c.rejections += codes[v].n;
		min = codes[v].wait < min ? codes[v].wait : min;
		max = codes[v].wait > max ? codes[v].wait : max;
		sum += own / own_n - others / others_n;
		variance +=
		    own / (own_n * own_n) + others / (others_n * others_n);
	}
	c.honoured = sum / n;
	c.se = sqrt(variance) / n;
	c.additive = 2 * min <= max;
	return c;
}

struct coded
coded_measure(const struct bench *b, const struct entry *e)
{
	struct coded_code codes[CODED_MAX];
	unsigned n = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);
		int v = coded_rejected(b, e, a)
			    ? coded_find(codes, &n, a->retry_after)
			    : -1;

		if (v >= 0)
			codes[v].n++;
	}
	n = coded_keep(codes, n);
	if (n < 2)
		return (struct coded){ .codes = n, .se = -1 };
	for (unsigned v = 0; v < n; v++)
		codes[v].n = 0;
	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);
		uint64_t base = a->resp != RECORD_NONE ? a->resp : a->end;
		struct coded_code *own = NULL;

		for (unsigned v = 0; v < n && coded_rejected(b, e, a); v++)
			if (codes[v].wait == a->retry_after)
				own = &codes[v];
		if (own == NULL || attempt_due(a) + CODED_DELTA > b->end)
			continue;
		own->n++;
		for (unsigned u = 0; u < n; u++)
			own->at[u] += coded_arrivals(b, e, base + codes[u].wait,
			    base + codes[u].wait + CODED_DELTA);
	}
	for (unsigned v = 0; v < n; v++)
		if (codes[v].n == 0)
			return (struct coded){ .codes = 0, .se = -1 };
	return coded_estimate(codes, n);
}
