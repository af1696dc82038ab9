/* Circuit breakers, per client with steady demand (recovery.md 4.7). */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "judge/line.h"
#include "judge/load.h"
#include "judge/measures.h"
#include "scenario/checks.h"

#define BREAKER_DEMAND 5.0 /* requests per second that prove something */
#define BREAKER_P 1e-3
#define BREAKER_CHANCE 6.9 /* P of such a silence under Poisson: e^-6.9 */

enum {
	BREAKER_SURE = 20, /* failures in a row without opening: no breaker */
	BREAKER_PROBE = 3  /* this many requests between silences are probes */
};

/* What one client did. */
struct breaker_client {
	uint32_t last;          /* its latest attempt */
	uint64_t base;          /* attempts in the baseline */
	uint64_t failures;      /* in a row, now */
	uint64_t most;          /* in a row, before it opened */
	uint64_t longest;       /* in a row, ever */
	uint64_t seen;          /* attempts in the phase */
	uint64_t opened_after;  /* 0: never opened */
	uint64_t burst, probes; /* requests since the last silence; probes */
	struct sample silences, gaps;
	uint64_t n_silences;
	double silence; /* s: longer ones are hardly chance */
	double quiet;   /* s: the longest */
};

struct breaker_run {
	struct breaker_client *v;
	uint32_t n, cap;
	struct map at;
	uint64_t from, to; /* the phase */
	const char *idle;  /* why there is nothing to measure, or NULL */
	enum result idle_as;
};

static struct breaker_client *
breaker_of(struct breaker_run *r, uint64_t client)
{
	uint32_t *at = map_at(&r->at, client);

	if (*at == MAP_NONE) {
		if (r->n == r->cap) {
			r->cap = r->cap > 0 ? r->cap * 2 : 16;
			r->v = xreallocarray(r->v, r->cap, sizeof(*r->v));
		}
		*at = r->n;
		r->v[r->n++] = (struct breaker_client){ .last = ATTEMPT_NONE };
	}
	return &r->v[*at];
}

/* First walk: demand in the baseline and the waits of retries. */
static void
breaker_survey(
    const struct bench *b, const struct entry *e, struct breaker_run *r)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);

		if (entry_filter(e, a) && a->t >= b->baseline.from &&
		    a->t < b->baseline.to)
			breaker_of(r, a->client)->base++;
	}
	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct attempt *p = NULL;

		BENCH_EACH(b, &b->ops.v[i], a)
		{
			if (p != NULL && role_is_retry(a->role) &&
			    a->t >= r->from && a->t < r->to)
				sample_add(&breaker_of(r, a->client)->gaps,
				    timing_gap(p, a));
			p = a;
		}
	}
	for (uint32_t i = 0; i < r->n; i++) {
		struct breaker_client *c = &r->v[i];
		double rate = (double)c->base /
			      bench_s(b->baseline.to - b->baseline.from);

		sample_sort(&c->gaps);
		c->silence = rate < BREAKER_DEMAND
				 ? -1
				 : fmax(BREAKER_CHANCE / rate,
				       3 * stats_quantile(&c->gaps, 0.9));
	}
}

static void
breaker_silence(struct breaker_client *c, double length, bool over)
{
	if (c->opened_after == 0)
		c->opened_after = c->failures;
	else if (c->burst <= BREAKER_PROBE)
		c->probes += c->burst;
	c->burst = 0;
	c->n_silences++;
	c->quiet = fmax(c->quiet, length);
	if (over)
		sample_add(&c->silences, length);
}

static void
breaker_step(const struct bench *b, struct breaker_run *r, uint32_t at)
{
	const struct attempt *a = bench_attempt(b, at), *p;
	struct breaker_client *c = breaker_of(r, a->client);

	if (c->silence < 0)
		return;
	p = c->last == ATTEMPT_NONE ? NULL : bench_attempt(b, c->last);
	if (p != NULL && p->t >= r->from && p->t < r->to && c->failures > 0 &&
	    bench_s(a->t - p->t) > c->silence)
		breaker_silence(c, bench_s(a->t - p->t), true);
	c->last = at;
	if (a->t < r->from || a->t >= r->to)
		return;
	c->burst++;
	c->seen++;
	c->failures = attempt_ok(a) ? 0 : c->failures + 1;
	c->longest = c->failures > c->longest ? c->failures : c->longest;
	if (c->failures > c->most && c->opened_after == 0)
		c->most = c->failures;
}

/* One such silence in so many is chance: then it is no breaker, unless there
 * are too many of them or one is too long for that, too. */
static void
breaker_doubt(struct breaker_client *c)
{
	double n = (double)c->seen;

	if (c->opened_after == 0 ||
	    c->quiet > c->silence * (1 + log(n) / BREAKER_CHANCE) ||
	    stats_poisson_tail(c->n_silences, n * BREAKER_P) < BREAKER_P)
		return;
	c->opened_after = 0;
	c->probes = 0;
	c->most = c->longest;
	sample_clear(&c->silences);
}

/* Second walk: failures in a row, silences, probes. */
static void
breaker_walk(
    const struct bench *b, const struct entry *e, struct breaker_run *r)
{
	for (uint32_t i = 0; i < b->n; i++)
		if (entry_filter(e, bench_attempt(b, b->order[i])))
			breaker_step(b, r, b->order[i]);
	for (uint32_t i = 0; i < r->n; i++) {
		struct breaker_client *c = &r->v[i];
		const struct attempt *p =
		    c->last == ATTEMPT_NONE ? NULL : bench_attempt(b, c->last);

		if (p != NULL && c->silence >= 0 && p->t < r->to &&
		    c->failures > 0 && bench_s(b->end - p->t) > c->silence)
			breaker_silence(c, bench_s(b->end - p->t), false);
		breaker_doubt(c);
	}
}

/* Cases: clients with demand that failed often enough. What a client does is
 * one value; outside [min, max] it is bad. */
struct breaker_case {
	bool counts;
	double value;
};

static struct breaker_case
breaker_opens(const struct breaker_client *c)
{
	double never = (double)c->most;

	return (struct breaker_case){ true,
		c->opened_after > 0 ? (double)c->opened_after : never };
}

static struct breaker_case
breaker_open_for(const struct breaker_client *c)
{
	struct sample s = c->silences;

	sample_sort(&s);
	return (struct breaker_case){ c->opened_after == 0 || s.n > 0,
		c->opened_after == 0 ? 0 : stats_median(&s) };
}

static struct breaker_case
breaker_probes(const struct breaker_client *c)
{
	return (struct breaker_case){ true, (double)c->probes };
}

static void
breaker_line(struct bench *b, struct expectation *x,
    const struct breaker_run *r,
    struct breaker_case (*measure)(const struct breaker_client *), double min,
    double max, uint64_t patience)
{
	struct tally t = { 0 };
	double worst = -1, value = 0;
	uint64_t demand = 0, none = 0;

	x->n_of = "clients";
	if (r->idle != NULL) {
		line_end(x, r->idle_as, "%s", r->idle);
		return;
	}
	for (uint32_t i = 0; i < r->n; i++) {
		const struct breaker_client *c = &r->v[i];
		struct breaker_case k = measure(c);
		double off;
		bool never = c->opened_after == 0;

		if (c->silence < 0 || c->most == 0)
			continue;
		demand++;
		if ((never && c->most <= patience) || !k.counts)
			continue;
		tally_seen(&t, GROUPING_STRONG);
		none += never;
		off = never ? INFINITY : fmax(min - k.value, k.value - max);
		if (off > worst || value == 0) {
			worst = off;
			value = k.value;
		}
		if (off > 0)
			tally_bad(&t, b, bench_attempt(b, c->last)->in_op,
			    GROUPING_STRONG, NULL, off,
			    never ? "%.3g failures in a row and no pause"
				  : "%.3g",
			    never ? (double)c->most : k.value);
	}
	if (demand == 0)
		line_end(x, RESULT_INCONCLUSIVE,
		    "no client sent 5 requests/s in the baseline and failed "
		    "then: a silence would prove nothing");
	else if (tally_n(&t) == 0)
		line_end(x, RESULT_INCONCLUSIVE,
		    "no client failed often enough in a row");
	else
		line_end(x, tally_n_bad(&t) > 0 ? RESULT_FAIL : RESULT_PASS,
		    "%llu of %llu clients, %llu of them without a breaker",
		    (unsigned long long)tally_n_bad(&t),
		    (unsigned long long)tally_n(&t), (unsigned long long)none);
	if (tally_n(&t) > 0)
		x->value.value = value;
	line_evidence(b, x, &t);
}

/* The end of the range that the value shown is judged by. */
static void
breaker_limit(struct expectation *x, enum unit unit, double min, double max)
{
	x->at_least = isinf(max) || (x->n > 0 && x->value.value < min);
	x->limit = quantity(unit, x->at_least ? min : max);
	if (x->n > 0)
		x->value = quantity(unit, x->value.value);
}

static void
breaker_lines(struct bench *b, const struct entry *e,
    const struct check_breaker *c, const struct breaker_run *r)
{
	uint64_t patience = (c->opens_after.given & CHECK_RANGE_MAX)
				? (uint64_t)c->opens_after.max
				: BREAKER_SURE;
	double min, max;
	struct expectation *x;

	if (c->given & BREAKER_OPENS_AFTER) {
		x = line_new(b, e, "opens_after");
		min = (double)c->opens_after.min;
		max = (double)patience;
		breaker_line(b, x, r, breaker_opens, min, max, patience);
		breaker_limit(x, UNIT_COUNT, min, max);
	}
	if (c->given & BREAKER_OPEN_FOR) {
		x = line_new(b, e, "open_for");
		min = bench_s(c->open_for.min);
		max = (c->open_for.given & CHECK_RANGE_MAX)
			  ? bench_s(c->open_for.max)
			  : INFINITY;
		breaker_line(b, x, r, breaker_open_for, min, max, patience);
		breaker_limit(x, UNIT_SECONDS, min, max);
	}
	if (c->given & BREAKER_PROBES) {
		x = line_new(b, e, "probes");
		min = (double)c->probes.min;
		max = (c->probes.given & CHECK_RANGE_MAX)
			  ? (double)c->probes.max
			  : INFINITY;
		breaker_line(b, x, r, breaker_probes, min, max, patience);
		breaker_limit(x, UNIT_COUNT, min, max);
	}
}

void
judge_circuit_breaker(struct bench *b, const struct entry *e)
{
	int phase = entry_fault_phase(b, e);
	struct breaker_run r = { 0 };

	if (!load_fault_met(b, e, phase)) {
		r.idle = "nothing failed";
		r.idle_as = RESULT_NOT_EXERCISED;
	} else if (b->baseline.rate < 0) {
		r.idle = "no baseline to compare with: add a phase without "
			 "rules";
		r.idle_as = RESULT_INCONCLUSIVE;
	}
	if (r.idle != NULL) {
		breaker_lines(b, e, e->e->conf, &r);
		return;
	}
	r.from = b->windows[phase].start;
	r.to = b->windows[phase].end;
	breaker_survey(b, e, &r);
	breaker_walk(b, e, &r);
	breaker_lines(b, e, e->e->conf, &r);
	for (uint32_t i = 0; i < r.n; i++) {
		sample_clear(&r.v[i].silences);
		sample_clear(&r.v[i].gaps);
	}
	free(r.v);
	map_clear(&r.at);
}
