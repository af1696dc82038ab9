/*
 * The thread that empties the workers' rings: it merges the records by the time
 * they ended, pairs them, hands each to the judge and writes the journal. It
 * never holds up traffic: when the disk is full, a pipe is closed or nobody
 * reads it, attempts are missing in the journal and counted as lost, which
 * voids the verdict. The only file of this layer with threads, files and a
 * clock.
 */
#ifndef RECORD_WRITER_H
#define RECORD_WRITER_H

#include <stdint.h>

#include "record/journal.h"
#include "record/pairing.h"
#include "record/ring.h"

struct writer;

struct writer_conf {
	struct ring *const *rings; /* one a worker; they and the array must
				      outlive the writer */
	unsigned n_rings;
	const char *path;  /* the journal, created or emptied; "-": standard
			      output; NULL: none */
	uint64_t start_ns; /* CLOCK_MONOTONIC where the records' times are 0 */
	struct journal_header header; /* of the first scenario: play is 0 */
	struct journal_names names;   /* copied */
	struct pairing_conf pairing;
	/* Called in the writer's thread with every record, in the order of the
	 * journal; the record is gone afterwards. NULL: nobody listens. */
	void (*sink)(
	    void *arg, const struct record *r, const struct pairing *p);
	void *sink_arg;
};

/* Opens the journal and starts the thread. NULL with errno when the journal
 * cannot be opened. writer_stop ends and frees it. */
struct writer *writer_start(const struct writer_conf *conf);

/*
 * Another scenario is going to be played: writes what there is, then its header
 * line, and returns what the `play` of its records has to be. header and names
 * are copied, their play is set here; window_ns is as in pairing_conf. Records
 * of the three scenarios before still get their own names. Waits for the writer
 * (some ms); not from the sink.
 */
uint16_t writer_play(struct writer *w, const struct journal_header *header,
    const struct journal_names *names, uint64_t window_ns);

/* Any thread. Soon opens the journal's path anew, for it was moved away, and
 * begins with the header of what is played. */
void writer_reopen(struct writer *w);

/* Any thread. How much went how far. */
struct writer_stats {
	uint64_t records;      /* handed to the sink */
	uint64_t lost_ring;    /* found no room in a ring: the sink misses
				  them too */
	uint64_t lost_journal; /* missing in the journal alone */
	uint64_t unpaired;     /* operations beyond pairing_conf.max */
};
struct writer_stats writer_stats(const struct writer *w);
/* All records lost so far, in the rings and at the journal. */
uint64_t writer_losses(const struct writer *w);

/*
 * Empties the rings, whose producers must have ended, writes the rest (a pipe
 * that nobody reads gets two seconds), ends the thread and frees the writer.
 * Returns all losses, those of the last moment included.
 */
uint64_t writer_stop(struct writer *w);
/* The same; the run ended at end_ns (CLOCK_MONOTONIC) and was late by noise_ns
 * (judge_options), which the journal's header then says. */
uint64_t writer_stop_at(struct writer *w, uint64_t end_ns, uint64_t noise_ns);

#endif
