/* The names behind the indices of records, as journal and judge want them. */
#ifndef ADMIN_LEGEND_H
#define ADMIN_LEGEND_H

#include "record/journal.h"
#include "scenario/scenario.h"

struct legend {
	struct journal_names journal;
	const char **phases, **rules, **faults; /* owned arrays */
};

/* The strings are the scenario's, which must live longer. */
void legend_init(struct legend *n, const struct scenario *s);
void legend_clear(struct legend *n);

#endif
