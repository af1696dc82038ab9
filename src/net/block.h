/*
 * Blocks of input bytes, from a per-worker store. A connection holds one only
 * while it has bytes to look at, so an idle one costs no buffer. A request's
 * head stays in its block while the exchange lasts; blocks are counted.
 */
#ifndef NET_BLOCK_H
#define NET_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* Room for the largest head and then some: 64 KiB is also what one recv of a
 * large body fetches. Pages that are never touched cost nothing. */
enum { BLOCK_SIZE = 65536 + 1024 };

struct block {
	struct block *next; /* in the store */
	unsigned refs;
	size_t head, tail; /* unread bytes are data[head..tail) */
	char data[BLOCK_SIZE];
};

struct block_store {
	struct block *free;
	unsigned n_free, n_max, n_out;
};

void block_store_init(struct block_store *s, unsigned keep);
/* Frees what is in store; nothing may be out. */
void block_store_clear(struct block_store *s);
/* An empty block with one reference. */
struct block *block_get(struct block_store *s);
struct block *block_ref(struct block *b);
void block_unref(struct block_store *s, struct block *b);

static inline struct span
block_view(const struct block *b)
{
	return (struct span){ b->data + b->head, b->tail - b->head };
}

#endif
