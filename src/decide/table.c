#include "decide/table.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/xalloc.h"

enum {
	TABLE_SHARDS = 256,
	TABLE_FIRST = 16,
	/* How many other shards an insert into a full table sweeps at most, and
	 * how long a shard rests between sweeps: bounds what one insert costs.
	 */
	TABLE_HELP = 8,
	TABLE_REST_NS = 20000000
};

/* A place of a shard; tag 0: empty. */
struct table_slot {
	uint64_t tag;
	uint64_t expire_ns; /* UINT64_MAX: never */
	struct count count;
};

/* Open addressing with linear probing, at most 3/4 full; a power of two of
 * slots. Padded so that two shards' locks never share a cache line. */
struct table_shard {
	pthread_mutex_t lock;
	struct table_slot *slots;
	uint64_t n_slots, used, overflow;
	uint64_t sweep_ns, rest_ns; /* before either a sweep is of no use */
	char pad[64];
};

struct table {
	uint64_t max;
	atomic_uint_fast64_t used;
	atomic_uint cursor; /* the shard to sweep next when all is full */
	struct table_shard shards[TABLE_SHARDS];
};

struct table *
table_new(uint64_t max)
{
	struct table *t = xcalloc(1, sizeof(*t));

	t->max = max;
	for (unsigned i = 0; i < TABLE_SHARDS; i++)
		pthread_mutex_init(&t->shards[i].lock, NULL);
	return t;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < TABLE_SHARDS; i++) {
		pthread_mutex_destroy(&t->shards[i].lock);
		free(t->shards[i].slots);
	}
	free(t);
}

/* A bijection of the key for each id, so only full 64-bit collisions of
 * different ids remain. Never 0. */
static uint64_t
table_tag(uint64_t id, uint64_t key)
{
	uint64_t tag = hash_mix(key ^ hash_mix(id + 0x9e3779b97f4a7c15u));

	return tag != 0 ? tag : 1;
}

static struct table_shard *
table_shard(struct table *t, uint64_t tag)
{
	return &t->shards[tag >> 56];
}

/* The slot of a tag or the empty one where it would be. */
static struct table_slot *
table_find(struct table_shard *s, uint64_t tag)
{
	uint64_t mask = s->n_slots - 1, i = tag & mask;

	while (s->slots[i].tag != 0 && s->slots[i].tag != tag)
		i = (i + 1) & mask;
	return &s->slots[i];
}

/* Moves the entries that live at now_ns into n_slots slots. */
static void
table_rebuild(
    struct table *t, struct table_shard *s, uint64_t n_slots, uint64_t now_ns)
{
	struct table_slot *old = s->slots;
	uint64_t n_old = s->n_slots, was = s->used, first = UINT64_MAX;

	s->slots = xcalloc(n_slots, sizeof(s->slots[0]));
	s->n_slots = n_slots;
	s->used = 0;
	for (uint64_t i = 0; i < n_old; i++) {
		if (old[i].tag == 0 || old[i].expire_ns <= now_ns)
			continue;
		*table_find(s, old[i].tag) = old[i];
		s->used++;
		if (old[i].expire_ns < first)
			first = old[i].expire_ns;
	}
	s->sweep_ns = first;
	s->rest_ns = now_ns + TABLE_REST_NS;
	atomic_fetch_sub_explicit(
	    &t->used, was - s->used, memory_order_relaxed);
	free(old);
}

static void
table_sweep(struct table *t, struct table_shard *s, uint64_t now_ns)
{
	if (s->used > 0 && now_ns >= s->sweep_ns && now_ns >= s->rest_ns)
		table_rebuild(t, s, s->n_slots, now_ns);
}

/* The table is full: sweeps some other shards. They are only tried, since the
 * caller holds one lock already. */
static void
table_sweep_others(struct table *t, uint64_t now_ns)
{
	for (unsigned i = 0; i < TABLE_HELP; i++) {
		struct table_shard *s =
		    &t->shards[atomic_fetch_add_explicit(
				   &t->cursor, 1, memory_order_relaxed) %
			       TABLE_SHARDS];

		if (pthread_mutex_trylock(&s->lock) != 0)
			continue;
		table_sweep(t, s, now_ns);
		pthread_mutex_unlock(&s->lock);
	}
}

/* Books one more entry; false when max are there. */
static bool
table_book(struct table *t)
{
	uint64_t used = atomic_load_explicit(&t->used, memory_order_relaxed);

	while (used < t->max)
		if (atomic_compare_exchange_weak_explicit(&t->used, &used,
			used + 1, memory_order_relaxed, memory_order_relaxed))
			return true;
	return false;
}

/* Makes room for one more entry; false when as many as may be live. */
static bool
table_room(struct table *t, struct table_shard *s, uint64_t now_ns)
{
	if (!table_book(t)) {
		table_sweep(t, s, now_ns);
		if (!table_book(t)) {
			table_sweep_others(t, now_ns);
			if (!table_book(t))
				return false;
		}
	}
	if ((s->used + 1) * 4 <= s->n_slots * 3)
		return true;
	table_sweep(t, s, now_ns);
	if (s->n_slots == 0)
		table_rebuild(t, s, TABLE_FIRST, now_ns);
	else if (s->used * 2 >= s->n_slots)
		table_rebuild(t, s, s->n_slots * 2, now_ns);
	return true;
}

/* A new slot for a tag that is not there; NULL when there is no room. */
static struct table_slot *
table_add(struct table *t, struct table_shard *s, uint64_t tag, uint64_t now_ns)
{
	struct table_slot *slot;

	if (!table_room(t, s, now_ns)) {
		s->overflow++;
		return NULL;
	}
	slot = table_find(s, tag);
	assert(slot->tag == 0);
	*slot = (struct table_slot){ .tag = tag };
	s->used++;
	return slot;
}

struct table_ref
table_get(struct table *t, uint64_t id, uint64_t key, uint64_t now_ns,
    uint64_t idle_ns)
{
	uint64_t tag = table_tag(id, key);
	struct table_shard *s = table_shard(t, tag);
	struct table_slot *slot = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->n_slots > 0)
		slot = table_find(s, tag);
	if (slot == NULL || slot->tag == 0)
		slot = table_add(t, s, tag, now_ns);
	else if (slot->expire_ns <= now_ns)
		slot->count = (struct count){ .gen = slot->count.gen + 1 };
	if (slot == NULL) {
		pthread_mutex_unlock(&s->lock);
		return (struct table_ref){ NULL, NULL };
	}
	slot->expire_ns = idle_ns > 0 ? now_ns + idle_ns : UINT64_MAX;
	if (slot->expire_ns < s->sweep_ns)
		s->sweep_ns = slot->expire_ns;
	return (struct table_ref){ &slot->count, s };
}

void
table_put(struct table_ref ref)
{
	if (ref.shard != NULL)
		pthread_mutex_unlock(&ref.shard->lock);
}

void
table_drop(struct table *t, uint64_t id, uint64_t key)
{
	uint64_t tag = table_tag(id, key);
	struct table_shard *s = table_shard(t, tag);
	struct table_slot *slot;

	pthread_mutex_lock(&s->lock);
	if (s->n_slots > 0) {
		slot = table_find(s, tag);
		/* Marked, not moved: the next sweep takes it away. */
		if (slot->tag == tag)
			slot->expire_ns = s->sweep_ns = 0;
	}
	pthread_mutex_unlock(&s->lock);
}

struct table_stats
table_stats(struct table *t)
{
	struct table_stats to = { .max = t->max };

	for (unsigned i = 0; i < TABLE_SHARDS; i++) {
		struct table_shard *s = &t->shards[i];

		pthread_mutex_lock(&s->lock);
		to.entries += s->used;
		to.overflow += s->overflow;
		pthread_mutex_unlock(&s->lock);
	}
	return to;
}
