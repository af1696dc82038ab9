#include "scenario/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* A key and where it stands among its mapping's pairs. */
struct keys_entry {
	const struct node *key;
	size_t i;
};

static int
keys_order(const void *a, const void *b)
{
	const struct keys_entry *x = a, *y = b;
	size_t n =
	    x->key->text.n < y->key->text.n ? x->key->text.n : y->key->text.n;
	int c = memcmp(x->key->text.p, y->key->text.p, n);

	if (c != 0)
		return c;
	if (x->key->text.n != y->key->text.n)
		return x->key->text.n < y->key->text.n ? -1 : 1;
	return x->i < y->i ? -1 : 1;
}

static bool
keys_is_good(struct reader *r, const struct node *key)
{
	if (key->kind != NODE_SCALAR)
		node_error(r, key,
		    "a key is a single word, not a list or a "
		    "mapping; was a value with braces or "
		    "brackets meant as text? Then quote it");
	else if (key->plain && node_is(key, "<<"))
		node_error(r, key,
		    "merge keys are not part of the scenario "
		    "language; alias a whole mapping instead");
	else if (key->text.n == 0 || node_is_null(key))
		node_error(r, key, "a key without a name");
	else
		return true;
	return false;
}

/* Marks the second and later of equal keys in bad. */
static void
keys_twice(struct reader *r, const struct node *map, bool *bad)
{
	struct keys_entry *v = xcalloc(map->n, sizeof(*v));
	char shown[NODE_SHOWN];
	size_t n = 0;

	for (size_t i = 0; i < map->n; i++)
		if (!bad[i])
			v[n++] = (struct keys_entry){ node_key(map, i), i };
	qsort(v, n, sizeof(*v), keys_order);
	for (size_t i = 1; i < n; i++) {
		if (!span_eq(v[i - 1].key->text, v[i].key->text))
			continue;
		bad[v[i].i] = true;
		node_error(r, v[i].key,
		    "duplicate key %s; it is also at line %u",
		    node_show(v[i].key, shown), v[i - 1].key->line);
	}
	free(v);
}

void
keys_check(struct reader *r, struct node *map)
{
	bool *bad = xcalloc(map->n, sizeof(*bad));
	size_t kept = 0;

	for (size_t i = 0; i < map->n; i++)
		bad[i] = !keys_is_good(r, node_key(map, i));
	if (map->n > 1)
		keys_twice(r, map, bad);
	for (size_t i = 0; i < map->n; i++) {
		if (bad[i])
			continue;
		map->items[2 * kept] = map->items[2 * i];
		map->items[2 * kept + 1] = map->items[2 * i + 1];
		kept++;
	}
	map->n = kept;
	free(bad);
}
