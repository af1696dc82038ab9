#include "scenario/blame.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "scenario/scalars.h"

/* Whether word stands in sentence on its own. */
static bool
blame_names(const char *sentence, const char *word)
{
	size_t n = strlen(word);
	const char *at = sentence;

	while ((at = strstr(at, word)) != NULL) {
		bool begins =
		    at == sentence ||
		    !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
		bool ends = !(isalnum((unsigned char)at[n]) || at[n] == '_');

		if (begins && ends)
			return true;
		at += n;
	}
	return false;
}

static bool
blame_says(const struct param_set *set, const void *conf, const char *sentence)
{
	const char *says = set->check(conf);

	return says != NULL && strcmp(says, sentence) == 0;
}

static size_t
blame_size(const struct param *p)
{
	if (p->type == PARAM_MAP)
		return p->sub->size;
	return p->type == PARAM_LIST ? sizeof(struct param_list)
				     : sizeof(struct param_pairs);
}

/* Leaves only element i of a list or pair i of pairs. */
static void
blame_keep(const struct param *p, void *member, size_t i)
{
	struct param_pairs *pairs = member;
	struct param_list *list = member;

	if (p->type == PARAM_PAIRS) {
		pairs->v += i;
		pairs->n = 1;
	} else {
		list->v = (char *)list->v + i * p->sub->size;
		list->n = 1;
	}
}

/* The one element that is wrong by itself; all of them: the whole. */
static const struct node *
blame_element(const struct node *value, const struct param_set *set,
    const struct param *p, const void *conf, const char *sentence)
{
	bool pairs = p->type == PARAM_PAIRS && value->kind == NODE_MAP;
	char *copy = xmalloc(set->size);
	const struct node *found = NULL;
	size_t wrong = 0;

	for (size_t i = 0; i < value->n; i++) {
		memcpy(copy, conf, set->size);
		blame_keep(p, copy + p->offset, i);
		if (!blame_says(set, copy, sentence))
			continue;
		if (wrong++ == 0)
			found = pairs ? node_key(value, i) : value->items[i];
	}
	free(copy);
	if (wrong == 0 || (!pairs && wrong == value->n))
		return value;
	return found;
}

static const struct node *
blame_within(const struct node *value, const struct param_set *set,
    const struct param *p, const void *conf, const char *sentence)
{
	bool list = p->type == PARAM_LIST && value->kind == NODE_LIST;
	bool pairs = p->type == PARAM_PAIRS && value->kind == NODE_MAP;

	if ((list || pairs) && value->n > 0)
		return blame_element(value, set, p, conf, sentence);
	return value;
}

/* The list, pairs or mapping without which the check would not say so. A single
 * value is never taken away: a check may count on it. */
static int
blame_row(const struct param_set *set, const struct params_given *given,
    const void *conf, const char *sentence)
{
	char *copy = xmalloc(set->size);
	int found = -1;

	for (unsigned i = 0; i < set->n_rows && found == -1; i++) {
		const struct param *p = &set->rows[i];
		uint32_t bits = params_bits(set, conf) & ~((uint32_t)1 << i);

		if (given->values[i] == NULL || scalars_has(p->type) ||
		    (p->flags & PARAM_REQUIRED) != 0)
			continue;
		memcpy(copy, conf, set->size);
		memset(copy + p->offset, 0, blame_size(p));
		memcpy(copy + set->given, &bits, sizeof(bits));
		if (!blame_says(set, copy, sentence))
			found = (int)i;
	}
	free(copy);
	return found;
}

const struct node *
blame_find(const struct node *n, const struct param_set *set,
    const struct params_given *given, const void *conf, const char *sentence)
{
	unsigned count = 0;
	int row = -1, only = -1;

	for (unsigned i = 0; i < set->n_rows; i++) {
		if (given->values[i] == NULL)
			continue;
		only = (int)i;
		count++;
		if (blame_names(sentence, set->rows[i].name))
			row = (int)i;
	}
	if (row == -1 && count == 1)
		row = only;
	if (row == -1)
		row = blame_row(set, given, conf, sentence);
	if (row == -1)
		return n;
	return blame_within(
	    given->values[row], set, &set->rows[row], conf, sentence);
}
