/* How long clients wait for an answer that does not come (recovery.md 4.7). */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "judge/line.h"
#include "judge/measures.h"
#include "scenario/checks.h"

/* A response that let wait this long was a stall. */
#define STALL_LEAST ((uint64_t)NS_PER_S)

/* Defaults that client libraries ship. */
static const double known_timeouts[] = { 1, 2, 3, 5, 10, 15, 20, 30, 60, 90,
	100, 120, 300 };

struct stalls {
	struct sample aborts; /* seconds until the client left */
	struct sample hung;   /* seconds that it waited to the end */
	struct tally t;       /* hung ones are bad */
};

static bool
stall_aborted(const struct attempt *a)
{
	return a->outcome == OUTCOME_CLIENT_CLOSED;
}

static bool
stall_hangs(const struct inject *i)
{
	return i->ends != NULL && strcmp(i->ends->name, "hang") == 0;
}

/* Whether its answer began and was then held by a hang, to its end. */
static bool
stall_within(const struct bench *b, const struct attempt *a)
{
	const struct rule *r;

	if (!(a->flags & RECORD_TRUNCATED) || a->rule >= b->scenario->n_rules)
		return false;
	r = b->scenario->rules[a->rule];
	for (unsigned i = 0; i < r->n_choices; i++)
		if (stall_hangs(&r->choices[i].inject))
			return true;
	return stall_hangs(&r->inject);
}

static uint64_t
stall_length(const struct bench *b, const struct attempt *a)
{
	bool to_end =
	    a->resp == RECORD_NONE || stall_aborted(a) || stall_within(b, a);

	return (to_end ? a->end : a->resp) - a->t;
}

/* Under a fault, and either left by the client or held for long. */
static bool
stall_is(const struct bench *b, const struct attempt *a)
{
	if (a->rule == RECORD_NO_RULE)
		return false;
	return stall_aborted(a) || (a->outcome == OUTCOME_INJECTED &&
				       stall_length(b, a) >= STALL_LEAST);
}

/* The next stalled attempt that e is about, from the *ip-th on, and how many
 * seconds its client waited; NULL at the end. */
static const struct attempt *
stall_next(
    struct bench *b, const struct entry *e, uint32_t *ip, double *waitedp)
{
	while (*ip < b->n) {
		const struct attempt *a = bench_attempt(b, b->order[(*ip)++]);

		if (entry_met(b, e, a) && stall_is(b, a)) {
			*waitedp = bench_s(stall_length(b, a));
			return a;
		}
	}
	return NULL;
}

static void
stall_collect(struct bench *b, const struct entry *e, struct stalls *s)
{
	const struct attempt *a;
	uint32_t i = 0;
	double waited;

	while ((a = stall_next(b, e, &i, &waited)) != NULL) {
		tally_seen(&s->t, GROUPING_EXACT);
		sample_add(stall_aborted(a) ? &s->aborts : &s->hung, waited);
		if (!stall_aborted(a))
			tally_bad(&s->t, b, a->in_op, GROUPING_EXACT, a, waited,
			    "still waiting after %.3g s", waited);
	}
	sample_sort(&s->aborts);
	sample_sort(&s->hung);
}

static void
stall_name_mode(struct expectation *x, const struct stalls *s)
{
	double median = stats_median(&s->aborts);

	if (s->aborts.n == 0)
		return;
	for (size_t i = 0;
	     i < sizeof(known_timeouts) / sizeof(known_timeouts[0]); i++)
		if (fabs(median - known_timeouts[i]) <=
		    0.03 * known_timeouts[i] + 0.02)
			line_add(x, "they leave after %g s: a common default",
			    known_timeouts[i]);
}

/* A client's timer starts and ends a little beside ours (recovery.md 4.5). */
static double
stall_slack(const struct bench *b, double limit)
{
	return fmax(0.05, 0.01 * limit) + bench_s(b->options->noise_ns);
}

/* Who waited too long or too short, as offenders. */
static void
stall_evidence(struct bench *b, const struct entry *e, struct expectation *x,
    const struct check_range *r)
{
	double min = bench_s(r->min), max = bench_s(r->max), waited;
	const struct attempt *a;
	struct tally t = { 0 };
	uint32_t i = 0;

	min -= stall_slack(b, min);
	max += stall_slack(b, max);
	while ((a = stall_next(b, e, &i, &waited)) != NULL) {
		tally_seen(&t, GROUPING_EXACT);
		if ((r->given & CHECK_RANGE_MAX) && waited > max)
			tally_bad(&t, b, a->in_op, GROUPING_EXACT, a, waited,
			    "waited %s", quantity(UNIT_SECONDS, waited).text);
		else if ((r->given & CHECK_RANGE_MIN) && stall_aborted(a) &&
			 waited < min)
			tally_bad(&t, b, a->in_op, GROUPING_EXACT, a, -waited,
			    "left after %s",
			    quantity(UNIT_SECONDS, waited).text);
	}
	line_evidence(b, x, &t);
}

/* A quantile against its greatest value, as a share: at most 1 - q may wait
 * longer. Those who hung waited longer than the stall lasted. */
static void
stall_max(struct bench *b, struct expectation *x, const struct stalls *s,
    double q, double max)
{
	uint64_t over = 0, unknown = 0, n = s->aborts.n + s->hung.n;
	struct interval i;

	max += stall_slack(b, max);
	for (size_t k = 0; k < s->aborts.n; k++)
		over += s->aborts.v[k] > max;
	for (size_t k = 0; k < s->hung.n; k++) {
		over += s->hung.v[k] > max;
		unknown += s->hung.v[k] <= max;
	}
	i = stats_wilson(over, n, STATS_Z95);
	if (i.lo > 1 - q)
		line_end(x, RESULT_FAIL, "%llu of %llu waited longer",
		    (unsigned long long)over, (unsigned long long)n);
	else if ((double)unknown > (1 - q) * (double)n)
		line_end(x, RESULT_INCONCLUSIVE,
		    "the stall ended before the limit: make it longer");
	else if (n < b->min_samples)
		line_end(x, RESULT_INCONCLUSIVE, "too few samples");
	else if (over == 0 || i.hi <= 1 - q)
		line_end(x, RESULT_PASS, "%llu of %llu waited longer",
		    (unsigned long long)over, (unsigned long long)n);
	else
		line_end(x, RESULT_INCONCLUSIVE,
		    "%llu of %llu waited longer: too few to tell",
		    (unsigned long long)over, (unsigned long long)n);
}

/* A quantile against its least value. Where there is a greatest one too, that
 * has the last word on what is long enough. */
static void
stall_min(struct bench *b, struct expectation *x, const struct stalls *s,
    double q, double min, bool both)
{
	struct interval i = stats_quantile_interval(&s->aborts, q);
	double value = s->hung.n > 0 && s->aborts.n == 0
			   ? INFINITY
			   : stats_quantile(&s->aborts, q);

	if (value >= min && both)
		return;
	x->at_least = true;
	x->limit = quantity(UNIT_SECONDS, min);
	min -= stall_slack(b, min);
	if (value < min && i.hi < min)
		line_end(x, RESULT_FAIL, "they leave too soon");
	else if (value < min)
		line_end(
		    x, RESULT_INCONCLUSIVE, "the interval straddles the limit");
	else if (s->aborts.n + s->hung.n < b->min_samples)
		line_end(x, RESULT_INCONCLUSIVE, "too few samples");
	else
		line_end(x, RESULT_PASS, "patient enough");
}

static void
stall_quantile(struct bench *b, const struct entry *e, const struct stalls *s,
    const char *part, double q, const struct check_range *r)
{
	struct expectation *x = line_new(b, e, part);
	struct sample all = { 0 };
	struct interval i;
	bool both = r->given == (CHECK_RANGE_MIN | CHECK_RANGE_MAX);

	x->n = s->aborts.n + s->hung.n;
	x->n_of = "stalled requests";
	x->at_least = !(r->given & CHECK_RANGE_MAX);
	x->limit =
	    quantity(UNIT_SECONDS, bench_s(x->at_least ? r->min : r->max));
	if (x->n == 0) {
		line_end(x, RESULT_NOT_EXERCISED, "no request was stalled");
		return;
	}
	x->grouping[GROUPING_EXACT] = 1;
	for (size_t k = 0; k < s->aborts.n; k++)
		sample_add(&all, s->aborts.v[k]);
	for (size_t k = 0; k < s->hung.n; k++)
		sample_add(&all, s->hung.v[k]);
	sample_sort(&all);
	i = stats_quantile_interval(&all, q);
	x->value = quantity(UNIT_SECONDS, stats_quantile(&all, q));
	x->has_interval = true;
	x->lo = i.lo;
	x->hi = i.hi;
	sample_clear(&all);
	stall_evidence(b, e, x, r);
	if (r->given & CHECK_RANGE_MAX)
		stall_max(b, x, s, q, bench_s(r->max));
	if ((r->given & CHECK_RANGE_MIN) && x->status != RESULT_FAIL)
		stall_min(b, x, s, q, bench_s(r->min), both);
	stall_name_mode(x, s);
}

void
judge_timeout(struct bench *b, const struct entry *e)
{
	const struct check_timeout *c = e->e->conf;
	struct stalls s = { 0 };
	struct amount max;

	stall_collect(b, e, &s);
	if (c->given & TIMEOUT_P50)
		stall_quantile(b, e, &s, "p50", 0.5, &c->p50);
	if (c->given & TIMEOUT_P99)
		stall_quantile(b, e, &s, "p99", 0.99, &c->p99);
	if (c->given & TIMEOUT_HUNG) {
		struct expectation *x = line_new(b, e, "hung");

		amount_parse(c->hung.max, &max);
		x->n_of = "stalled requests";
		line_cases(b, x, &s.t, max);
	}
	tally_clear(&s.t);
	sample_clear(&s.aborts);
	sample_clear(&s.hung);
}
