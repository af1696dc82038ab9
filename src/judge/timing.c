/* Retry-After: early, honoured, late, given up (recovery.md 4.5). */
#include <math.h>

#include "base/clock.h"
#include "base/hash.h"
#include "judge/line.h"
#include "judge/measures.h"
#include "scenario/checks.h"

double
timing_gap(const struct attempt *p, const struct attempt *a)
{
	return a->t > p->end ? bench_s(a->t - p->end) : 0;
}

static uint64_t
timing_tolerance(const struct bench *b, const struct attempt *p)
{
	uint64_t tolerance = p->retry_after / 100;

	if (tolerance < 50 * NS_PER_MS)
		tolerance = 50 * NS_PER_MS;
	if (p->flags & RECORD_RETRY_DATE)
		tolerance += NS_PER_S;
	return tolerance + b->options->noise_ns;
}

bool
timing_early(
    const struct bench *b, const struct attempt *p, const struct attempt *a)
{
	uint64_t due = attempt_due(p);

	return due != RECORD_NONE && a->t + timing_tolerance(b, p) < due;
}

/* Whether an instruction can be broken at all: not one of 0 s, and not one that
 * the tolerance is as long as. */
static bool
timing_binds(const struct bench *b, const struct attempt *p)
{
	return p->retry_after != RECORD_NONE &&
	       p->retry_after > timing_tolerance(b, p);
}

/* What became of the retries that had been told to wait. */
struct timing_waits {
	struct tally early, dishonoured;
	uint64_t told, punctual, late;
	double late_from;
};

static void
timing_one(struct bench *b, struct timing_waits *w, const struct op *op,
    const struct attempt *p, const struct attempt *a)
{
	uint32_t at = (uint32_t)(op - b->ops.v);
	double told = bench_s(p->retry_after);
	uint64_t since = p->resp != RECORD_NONE ? p->resp : p->end;
	double waited = a->t > since ? bench_s(a->t - since) : 0;

	tally_seen(&w->early, op->grouping);
	tally_seen(&w->dishonoured, op->grouping);
	if (timing_early(b, p, a)) {
		tally_bad(&w->early, b, at, op->grouping, a, told - waited,
		    "came back after %s of %s",
		    quantity(UNIT_SECONDS, waited).text,
		    quantity(UNIT_SECONDS, told).text);
		tally_bad(&w->dishonoured, b, at, op->grouping, a,
		    told - waited, "came back after %s of %s",
		    quantity(UNIT_SECONDS, waited).text,
		    quantity(UNIT_SECONDS, told).text);
	}
	w->told++;
	w->late += told > 0 && waited > told * w->late_from;
	w->punctual += waited >= told && waited <= told * 1.05 + 0.02;
}

/* Whether a is what the instruction of p spoke of: a retry, or the redirect
 * followed (RFC 9110 10.2.3). */
static bool
timing_returns(const struct attempt *p, const struct attempt *a)
{
	return role_is_retry(a->role) ||
	       (a->role == ROLE_CONTINUATION && p->status >= 300 &&
		   p->status < 400);
}

/* Walks the instructions that the entry speaks of and the retries that followed
 * them. */
static void
timing_walk(struct bench *b, const struct entry *e, struct timing_waits *w)
{
	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];

		BENCH_EACH(b, op, p)
		{
			const struct attempt *a;

			if (!timing_binds(b, p) || !entry_met(b, e, p))
				continue;
			if (op->grouping == GROUPING_AGGREGATE) {
				w->early.unpaired++;
				w->dishonoured.unpaired++;
				continue;
			}
			a = bench_next(b, p);
			if (a != NULL && timing_returns(p, a))
				timing_one(b, w, op, p, a);
		}
	}
}

static uint64_t
timing_scope_key(const struct attempt *a, int scope)
{
	return scope == SCOPE_PATH ? hash_mix(a->client ^ hash_mix(a->path + 1))
				   : a->client;
}

/* With a wider scope any new request of that client counts until the wait is
 * over (scope_early). A case is an instruction. */
static void
timing_scope(
    struct bench *b, const struct entry *e, int scope, struct tally *early)
{
	struct map waits = { 0 };
	struct map blamed = { 0 };

	for (uint32_t i = 0; i < b->n; i++) {
		struct attempt *a = bench_attempt(b, b->order[i]), *p;
		uint32_t *at = map_at(&waits, timing_scope_key(a, scope));

		p = *at != MAP_NONE ? bench_attempt(b, *at) : NULL;
		if (p != NULL && a->t > p->end + 50 * NS_PER_MS &&
		    timing_early(b, p, a) && entry_filter(e, a) &&
		    *map_at(&blamed, *at + 1) == MAP_NONE) {
			*map_at(&blamed, *at + 1) = 1;
			tally_bad(early, b, a->in_op, GROUPING_EXACT, a,
			    bench_s(attempt_due(p) - a->t),
			    "a request %s before the client was due",
			    quantity(
				UNIT_SECONDS, bench_s(attempt_due(p) - a->t))
				.text);
		}
		if (!timing_binds(b, a) || !entry_met(b, e, a))
			continue;
		tally_seen(early, GROUPING_EXACT);
		if (p == NULL || attempt_due(a) > attempt_due(p))
			*at = b->order[i];
	}
	map_clear(&waits);
	map_clear(&blamed);
}

static void
timing_early_line(struct bench *b, const struct entry *e,
    const struct check_retry_after *c, struct timing_waits *w)
{
	struct expectation *x = line_new(b, e, "early");
	struct amount max;

	amount_parse(c->early.max, &max);
	x->n_of = c->scope == SCOPE_OPERATION ? "retries" : "instructions";
	if (c->scope != SCOPE_OPERATION) {
		struct tally scope = { 0 };

		timing_scope(b, e, c->scope, &scope);
		line_cases(b, x, &scope, max);
		return;
	}
	line_cases(b, x, &w->early, max);
	if (w->told > 0 && w->late > 0)
		line_add(x, "%llu of %llu waited longer than %.3gx",
		    (unsigned long long)w->late, (unsigned long long)w->told,
		    w->late_from);
	if (w->told >= b->min_samples && w->punctual * 10 >= w->told * 9)
		line_add(x,
		    "honoured but synchronised: %llu of %llu came "
		    "within 5 %% after they were due",
		    (unsigned long long)w->punctual,
		    (unsigned long long)w->told);
}

/* Where attempts cannot be paired the code in the waits still tells how many
 * honour them; those that gave up count as not. */
static void
timing_coded_line(
    struct bench *b, const struct entry *e, struct expectation *x, double min)
{
	struct coded c = coded_measure(b, e);
	double lo = c.honoured - STATS_Z95 * c.se;
	double hi = c.honoured + STATS_Z95 * c.se;

	x->limit = quantity(UNIT_SHARE, min);
	x->at_least = true;
	x->n = c.rejections;
	x->n_of = "rejections";
	x->grouping[GROUPING_AGGREGATE] = 1;
	if (c.codes < 2) {
		line_end(x, RESULT_INCONCLUSIVE,
		    "the attempts cannot be paired, and Retry-After was not "
		    "varied: use one_of: [3s, 4s, 5s]");
		return;
	}
	/* the estimate may leave the range of a share, which has none of that
	 */
	x->value = quantity(UNIT_SHARE, fmin(fmax(c.honoured, 0), 1));
	x->has_interval = true;
	x->lo = fmin(fmax(lo, 0), 1);
	x->hi = fmin(fmax(hi, 0), 1);
	if (c.rejections < b->min_samples)
		line_end(x, RESULT_INCONCLUSIVE, "too few samples");
	else if (lo >= min)
		line_end(x, RESULT_PASS, "by coded Retry-After");
	else if (hi < min * 0.75)
		line_end(x, RESULT_FAIL, "by coded Retry-After");
	else
		line_end(x, RESULT_INCONCLUSIVE,
		    "by coded Retry-After, in which operations that were given "
		    "up count as not honouring");
	if (c.additive)
		line_add(x, "the waits add up (2 * min <= max), which biases "
			    "the estimate");
}

static void
timing_honoured_line(struct bench *b, const struct entry *e,
    const struct check_retry_after *c, struct timing_waits *w)
{
	struct expectation *x = line_new(b, e, "honoured");
	double min = c->honoured.min / 1e9;

	x->n_of = "retries";
	if (w->dishonoured.unpaired > tally_n(&w->dishonoured)) {
		timing_coded_line(b, e, x, min);
		return;
	}
	line_share(b, x, &w->dishonoured, min);
}

static void
timing_give_up_line(struct bench *b, const struct entry *e)
{
	struct expectation *x = line_new(b, e, "give_up");
	struct tally t = { .by_absence = true };

	x->n_of = "instructions";
	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];
		const struct attempt *last = bench_attempt(b, op->last);

		BENCH_EACH(b, op, p)
		{
			if (p->retry_after == RECORD_NONE ||
			    !entry_met(b, e, p))
				continue;
			if (op->grouping == GROUPING_AGGREGATE)
				t.unpaired++;
			else if (p == last && !(op->marks & OP_DONE))
				t.censored++;
			else
				tally_seen(&t, op->grouping);
			if (p == last && (op->marks & OP_DONE) &&
			    op->grouping != GROUPING_AGGREGATE)
				tally_bad(&t, b, i, op->grouping, p, 1,
				    "never came back");
		}
	}
	line_cases(b, x, &t, (struct amount){ .unit = AMOUNT_PLAIN });
}

void
judge_retry_after(struct bench *b, const struct entry *e)
{
	const struct check_retry_after *c = e->e->conf;
	struct timing_waits w = { 0 };
	struct amount late;

	amount_parse(c->late, &late);
	w.late_from = late.unit == AMOUNT_NONE ? 1.5 : late.value;
	timing_walk(b, e, &w);
	if (c->given & RETRY_AFTER_EARLY)
		timing_early_line(b, e, c, &w);
	if (c->given & RETRY_AFTER_HONOURED)
		timing_honoured_line(b, e, c, &w);
	if (c->give_up == GIVE_UP_FORBIDDEN)
		timing_give_up_line(b, e);
	tally_clear(&w.early);
	tally_clear(&w.dishonoured);
}
