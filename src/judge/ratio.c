/* What retries add: amplification and retry ratio (recovery.md 4.6). */
#include <math.h>

#include "base/clock.h"
#include "judge/line.h"
#include "judge/measures.h"
#include "scenario/checks.h"

struct ratio_sums {
	struct tally t;
	double attempts, squares;
	bool exercised;
};

static void
ratio_walk(
    struct bench *b, const struct entry *e, double max, struct ratio_sums *r)
{
	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];
		bool here = false;
		unsigned n = 0;

		BENCH_EACH(b, op, a)
		{
			here = here || entry_met(b, e, a);
			r->exercised = r->exercised || entry_touched(b, e, a);
			n += a->role != ROLE_CONTINUATION &&
			     a->role != ROLE_REPEAT;
		}
		if (!here)
			continue;
		if (op->grouping == GROUPING_AGGREGATE) {
			r->t.unpaired++;
			continue;
		}
		tally_seen(&r->t, op->grouping);
		r->attempts += n;
		r->squares += (double)n * n;
		if (n > max && n > 1)
			tally_bad(&r->t, b, i, op->grouping, NULL, n,
			    "%u attempts", n);
	}
}

/* Without pairing: the rate against the baseline's. Clients that wait for each
 * answer hide amplification from it, so it can only accuse. */
static void
ratio_by_rate(struct bench *b, const struct entry *e, struct expectation *x,
    struct quantity limit)
{
	uint64_t from, to, n = 0;
	double rate, length;

	x->limit = limit;
	if (b->baseline.rate <= 0 || !entry_window(b, e, &from, &to)) {
		line_end(x, RESULT_INCONCLUSIVE,
		    "the attempts cannot be paired: give operations an id");
		return;
	}
	for (uint32_t i = 0; i < b->n; i++)
		n += entry_place(b, e, bench_attempt(b, b->order[i]));
	length = bench_s(to - from);
	rate = (double)n / b->share / length;
	x->n = n;
	x->n_of = "attempts";
	x->grouping[GROUPING_AGGREGATE] = 1;
	x->value = quantity(UNIT_TIMES, rate / b->baseline.rate);
	x->has_interval = true;
	x->lo = x->value.value -
		STATS_Z95 * sqrt((double)n) / length / b->baseline.rate;
	x->hi = x->value.value +
		STATS_Z95 * sqrt((double)n) / length / b->baseline.rate;
	line_end(x, x->lo > limit.value ? RESULT_FAIL : RESULT_INCONCLUSIVE,
	    "measured as the rate against the baseline's, for the attempts "
	    "cannot be paired");
}

void
judge_amplification(struct bench *b, const struct entry *e)
{
	const struct check_amount *c = e->e->conf;
	struct expectation *x = line_new(b, e, NULL);
	struct ratio_sums r = { 0 };
	struct quantity limit;
	struct amount max;
	const char *doubt;
	uint64_t n;

	amount_parse(c->max, &max);
	limit = quantity(UNIT_TIMES, max.value);
	ratio_walk(b, e, max.value, &r);
	n = tally_n(&r.t);
	x->limit = limit;
	if (!r.exercised)
		line_end(x, RESULT_NOT_EXERCISED, "no fault was met");
	else if (r.t.unpaired > n)
		ratio_by_rate(b, e, x, limit);
	else {
		doubt = line_doubt(b, &r.t);
		line_number(b, x, quantity(UNIT_TIMES, r.attempts / (double)n),
		    stats_mean(r.attempts, r.squares, n), limit,
		    tally_n_bad(&r.t) == 0);
		if (x->status == RESULT_PASS && doubt != NULL)
			line_end(x, RESULT_INCONCLUSIVE, "%s", doubt);
		line_temper(b, x, &r.t);
	}
	if (x->grouping[GROUPING_AGGREGATE] == 0)
		line_evidence(b, x, &r.t);
	tally_clear(&r.t);
}

struct ratio_counts {
	uint64_t first, retries, touched, failed, unpaired;
	uint64_t by_grouping[GROUPINGS];
};

static void
ratio_count(
    const struct bench *b, const struct entry *e, struct ratio_counts *r)
{
	bool picky = e->e->scope.rule >= 0 || e->e->scope.n_status > 0;

	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];
		const struct attempt *p = NULL;

		BENCH_EACH(b, op, a)
		{
			bool here = entry_place(b, e, a);

			r->touched += entry_touched(b, e, a);
			r->failed += entry_failed(b, e, a);
			if (op->grouping == GROUPING_AGGREGATE)
				r->unpaired += here;
			else if (here && a->role == ROLE_FIRST)
				r->first++;
			else if (here && role_is_retry(a->role) &&
				 (!picky || entry_met(b, e, p)))
				r->retries++;
			if (here && op->grouping != GROUPING_AGGREGATE)
				r->by_grouping[op->grouping]++;
			p = a;
		}
	}
}

void
judge_retry_ratio(struct bench *b, const struct entry *e)
{
	const struct check_amount *c = e->e->conf;
	struct expectation *x = line_new(b, e, NULL);
	struct ratio_counts r = { 0 };
	struct tally t = { 0 };
	struct amount max;
	const char *doubt;
	double ratio;

	amount_parse(c->max, &max);
	ratio_count(b, e, &r);
	for (int g = 0; g < GROUPINGS; g++)
		t.seen[g] = r.by_grouping[g];
	t.unpaired = r.unpaired;
	x->n_of = "attempts";
	x->limit = quantity(UNIT_SHARE, max.value);
	if (r.touched == 0) {
		line_end(x, RESULT_NOT_EXERCISED, "no fault was met");
		return;
	}
	if (r.first == 0) {
		line_end(x, RESULT_INCONCLUSIVE,
		    r.unpaired > 0 ? "the attempts cannot be paired: give "
				     "operations an id"
				   : "no operation began here");
		return;
	}
	ratio = (double)r.retries / (double)r.first;
	doubt = line_doubt(b, &t);
	line_number(b, x, quantity(UNIT_SHARE, ratio),
	    stats_ratio(r.retries, r.first), x->limit, r.retries == 0);
	if (x->status == RESULT_PASS && doubt != NULL)
		line_end(x, RESULT_INCONCLUSIVE, "%s", doubt);
	line_temper(b, x, &t);
	if (ratio > 0.02 && ratio <= 0.25 && r.failed * 2 > r.first)
		line_add(x, "few retries though most attempts failed: this "
			    "looks like a retry budget");
	line_evidence(b, x, &t);
}
