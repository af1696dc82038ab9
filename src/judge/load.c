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
	SETTLE_WINDOW = 5, /* s that rates are averaged over, at least */
	SETTLE_LONGEST = 40,
	SETTLE_LEAST = 10 /* s of quiet observation before a pass */
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
	if (c.n > COUNTS_MAX)
		c.n = COUNTS_MAX;
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

bool
load_usual(const struct bench *b, const struct entry *e, struct usual *u)
{
	const struct baseline *base = &b->baseline;
	uint64_t ok = 0;

	*u = (struct usual){ .rate = -1, .success = -1 };
	if (base->rate < 0)
		return false;
	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);

		if (a->t >= base->to)
			break;
		if (a->t < base->from || !entry_filter(e, a))
			continue;
		u->n++;
		ok += attempt_ok(a);
	}
	if (u->n == 0)
		return false;
	u->length = bench_s(base->to - base->from);
	u->success = (double)ok / (double)u->n;
	u->rate = (double)u->n / b->share / u->length;
	return u->n >= b->min_samples;
}

bool
load_fault_met(const struct bench *b, const struct entry *e, int phase)
{
	if (phase < 0 || !b->windows[phase].played)
		return false;
	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);

		if (a->phase == phase && !attempt_ok(a) && entry_filter(e, a))
			return true;
	}
	return false;
}

static bool
load_touched(const struct bench *b, const struct entry *e)
{
	for (uint32_t i = 0; i < b->n; i++)
		if (entry_touched(b, e, bench_attempt(b, b->order[i])))
			return true;
	return false;
}

/* Whether the counts are beyond the limit and not by chance: the fullest bin
 * alone, which the baseline must not explain in any of the bins either, or the
 * time of the fault as a whole. */
static bool
load_beyond(const struct counts *c, const struct usual *u, uint32_t peak,
    size_t within, double limit)
{
	double all = 0, width = bench_s(c->width);

	for (size_t i = 0; i < within && i < c->n; i++)
		all += c->all[i];
	if (within > 0 &&
	    stats_rate_excess(all, (double)u->n,
		(double)within * width / u->length, limit) > STATS_Z95)
		return true;
	return stats_rate_excess(peak, (double)u->n, width / u->length, limit) >
		   STATS_Z95 &&
	       stats_poisson_tail(peak, (double)u->n * width / u->length) *
		       (double)c->n <
		   0.001;
}

static void
load_peak(struct bench *b, struct expectation *x, const struct counts *c,
    const struct usual *u, size_t within)
{
	double usual = (double)u->n * bench_s(c->width) / u->length, ratio;
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
	else if (load_beyond(c, u, peak, within, x->limit.value))
		line_end(x, RESULT_FAIL, "the highest rate");
	else
		line_end(x, RESULT_INCONCLUSIVE,
		    "so few requests vary that much by chance");
	line_add(x, "%.3g requests/s at %.1f s, %.3g/s in the baseline",
	    peak / b->share / bench_s(c->width),
	    bench_s(c->from + at * c->width), u->rate);
}

void
judge_peak_rate(struct bench *b, const struct entry *e)
{
	const struct check_peak_rate *c = e->e->conf;
	struct expectation *x = line_new(b, e, NULL);
	uint64_t width = c->bin > 0 ? c->bin : LOAD_S, from, to;
	struct counts counts;
	struct amount max;
	struct usual u;

	amount_parse(c->max, &max);
	x->limit = quantity(UNIT_TIMES, max.value);
	x->n_of = "bins";
	if (!entry_window(b, e, &from, &to) || !load_touched(b, e)) {
		line_end(x, RESULT_NOT_EXERCISED, "no fault was met");
		return;
	}
	if (!load_usual(b, e, &u)) {
		line_end(x, RESULT_INCONCLUSIVE,
		    "no baseline to compare with: add a phase without rules");
		return;
	}
	counts = counts_of(b, e, from, to + LOAD_AFTER * LOAD_S, width);
	if (counts.n == 0)
		line_end(x, RESULT_INCONCLUSIVE, "the run ended too soon");
	else
		load_peak(b, x, &counts, &u, (size_t)((to - from) / width));
	counts_clear(&counts);
}

/* The end of what is busiest in [from, to): of the run of seconds with the
 * greatest sum above the limit. */
static size_t
settle_busy_end(const struct counts *c, double busiest, size_t from, size_t to)
{
	double sum = 0, most = 0;
	size_t end = from;

	for (size_t i = from; i < to; i++) {
		sum = fmax(sum, 0) + c->all[i] - busiest;
		if (sum > most) {
			most = sum;
			end = i + 1;
		}
	}
	return end;
}

/* Until when the rate was too high: in the last stretch of that many seconds
 * that chance does not explain, neither there nor in the baseline; 0 without.
 */
static size_t
settle_last(
    const struct counts *c, const struct usual *u, double times, size_t length)
{
	double busiest = (double)u->n / u->length * times;
	double most = busiest * (double)length;
	size_t last = 0;

	most += STATS_Z999 * sqrt(most);
	for (size_t i = 0; i + length <= c->n; i++) {
		double sum = 0;
		size_t end;

		for (size_t k = i; k < i + length; k++)
			sum += c->all[k];
		if (sum <= most ||
		    stats_rate_excess(sum, (double)u->n,
			(double)length / u->length, times) < STATS_Z95)
			continue;
		end = settle_busy_end(c, busiest, i, i + length);
		last = end > last ? end : last;
	}
	return last;
}

/* Short stretches show a burst, long ones a rate that is a little too high. */
static double
settle_time(const struct counts *c, const struct usual *u, double times)
{
	size_t last = 0;

	for (size_t n = SETTLE_WINDOW; n <= SETTLE_LONGEST; n *= 2) {
		size_t at = settle_last(c, u, times, n);

		last = at > last ? at : last;
	}
	return (double)last;
}

/* Whether the rate from second `from` on is above the limit, and beyond what
 * chance allows. */
static bool
settle_above(const struct counts *c, const struct usual *u, double times,
    size_t from, bool *surep)
{
	double sum = 0, seconds = (double)(c->n - from);

	for (size_t i = from; i < c->n; i++)
		sum += c->all[i];
	*surep = stats_rate_excess(
		     sum, (double)u->n, seconds / u->length, times) > STATS_Z95;
	return sum > (double)u->n / u->length * times * seconds;
}

static void
settle_line(struct bench *b, struct expectation *x, const struct counts *c,
    const struct usual *u, double within, double times)
{
	double settled = settle_time(c, u, times);
	double seen = (double)c->n;
	size_t from = (size_t)fmax(fmin(within, seen - SETTLE_WINDOW), settled);
	bool sure, above = settle_above(c, u, times, from, &sure);

	for (size_t i = 0; i < c->n; i++)
		x->n += c->all[i];
	if (above && sure && seen >= within)
		settled = seen;
	x->value = quantity(UNIT_SECONDS, settled);
	if (settled > within)
		line_end(x, RESULT_FAIL, "the rate stays above %.3g requests/s",
		    u->rate * times);
	else if (settled + SETTLE_WINDOW > seen ||
		 seen < fmin(within, SETTLE_LEAST))
		line_end(x, RESULT_INCONCLUSIVE,
		    "only %.3g s were seen after the fault", seen);
	else if (x->n < b->min_samples)
		line_end(x, RESULT_INCONCLUSIVE, "too few samples");
	else if (above)
		line_end(x, RESULT_INCONCLUSIVE,
		    "above %.3g requests/s by no more than chance allows",
		    u->rate * times);
	else
		line_end(x, RESULT_PASS, "the rate is back");
}

void
judge_settle(struct bench *b, const struct entry *e)
{
	const struct check_settle *c = e->e->conf;
	struct expectation *x = line_new(b, e, NULL);
	int phase = entry_fault_phase(b, e);
	double within = bench_s(c->within);
	struct counts counts;
	struct amount max;
	struct usual u;

	amount_parse(c->rate.max, &max);
	x->limit = quantity(UNIT_SECONDS, within);
	x->n_of = "attempts";
	if (!load_fault_met(b, e, phase)) {
		line_end(x, RESULT_NOT_EXERCISED, "nothing failed before");
		return;
	}
	if (!load_usual(b, e, &u)) {
		line_end(x, RESULT_INCONCLUSIVE,
		    "no baseline to compare with: add a phase without rules");
		return;
	}
	counts = counts_of(
	    b, e, b->windows[phase].end, bench_calm_end(b, phase), LOAD_S);
	if (counts.n == 0)
		line_end(x, RESULT_INCONCLUSIVE,
		    "nothing was seen after the fault: add a phase without "
		    "rules");
	else
		settle_line(b, x, &counts, &u, within,
		    max.unit == AMOUNT_NONE ? 1.2 : max.value);
	counts_clear(&counts);
}
