#include "decide/headers.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/xalloc.h"
#include "scenario/inject.h"

/* A value that came by. */
struct header {
	struct span text;
	bool good;
	struct inject inject;
	void *shared[HEADERS_FAULTS];
};

struct headers {
	pthread_mutex_t lock;
	struct arena *arena; /* all texts and what was read from them */
	unsigned first_slot, n;
	struct header *v[HEADERS_MAX];
	uint16_t places[2 * HEADERS_MAX]; /* by hash: index + 1, 0 empty */
	atomic_uint_fast64_t refused;
};

struct headers *
headers_new(unsigned first_slot)
{
	struct headers *h = xcalloc(1, sizeof(*h));

	pthread_mutex_init(&h->lock, NULL);
	h->arena = arena_new();
	h->first_slot = first_slot;
	return h;
}

static void
headers_free_one(struct header *e)
{
	for (unsigned i = 0; i < e->inject.n_faults; i++) {
		const struct fault_type *type = e->inject.faults[i].type;

		if (type->shared_free != NULL)
			type->shared_free(e->shared[i]);
	}
}

void
headers_free(struct headers *h)
{
	if (h == NULL)
		return;
	for (unsigned i = 0; i < h->n; i++)
		headers_free_one(h->v[i]);
	pthread_mutex_destroy(&h->lock);
	arena_free(h->arena);
	free(h);
}

/* The place of a text, or the empty one where it would be. */
static uint16_t *
headers_place(struct headers *h, struct span text)
{
	unsigned i =
	    (unsigned)hash_mix(hash_name(text.p, text.n)) % (2 * HEADERS_MAX);

	while (
	    h->places[i] != 0 && !span_eq(h->v[h->places[i] - 1]->text, text))
		i = (i + 1) % (2 * HEADERS_MAX);
	return &h->places[i];
}

/* Reads a value; one that makes no sense is remembered too. */
static struct header *
headers_read(struct headers *h, struct span text)
{
	struct header *e = arena_calloc(h->arena, 1, sizeof(*e));
	struct diags diags = { 0 };

	e->text =
	    (struct span){ arena_strndup(h->arena, text.p, text.n), text.n };
	e->good = inject_parse(h->arena, e->text, &e->inject, &diags) &&
		  e->inject.n_faults > 0 &&
		  e->inject.n_faults <= HEADERS_FAULTS;
	diags_clear(&diags);
	if (!e->good)
		e->inject = (struct inject){ 0 };
	for (unsigned i = 0; i < e->inject.n_faults; i++) {
		struct inject_fault *f = &e->inject.faults[i];

		f->shared = h->first_slot + h->n * HEADERS_FAULTS + i;
		if (f->type->shared_new != NULL)
			e->shared[i] = f->type->shared_new(f->conf);
	}
	return e;
}

/* The entry of a value, made when it is new and there is room. */
static struct header *
headers_get(struct headers *h, struct span text)
{
	uint16_t *place = headers_place(h, text);

	if (*place == 0 && h->n < HEADERS_MAX) {
		h->v[h->n] = headers_read(h, text);
		*place = (uint16_t)++h->n;
	}
	return *place != 0 ? h->v[*place - 1] : NULL;
}

const struct inject *
headers_find(struct headers *h, struct span text)
{
	struct header *e = NULL;

	if (text.n <= HEADERS_TEXT) {
		pthread_mutex_lock(&h->lock);
		e = headers_get(h, text);
		pthread_mutex_unlock(&h->lock);
	}
	if (e != NULL && e->good)
		return &e->inject;
	atomic_fetch_add_explicit(&h->refused, 1, memory_order_relaxed);
	return NULL;
}

uint64_t
headers_refused(const struct headers *h)
{
	return atomic_load_explicit(&h->refused, memory_order_relaxed);
}

/* Who has a slot got it from headers_find, which ordered the writes before. */
void *
headers_shared(const struct headers *h, unsigned slot)
{
	unsigned at = slot - h->first_slot;

	assert(slot >= h->first_slot && at / HEADERS_FAULTS < HEADERS_MAX);
	return h->v[at / HEADERS_FAULTS]->shared[at % HEADERS_FAULTS];
}
