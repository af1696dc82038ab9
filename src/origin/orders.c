#include "origin/orders.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void
orders_clear(struct orders *o)
{
	for (uint64_t i = 0; o->keyed != NULL && i < ORDERS_KEYS_MAX; i++)
		free(o->keyed[i].key);
	free(o->keyed);
	*o = (struct orders){ 0 };
}

static struct order *
orders_find(struct orders *o, struct span key)
{
	struct order *slot;

	for (uint64_t i = 0; o->keyed != NULL && i < ORDERS_KEYS_MAX; i++) {
		slot = &o->keyed[i];
		if (slot->key != NULL && span_eq(span_str(slot->key), key))
			return slot;
	}
	return NULL;
}

struct order
orders_post(struct orders *o, struct span key)
{
	struct order *slot;

	o->posts++;
	if (key.n == 0) {
		o->without++;
		return (struct order){ .id = ++o->orders, .posts = 1 };
	}
	if (key.n > ORDERS_KEY_LEN)
		key.n = ORDERS_KEY_LEN;
	slot = orders_find(o, key);
	if (slot != NULL) {
		slot->posts++;
		return *slot;
	}
	if (o->keyed == NULL)
		o->keyed = xcalloc(ORDERS_KEYS_MAX, sizeof(*o->keyed));
	slot = &o->keyed[o->n_keyed++ % ORDERS_KEYS_MAX];
	free(slot->key);
	*slot = (struct order){ .id = ++o->orders, .posts = 1 };
	slot->key = xstrndup(key.p, key.n);
	return *slot;
}

const struct order *
orders_at(const struct orders *o, uint64_t i)
{
	uint64_t oldest = 0;

	if (o->n_keyed > ORDERS_KEYS_MAX)
		oldest = o->n_keyed - ORDERS_KEYS_MAX;
	if (i >= o->n_keyed - oldest)
		return NULL;
	return &o->keyed[(oldest + i) % ORDERS_KEYS_MAX];
}
