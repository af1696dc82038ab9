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
		for (unsigned k = 0; k < g.n; k++)
			if (m->gaps[k].n < BACKOFF_PER_K)
				sample_add(&m->gaps[k], g.v[k]);
	}
}

static void
backoff_drop_first(struct backoff_measure *m)
{
	struct sample first = m->gaps[0];

	memmove(
	    &m->gaps[0], &m->gaps[1], (BACKOFF_MAX_K - 1) * sizeof(m->gaps[0]));
	m->gaps[BACKOFF_MAX_K - 1] = (struct sample){ 0 };
	sample_clear(&first);
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

static void
backoff_fit(struct backoff_measure *m)
{
	double k[BACKOFF_MAX_K], ln_k[BACKOFF_MAX_K], ln_m[BACKOFF_MAX_K];

	for (unsigned i = 0; i < m->n_k; i++) {
		k[i] = i + 1;
		ln_k[i] = log(i + 1);
		ln_m[i] = log(fmax(m->median[i], 1e-6));
	}
	m->base = m->n_k >= 2 ? exp(stats_theil_sen(k, ln_m, m->n_k)) : 1;
	m->linear = m->n_k >= 3 && stats_residual(ln_k, ln_m, m->n_k) <
				       stats_residual(k, ln_m, m->n_k);
}

static const char *
backoff_shape(const struct backoff_measure *m)
{
	bool immediate = true;

	for (unsigned k = 0; k < m->n_k; k++)
		immediate = immediate && m->median[k] < BACKOFF_NO_WAIT;
	if (immediate)
		return "immediate";
	if (m->base >= 0.87 && m->base <= 1.15)
		return "constant";
	if (m->base >= 1.6 && !m->linear)
		return "exponential";
	if (m->base >= 1.25)
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
	m->jitter = none              ? JITTER_NONE
		    : m->spread < 0.1 ? JITTER_WEAK
		    : m->spread < 0.4 ? JITTER_MODERATE
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
}
