#include "decide/trial.h"

#include "identity/identity.h"

/* Names of counters in the table: two a rule, and one for operations. */
enum { COUNT_DRAWS, COUNT_LIMIT, COUNT_KINDS };
#define COUNT_OPERATION UINT64_MAX

/* A count's flags: whether the burst's chain is inside, and which life of its
 * operation it belongs to. */
enum { COUNT_INSIDE = 1, COUNT_LIFE_SHIFT = 1 };

/*
 * Which operation the request belongs to and which attempt it is. A
 * fingerprinted operation is over when an attempt passed: the next request with
 * the same fingerprint begins another life of it.
 */
void
trial_operation(struct deciding *d)
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

void
trial_operation_over(struct play *p, uint64_t op, uint64_t now_ns)
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
trial_key(const struct deciding *d, enum per per)
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
trial_count(struct deciding *d, const struct trial *t, unsigned kind)
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
trial_draw_all(struct trial *t)
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
trial_draw_lone(struct trial *t)
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
trial_draw_key(struct deciding *d, struct trial *t)
{
	struct table_ref ref = trial_count(d, t, COUNT_DRAWS);
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
trial_limit_is_one(const struct trial *t)
{
	return t->select.per == PER_ALL || t->select.kind == SELECT_FIRST ||
	       (t->select.per == PER_OPERATION && t->key == 0);
}

static bool
trial_limit_all(const struct trial *t)
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

bool
trial_limit(struct deciding *d, const struct trial *t)
{
	struct table_ref ref;
	bool left;

	if (t->select.limit == 0)
		return true;
	if (trial_limit_is_one(t))
		return trial_limit_all(t);
	ref = trial_count(d, t, COUNT_LIMIT);
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

void
trial_unlimit(struct deciding *d, const struct trial *t)
{
	struct table_ref ref;

	if (t->select.limit == 0)
		return;
	if (trial_limit_is_one(t)) {
		atomic_fetch_sub_explicit(
		    &t->state->taken, 1, memory_order_relaxed);
		return;
	}
	ref = trial_count(d, t, COUNT_LIMIT);
	if (ref.count != NULL && ref.count->n > 0)
		ref.count->n--;
	table_put(ref);
}

bool
trial_begin(struct deciding *d, const struct rule *rule, struct trial *t)
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

const struct inject *
trial_draw(struct deciding *d, struct trial *t)
{
	const struct rule *rule = t->rule;
	bool fires;
	int choice;

	t->draw = (struct draw){ .seed = d->p->seed,
		.rule = rule->hash,
		.n = 1 + atomic_fetch_add_explicit(
			     &t->state->draws, 1, memory_order_relaxed) };
	if (t->select.per == PER_OPERATION)
		trial_operation(d);
	t->key = trial_key(d, t->select.per);
	if (t->select.per == PER_ALL)
		fires = trial_draw_all(t);
	else if (t->select.per == PER_OPERATION && t->key == 0)
		fires = trial_draw_lone(t);
	else
		fires = trial_draw_key(d, t);
	if (!fires)
		return NULL;
	if (rule->n_choices == 0)
		return &rule->inject;
	choice =
	    select_choice(&t->draw, rule->choices, rule->n_choices, t->rate);
	return choice < 0 ? NULL : &rule->choices[choice].inject;
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
