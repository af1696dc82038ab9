#include "net/block.h"

#include <assert.h>
#include <stdlib.h>

#include "base/xalloc.h"

void
block_store_init(struct block_store *s, unsigned keep)
{
	*s = (struct block_store){ .n_max = keep };
}

void
block_store_clear(struct block_store *s)
{
	struct block *b;

	assert(s->n_out == 0);
	while ((b = s->free) != NULL) {
		s->free = b->next;
		free(b);
	}
	s->n_free = 0;
}

struct block *
block_get(struct block_store *s)
{
	struct block *b = s->free;

	if (b != NULL) {
		s->free = b->next;
		s->n_free--;
	} else {
		b = xmalloc(sizeof(*b));
	}
	s->n_out++;
	b->refs = 1;
	b->head = b->tail = 0;
	return b;
}

struct block *
block_ref(struct block *b)
{
	b->refs++;
	return b;
}

void
block_unref(struct block_store *s, struct block *b)
{
	if (b == NULL)
		return;
	assert(b->refs > 0);
	if (--b->refs > 0)
		return;
	s->n_out--;
	if (s->n_free >= s->n_max) {
		free(b);
		return;
	}
	b->next = s->free;
	s->free = b;
	s->n_free++;
}
