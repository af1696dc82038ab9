#include "decide/replay.h"

#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/xalloc.h"
#include "decide/select.h"

/* One journaled request. */
struct decision {
	const struct replay_rule *rules;
	uint64_t t_ns;
	uint64_t keys[2]; /* by REPLAY_EXACT, REPLAY_TARGET */
	uint16_t phase;
	uint16_t n;
	atomic_bool taken;
};

/* How a request is looked up: as it is, or whatever its operation. */
enum { REPLAY_EXACT, REPLAY_TARGET, REPLAY_WAYS };

/* The decisions of one key, in order of arrival: some of `order`. */
struct chain {
	uint64_t key;
	size_t at, n;
	atomic_size_t next; /* those before are taken */
};

struct replay {
	const struct scenario *s;
	struct arena *arena;
	struct decision *v;
	size_t n, cap;
	struct decision **order[REPLAY_WAYS];
	struct chain *chains[REPLAY_WAYS];
	size_t n_chains[REPLAY_WAYS];
	atomic_uint_fast64_t taken, unknown;
};

struct replay *
replay_new(const struct scenario *s)
{
	struct replay *r = xcalloc(1, sizeof(*r));

	r->s = s;
	r->arena = arena_new();
	return r;
}

void
replay_free(struct replay *r)
{
	if (r == NULL)
		return;
	for (unsigned way = 0; way < REPLAY_WAYS; way++) {
		free(r->order[way]);
		free(r->chains[way]);
	}
	arena_free(r->arena);
	free(r->v);
	free(r);
}

static void
replay_keys(const struct replay_request *q, uint64_t to[REPLAY_WAYS])
{
	uint64_t target =
	    q->target != 0 ? q->target : hash_name(q->path.p, q->path.n);

	to[REPLAY_TARGET] =
	    hash_mix(hash_name(q->method.p, q->method.n) ^ hash_mix(target));
	to[REPLAY_EXACT] = hash_mix(to[REPLAY_TARGET] + q->op);
}

static const struct inject *
replay_inject(const struct scenario *s, const struct replay_rule *v)
{
	const struct rule *rule;

	if (v->rule >= s->n_rules)
		return NULL;
	rule = s->rules[v->rule];
	if (rule->n_choices == 0)
		return v->choice == REPLAY_NO_CHOICE ? &rule->inject : NULL;
	return v->choice < rule->n_choices ? &rule->choices[v->choice].inject
					   : NULL;
}

bool
replay_add(struct replay *r, const struct replay_request *q,
    const struct replay_rule *v, unsigned n)
{
	struct replay_rule *rules;
	struct decision *d;

	if (n > PLAN_MAX)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (replay_inject(r->s, &v[i]) == NULL)
			return false;
	if (r->n == r->cap) {
		r->cap = r->cap > 0 ? 2 * r->cap : 1024;
		r->v = xreallocarray(r->v, r->cap, sizeof(r->v[0]));
	}
	rules = arena_calloc(r->arena, n + 1, sizeof(*rules));
	for (unsigned i = 0; i < n; i++)
		rules[i] = v[i];
	d = &r->v[r->n++];
	*d = (struct decision){ .rules = rules,
		.t_ns = q->t_ns,
		.phase = q->phase,
		.n = (uint16_t)n };
	replay_keys(q, d->keys);
	return true;
}

static int
replay_compare(const struct decision *a, const struct decision *b, int way)
{
	if (a->keys[way] != b->keys[way])
		return a->keys[way] < b->keys[way] ? -1 : 1;
	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	return a < b ? -1 : a > b;
}

static int
replay_compare_exact(const void *a, const void *b)
{
	return replay_compare(*(struct decision *const *)a,
	    *(struct decision *const *)b, REPLAY_EXACT);
}

static int
replay_compare_target(const void *a, const void *b)
{
	return replay_compare(*(struct decision *const *)a,
	    *(struct decision *const *)b, REPLAY_TARGET);
}

static void
replay_chains(struct replay *r, unsigned way)
{
	struct decision **order = r->order[way];
	struct chain *c = NULL;

	r->chains[way] = xcalloc(r->n + 1, sizeof(*c));
	for (size_t i = 0; i < r->n; i++) {
		if (c == NULL || c->key != order[i]->keys[way]) {
			c = &r->chains[way][r->n_chains[way]++];
			c->key = order[i]->keys[way];
			c->at = i;
		}
		c->n++;
	}
}

void
replay_ready(struct replay *r)
{
	static int (*const compare[])(const void *,
	    const void *) = { [REPLAY_EXACT] = replay_compare_exact,
		[REPLAY_TARGET] = replay_compare_target };

	for (unsigned way = 0; way < REPLAY_WAYS; way++) {
		assert(r->order[way] == NULL);
		r->order[way] = xcalloc(r->n + 1, sizeof(r->order[way][0]));
		for (size_t i = 0; i < r->n; i++)
			r->order[way][i] = &r->v[i];
		qsort(r->order[way], r->n, sizeof(r->order[way][0]),
		    compare[way]);
		replay_chains(r, way);
	}
}

static int
replay_compare_key(const void *key, const void *chain)
{
	uint64_t a = *(const uint64_t *)key,
		 b = ((const struct chain *)chain)->key;

	return a < b ? -1 : a > b;
}

/* The first decision of a chain that nobody took; now it is taken. */
static const struct decision *
replay_take(struct replay *r, unsigned way, struct chain *c)
{
	for (;;) {
		size_t i = atomic_fetch_add(&c->next, 1);
		struct decision *d;

		if (i >= c->n)
			return NULL;
		d = r->order[way][c->at + i];
		if (!atomic_exchange(&d->taken, true))
			return d;
	}
}

static const struct decision *
replay_look_up(struct replay *r, const uint64_t keys[REPLAY_WAYS])
{
	for (unsigned way = 0; way < REPLAY_WAYS; way++) {
		struct chain *c = bsearch(&keys[way], r->chains[way],
		    r->n_chains[way], sizeof(*c), replay_compare_key);

		if (c != NULL)
			return replay_take(r, way, c);
	}
	return NULL;
}

bool
replay_find(struct replay *r, const struct facts *facts, const uint64_t key[2],
    struct plan *plan)
{
	struct replay_request q = { .method = facts->head->method,
		.path = facts->path,
		.target = facts_target_hash(facts, key),
		.op = facts->op_key };
	uint64_t keys[REPLAY_WAYS];
	const struct decision *d;

	replay_keys(&q, keys);
	d = replay_look_up(r, keys);
	if (d == NULL) {
		atomic_fetch_add(&r->unknown, 1);
		return false;
	}
	atomic_fetch_add(&r->taken, 1);
	for (unsigned i = 0; i < d->n && plan->n < PLAN_MAX; i++)
		plan->v[plan->n++] =
		    (struct armed){ .rule = r->s->rules[d->rules[i].rule],
			    .inject = replay_inject(r->s, &d->rules[i]),
			    .n = d->rules[i].n,
			    .draw = d->rules[i].draw };
	if (d->n > 0)
		plan->phase = d->phase;
	return true;
}

struct replay_stats
replay_stats(const struct replay *r)
{
	return (struct replay_stats){ .decisions = r->n,
		.taken = atomic_load(&r->taken),
		.unknown = atomic_load(&r->unknown) };
}

static uint16_t
replay_choice(const struct armed *a)
{
	for (unsigned i = 0; i < a->rule->n_choices; i++)
		if (&a->rule->choices[i].inject == a->inject)
			return (uint16_t)i;
	return REPLAY_NO_CHOICE;
}

/* What a request asked for itself is no rule: it asks again. */
unsigned
replay_of(const struct plan *plan, struct replay_rule to[PLAN_MAX])
{
	unsigned n = 0;

	for (unsigned i = 0; i < plan->n; i++) {
		const struct armed *a = &plan->v[i];

		if (a->rule->index != PLAN_NO_RULE)
			to[n++] = (struct replay_rule){ .n = a->n,
				.draw = a->draw,
				.rule = (uint16_t)a->rule->index,
				.choice = replay_choice(a) };
	}
	return n;
}

struct replay_rule
replay_plain(uint64_t seed, const struct rule *rule, uint64_t n)
{
	struct draw draw = { .seed = seed, .rule = rule->hash, .n = n };
	int choice = -1;

	if (rule->n_choices > 0)
		choice = select_choice(&draw, rule->choices, rule->n_choices,
		    select_total(rule->choices, rule->n_choices));
	return (struct replay_rule){ .n = n,
		.draw = select_number(&draw),
		.rule = (uint16_t)rule->index,
		.choice = choice < 0 ? REPLAY_NO_CHOICE : (uint16_t)choice };
}

bool
replay_is_plain(uint64_t seed, const struct plan *plan)
{
	struct replay_rule plain;

	if (plan->n != 1 || plan->v[0].rule->index == PLAN_NO_RULE)
		return false;
	plain = replay_plain(seed, plan->v[0].rule, plan->v[0].n);
	return plain.draw == plan->v[0].draw &&
	       plain.choice == replay_choice(&plan->v[0]);
}
