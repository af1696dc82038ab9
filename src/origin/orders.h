/*
 * The order book behind /orders: how often each Idempotency-Key was seen, so
 * that a lost reply and a payment made twice become visible. Pure; one thread.
 */
#ifndef ORIGIN_ORDERS_H
#define ORIGIN_ORDERS_H

#include <stdint.h>

#include "base/span.h"

/* The newest so many keys are remembered; keys are cut at ORDERS_KEY_LEN. */
enum { ORDERS_KEYS_MAX = 4096, ORDERS_KEY_LEN = 256 };

struct order {
	uint64_t id;    /* from 1 */
	uint64_t posts; /* how often this order was sent, from 1 */
	char *key;      /* NULL in a slot not used yet */
};

/* Zero-initialised is empty. Owns its keys. */
struct orders {
	uint64_t orders;     /* made: what a customer would be charged for */
	uint64_t posts;      /* accepted: orders + repeats */
	uint64_t without;    /* orders that came without a key */
	struct order *keyed; /* a ring of ORDERS_KEYS_MAX, or NULL */
	uint64_t n_keyed;    /* keys ever seen; slot is n % ORDERS_KEYS_MAX */
};

void orders_clear(struct orders *o);
/* Takes an order. A key seen before gives its first order again (RFC draft
 * idempotency-key-header 2.6); no key, or one forgotten, makes a new one. */
struct order orders_post(struct orders *o, struct span key);
/* The i-th remembered key, oldest first, or NULL past the end. */
const struct order *orders_at(const struct orders *o, uint64_t i);

#endif
