#include "admin/legend.h"

#include <stdlib.h>

#include "base/xalloc.h"

void
legend_init(struct legend *n, const struct scenario *s)
{
	unsigned n_faults = 0;

	while (fault_types[n_faults] != NULL)
		n_faults++;
	n->phases = xcalloc((size_t)s->n_phases + 1, sizeof(*n->phases));
	n->rules = xcalloc((size_t)s->n_rules + 1, sizeof(*n->rules));
	n->faults = xcalloc((size_t)n_faults + 1, sizeof(*n->faults));
	for (unsigned i = 0; i < s->n_phases; i++)
		n->phases[i] = s->phases[i].name;
	for (unsigned i = 0; i < s->n_rules; i++)
		n->rules[i] = s->rules[i]->name;
	for (unsigned i = 0; i < n_faults; i++)
		n->faults[i] = fault_types[i]->name;
	n->journal = (struct journal_names){ .phases = n->phases,
		.rules = n->rules,
		.faults = n->faults,
		.n_phases = s->n_phases,
		.n_rules = s->n_rules,
		.n_faults = n_faults };
}

void
legend_clear(struct legend *n)
{
	free(n->phases);
	free(n->rules);
	free(n->faults);
}
