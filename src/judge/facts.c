#include "judge/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "judge/stats.h"
#include "scenario/inject.h"

enum {
	SECONDS_MAX = 7 * 24 * 3600, /* bins kept: a week, */
	TENTHS_MAX = 6 * 36000       /* and six hours */
};

void
facts_init(struct run_facts *f, const struct scenario *s)
{
	*f = (struct run_facts){ .scenario = s };
	f->phases = xcalloc(s->n_phases + 1, sizeof(*f->phases));
	f->rules = xcalloc(s->n_rules + 1, sizeof(*f->rules));
	for (unsigned i = 0; i <= s->n_phases; i++)
		f->phases[i].earliest = RECORD_NONE;
	f->seconds = (struct arrivals){ .width = NS_PER_S, .max = SECONDS_MAX };
	f->tenths =
	    (struct arrivals){ .width = NS_PER_S / 10, .max = TENTHS_MAX };
}

void
facts_clear(struct run_facts *f)
{
	free(f->phases);
	free(f->rules);
	free(f->seconds.bins);
	free(f->tenths.bins);
}

static void
arrivals_add(struct arrivals *a, uint64_t t, uint8_t outcome)
{
	size_t at = (size_t)(t / a->width);

	if (at >= a->max) {
		a->cut = true;
		return;
	}
	if (at >= a->cap) {
		size_t cap = at + at / 2 + 256;

		a->bins = xreallocarray(a->bins, cap, sizeof(*a->bins));
		memset(a->bins + a->cap, 0, (cap - a->cap) * sizeof(*a->bins));
		a->cap = cap;
	}
	if (at >= a->n)
		a->n = at + 1;
	a->bins[at][outcome]++;
}

static void
facts_rule(struct rule_facts *f, const struct record *r)
{
	if (r->draw_n > f->drawn)
		f->drawn = r->draw_n;
	if (r->flags & RECORD_SHADOW)
		f->shadowed++;
	else if (r->flags & RECORD_SKIPPED)
		f->skipped++;
	else if (r->flags & RECORD_BYPASSED)
		f->bypassed++;
	else
		f->injected++;
}

/* The rules that fired beside the one that the record names. */
static void
facts_joined(struct run_facts *f, const struct record *r)
{
	const struct scenario *s = f->scenario;
	bool forwarded = r->upstream != UPSTREAM_NONE;
	bool reached = r->rule != RECORD_NO_RULE;

	for (size_t at = 0; at < r->plan.n; at += sizeof(struct record_armed)) {
		struct record_armed a;
		const struct rule *rule;
		const struct inject *inject;
		struct rule_facts *to;

		memcpy(&a, r->plan.p + at, sizeof(a));
		if (a.rule >= s->n_rules)
			continue;
		rule = s->rules[a.rule];
		inject = a.choice < rule->n_choices
			     ? &rule->choices[a.choice].inject
			     : &rule->inject;
		if (a.rule == r->rule) {
			reached &= inject->ends == NULL || forwarded;
			continue;
		}
		to = &f->rules[a.rule];
		if (a.n > to->drawn)
			to->drawn = a.n;
		if ((r->flags & RECORD_SHADOW) != 0)
			to->shadowed++;
		else if (reached && inject_joins(inject, forwarded))
			to->injected++;
	}
}

void
facts_add(struct run_facts *f, const struct record *r)
{
	const struct scenario *s = f->scenario;
	struct phase_facts *p =
	    &f->phases[r->phase < s->n_phases ? r->phase : s->n_phases];
	uint8_t outcome = r->outcome < OUTCOMES ? r->outcome : OUTCOME_REFUSED;

	if (p->earliest == RECORD_NONE || r->t_first < p->earliest)
		p->earliest = r->t_first;
	if (r->t_first > p->latest)
		p->latest = r->t_first;
	p->attempts++;
	p->outcomes[outcome]++;
	p->statuses[r->status < FACTS_STATUSES ? r->status : 0]++;
	if (r->rule < s->n_rules)
		facts_rule(&f->rules[r->rule], r);
	facts_joined(f, r);
	arrivals_add(&f->seconds, r->t_first, outcome);
	arrivals_add(&f->tenths, r->t_first, outcome);
	f->attempts++;
	if (r->t_end != RECORD_NONE && r->t_end > f->end)
		f->end = r->t_end;
	if (r->t_first > f->end)
		f->end = r->t_first;
}

static void
facts_phase(const struct phase_facts *p, struct verdict_phase *to)
{
	to->attempts = p->attempts;
	memcpy(to->outcomes, p->outcomes, sizeof(to->outcomes));
	for (unsigned i = 0; i < FACTS_STATUSES; i++)
		to->n_statuses += p->statuses[i] > 0;
	to->statuses = xcalloc(to->n_statuses + 1, sizeof(*to->statuses));
	to->n_statuses = 0;
	for (unsigned i = 0; i < FACTS_STATUSES; i++)
		if (p->statuses[i] > 0)
			to->statuses[to->n_statuses++] =
			    (struct status_count){ (uint16_t)i,
				    p->statuses[i] };
}

/* The share that a rule aims at, < 0 when it is not one number. */
static double
facts_configured(const struct rule *r)
{
	double sum = 0;

	if (r->n_choices > 0) {
		for (unsigned i = 0; i < r->n_choices; i++)
			sum += r->choices[i].rate / 1e9;
		return sum;
	}
	switch (r->select.kind) {
	case SELECT_ALWAYS:
		return r->select.limit == 0 ? 1 : -1;
	case SELECT_RATE:
		return r->select.rate_from == r->select.rate_to &&
			       r->select.limit == 0
			   ? r->select.rate_from / 1e9
			   : -1;
	case SELECT_EVERY:
		return r->select.every > 0 && r->select.limit == 0
			   ? 1 / (double)r->select.every
			   : -1;
	default:
		return -1;
	}
}

static void
facts_rule_report(
    const struct rule_facts *f, const struct rule *r, struct verdict_rule *to)
{
	struct interval i;

	*to = (struct verdict_rule){
		.name = r->name,
		.has_matched = r->select.per == PER_ALL && f->drawn > 0,
		.injected = f->injected,
		.shadowed = f->shadowed,
		.skipped = f->skipped,
		.bypassed = f->bypassed,
		.configured = facts_configured(r),
	};
	if (to->has_matched)
		verdict_rule_matched(to, f->drawn);
	else {
		i = stats_wilson(0, 0, STATS_Z95);
		to->lo = i.lo;
		to->hi = i.hi;
	}
}

void
verdict_rule_matched(struct verdict_rule *to, uint64_t matched)
{
	uint64_t fired =
	    to->injected + to->shadowed + to->skipped + to->bypassed;
	struct interval i;

	if (fired > matched)
		matched = fired;
	i = stats_wilson(fired, matched, STATS_Z95);
	to->has_matched = matched > 0;
	to->matched = matched;
	to->achieved = matched > 0 ? (double)fired / (double)matched : 0;
	to->lo = i.lo;
	to->hi = i.hi;
}

static void
facts_series(const struct arrivals *a, struct series *to)
{
	to->width = (double)a->width / 1e9;
	to->n = a->n;
	to->cut = a->cut;
	to->bins = xcalloc(a->n + 1, sizeof(*to->bins));
	for (size_t i = 0; i < a->n; i++)
		memcpy(to->bins[i].outcomes, a->bins[i],
		    sizeof(to->bins[i].outcomes));
}

void
facts_report(const struct run_facts *f, struct verdict *v)
{
	const struct scenario *s = f->scenario;

	v->attempts = f->attempts;
	v->n_phases = s->n_phases;
	v->phases = xcalloc(s->n_phases + 1, sizeof(*v->phases));
	for (unsigned i = 0; i < s->n_phases; i++) {
		v->phases[i].name = s->phases[i].name;
		facts_phase(&f->phases[i], &v->phases[i]);
	}
	v->n_rules = s->n_rules;
	v->rules = xcalloc(s->n_rules + 1, sizeof(*v->rules));
	for (unsigned i = 0; i < s->n_rules; i++)
		facts_rule_report(&f->rules[i], s->rules[i], &v->rules[i]);
	facts_series(&f->seconds, &v->seconds);
	facts_series(&f->tenths, &v->tenths);
}
