#include "scenario/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/xalloc.h"

/* The slot where name is, or the free one where it belongs. */
static struct name *
names_slot(const struct names *a, const char *name)
{
	/* FNV's low bits are weak on short names. */
	size_t i = (size_t)hash_mix(hash_name(name, strlen(name)));

	while (a->v[i & (a->size - 1)].name != NULL &&
	       strcmp(a->v[i & (a->size - 1)].name, name) != 0)
		i++;
	return &a->v[i & (a->size - 1)];
}

static void
names_grow(struct names *a)
{
	struct names old = *a;

	a->size = old.size != 0 ? 2 * old.size : 16;
	a->v = xcalloc(a->size, sizeof(*a->v));
	for (size_t i = 0; i < old.size; i++)
		if (old.v[i].name != NULL)
			*names_slot(a, old.v[i].name) = old.v[i];
	free(old.v);
}

void
names_set(struct names *a, const char *name, struct node *node)
{
	struct name *slot;

	if (2 * a->n >= a->size)
		names_grow(a);
	slot = names_slot(a, name);
	if (slot->name == NULL) {
		slot->name = xstrdup(name);
		a->n++;
	}
	slot->node = node;
}

struct node *
names_get(const struct names *a, const char *name)
{
	return a->size != 0 ? names_slot(a, name)->node : NULL;
}

void
names_clear(struct names *a)
{
	for (size_t i = 0; i < a->size; i++)
		free(a->v[i].name);
	free(a->v);
	*a = (struct names){ 0 };
}
