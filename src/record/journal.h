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
	uint16_t play; /* as record.play: the records that these names name */
	bool foreign;  /* the lines are not of our writing: what only members of
			  our own tell is taken from the rest */
};

enum { JOURNAL_VERSION = 1 };

/* The first line: what was played. */
struct journal_header {
	unsigned version;    /* JOURNAL_VERSION */
	uint64_t seed, hash; /* hash of the scenario's text */
	const char *scenario;
	int64_t wall_ns;   /* when t was 0, to the microsecond */
	uint16_t play;     /* as record.play */
	uint64_t end_ns;   /* when the run ended; RECORD_NONE: null, it was
			      broken off or could not say; 0: not there */
	uint64_t noise_ns; /* how late the proxy was (p99), 0: not there */
};

/* A header's last members are `end` and, with it, `noise` and `lost`, in so
 * many bytes before its `}` and newline: null until the run is over, then
 * seconds. */
enum { JOURNAL_END_WIDTH = 84 };

/* What pairing attempts to operations adds to a record; filled by
 * record/pairing.c in order of arrival. */
struct pairing {
	uint32_t attempt; /* nth attempt of the operation, from 1; 0: it
			     belongs to none */
	uint64_t due_ns;  /* when the previous attempt was told to come back;
			     RECORD_NONE without */
	uint64_t gap_ns;  /* since the previous attempt ended; RECORD_NONE for
			     the first */
	bool early; /* before due, beyond the tolerance of recovery.md 4.5 */
};

/*
 * A line's `due_t` is when the operation is due: by the Retry-After of this
 * attempt's answer, else by what the attempt before it was told.
 *
 * Each appends one line with its newline, or nothing (and to->overflow) when it
 * does not fit. Times keep their nanoseconds, wall clocks their microseconds;
 * all else that a record holds can be read back, but indices out of range,
 * which are written as null.
 */
void journal_write_header(struct buf *to, const struct journal_header *h);
void journal_write(struct buf *to, const struct record *r,
    const struct pairing *p, const struct journal_names *names);
/* The bytes of a header's `end` and, unless they are 0, `noise` and `lost`: the
 * attempts of which no line could tell that they are missing. */
void journal_write_end(char to[JOURNAL_END_WIDTH], uint64_t end_ns,
    uint64_t noise_ns, uint64_t lost);
/* A line that says that n attempts are missing before it. */
void journal_write_loss(struct buf *to, uint64_t n);

/*
 * Reads one line (with or without its newline). Fields may come in any order;
 * unknown ones are skipped, those of a struct pairing too: pairing.h computes
 * them again. Strings of the record and header point into *text, which the
 * caller owns and reuses: it is emptied first. Names are mapped back to
 * indices. A header's *lostp is 0 but for what its end could still tell. BAD:
 * the line is none of ours, *whyp says why; text as large as the
 * line must fit in its limit. OTHER: a record of another scenario of the same
 * run than names->play, its names are not looked up.
 */
enum journal_line {
	JOURNAL_RECORD,
	JOURNAL_HEADER,
	JOURNAL_LOSS,
	JOURNAL_BAD,
	JOURNAL_OTHER
};
enum journal_line
journal_read(struct span line, const struct journal_names *names,
    struct record *r, struct journal_header *h, uint64_t *lostp,
    struct buf *text, const char **whyp);

/* The words of a journal for the values of an enum, in its order. */
struct journal_words {
	const char *const *v;
	unsigned n;
};
extern const struct journal_words journal_op_sources; /* enum op_source */
extern const struct journal_words journal_outcomes;   /* enum outcome */
extern const struct journal_words journal_upstreams;  /* enum upstream_use */
extern const struct journal_words journal_protos;     /* enum proto */

#endif
