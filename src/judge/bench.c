#include "judge/bench.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"

enum { BENCH_CLOCK_SLACK = 50 * NS_PER_MS };

struct attempt *
bench_retry(const struct bench *b, const struct attempt *a)
{
	struct attempt *next;

	for (next = bench_next(b, a); next != NULL; next = bench_next(b, next))
		if (role_is_retry(next->role))
			return next;
	return NULL;
}

static uint64_t
bench_length(const struct phase *p)
{
	return p->for_ns * (p->repeat > 0 ? p->repeat : 1);
}

/* The phases as the scenario plans them, if the requests agree with that. */
static bool
bench_planned(struct bench *b, const uint64_t *earliest, const uint64_t *latest)
{
	const struct scenario *s = b->scenario;
	uint64_t at =
	    s->start_on_request && earliest[0] != RECORD_NONE ? earliest[0] : 0;

	for (unsigned i = 0; i < s->n_phases; i++) {
		uint64_t length = bench_length(&s->phases[i]);
		struct window *w = &b->windows[i];

		w->start = at < b->end ? at : b->end;
		w->end =
		    length > 0 && at + length < b->end ? at + length : b->end;
		w->played = at < b->end;
		at += length > 0 ? length : b->end;
		if (earliest[i] == RECORD_NONE)
			continue;
		if (earliest[i] + BENCH_CLOCK_SLACK < w->start ||
		    latest[i] > w->end + BENCH_CLOCK_SLACK)
			return false;
	}
	return true;
}

/* Phases that were cut short, stretched or paused, or of a scenario that was
 * started again: as the requests show. */
static void
bench_observed(
    struct bench *b, const uint64_t *earliest, const uint64_t *latest)
{
	const struct scenario *s = b->scenario;
	struct window *before = NULL;

	for (unsigned i = 0; i < s->n_phases; i++) {
		struct window *w = &b->windows[i];
		uint64_t length = bench_length(&s->phases[i]);

		*w = (struct window){ .played = earliest[i] != RECORD_NONE };
		if (!w->played)
			continue;
		w->start = earliest[i];
		if (before != NULL && before->end > w->start &&
		    before->start <= w->start)
			before->end = w->start;
		w->end = length > 0 ? w->start + length : b->end;
		if (before != NULL && before->start > w->start &&
		    before->start < w->end)
			w->end = before->start;
		if (w->end < latest[i])
			w->end = latest[i];
		if (w->end > b->end)
			w->end = b->end;
		before = w;
	}
}

void
bench_windows(struct bench *b, const uint64_t *earliest, const uint64_t *latest)
{
	if (!bench_planned(b, earliest, latest))
		bench_observed(b, earliest, latest);
	for (unsigned i = 0; i < b->scenario->n_phases; i++)
		b->windows[i].faulty = b->scenario->phases[i].n_rules > 0 ||
				       b->scenario->phases[i].n_connections > 0;
}

static int
bench_baseline_phase(const struct bench *b)
{
	const struct scenario *s = b->scenario;

	for (unsigned i = 0; i < s->n_phases; i++)
		if (s->phases[i].name != NULL &&
		    strcmp(s->phases[i].name, "baseline") == 0)
			return (int)i;
	for (unsigned i = 0; i < s->n_phases; i++)
		if (!b->windows[i].faulty)
			return (int)i;
	return -1;
}

void
bench_baseline(struct bench *b)
{
	struct baseline *base = &b->baseline;
	uint64_t ok = 0;

	*base = (struct baseline){
		.phase = bench_baseline_phase(b), .rate = -1, .success = -1
	};
	if (base->phase < 0 || !b->windows[base->phase].played)
		return;
	base->from = b->windows[base->phase].start;
	base->to = b->windows[base->phase].end;
	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);

		if (a->t < base->from || a->t >= base->to)
			continue;
		if (base->attempts++ == 0)
			base->from = a->t;
		ok += attempt_ok(a);
	}
	if (base->attempts < 2 || base->to - base->from < NS_PER_S)
		return;
	base->rate =
	    (double)base->attempts / b->share / bench_s(base->to - base->from);
	base->success = (double)ok / (double)base->attempts;
}

uint64_t
bench_calm_end(const struct bench *b, int phase)
{
	for (unsigned i = (unsigned)phase + 1; i < b->scenario->n_phases; i++)
		if (b->windows[i].played && b->windows[i].faulty)
			return b->windows[i].start;
	return b->end;
}

bool
entry_window(
    const struct bench *b, const struct entry *e, uint64_t *from, uint64_t *to)
{
	const struct expect_scope *s = &e->e->scope;

	*from = 0;
	*to = b->end + 1;
	if (s->phase >= 0) {
		*from = b->windows[s->phase].start;
		*to = b->windows[s->phase].end;
		return b->windows[s->phase].played;
	}
	if (s->after >= 0) {
		*from = b->windows[s->after].end;
		*to = bench_calm_end(b, s->after);
		return b->windows[s->after].played && *from < *to;
	}
	return true;
}

bool
entry_filter(const struct entry *e, const struct attempt *a)
{
	return e->filter < 0 || (a->filters >> e->filter & 1);
}

bool
entry_place(
    const struct bench *b, const struct entry *e, const struct attempt *a)
{
	const struct expect_scope *s = &e->e->scope;

	if (s->phase >= 0 && a->phase != s->phase)
		return false;
	if (s->after >= 0 &&
	    (!b->windows[s->after].played || a->t < b->windows[s->after].end ||
		a->t >= bench_calm_end(b, s->after)))
		return false;
	return entry_filter(e, a);
}

bool
entry_met(const struct bench *b, const struct entry *e, const struct attempt *a)
{
	const struct expect_scope *s = &e->e->scope;
	bool found = s->n_status == 0;

	if (s->rule >= 0 && a->rule != s->rule)
		return false;
	for (unsigned i = 0; i < s->n_status && !found; i++)
		found =
		    a->outcome == OUTCOME_INJECTED && a->status == s->status[i];
	return found && entry_place(b, e, a);
}

bool
entry_failed(
    const struct bench *b, const struct entry *e, const struct attempt *a)
{
	return !attempt_ok(a) && entry_met(b, e, a);
}

bool
entry_touched(
    const struct bench *b, const struct entry *e, const struct attempt *a)
{
	return (!attempt_ok(a) || a->outcome == OUTCOME_INJECTED) &&
	       entry_met(b, e, a);
}

struct attempt *
entry_failure(const struct bench *b, const struct entry *e, const struct op *op)
{
	BENCH_EACH(b, op, a)
	if (entry_failed(b, e, a))
		return a;
	return NULL;
}

int
entry_fault_phase(const struct bench *b, const struct entry *e)
{
	int last = -1;

	if (e->e->scope.after >= 0)
		return e->e->scope.after;
	if (e->e->scope.phase >= 0)
		return e->e->scope.phase;
	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);

		if (!attempt_ok(a) && a->phase != RECORD_NO_PHASE &&
		    a->outcome != OUTCOME_PASSED && a->phase > last)
			last = a->phase;
	}
	return last;
}
