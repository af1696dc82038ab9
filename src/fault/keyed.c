#include "fault/keyed.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/xalloc.h"

enum { KEYED_SHARDS = 64, KEYED_WAYS = 8 };

struct keyed_place {
	uint64_t key; /* mixed; 0: free */
	uint64_t used_ns;
	void *state;
};

struct keyed {
	size_t size;
	size_t n_sets; /* of each shard */
	struct keyed_shard {
		pthread_mutex_t lock;
		struct keyed_place *places; /* n_sets * KEYED_WAYS */
		char apart[64];             /* locks in different cache lines */
	} shards[KEYED_SHARDS];
};

struct keyed *
keyed_new(size_t max, size_t size)
{
	struct keyed *t = xcalloc(1, sizeof(*t));
	size_t per_set = (size_t)KEYED_SHARDS * KEYED_WAYS;

	t->size = size;
	t->n_sets = (max + per_set - 1) / per_set;
	if (t->n_sets == 0)
		t->n_sets = 1;
	for (unsigned i = 0; i < KEYED_SHARDS; i++) {
		pthread_mutex_init(&t->shards[i].lock, NULL);
		t->shards[i].places =
		    xcalloc(t->n_sets * KEYED_WAYS, sizeof(struct keyed_place));
	}
	return t;
}

void
keyed_free(struct keyed *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < KEYED_SHARDS; i++) {
		for (size_t j = 0; j < t->n_sets * KEYED_WAYS; j++)
			free(t->shards[i].places[j].state);
		free(t->shards[i].places);
		pthread_mutex_destroy(&t->shards[i].lock);
	}
	free(t);
}

/* Never 0, which marks a free place. */
static uint64_t
keyed_mix(uint64_t key)
{
	uint64_t mixed = hash_mix(key);

	return mixed != 0 ? mixed : 1;
}

static struct keyed_shard *
keyed_shard(struct keyed *t, uint64_t mixed)
{
	return &t->shards[mixed % KEYED_SHARDS];
}

static struct keyed_place *
keyed_set(const struct keyed *t, struct keyed_shard *s, uint64_t mixed)
{
	return s->places + mixed / KEYED_SHARDS % t->n_sets * KEYED_WAYS;
}

static struct keyed_place *
keyed_find(struct keyed_place *set, uint64_t mixed)
{
	for (unsigned i = 0; i < KEYED_WAYS; i++)
		if (set[i].key == mixed)
			return &set[i];
	return NULL;
}

/* A free place, else the one that was used longest ago. */
static struct keyed_place *
keyed_room(struct keyed_place *set)
{
	struct keyed_place *oldest = &set[0];

	for (unsigned i = 0; i < KEYED_WAYS; i++) {
		if (set[i].key == 0)
			return &set[i];
		if (set[i].used_ns < oldest->used_ns)
			oldest = &set[i];
	}
	return oldest;
}

void *
keyed_lock(struct keyed *t, uint64_t key, uint64_t now_ns)
{
	uint64_t mixed = keyed_mix(key);
	struct keyed_shard *s = keyed_shard(t, mixed);
	struct keyed_place *set = keyed_set(t, s, mixed), *p;

	pthread_mutex_lock(&s->lock);
	if ((p = keyed_find(set, mixed)) == NULL) {
		p = keyed_room(set);
		p->key = mixed;
		if (p->state == NULL)
			p->state = xcalloc(1, t->size);
		else
			memset(p->state, 0, t->size);
	}
	p->used_ns = now_ns;
	return p->state;
}

void *
keyed_lock_known(struct keyed *t, uint64_t key)
{
	uint64_t mixed = keyed_mix(key);
	struct keyed_shard *s = keyed_shard(t, mixed);
	struct keyed_place *p;

	pthread_mutex_lock(&s->lock);
	if ((p = keyed_find(keyed_set(t, s, mixed), mixed)) != NULL)
		return p->state;
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

void
keyed_unlock(struct keyed *t, uint64_t key)
{
	pthread_mutex_unlock(&keyed_shard(t, keyed_mix(key))->lock);
}
