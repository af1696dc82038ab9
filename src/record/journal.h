/* Journal lines (DESIGN.md section 7): records to text and back. Pure; the
 * files are opened by others. */
#ifndef RECORD_JOURNAL_H
#define RECORD_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "record/record.h"

/* What a journal's numbers mean: the names behind the indices of a record.
 * Borrowed from the scenario. */
struct journal_names {
	const char *const *phases, *const *rules, *const *faults;
	unsigned n_phases, n_rules, n_faults;
};

/* The first line: what was played. */
struct journal_header {
	unsigned version;    /* 1 */
	uint64_t seed, hash; /* hash of the scenario's text */
	const char *scenario;
	int64_t wall_ns; /* when t was 0 */
};

/* What pairing attempts to operations adds to a record; filled by
 * record/pairing.c in order of arrival. */
struct pairing {
	uint32_t attempt; /* nth attempt of the operation, from 1 */
	uint64_t due_ns;  /* when the previous attempt was told to come back;
			     RECORD_NONE without */
	uint64_t gap_ns;  /* since the previous attempt ended; RECORD_NONE for
			     the first */
	bool early; /* before due, beyond the tolerance of recovery.md 4.5 */
};

void journal_write_header(struct buf *to, const struct journal_header *h);
void journal_write(struct buf *to, const struct record *r,
    const struct pairing *p, const struct journal_names *names);

/*
 * Reads one line (without its newline). JOURNAL_BAD is a line that is no
 * record, with why. Strings of the record point into *text, which the caller
 * owns and reuses. Names are mapped back to indices; an unknown one is BAD.
 */
enum journal_line { JOURNAL_RECORD, JOURNAL_HEADER, JOURNAL_LOSS, JOURNAL_BAD };
enum journal_line
journal_read(struct span line, const struct journal_names *names,
    struct record *r, struct journal_header *h, uint64_t *lostp,
    struct buf *text, const char **whyp);

#endif
