/*
 * Which attempt of its operation a record is, how long the client waited, and
 * whether it came too early (recovery.md 4.2, 4.5). Records come in about the
 * order in which they ended; the same records in the same order give the same
 * pairing, live and from a journal. Pure and bounded.
 *
 * An operation known by a key goes on with each record of that key, also after
 * a success. One known only by a fingerprint (with the body's hash) is chained:
 * the record continues an attempt that had ended without success before it
 * began. If several such attempts are open, it continues the one that is due
 * first. Either way an operation ends when nothing comes for the window.
 */
#ifndef RECORD_PAIRING_H
#define RECORD_PAIRING_H

#include <stdint.h>

#include "record/journal.h"
#include "record/record.h"

struct pairing_conf {
	uint64_t window_ns; /* 0: 120 s; never less than twice the Retry-After
			       and 10 s */
	uint64_t noise_ns;  /* our own lateness (p99), added to the tolerance */
	uint64_t max;       /* operations remembered; 0: 200,000 */
};

struct pairing_table;

/* The caller frees it with pairing_free. */
struct pairing_table *pairing_new(const struct pairing_conf *conf);
void pairing_free(struct pairing_table *t);

/* Another window (as in the conf) for what comes from now on. */
void pairing_set_window(struct pairing_table *t, uint64_t window_ns);

/* Takes note of one record. */
struct pairing pairing_add(struct pairing_table *t, const struct record *r);

/* How many operations could not be remembered: their next attempt counts as a
 * first one. */
uint64_t pairing_overflow(const struct pairing_table *t);

/* Whether an attempt ended well: a whole response of class 1xx (101), 2xx or
 * 3xx. */
bool pairing_success(const struct record *r);

/* When its client was told to come back: from the first byte of the answer on,
 * in ns as t_resp; RECORD_NONE when it was told no time. */
uint64_t pairing_due(const struct record *r);

/* By how much a retry may come before it is due: 50 ms or 1 %, for a date one
 * second more (recovery.md 4.5). */
uint64_t pairing_tolerance(uint64_t retry_after_ns, bool date);

#endif
