#include "judge/map.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/xalloc.h"

void
map_clear(struct map *m)
{
	free(m->slots);
	*m = (struct map){ 0 };
}

/* A slot is free while its key is 0: key 0 itself is kept under 1. */
static struct map_slot *
map_slot(const struct map *m, uint64_t key)
{
	uint32_t i = (uint32_t)hash_mix(key) & m->mask;

	while (m->slots[i].key != 0 && m->slots[i].key != key)
		i = (i + 1) & m->mask;
	return &m->slots[i];
}

static void
map_grow(struct map *m)
{
	struct map old = *m;

	m->mask = old.slots == NULL ? 1023 : old.mask * 2 + 1;
	m->slots = xcalloc((size_t)m->mask + 1, sizeof(*m->slots));
	if (old.slots == NULL)
		return;
	for (uint32_t i = 0; i <= old.mask; i++)
		if (old.slots[i].key != 0)
			*map_slot(m, old.slots[i].key) = old.slots[i];
	free(old.slots);
}

uint32_t *
map_at(struct map *m, uint64_t key)
{
	struct map_slot *s;

	if (key == 0)
		key = 1;
	if (m->slots == NULL || m->n >= m->mask / 3 * 2)
		map_grow(m);
	s = map_slot(m, key);
	if (s->key == 0) {
		s->key = key;
		s->value = MAP_NONE;
		m->n++;
	}
	return &s->value;
}

uint32_t
map_get(const struct map *m, uint64_t key)
{
	struct map_slot *s;

	if (m->slots == NULL)
		return MAP_NONE;
	s = map_slot(m, key == 0 ? 1 : key);
	return s->key == 0 ? MAP_NONE : s->value;
}
