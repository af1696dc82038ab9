/* Load: the highest rate, and whether it falls back (recovery.md 4.6, 4.7). */
#include "judge/load.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "judge/line.h"
#include "judge/measures.h"
#include "scenario/checks.h"

#define LOAD_S ((uint64_t)NS_PER_S)

enum {
	LOAD_AFTER = 60,   /* s after the window in which a peak still counts */
	SETTLE_WINDOW = 5, /* s that rates are averaged over */
	SETTLE_LEAST = 10  /* s of quiet observation before a pass */
};

struct counts
counts_of(const struct bench *b, const struct entry *e, uint64_t from,
    uint64_t to, uint64_t width)
{
	struct counts c = { .from = from, .width = width };

	if (to > b->end)
		to = b->end;
	if (to < from + width)
		return c;
	c.n = (size_t)((to - from) / width);
	c.all = xcalloc(c.n, sizeof(*c.all));
	c.ok = xcalloc(c.n, sizeof(*c.ok));
	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);
		uint64_t at;

		if (a->t < from || !entry_filter(e, a))
			continue;
		at = (a->t - from) / width;
		if (at >= c.n)
			break;
		c.all[at]++;
		c.ok[at] += attempt_ok(a);
	}
	return c;
}

void
counts_clear(struct counts *c)
{
	free(c->all);
	free(c->ok);
	*c = (struct counts){ 0 };
}

double
load_baseline(const struct bench *b, const struct entry *e, uint64_t *np,
    double *successp)
{
	const struct baseline *base = &b->baseline;
	uint64_t n = 0, ok = 0;

	*np = 0;
	*successp = -1;
	if (base->rate < 0)
		return -1;
	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);

		if (a->t >= base->to)
			break;
		if (a->t < base->from || !entry_filter(e, a))
			continue;
		n++;
		ok += attempt_ok(a);
	}
	*np = n;
	if (n == 0)
		return -1;
	*successp = (double)ok / (double)n;
	return (double)n / b->share / bench_s(base->to - base->from);
}

static bool
load_failed(const struct bench *b, const struct entry *e)
{
	for (uint32_t i = 0; i < b->n; i++)
		if (entry_failed(b, e, bench_attempt(b, b->order[i])))
			return true;
	return false;
}

/* A peak above the limit counts when chance at the baseline's rate does not
 * explain it in any of the bins. */
static void
load_peak(
    struct bench *b, struct expectation *x, const struct counts *c, double rate)
{
	double usual = rate * b->share * bench_s(c->width), ratio;
	uint32_t peak = 0;
	size_t at = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->all[i] > peak) {
			peak = c->all[i];
			at = i;
		}
	ratio = peak / usual;
	x->n = c->n;
	x->value = quantity(UNIT_TIMES, ratio);
	x->has_interval = true;
	x->lo = fmax(peak - STATS_Z95 * sqrt(peak), 0) / usual;
	x->hi = (peak + STATS_Z95 * sqrt(peak)) / usual;
	if (ratio <= x->limit.value)
		line_end(x, RESULT_PASS, "the highest rate");
	else if (stats_poisson_tail(peak, usual) * (double)c->n < 0.001)
		line_end(x, RESULT_FAIL, "the highest rate");
	else
		line_end(x, RESULT_INCONCLUSIVE,
		    "so few requests vary that much by chance");
	line_add(x, "%.3g requests/s at %.1f s, %.3g/s in the baseline",
	    peak / b->share / bench_s(c->width),
	    bench_s(c->from + at * c->width), rate);
}

void
judge_peak_rate(struct bench *b, const struct entry *e)
{
	const struct check_peak_rate *c = e->e->conf;
	struct expectation *x = line_new(b, e, NULL);
	struct counts counts;
	struct amount max;
	uint64_t from, to, n;
	double rate, success;

	amount_parse(c->max, &max);
	x->limit = quantity(UNIT_TIMES, max.value);
	x->n_of = "bins";
	rate = load_baseline(b, e, &n, &success);
	if (!entry_window(b, e, &from, &to) || !load_failed(b, e)) {
		line_end(x, RESULT_NOT_EXERCISED, "nothing failed");
		return;
	}
	if (rate <= 0 || n < b->min_samples) {
		line_end(x, RESULT_INCONCLUSIVE,
		    "no baseline to compare with: add a phase without rules");
		return;
	}
	counts = counts_of(
	    b, e, from, to + LOAD_AFTER * LOAD_S, c->bin > 0 ? c->bin : LOAD_S);
	if (counts.n == 0)
		line_end(x, RESULT_INCONCLUSIVE, "the run ended too soon");
	else
		load_peak(b, x, &counts, rate);
	counts_clear(&counts);
}

/* The end of the last stretch of SETTLE_WINDOW seconds that was too busy, s. */
static double
settle_time(const struct counts *c, double busiest)
{
	double last = 0;

	for (size_t i = 0; i + SETTLE_WINDOW <= c->n; i++) {
		uint32_t sum = 0;

		for (size_t k = 0; k < SETTLE_WINDOW; k++)
			sum += c->all[i + k];
		if (sum > busiest * SETTLE_WINDOW)
			last = (double)(i + SETTLE_WINDOW);
	}
	return last;
}

static void
settle_line(struct bench *b, struct expectation *x, const struct counts *c,
    double within, double busiest)
{
	double settled = settle_time(c, busiest), seen = (double)c->n;
	uint64_t total = 0;

	for (size_t i = 0; i < c->n; i++)
		total += c->all[i];
	x->n = total;
	x->value = quantity(UNIT_SECONDS, settled);
	if (settled <= within && settled + SETTLE_WINDOW <= seen &&
	    seen >= fmin(within, SETTLE_LEAST))
		line_end(x, RESULT_PASS, "the rate is back");
	else if (settled > within || seen >= within)
		line_end(x,
		    stats_poisson_tail(total, busiest * seen) < 0.05 ||
			    settled > within
			? RESULT_FAIL
			: RESULT_INCONCLUSIVE,
		    "the rate stays above %.3g requests/s", busiest / b->share);
	else
		line_end(x, RESULT_INCONCLUSIVE,
		    "only %.3g s were seen after the fault", seen);
}

void
judge_settle(struct bench *b, const struct entry *e)
{
	const struct check_settle *c = e->e->conf;
	struct expectation *x = line_new(b, e, NULL);
	int phase = entry_fault_phase(b, e);
	double within = bench_s(c->within), rate, success, most;
	struct counts counts;
	struct amount max;
	uint64_t n, start, end;

	amount_parse(c->rate.max, &max);
	most = max.unit == AMOUNT_NONE ? 1.2 : max.value;
	x->limit = quantity(UNIT_SECONDS, within);
	x->n_of = "attempts";
	if (phase < 0 || !b->windows[phase].played) {
		line_end(x, RESULT_NOT_EXERCISED, "no fault happened");
		return;
	}
	rate = load_baseline(b, e, &n, &success);
	if (rate <= 0 || n < b->min_samples) {
		line_end(x, RESULT_INCONCLUSIVE,
		    "no baseline to compare with: add a phase without rules");
		return;
	}
	start = b->windows[phase].end;
	end = bench_calm_end(b, phase);
	counts = counts_of(b, e, start, end, LOAD_S);
	if (counts.n == 0)
		line_end(x, RESULT_INCONCLUSIVE,
		    "nothing was seen after the fault: add a phase without "
		    "rules");
	else
		settle_line(b, x, &counts, within, most * rate * b->share);
	counts_clear(&counts);
}
