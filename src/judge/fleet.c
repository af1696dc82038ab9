/* The herd: do clients come back all at once (recovery.md 4.7)? */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "judge/line.h"
#include "judge/load.h"
#include "judge/measures.h"
#include "scenario/checks.h"

enum { FLEET_OUTSTANDING = 10 };

/* Where else a herd may form: when many were told the same time to come back,
 * after the end of the fault. RECORD_NONE: nowhere. */
static uint64_t
fleet_common_due(const struct bench *b, const struct entry *e, uint64_t end)
{
	struct sample due = { 0 };
	uint64_t at = RECORD_NONE;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);

		if (a->t < end && a->retry_after != RECORD_NONE &&
		    entry_filter(e, a) && attempt_due(a) > end)
			sample_add(&due, bench_s(attempt_due(a)));
	}
	sample_sort(&due);
	if (due.n >= FLEET_OUTSTANDING)
		at = (uint64_t)(stats_quantile(&due, 0.1) * 1e9);
	sample_clear(&due);
	return at;
}

/* How uneven the traffic is without faults: its own Fano factor. Clients start
 * together, which says nothing of how they go on: the first second, or half of
 * a short baseline, is left out. */
static double
fleet_usual(const struct bench *b, const struct entry *e, uint64_t bin)
{
	uint64_t start = (b->baseline.to - b->baseline.from) / 2;
	struct counts c;
	double fano;

	if (b->baseline.rate < 0)
		return 1;
	start = start < NS_PER_S ? start : NS_PER_S;
	c = counts_of(b, e, b->baseline.from + start, b->baseline.to, bin);
	fano = stats_dispersion(c.all, c.n).fano;
	counts_clear(&c);
	return fmax(fano, 1);
}

struct fleet_window {
	struct dispersion d;
	double ratio, from;
	uint64_t total;
	size_t n;
	bool whole;
};

static struct fleet_window
fleet_look(const struct bench *b, const struct entry *e,
    const struct check_herd *c, uint64_t from, uint64_t limit)
{
	struct fleet_window w = { .from = bench_s(from) };
	uint64_t to = from + c->within;
	struct counts counts;

	w.whole = to <= limit;
	counts = counts_of(b, e, from, w.whole ? to : limit, c->bin);
	w.d = stats_dispersion(counts.all, counts.n);
	w.n = counts.n;
	for (size_t i = 0; i < counts.n; i++)
		w.total += counts.all[i];
	w.ratio = w.d.mean > 0 ? w.d.peak / w.d.mean : 0;
	counts_clear(&counts);
	return w;
}

static void
fleet_line(struct bench *b, struct expectation *x, const struct fleet_window *w,
    double usual)
{
	bool clumped = stats_clumped(w->d.fano, usual, w->n);

	x->n = w->total;
	x->value = quantity(UNIT_TIMES, w->ratio);
	if (w->n < 10 || w->total == 0)
		line_end(x, RESULT_INCONCLUSIVE,
		    "too little was seen after the fault");
	else if (w->ratio > x->limit.value && clumped &&
		 w->total >= b->min_samples)
		line_end(x, RESULT_FAIL, "they come back together");
	else if (w->total < b->min_samples)
		line_end(x, RESULT_INCONCLUSIVE, "too few samples");
	else if (!w->whole)
		line_end(
		    x, RESULT_INCONCLUSIVE, "the time looked at was cut short");
	else if (w->ratio > x->limit.value)
		line_end(x, RESULT_PASS, "no more uneven than by chance");
	else
		line_end(x, RESULT_PASS, "they come back spread out");
	line_add(x,
	    "%llu arrivals from %.1f s on, fullest bin %u, mean %.3g, variance "
	    "over mean %.2f (%.2f in the baseline)",
	    (unsigned long long)w->total, w->from, w->d.peak, w->d.mean,
	    w->d.fano, usual);
}

void
judge_herd(struct bench *b, const struct entry *e)
{
	const struct check_herd *c = e->e->conf;
	struct expectation *x = line_new(b, e, NULL);
	int phase = entry_fault_phase(b, e);
	struct fleet_window w, other;
	struct amount max;
	uint64_t start, limit, due;

	amount_parse(c->peak.max, &max);
	x->limit = quantity(UNIT_TIMES, max.value);
	x->n_of = "arrivals";
	if (!load_fault_met(b, e, phase)) {
		line_end(x, RESULT_NOT_EXERCISED, "nothing failed before");
		return;
	}
	start = b->windows[phase].end;
	limit = bench_calm_end(b, phase);
	w = fleet_look(b, e, c, start, limit);
	due = fleet_common_due(b, e, start);
	if (due != RECORD_NONE && due > start + c->bin) {
		other = fleet_look(b, e, c, due - c->bin, limit);
		if (other.total > 0 && other.ratio > w.ratio)
			w = other;
	}
	fleet_line(b, x, &w, fleet_usual(b, e, c->bin));
}
