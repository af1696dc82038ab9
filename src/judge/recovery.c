/* Time to recovery, and what was lost (recovery.md 4.7). */
#include <math.h>

#include "base/clock.h"
#include "judge/line.h"
#include "judge/load.h"
#include "judge/measures.h"
#include "scenario/checks.h"

#define RECOVERY_S ((uint64_t)NS_PER_S)
#define RECOVERY_BAND 0.20 /* of the baseline's rate */

struct recovery_want {
	double success, rate; /* rate < 0: not compared */
	size_t hold;          /* seconds */
};

/* Whether success and rate are steady over hold seconds from bin i on. The rate
 * may stray by what chance allows beside the band. */
static bool
recovery_steady(const struct counts *c, size_t i, const struct recovery_want *w)
{
	double all = 0, ok = 0, usual = w->rate * (double)w->hold, slack;

	for (size_t k = i; k < i + w->hold; k++) {
		all += c->all[k];
		ok += c->ok[k];
	}
	if (all == 0 || c->all[i] == 0 || ok < all * w->success)
		return false;
	if (c->ok[i] < c->all[i] * w->success)
		return false;
	if (w->rate < 0)
		return true;
	slack = usual * RECOVERY_BAND + 3 * sqrt(usual);
	return all >= usual - slack && all <= usual + slack;
}

/* When the unbroken successes began that second i, the first steady one, is
 * part of: it may be in the middle of the second before, unless that was too
 * full to be part of them. */
static double
recovery_since(const struct bench *b, const struct entry *e,
    const struct counts *c, const struct recovery_want *w, size_t i)
{
	uint64_t second = c->from + i * RECOVERY_S, from = second;
	uint64_t since = RECORD_NONE;

	if (i == 0)
		return 0;
	if (w->rate < 0 ||
	    c->all[i - 1] <= w->rate * (1 + RECOVERY_BAND) + 3 * sqrt(w->rate))
		from -= RECOVERY_S;
	for (uint32_t k = 0; k < b->n; k++) {
		const struct attempt *a = bench_attempt(b, b->order[k]);

		if (a->t < from || !entry_filter(e, a))
			continue;
		if (a->t >= second && since != RECORD_NONE)
			break;
		if (!attempt_ok(a))
			since = RECORD_NONE;
		else if (since == RECORD_NONE)
			since = a->t;
	}
	return since != RECORD_NONE ? bench_s(since - c->from) : (double)i;
}

/* Seconds until steady, < 0: not while we looked. */
static double
recovery_time(const struct bench *b, const struct entry *e,
    const struct counts *c, const struct recovery_want *w)
{
	for (size_t i = 0; i + w->hold <= c->n; i++)
		if (recovery_steady(c, i, w))
			return recovery_since(b, e, c, w, i);
	return -1;
}

/* How long after the end the clients had been told to stay away. */
static double
recovery_told(const struct bench *b, const struct entry *e, uint64_t end)
{
	uint64_t latest = end;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);

		if (a->t < end && a->retry_after != RECORD_NONE &&
		    entry_filter(e, a) && attempt_due(a) > latest)
			latest = attempt_due(a);
	}
	return bench_s(latest - end);
}

static void
recovery_judge(struct expectation *x, const struct counts *c,
    const struct recovery_want *w, double t, double within, double told)
{
	double seen = (double)c->n;

	for (size_t i = 0; i < c->n; i++)
		x->n += c->all[i];
	if (t >= 0)
		x->value = quantity(UNIT_SECONDS, t);
	if (t >= 0 && t <= within)
		line_end(x, RESULT_PASS, "steady again");
	else if (t >= 0 && t - told <= within)
		line_end(x, RESULT_PASS,
		    "steady again, %.3g s after it was allowed", t - told);
	else if (t >= 0)
		line_end(x, RESULT_FAIL, "steady again too late");
	else if (x->n == 0 && w->rate < 0)
		line_end(x, RESULT_INCONCLUSIVE,
		    "no request came after the fault, and there is no baseline "
		    "that says one should have");
	else if (seen >= within + told + (double)w->hold)
		line_end(x, RESULT_FAIL, "never steady in %.3g s", seen);
	else
		line_end(x, RESULT_INCONCLUSIVE,
		    "not steady in the %.3g s that were seen after the fault",
		    seen);
}

static double
recovery_first_ok(const struct bench *b, const struct entry *e, uint64_t end)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);

		if (a->t >= end && attempt_ok(a) && entry_filter(e, a))
			return bench_s(a->t - end);
	}
	return -1;
}

static void
recovery_within(struct bench *b, const struct entry *e,
    const struct check_recover *c, int phase)
{
	struct expectation *x = line_new(b, e, "within");
	struct recovery_want w = { .success = c->success / 1e9, .rate = -1 };
	uint64_t end = b->windows[phase].end;
	struct counts counts;
	struct usual u;
	double first;

	x->n_of = "attempts";
	x->limit = quantity(UNIT_SECONDS, bench_s(c->within));
	if (load_usual(b, e, &u)) {
		w.rate = u.rate * b->share;
		w.success = fmin(w.success, fmax(u.success - 0.01, 0));
	}
	w.hold = (size_t)((c->hold + RECOVERY_S - 1) / RECOVERY_S);
	w.hold = w.hold > 0 ? w.hold : 1;
	counts = counts_of(b, e, end, bench_calm_end(b, phase), RECOVERY_S);
	if (counts.n == 0)
		line_end(x, RESULT_INCONCLUSIVE,
		    "nothing was seen after the fault: add a phase without "
		    "rules");
	else
		recovery_judge(x, &counts, &w, recovery_time(b, e, &counts, &w),
		    bench_s(c->within), recovery_told(b, e, end));
	counts_clear(&counts);
	first = recovery_first_ok(b, e, end);
	if (first >= 0)
		line_add(x, "first success after %.3g s", first);
	if (w.rate < 0)
		line_add(x, "no baseline: the rate is not compared");
}

/* Whether the operation was under way when the fault ended. */
static bool
recovery_open_at(const struct bench *b, const struct op *op, uint64_t end)
{
	uint64_t last_before = 0;
	bool failed = false;

	if (bench_attempt(b, op->first)->t >= end ||
	    (op->ok_end != RECORD_NONE && op->ok_end <= end))
		return false;
	BENCH_EACH(b, op, a)
	{
		if (a->t >= end)
			return failed;
		failed = failed || !attempt_ok(a);
		last_before = a->end;
	}
	return failed && (op->quiet_at > end || last_before > end);
}

static bool
recovery_was_hit(const struct bench *b, const struct entry *e,
    const struct op *op, int phase)
{
	BENCH_EACH(b, op, a)
	if (a->phase == phase && !attempt_ok(a) && entry_filter(e, a))
		return true;
	return false;
}

/* Of the operations that the fault hit, those that were still trying when it
 * ended and yet never succeeded. */
static void
recovery_lost(struct bench *b, const struct entry *e,
    const struct check_recover *c, int phase)
{
	struct expectation *x = line_new(b, e, "lost");
	uint64_t end = b->windows[phase].end;
	struct tally t = { .by_absence = true };
	struct amount max;

	amount_parse(c->lost.max, &max);
	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];

		if (!recovery_was_hit(b, e, op, phase))
			continue;
		if (op->grouping == GROUPING_AGGREGATE)
			t.unpaired++;
		else if (!(op->marks & OP_DONE))
			t.censored++;
		else
			tally_seen(&t, op->grouping);
		if ((op->marks & OP_DONE) && !(op->marks & OP_OK) &&
		    op->grouping != GROUPING_AGGREGATE &&
		    recovery_open_at(b, op, end))
			tally_bad(&t, b, i, op->grouping, NULL, op->tries,
			    "never succeeded");
	}
	line_cases(b, x, &t, max);
}

/* The same lines as after a fault, so that reports of runs can be compared. */
static void
recovery_idle(
    struct bench *b, const struct entry *e, const struct check_recover *c)
{
	struct expectation *x;
	struct tally none = { 0 };
	struct amount max;

	if (c->given & RECOVER_WITHIN) {
		x = line_new(b, e, "within");
		x->n_of = "attempts";
		x->limit = quantity(UNIT_SECONDS, bench_s(c->within));
		line_end(x, RESULT_NOT_EXERCISED, "nothing failed before");
	}
	if (c->given & RECOVER_LOST) {
		amount_parse(c->lost.max, &max);
		line_cases(b, line_new(b, e, "lost"), &none, max);
	}
}

void
judge_recover(struct bench *b, const struct entry *e)
{
	const struct check_recover *c = e->e->conf;
	int phase = entry_fault_phase(b, e);

	if (!load_fault_met(b, e, phase)) {
		recovery_idle(b, e, c);
		return;
	}
	if (c->given & RECOVER_WITHIN)
		recovery_within(b, e, c, phase);
	if (c->given & RECOVER_LOST)
		recovery_lost(b, e, c, phase);
}
