/* The backoff check: shape, first wait, cap, jitter, shortest wait. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "judge/line.h"
#include "judge/measures.h"
#include "scenario/checks.h"

enum { WAITS_MIN = 5 }; /* operations to say anything */

static const char *const jitter_names[] = { "none", "weak", "moderate",
	"strong" };
static const char *const shape_names[] = { "any", "constant", "linear",
	"growing", "exponential" };

/* What the shape is computed from. */
static void
waits_describe(struct expectation *x, const struct backoff_measure *m)
{
	line_add(x, "waits grow by %.2f a step (%.2f to %.2f, %s)", m->base,
	    m->range.lo, m->range.hi, m->shape);
	if (m->immediate_first)
		line_add(x, "the first retry comes at once");
	if (m->plateau > 0)
		line_add(x, "capped at %.3g s", m->median[m->n_k - 1]);
}

/* Too little to say anything: the line is settled. */
static bool
waits_too_few(
    struct bench *b, struct expectation *x, const struct backoff_measure *m)
{
	uint64_t single = m->gaps[0].n;

	(void)b;
	x->n = m->ops;
	for (int g = 0; g < GROUPINGS; g++)
		x->grouping[g] =
		    m->ops > 0 ? (double)m->seen[g] / (double)m->ops : 0;
	if (m->ops >= WAITS_MIN && m->n_k >= 2)
		return false;
	if (m->ops == 0 && single == 0 && m->unpaired == 0)
		line_end(x, RESULT_NOT_EXERCISED,
		    "nothing was retried without Retry-After");
	else if (m->ops == 0 && m->unpaired > 0)
		line_end(x, RESULT_INCONCLUSIVE,
		    "the attempts cannot be paired: give operations an id");
	else
		line_end(x, RESULT_INCONCLUSIVE,
		    "too few operations with two waits (%llu, need %d)",
		    (unsigned long long)m->ops, WAITS_MIN);
	return true;
}

/* A finding that holds fails at once, and passes with samples enough; one that
 * chance may have made is neither. */
static void
waits_settle(struct bench *b, struct expectation *x, enum result found,
    const struct backoff_measure *m)
{
	struct tally t = { .unpaired = m->unpaired };

	memcpy(t.seen, m->seen, sizeof(t.seen));
	if (found == RESULT_FAIL)
		line_end(x, RESULT_FAIL, "not as expected");
	else if (line_doubt(b, &t) != NULL)
		line_end(x, RESULT_INCONCLUSIVE, "%s", line_doubt(b, &t));
	else if (found == RESULT_PASS)
		line_end(x, RESULT_PASS, "as expected");
	else
		line_end(x, RESULT_INCONCLUSIVE,
		    "the waits vary so much that it could be chance");
	line_temper(b, x, &t);
	waits_describe(x, m);
}

/* Growth by at least that much a step; it has to be growth beyond doubt. */
static enum result
waits_grow(const struct backoff_measure *m, double least)
{
	if (m->base < least)
		return m->range.hi < least ? RESULT_FAIL : RESULT_INCONCLUSIVE;
	return m->range.lo > 1 ? RESULT_PASS : RESULT_INCONCLUSIVE;
}

static enum result
waits_shape_found(const struct backoff_measure *m, int want)
{
	bool linear = want == SHAPE_LINEAR;
	enum result found;

	if (want == SHAPE_ANY)
		return RESULT_PASS;
	if (strcmp(m->shape, "immediate") == 0)
		return RESULT_FAIL;
	if (want == SHAPE_CONSTANT && strcmp(m->shape, "constant") == 0)
		return RESULT_PASS;
	if (want == SHAPE_CONSTANT)
		return m->range.lo > BACKOFF_CONSTANT_MAX ||
			       m->range.hi < BACKOFF_CONSTANT_MIN
			   ? RESULT_FAIL
			   : RESULT_INCONCLUSIVE;
	found = waits_grow(m,
	    want == SHAPE_EXPONENTIAL ? BACKOFF_EXPONENTIAL : BACKOFF_GROWING);
	if (want == SHAPE_GROWING || found == RESULT_FAIL ||
	    m->linear == linear)
		return found;
	return m->either ? RESULT_INCONCLUSIVE : RESULT_FAIL;
}

static void
waits_shape(struct bench *b, const struct entry *e,
    const struct check_backoff *c, const struct backoff_measure *m)
{
	struct expectation *x = line_new(b, e, "shape");

	x->limit = quantity_word(shape_names[c->shape]);
	if (waits_too_few(b, x, m))
		return;
	x->value = quantity_word(m->shape);
	waits_settle(b, x, waits_shape_found(m, c->shape), m);
}

/* Too little spread, unless so few waits could look like that by chance. */
static enum result
waits_jitter_found(const struct backoff_measure *m, int least)
{
	double spread = m->spread * (1 + 1 / sqrt((double)m->ops));

	if (m->jitter >= least)
		return RESULT_PASS;
	return m->jitter == JITTER_NONE ||
		       spread < (least == JITTER_STRONG ? BACKOFF_STRONG
							: BACKOFF_MODERATE)
		   ? RESULT_FAIL
		   : RESULT_INCONCLUSIVE;
}

static void
waits_jitter(struct bench *b, const struct entry *e,
    const struct check_backoff *c, const struct backoff_measure *m)
{
	struct expectation *x = line_new(b, e, "jitter");

	x->limit = quantity_word(jitter_names[c->jitter.min]);
	x->at_least = true;
	if (waits_too_few(b, x, m))
		return;
	x->value = quantity_word(jitter_names[m->jitter]);
	line_add(x, "spread (p90-p10)/p50 is %.2f", m->spread);
	waits_settle(b, x, waits_jitter_found(m, c->jitter.min), m);
}

/* Which end of the range is shown: the one that is crossed, else the upper. */
static void
waits_limit(struct expectation *x, const struct check_range *r, bool under)
{
	x->n_of = "waits";
	x->at_least = under || !(r->given & CHECK_RANGE_MAX);
	x->limit =
	    quantity(UNIT_SECONDS, bench_s(x->at_least ? r->min : r->max));
}

/* A sample of waits against both ends of a range: the median for the first
 * wait, the longest for the cap. */
static void
waits_range(struct bench *b, struct expectation *x,
    const struct backoff_measure *m, struct sample *s, double value,
    struct interval i, const struct check_range *r)
{
	struct tally t = { .unpaired = m->unpaired };
	bool over = (r->given & CHECK_RANGE_MAX) && value > bench_s(r->max);
	bool under = (r->given & CHECK_RANGE_MIN) && value < bench_s(r->min);

	memcpy(t.seen, m->waits, sizeof(t.seen));
	for (int g = 0; g < GROUPINGS; g++)
		x->grouping[g] = (double)t.seen[g] / (double)tally_n(&t);
	x->n = s->n;
	x->value = quantity(UNIT_SECONDS, value);
	waits_limit(x, r, under);
	x->has_interval = true;
	x->lo = i.lo;
	x->hi = i.hi;
	if ((over && i.lo > bench_s(r->max)) ||
	    (under && i.hi < bench_s(r->min)))
		line_end(x, RESULT_FAIL, "outside the range");
	else if (over || under)
		line_end(
		    x, RESULT_INCONCLUSIVE, "the interval straddles the limit");
	else if (s->n < b->min_samples)
		line_end(x, RESULT_INCONCLUSIVE, "too few samples");
	else if (line_doubt(b, &t) != NULL)
		line_end(x, RESULT_INCONCLUSIVE, "%s", line_doubt(b, &t));
	else
		line_end(x, RESULT_PASS, "within the range");
	line_temper(b, x, &t);
}

static bool
waits_none(struct expectation *x, const struct backoff_measure *m)
{
	if (m->gaps[0].n > 0)
		return false;
	line_end(x,
	    m->unpaired > 0 ? RESULT_INCONCLUSIVE : RESULT_NOT_EXERCISED,
	    m->unpaired > 0 ? "the attempts cannot be paired: give operations "
			      "an id"
			    : "nothing was retried without Retry-After");
	return true;
}

/* The wait before the first retry, be it none. */
static void
waits_first(struct bench *b, const struct entry *e,
    const struct check_backoff *c, struct backoff_measure *m)
{
	struct expectation *x = line_new(b, e, "first");
	struct sample *first = m->immediate_first ? &m->at_once : &m->gaps[0];

	waits_limit(x, &c->first, false);
	if (waits_none(x, m))
		return;
	waits_range(b, x, m, first, stats_median(first),
	    stats_quantile_interval(first, 0.5), &c->first);
	if (m->immediate_first)
		line_add(x, "the first retry comes at once");
}

static void
waits_cap(struct bench *b, const struct entry *e, const struct check_backoff *c,
    struct backoff_measure *m)
{
	struct expectation *x = line_new(b, e, "cap");
	struct sample all = { 0 };
	double longest;

	waits_limit(x, &c->cap, false);
	if (waits_none(x, m))
		return;
	for (unsigned k = 0; k < BACKOFF_MAX_K; k++)
		for (size_t i = 0; i < m->gaps[k].n; i++)
			sample_add(&all, m->gaps[k].v[i]);
	sample_sort(&all);
	longest = all.v[all.n - 1];
	waits_range(b, x, m, &all, longest,
	    (struct interval){ longest, longest }, &c->cap);
	sample_clear(&all);
}

/* No wait may be shorter; the shortest ones are shown. */
static void
waits_floor(
    struct bench *b, const struct entry *e, const struct check_backoff *c)
{
	struct expectation *x = line_new(b, e, "min_wait");
	double least = bench_s(c->min_wait), noise = 0.001;
	struct tally t = { 0 };

	x->n_of = "waits";
	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];

		BENCH_EACH(b, op, p)
		{
			const struct attempt *a = bench_next(b, p);

			if (!entry_failed(b, e, p) ||
			    p->retry_after != RECORD_NONE)
				continue;
			if (op->grouping == GROUPING_AGGREGATE)
				t.unpaired++;
			else if (a != NULL && role_is_retry(a->role)) {
				double gap = timing_gap(p, a);

				tally_seen(&t, op->grouping);
				if (gap + noise < least)
					tally_bad(&t, b, i, op->grouping, a,
					    least - gap,
					    "came back after %.3g s", gap);
			}
		}
	}
	line_cases(b, x, &t, (struct amount){ .unit = AMOUNT_PLAIN });
}

void
judge_backoff(struct bench *b, const struct entry *e)
{
	const struct check_backoff *c = e->e->conf;
	struct backoff_measure m;

	backoff_measure(&m, b, e);
	if (c->given & BACKOFF_SHAPE)
		waits_shape(b, e, c, &m);
	if (c->given & BACKOFF_FIRST)
		waits_first(b, e, c, &m);
	if (c->given & BACKOFF_CAP)
		waits_cap(b, e, c, &m);
	if (c->given & BACKOFF_JITTER)
		waits_jitter(b, e, c, &m);
	if (c->given & BACKOFF_MIN_WAIT)
		waits_floor(b, e, c);
	backoff_clear(&m);
}
