#include "decide/decide.h"

#include <assert.h>

#include "decide/match.h"
#include "decide/play.h"
#include "decide/select.h"
#include "identity/identity.h"

/* Names of counters in the table: two a rule, and one for operations. */
enum { COUNT_DRAWS, COUNT_LIMIT, COUNT_KINDS };
#define COUNT_OPERATION UINT64_MAX

/* A count's flags: whether the burst's chain is inside, and which life of its
 * operation it belongs to. */
enum { COUNT_INSIDE = 1, COUNT_LIFE_SHIFT = 1 };

/* One request on its way through the rules. */
struct deciding {
	struct play *p;
	const struct facts *f;
	struct plan *plan;
	const struct phase *phase;
	uint64_t into_ns;
	uint32_t attempt; /* 0: not looked up yet */
	uint32_t life;    /* how often the operation began anew */
	bool held;        /* the guard let nothing through */
};

/* One rule at one request: its selector as patched, and the key it counts
 * for. */
struct trial {
	const struct rule *rule;
	struct rule_state *state;
	struct select select;
	uint32_t rate;
	uint64_t key;
	struct draw draw;
};

/*
 * Which operation the request belongs to and which attempt it is. A
 * fingerprinted operation is over when an attempt passed: the next request with
 * the same fingerprint begins another life of it.
 */
static void
decide_operation(struct deciding *d)
{
	struct table_ref ref;

	if (d->attempt != 0)
		return;
	d->attempt = d->f->attempt > 0 ? d->f->attempt : 1;
	if (d->f->op_key == 0)
		return;
	ref = table_get(d->p->table, COUNT_OPERATION, d->f->op_key,
	    d->f->now_ns, d->p->window_ns);
	if (ref.count == NULL)
		return;
	ref.count->n++;
	d->life = ref.count->gen;
	if (d->f->attempt == 0)
		d->attempt = ref.count->n < UINT32_MAX ? (uint32_t)ref.count->n
						       : UINT32_MAX;
	table_put(ref);
	if (d->f->op_source == OP_FINGERPRINT)
		d->plan->op = d->f->op_key;
}

static void
decide_over(struct play *p, uint64_t op, uint64_t now_ns)
{
	struct table_ref ref =
	    table_get(p->table, COUNT_OPERATION, op, now_ns, p->window_ns);

	if (ref.count == NULL)
		return;
	ref.count->n = 0;
	ref.count->gen++;
	table_put(ref);
}

static uint64_t
decide_key(const struct deciding *d, enum per per)
{
	switch (per) {
	case PER_CLIENT:
		return d->f->client_key;
	case PER_CONNECTION:
		return d->f->conn;
	case PER_OPERATION:
		return d->f->op_key;
	case PER_ALL:
		break;
	}
	return 0;
}

/* The counter of a rule for the request's key; of an operation's earlier life
 * nothing is left in it. */
static struct table_ref
decide_count(struct deciding *d, const struct trial *t, unsigned kind)
{
	bool op = t->select.per == PER_OPERATION;
	uint64_t id = (uint64_t)t->rule->index * COUNT_KINDS + kind;
	struct table_ref ref = table_get(d->p->table, id, t->key, d->f->now_ns,
	    op ? d->p->window_ns : d->p->idle_ns);
	uint32_t life = d->life << COUNT_LIFE_SHIFT;

	if (ref.count != NULL &&
	    (ref.count->flags & ~(uint32_t)COUNT_INSIDE) != life) {
		ref.count->n = 0;
		ref.count->flags = life;
	}
	return ref;
}

/* Counts and draws for all requests together; all is the draw's number. */
static bool
decide_draw_all(struct trial *t)
{
	bool inside = false;

	if (t->select.kind == SELECT_BURST) {
		uint64_t known = atomic_load_explicit(
		    &t->state->burst, memory_order_relaxed);
		bool from = known >> 1 < t->draw.n;

		inside = select_burst(&t->draw, &t->select,
		    from ? known >> 1 : 0, from && (known & 1));
		atomic_store_explicit(&t->state->burst, t->draw.n << 1 | inside,
		    memory_order_relaxed);
	}
	return select_fires(&t->draw, &t->select, t->rate, inside);
}

/* An operation that nothing identifies: each request is its own, numbered by
 * the rule's draws. */
static bool
decide_draw_lone(struct trial *t)
{
	bool inside;

	t->draw.key = t->draw.n;
	t->draw.n = 1;
	inside = t->select.kind == SELECT_BURST &&
		 select_burst_step(&t->draw, &t->select, false);
	return select_fires(&t->draw, &t->select, t->rate, inside);
}

/* Counts and draws for the request's own key. */
static bool
decide_draw_key(struct deciding *d, struct trial *t)
{
	struct table_ref ref = decide_count(d, t, COUNT_DRAWS);
	uint64_t lives;
	bool inside = false;

	if (ref.count == NULL) {
		atomic_fetch_add_explicit(
		    &t->state->overflow, 1, memory_order_relaxed);
		return false;
	}
	lives = (uint64_t)ref.count->gen + d->life;
	t->draw.key = lives == 0 ? t->key : hash_mix(t->key + lives);
	t->draw.n = ++ref.count->n;
	if (t->select.kind == SELECT_BURST) {
		inside = select_burst_step(
		    &t->draw, &t->select, ref.count->flags & COUNT_INSIDE);
		ref.count->flags =
		    (ref.count->flags & ~(uint32_t)COUNT_INSIDE) |
		    (inside ? COUNT_INSIDE : 0);
	}
	table_put(ref);
	return select_fires(&t->draw, &t->select, t->rate, inside);
}

/* Whether the limit is one for all keys. `first` has a limit for each key
 * already: its number. */
static bool
decide_limit_is_one(const struct trial *t)
{
	return t->select.per == PER_ALL || t->select.kind == SELECT_FIRST ||
	       (t->select.per == PER_OPERATION && t->key == 0);
}

static bool
decide_limit_all(const struct trial *t)
{
	uint_fast64_t taken =
	    atomic_load_explicit(&t->state->taken, memory_order_relaxed);

	while (taken < t->select.limit)
		if (atomic_compare_exchange_weak_explicit(&t->state->taken,
			&taken, taken + 1, memory_order_relaxed,
			memory_order_relaxed))
			return true;
	return false;
}

/* Takes one of the injections that `limit` allows. */
static bool
decide_limit(struct deciding *d, const struct trial *t)
{
	struct table_ref ref;
	bool left;

	if (t->select.limit == 0)
		return true;
	if (decide_limit_is_one(t))
		return decide_limit_all(t);
	ref = decide_count(d, t, COUNT_LIMIT);
	if (ref.count == NULL) {
		atomic_fetch_add_explicit(
		    &t->state->overflow, 1, memory_order_relaxed);
		return false;
	}
	left = ref.count->n < t->select.limit;
	ref.count->n += left;
	table_put(ref);
	return left;
}

/* Gives it back: the guard said no. */
static void
decide_unlimit(struct deciding *d, const struct trial *t)
{
	struct table_ref ref;

	if (t->select.limit == 0)
		return;
	if (decide_limit_is_one(t)) {
		atomic_fetch_sub_explicit(
		    &t->state->taken, 1, memory_order_relaxed);
		return;
	}
	ref = decide_count(d, t, COUNT_LIMIT);
	if (ref.count != NULL && ref.count->n > 0)
		ref.count->n--;
	table_put(ref);
}

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

/* The selector and rate that hold for the request. False: switched off. */
static bool
decide_trial(struct deciding *d, const struct rule *rule, struct trial *t)
{
	struct rule_state *state = &d->p->rules[rule->index];
	uint64_t patch = play_patch(state, d->f->now_ns);

	if (!patch_enabled(patch))
		return false;
	*t = (struct trial){
		.rule = rule, .state = state, .select = rule->select
	};
	if (patch_has(patch, PATCH_RATE)) {
		t->select.kind = SELECT_RATE;
		t->select.rate_from = t->select.rate_to = (uint32_t)patch;
	} else if (rule->n_choices > 0) {
		t->select.kind = SELECT_RATE;
		t->select.even = false;
		t->select.rate_from = t->select.rate_to =
		    select_total(rule->choices, rule->n_choices);
	}
	t->rate = select_rate(&t->select, d->into_ns, d->phase->for_ns);
	return true;
}

/* Draws for a matching request; what is to be injected, or NULL. */
static const struct inject *
decide_draw(struct deciding *d, struct trial *t)
{
	const struct rule *rule = t->rule;
	bool fires;
	int choice;

	t->draw = (struct draw){ .seed = d->p->seed,
		.rule = rule->hash,
		.n = 1 + atomic_fetch_add_explicit(
			     &t->state->draws, 1, memory_order_relaxed) };
	if (t->select.per == PER_OPERATION)
		decide_operation(d);
	t->key = decide_key(d, t->select.per);
	if (t->select.per == PER_ALL)
		fires = decide_draw_all(t);
	else if (t->select.per == PER_OPERATION && t->key == 0)
		fires = decide_draw_lone(t);
	else
		fires = decide_draw_key(d, t);
	if (!fires)
		return NULL;
	if (rule->n_choices == 0)
		return &rule->inject;
	choice =
	    select_choice(&t->draw, rule->choices, rule->n_choices, t->rate);
	return choice < 0 ? NULL : &rule->choices[choice].inject;
}

/* Puts a rule that fired into the plan. True: no later rule is tried. */
static bool
decide_arm(
    struct deciding *d, const struct trial *t, const struct inject *inject)
{
	struct plan *plan = d->plan;

	if (inject->ends == NULL && plan->n == PLAN_MAX - 1) {
		atomic_fetch_add_explicit(
		    &t->state->overflow, 1, memory_order_relaxed);
		return false;
	}
	if (!decide_limit(d, t))
		return false;
	if (!decide_guard(d)) {
		decide_unlimit(d, t);
		return inject->ends != NULL;
	}
	atomic_fetch_add_explicit(&t->state->injected, 1, memory_order_relaxed);
	plan->v[plan->n++] = (struct armed){ .rule = t->rule,
		.inject = inject,
		.n = t->draw.n,
		.draw = select_number(&t->draw) };
	return inject->ends != NULL;
}

/* One rule: match, draw, arm. True: no later rule is tried. */
static bool
decide_rule(struct deciding *d, const struct rule *rule)
{
	const struct inject *inject;
	struct trial t;

	if (!match_holds(&rule->match, d->f, d->attempt) ||
	    !decide_trial(d, rule, &t))
		return false;
	inject = decide_draw(d, &t);
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
	guard_request(&p->guard);
	if (p->counts_attempts)
		decide_operation(&d);
	index_find(p->indices[d.phase->index], facts->path, &walk);
	while ((at = index_next(&walk)) != UINT32_MAX)
		if (decide_rule(&d, d.phase->rules[at]))
			break;
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
		if (decide_rule(&d, d.phase->connections[i]))
			break;
}

void
decide_done(
    struct play *p, const struct plan *plan, int upstream_ok, uint64_t now_ns)
{
	if (plan->guarded)
		guard_leave(&p->guard);
	if (plan->op != 0 && plan->n == 0 && upstream_ok == 1)
		decide_over(p, plan->op, now_ns);
	if (upstream_ok < 0 || guard_stopped(&p->guard))
		return;
	guard_upstream(&p->guard, upstream_ok == 1, now_ns);
	if (guard_stopped(&p->guard))
		play_arm(p, now_ns);
}

void
decide_closed(struct play *p, uint64_t conn)
{
	for (unsigned i = 0; i < p->n_per_connection; i++)
		for (unsigned kind = 0; kind < COUNT_KINDS; kind++)
			table_drop(p->table,
			    (uint64_t)p->per_connection[i] * COUNT_KINDS + kind,
			    conn);
}

void
decide_missed(struct play *p, const struct armed *armed, enum missed how)
{
	struct rule_state *state = &p->rules[armed->rule->index];

	atomic_fetch_add_explicit(
	    how == MISSED_SKIPPED ? &state->skipped : &state->bypassed, 1,
	    memory_order_relaxed);
}
