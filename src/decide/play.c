#include "decide/play.h"

#include <assert.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "decide/match.h"
#include "decide/select.h"

static const uint64_t PLAY_IDLE_NS = 3600000000000u,
		      PLAY_WINDOW_NS = 120000000000u, PLAY_TABLE_MAX = 1u << 20;

static void *
play_shared_new(const struct inject_fault *f)
{
	return f->type->shared_new != NULL ? f->type->shared_new(f->conf)
					   : NULL;
}

static void
play_build(struct play *p)
{
	const struct scenario *s = p->s;

	timeline_init(&p->line, s->phases, s->n_phases, p->line.scale);
	p->rules = xcalloc(s->n_rules + 1, sizeof(p->rules[0]));
	p->indices = xcalloc(s->n_phases + 1, sizeof(p->indices[0]));
	for (unsigned i = 0; i < s->n_phases; i++)
		p->indices[i] =
		    index_new(s->phases[i].rules, s->phases[i].n_rules);
	p->per_connection =
	    xcalloc(s->n_rules + 1, sizeof(p->per_connection[0]));
	for (unsigned i = 0; i < s->n_rules; i++) {
		if (match_has(&s->rules[i]->match, COND_ATTEMPT))
			p->counts_attempts = true;
		p->wants_keys |= s->rules[i]->select.per == PER_OPERATION ||
				 s->rules[i]->select.per == PER_CLIENT;
		if (s->rules[i]->select.per == PER_CONNECTION)
			p->per_connection[p->n_per_connection++] = i;
	}
	p->shared = xcalloc(s->n_shared + 1, sizeof(p->shared[0]));
	for (unsigned i = 0; i < s->n_shared; i++) {
		const struct inject_fault *f = s->shared[i];

		p->shared[i] = play_shared_new(f);
		p->wants_keys |=
		    f->type->by_client != NULL && f->type->by_client(f->conf);
	}
	p->wants_keys |= p->counts_attempts || s->request_headers;
	if (s->request_headers)
		p->headers = headers_new(s->n_shared);
	guard_init(&p->guard, &s->guard,
	    timeline_real(&p->line, s->guard.stop_for_ns));
}

struct play *
play_new(struct scenario *s, const struct play_options *o)
{
	struct play *p = xcalloc(1, sizeof(*p));
	uint64_t max = o->table_max > 0 ? o->table_max : s->identity.table_max;

	p->s = s;
	p->seed = o->seed;
	p->shadow = o->shadow;
	p->line.scale = o->time_scale;
	p->key[0] = hash_mix(o->seed + 0x9e3779b97f4a7c15u);
	p->key[1] = hash_mix(p->key[0] + 0x9e3779b97f4a7c15u);
	p->idle_ns = o->idle_ns > 0 ? o->idle_ns : PLAY_IDLE_NS;
	p->window_ns =
	    s->identity.window_ns > 0 ? s->identity.window_ns : PLAY_WINDOW_NS;
	p->table = table_new(max > 0 ? max : PLAY_TABLE_MAX);
	atomic_init(&p->refs, 1);
	pthread_mutex_init(&p->lock, NULL);
	play_build(p);
	play_arm(p, 0);
	return p;
}

void
play_replay(struct play *p, struct replay *r)
{
	assert(p->replay == NULL);
	p->replay = r;
	p->wants_keys = true;
	play_arm(p, 0);
}

const struct replay *
play_replayed(const struct play *p)
{
	return p->replay;
}

bool
play_wants_keys(const struct play *p)
{
	return p->wants_keys;
}

struct play *
play_ref(struct play *p)
{
	unsigned before = atomic_fetch_add(&p->refs, 1);

	assert(before > 0);
	return p;
}

void
play_unref(struct play *p)
{
	if (p == NULL || atomic_fetch_sub(&p->refs, 1) > 1)
		return;
	for (unsigned i = 0; i < p->s->n_shared; i++)
		if (p->s->shared[i]->type->shared_free != NULL)
			p->s->shared[i]->type->shared_free(p->shared[i]);
	for (unsigned i = 0; i < p->s->n_phases; i++)
		index_free(p->indices[i]);
	headers_free(p->headers);
	replay_free(p->replay);
	guard_clear(&p->guard);
	table_free(p->table);
	timeline_clear(&p->line);
	pthread_mutex_destroy(&p->lock);
	scenario_free(p->s);
	free(p->per_connection);
	free(p->indices);
	free(p->rules);
	free(p->shared);
	free(p);
}

const struct scenario *
play_scenario(const struct play *p)
{
	return p->s;
}

uint64_t
play_seed(const struct play *p)
{
	return p->seed;
}

const uint64_t *
play_hash_key(const struct play *p)
{
	return p->key;
}

uint64_t
play_start_ns(const struct play *p)
{
	return atomic_load_explicit(&p->start_ns, memory_order_relaxed);
}

void *
play_shared(struct play *p, unsigned slot)
{
	if (slot < p->s->n_shared)
		return p->shared[slot];
	assert(p->headers != NULL);
	return headers_shared(p->headers, slot);
}

void
play_rule_stats(const struct play *p, unsigned rule, struct rule_stats *to)
{
	const struct rule_state *r = &p->rules[rule];
	const struct rule *conf = p->s->rules[rule];
	uint64_t patch = atomic_load(&r->patch);
	/* Before what it is a part of. */
	uint64_t idle = atomic_load(&r->idle);

	assert(rule < p->s->n_rules);
	*to = (struct rule_stats){ .matched = atomic_load(&r->draws),
		.fired = atomic_load(&r->injected),
		.skipped = atomic_load(&r->skipped),
		.bypassed = atomic_load(&r->bypassed),
		.overflow = atomic_load(&r->overflow),
		.enabled = patch_enabled(patch) };
	to->injected = to->fired - idle;
	if (patch_has(patch, PATCH_RATE))
		to->rate = (uint32_t)patch;
	else if (conf->n_choices > 0)
		to->rate = select_total(conf->choices, conf->n_choices);
	else
		to->rate = select_share(&conf->select);
}

void
play_stats(struct play *p, struct play_stats *to)
{
	struct table_stats t = table_stats(p->table);

	*to = (struct play_stats){ .table_entries = t.entries,
		.table_max = t.max,
		.table_overflow = t.overflow,
		.active = atomic_load(&p->guard.active),
		.held_active = atomic_load(&p->guard.held_active),
		.held_share = atomic_load(&p->guard.held_share),
		.stopped = guard_stopped(&p->guard),
		.asked = atomic_load(&p->asked),
		.asked_refused =
		    p->headers != NULL ? headers_refused(p->headers) : 0 };
}

uint64_t
play_patch(struct rule_state *r, uint64_t now_ns)
{
	uint64_t patch = atomic_load_explicit(&r->patch, memory_order_acquire);

	if (patch != 0 && now_ns >= atomic_load_explicit(&r->patch_until,
					memory_order_relaxed)) {
		atomic_compare_exchange_strong(&r->patch, &patch, 0);
		return 0;
	}
	return patch;
}

void
play_patch_rule(struct play *p, unsigned rule, int enabled, int64_t rate_ppb,
    uint64_t expires_ns, uint64_t now_ns)
{
	struct rule_state *r = &p->rules[rule];
	uint64_t patch;

	assert(rule < p->s->n_rules && rate_ppb <= RATE_ONE);
	pthread_mutex_lock(&p->lock);
	patch = play_patch(r, now_ns);
	if (rate_ppb >= 0)
		patch = (patch >> PATCH_RATE_BITS | 1u << PATCH_RATE)
			    << PATCH_RATE_BITS |
			(uint64_t)rate_ppb;
	if (enabled >= 0) {
		patch |= (uint64_t)1 << (PATCH_RATE_BITS + PATCH_SWITCH);
		patch &= ~((uint64_t)1 << (PATCH_RATE_BITS + PATCH_ENABLED));
		patch |= (uint64_t)(enabled > 0)
			 << (PATCH_RATE_BITS + PATCH_ENABLED);
	}
	/* Nobody may see the new patch with the old time, which may be past. */
	atomic_store(&r->patch, 0);
	atomic_store(
	    &r->patch_until, expires_ns > 0 ? now_ns + expires_ns : UINT64_MAX);
	atomic_store(&r->patch, patch);
	pthread_mutex_unlock(&p->lock);
}

uint64_t
play_patch_left(struct play *p, unsigned rule, uint64_t now_ns)
{
	struct rule_state *r = &p->rules[rule];
	uint64_t until;

	assert(rule < p->s->n_rules);
	if (play_patch(r, now_ns) == 0)
		return 0;
	until = atomic_load(&r->patch_until);
	return until == UINT64_MAX ? until
	       : until > now_ns    ? until - now_ns
				   : 0;
}
