#include "decide/decide.h"

#include <assert.h>

#include "decide/match.h"
#include "decide/trial.h"
#include "scenario/inject.h"

/* The guard's word, once a request. */
static bool
decide_guard(struct deciding *d)
{
	if (d->plan->guarded)
		return true;
	if (!d->held)
		d->held = !guard_enter(&d->p->guard);
	d->plan->guarded = !d->held;
	return d->plan->guarded;
}

/* Whether an exchange ends with it. What admits a request, an interim status
 * and a 101 are written as if it did, but may leave it to later rules. */
static bool
decide_ends(const struct inject *inject)
{
	unsigned status;

	if (inject->ends == NULL || inject->ends->admits)
		return false;
	status = inject_status(&inject->faults[inject->n_faults - 1]);
	return status < 100 || status >= 200;
}

static void
decide_add(struct deciding *d, const struct rule *rule,
    const struct inject *inject, const struct draw *draw)
{
	struct plan *plan = d->plan;

	plan->v[plan->n++] = (struct armed){ .rule = rule,
		.inject = inject,
		.n = draw->n,
		.draw = select_number(draw) };
}

/* Puts a rule that fired into the plan. True: no later rule is tried. */
static bool
decide_arm(
    struct deciding *d, const struct trial *t, const struct inject *inject)
{
	bool ends = decide_ends(inject);

	if (!ends && d->plan->n == PLAN_MAX - 1) {
		atomic_fetch_add_explicit(
		    &t->state->overflow, 1, memory_order_relaxed);
		return false;
	}
	if (!trial_limit(d, t))
		return false;
	if (!decide_guard(d)) {
		trial_unlimit(d, t);
		return ends;
	}
	atomic_fetch_add_explicit(&t->state->injected, 1, memory_order_relaxed);
	decide_add(d, t->rule, inject, &t->draw);
	return ends;
}

/* What the request asks for itself, before any rule. True: it ends there. */
static bool
decide_asked(struct deciding *d)
{
	static const struct rule asked = { .name = "request-header",
		.index = PLAN_NO_RULE,
		.hash = 0xb5ad4eceda1ce2a9u };
	struct draw draw = { .seed = d->p->seed, .rule = asked.hash };
	const struct field *f = head_field(d->f->head, FIELD_X_BROWNOUT_INJECT);
	const struct inject *inject;

	if (f == NULL)
		return false;
	inject = headers_find(d->p->headers, f->value);
	if (inject == NULL || !decide_guard(d))
		return false;
	draw.n = 1 + atomic_fetch_add_explicit(
			 &d->p->asked, 1, memory_order_relaxed);
	decide_add(d, &asked, inject, &draw);
	return decide_ends(inject);
}

static bool
decide_is_early(const struct deciding *d, const struct inject *inject)
{
	for (unsigned i = 0; i < inject->n_faults; i++) {
		const struct inject_fault *f = &inject->faults[i];

		if (f->type->early != NULL &&
		    f->type->early(d->p->shared[f->shared], d->f))
			return true;
	}
	return false;
}

/* What a rule whose draw let the request pass injects all the same: its client
 * was told to wait and did not. NULL: nothing. */
static const struct inject *
decide_early(const struct deciding *d, const struct rule *rule)
{
	if (rule->n_choices == 0 && decide_is_early(d, &rule->inject))
		return &rule->inject;
	for (unsigned i = 0; i < rule->n_choices; i++)
		if (decide_is_early(d, &rule->choices[i].inject))
			return &rule->choices[i].inject;
	return NULL;
}

/* One rule: match, draw, arm. True: no later rule is tried. */
static bool
decide_rule(struct deciding *d, const struct rule *rule)
{
	const struct inject *inject;
	struct trial t;

	if (!match_holds(&rule->match, d->f, d->attempt) ||
	    !trial_begin(d, rule, &t))
		return false;
	inject = trial_draw(d, &t);
	if (inject == NULL)
		inject = decide_early(d, rule);
	return inject != NULL && decide_arm(d, &t, inject);
}

/* Where the clock stands; false when nothing is to be decided. */
static bool
decide_begin(struct deciding *d)
{
	struct play *p = d->p;
	struct clock c = play_clock(p);
	uint64_t elapsed;
	struct spot spot;

	if (c.state == CLOCK_IDLE || c.state == CLOCK_STOPPED)
		return false;
	elapsed = clock_elapsed(&c, &p->line, d->f->now_ns);
	spot = timeline_at(&p->line, elapsed);
	if (spot.phase < 0)
		return false;
	d->plan->phase = (uint16_t)spot.phase;
	d->phase = &p->s->phases[spot.phase];
	d->into_ns = spot.into_ns;
	return !play_is_off(p) && !guard_stopped(&p->guard) &&
	       !play_expired(p, elapsed);
}

/* The draws of a rule as far as its journaled numbers tell. */
static void
decide_recount(struct rule_state *state, uint64_t n)
{
	uint_fast64_t injected = 1 + atomic_fetch_add(&state->injected, 1);
	uint_fast64_t draws = atomic_load(&state->draws);

	if (n < injected)
		n = injected;
	while (draws < n &&
	       !atomic_compare_exchange_weak(&state->draws, &draws, n))
		continue;
}

/* Decides what was decided before. */
static void
decide_again(struct deciding *d)
{
	struct plan *plan = d->plan;
	unsigned asked;

	if (d->p->headers != NULL)
		decide_asked(d);
	asked = plan->n;
	replay_find(d->p->replay, d->f, d->p->key, plan);
	for (unsigned i = asked; i < plan->n; i++)
		decide_recount(
		    &d->p->rules[plan->v[i].rule->index], plan->v[i].n);
}

static void
decide_clear(struct plan *plan, const struct play *p)
{
	plan->n = 0;
	plan->phase = PLAN_NO_PHASE;
	plan->shadow = p->shadow;
	plan->guarded = false;
	plan->op = 0;
}

void
decide(struct play *p, const struct facts *facts, struct plan *plan)
{
	struct deciding d = { .p = p, .f = facts, .plan = plan };
	struct index_walk walk;
	uint32_t at;

	decide_clear(plan, p);
	if (p->s->start_on_request && play_start_ns(p) == 0)
		play_start(p, facts->now_ns);
	if (!decide_begin(&d))
		return;
	if (p->replay != NULL) {
		decide_again(&d);
		return;
	}
	guard_request(&p->guard);
	if (p->counts_attempts)
		trial_operation(&d);
	if (p->headers != NULL && decide_asked(&d))
		return;
	index_find(p->indices[d.phase->index], facts->path, &walk);
	while ((at = index_next(&walk)) != UINT32_MAX)
		if (decide_rule(&d, d.phase->rules[at]))
			break;
}

/* Whether the plan has a fault of a kind that the rule would inject: what
 * happens to a connection of one kind is settled by the first rule that fires.
 */
static bool
decide_settled(const struct plan *plan, const struct rule *rule)
{
	for (unsigned i = 0; i < plan->n; i++) {
		const struct inject *has = plan->v[i].inject;
		const struct inject *wants = rule->n_choices > 0
						 ? &rule->choices[0].inject
						 : &rule->inject;

		for (unsigned k = 0; k < has->n_faults; k++)
			for (unsigned m = 0; m < wants->n_faults; m++)
				if (has->faults[k].type ==
				    wants->faults[m].type)
					return true;
	}
	return false;
}

void
decide_connection(struct play *p, const struct facts *facts, struct plan *plan)
{
	struct deciding d = { .p = p, .f = facts, .plan = plan, .attempt = 1 };

	decide_clear(plan, p);
	if (!decide_begin(&d) || d.phase->n_connections == 0)
		return;
	guard_request(&p->guard);
	for (unsigned i = 0; i < d.phase->n_connections; i++)
		if (!decide_settled(plan, d.phase->connections[i]) &&
		    decide_rule(&d, d.phase->connections[i]))
			break;
}

void
decide_done(
    struct play *p, const struct plan *plan, int upstream_ok, uint64_t now_ns)
{
	if (plan->guarded)
		guard_leave(&p->guard);
	if (plan->op != 0 && plan->n == 0 && upstream_ok == 1)
		trial_operation_over(p, plan->op, now_ns);
	if (upstream_ok < 0 || guard_stopped(&p->guard))
		return;
	guard_upstream(&p->guard, upstream_ok == 1, now_ns);
	if (guard_stopped(&p->guard))
		play_arm(p, now_ns);
}

void
decide_missed(struct play *p, const struct armed *armed, enum missed how)
{
	struct rule_state *state;

	if (armed->rule->index == PLAN_NO_RULE)
		return;
	state = &p->rules[armed->rule->index];
	atomic_fetch_add_explicit(
	    how == MISSED_SKIPPED ? &state->skipped : &state->bypassed, 1,
	    memory_order_relaxed);
}

void
decide_idle(struct play *p, const struct armed *armed)
{
	if (armed->rule->index != PLAN_NO_RULE)
		atomic_fetch_add_explicit(&p->rules[armed->rule->index].idle, 1,
		    memory_order_relaxed);
}
