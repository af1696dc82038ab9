/* The last attempts, whole, for whoever asks what just happened. Bounded; not
 * locked. */
#ifndef ADMIN_RECENT_H
#define ADMIN_RECENT_H

#include "base/buf.h"
#include "record/journal.h"

struct recent {
	struct recent_slot *v; /* a ring */
	unsigned size;
	uint64_t n; /* all that ever were added */
};

/* Keeps the last `size` attempts; 0: none. */
void recent_init(struct recent *r, unsigned size);
void recent_clear(struct recent *r);
void recent_add(
    struct recent *r, const struct record *record, const struct pairing *p);
/*
 * Appends at most n of the last ones, oldest first, as a JSON array. names are
 * those of the play with their number; of others, rules and phases have none.
 * Returns how many.
 */
unsigned recent_write(const struct recent *r, unsigned n,
    const struct journal_names *names, struct buf *to);

#endif
