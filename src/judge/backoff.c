/* The shape and spread of the waits without Retry-After (recovery.md 4.5). */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "judge/line.h"
#include "judge/measures.h"
#include "scenario/checks.h"

enum {
	BACKOFF_ENOUGH = 5,    /* operations to say anything at all */
	BACKOFF_FLAT = 3,      /* medians alike that make a plateau */
	BACKOFF_PER_K = 20000, /* gaps kept for each k */
};
#define BACKOFF_IMMEDIATE 0.020 /* s: a leading gap below is no backoff */
#define BACKOFF_NO_WAIT 0.050   /* s: all medians below: immediate */

/* The gaps of one operation, by number of the retry. */
struct backoff_gaps {
	double v[BACKOFF_MAX_K];
	unsigned n;
	bool told; /* a Retry-After stands between: no shape to see */
};

static void
backoff_gaps_of(const struct bench *b, const struct entry *e,
    const struct op *op, struct backoff_gaps *g)
{
	const struct attempt *p = NULL;

	*g = (struct backoff_gaps){ 0 };
	BENCH_EACH(b, op, a)
	{
		if (p != NULL && role_is_retry(a->role) &&
		    entry_failed(b, e, p)) {
			if (p->retry_after != RECORD_NONE)
				g->told = true;
			else if (g->n < BACKOFF_MAX_K)
				g->v[g->n++] = timing_gap(p, a);
		}
		if (a->role != ROLE_HEDGE)
			p = a;
	}
}

static void
backoff_collect(
    struct backoff_measure *m, const struct bench *b, const struct entry *e)
{
	struct backoff_gaps g;

	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];

		if (op->grouping == GROUPING_AGGREGATE) {
			m->unpaired += entry_failure(b, e, op) != NULL;
			continue;
		}
		if (op->tries < 2)
			continue;
		backoff_gaps_of(b, e, op, &g);
		if (g.told || g.n == 0)
			continue;
		m->ops += g.n >= 2;
		m->seen[op->grouping] += g.n >= 2;
		m->waits[op->grouping] += g.n;
		for (unsigned k = 0; k < g.n; k++)
			if (m->gaps[k].n < BACKOFF_PER_K)
				sample_add(&m->gaps[k], g.v[k]);
	}
}

static void
backoff_drop_first(struct backoff_measure *m)
{
	m->at_once = m->gaps[0];
	memmove(
	    &m->gaps[0], &m->gaps[1], (BACKOFF_MAX_K - 1) * sizeof(m->gaps[0]));
	m->gaps[BACKOFF_MAX_K - 1] = (struct sample){ 0 };
	m->immediate_first = true;
}

/* Medians; later gaps that only few operations reached say little. */
static void
backoff_medians(struct backoff_measure *m)
{
	size_t enough = m->gaps[0].n / 10;

	for (unsigned k = 0; k < BACKOFF_MAX_K; k++)
		sample_sort(&m->gaps[k]);
	if (stats_median(&m->gaps[0]) < BACKOFF_IMMEDIATE && m->gaps[1].n > 0 &&
	    stats_median(&m->gaps[1]) >= BACKOFF_NO_WAIT)
		backoff_drop_first(m);
	if (enough < 3)
		enough = 3;
	for (m->n_k = 0; m->n_k < BACKOFF_MAX_K; m->n_k++) {
		if (m->gaps[m->n_k].n < enough)
			break;
		m->median[m->n_k] = stats_median(&m->gaps[m->n_k]);
	}
}

/* The cap: medians at the end within 10 % of the last one. Two alike may be
 * chance, and do not disturb the fit. */
static void
backoff_plateau(struct backoff_measure *m)
{
	unsigned flat = 1;

	if (m->n_k < 3)
		return;
	while (flat < m->n_k &&
	       fabs(m->median[m->n_k - 1 - flat] - m->median[m->n_k - 1]) <=
		   0.1 * m->median[m->n_k - 1])
		flat++;
	if (flat < BACKOFF_FLAT || flat == m->n_k)
		return;
	m->plateau = flat - 1;
	m->n_k -= m->plateau;
}

/* How far the k-th ln m_k may be off by chance: from the interval of the
 * median. */
static double
backoff_error(const struct backoff_measure *m, unsigned k)
{
	struct interval i = stats_quantile_interval(&m->gaps[k], 0.5);

	return log(fmax(i.hi, 1e-6) / fmax(i.lo, 1e-6)) / (2 * STATS_Z95);
}

/* The range of b: the slope's error as a least-squares line would have it. */
static void
backoff_range(struct backoff_measure *m, double slope)
{
	double middle = (m->n_k + 1) / 2.0, squares = 0, error = 0;

	for (unsigned i = 0; i < m->n_k; i++) {
		double off = i + 1 - middle;

		squares += off * off;
		error += pow(off * backoff_error(m, i), 2);
	}
	error = squares > 0 ? sqrt(error) / squares : 0;
	m->range.lo = exp(slope - STATS_Z90_ONE * error);
	m->range.hi = exp(slope + STATS_Z90_ONE * error);
}

static void
backoff_fit(struct backoff_measure *m)
{
	double k[BACKOFF_MAX_K], ln_k[BACKOFF_MAX_K], ln_m[BACKOFF_MAX_K];
	double by_k, by_ln_k, slope, noise = 0;

	for (unsigned i = 0; i < m->n_k; i++) {
		k[i] = i + 1;
		ln_k[i] = log(i + 1);
		ln_m[i] = log(fmax(m->median[i], 1e-6));
		noise += pow(backoff_error(m, i), 2) / m->n_k;
	}
	slope = m->n_k >= 2 ? stats_theil_sen(k, ln_m, m->n_k) : 0;
	by_k = stats_residual(k, ln_m, m->n_k);
	by_ln_k = stats_residual(ln_k, ln_m, m->n_k);
	m->base = exp(slope);
	backoff_range(m, slope);
	m->linear = m->n_k >= 3 && by_ln_k < by_k;
	m->either = m->n_k < 3 || fmax(by_k, by_ln_k) <= sqrt(noise);
}

static const char *
backoff_shape(const struct backoff_measure *m)
{
	bool immediate = true;

	for (unsigned k = 0; k < m->n_k; k++)
		immediate = immediate && m->median[k] < BACKOFF_NO_WAIT;
	if (immediate)
		return "immediate";
	if (m->base >= BACKOFF_CONSTANT_MIN && m->base <= BACKOFF_CONSTANT_MAX)
		return "constant";
	if (m->base >= BACKOFF_EXPONENTIAL && !m->linear)
		return "exponential";
	if (m->base >= BACKOFF_GROWING)
		return m->linear ? "linear" : "growing";
	return "irregular";
}

static void
backoff_jitter(struct backoff_measure *m, const struct bench *b)
{
	double floor = fmax(0.020, 3 * bench_s(b->options->noise_ns));
	struct sample spreads = { 0 };
	bool none = true;

	for (unsigned k = 0; k < m->n_k + m->plateau; k++) {
		const struct sample *g = &m->gaps[k];
		double wide = stats_quantile(g, 0.9) - stats_quantile(g, 0.1);

		none = none && wide <= floor;
		if (stats_median(g) > 0)
			sample_add(&spreads, wide / stats_median(g));
	}
	sample_sort(&spreads);
	m->spread = stats_median(&spreads);
	sample_clear(&spreads);
	m->jitter = none                           ? JITTER_NONE
		    : m->spread < BACKOFF_MODERATE ? JITTER_WEAK
		    : m->spread < BACKOFF_STRONG   ? JITTER_MODERATE
						   : JITTER_STRONG;
}

void
backoff_measure(
    struct backoff_measure *m, const struct bench *b, const struct entry *e)
{
	*m = (struct backoff_measure){ 0 };
	backoff_collect(m, b, e);
	backoff_medians(m);
	backoff_plateau(m);
	backoff_fit(m);
	backoff_jitter(m, b);
	m->shape = backoff_shape(m);
}

void
backoff_clear(struct backoff_measure *m)
{
	for (unsigned k = 0; k < BACKOFF_MAX_K; k++)
		sample_clear(&m->gaps[k]);
	sample_clear(&m->at_once);
}
