/*
 * The way of a record from its worker to the writer: a ring of bytes with one
 * producer and one consumer. The producer never waits and makes no system call:
 * what does not fit is counted as lost. Records keep their strings beside them,
 * in one piece, so that they are read where they lie.
 */
#ifndef RECORD_RING_H
#define RECORD_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/record.h"

struct ring;

enum {
	/* The usual capacity: some 48,000 records, or the better half of a
	 * second of a busy worker, which a disk may take to answer. */
	RING_BYTES = 16 << 20,
	RING_BYTES_MIN = 64 << 10,
	RING_BYTES_MAX = 1 << 30
};

/*
 * A ring of at least that many bytes, rounded up to a power of two and to
 * RING_BYTES_MIN (at most RING_BYTES_MAX); 0: RING_BYTES. All but the first
 * 512 KiB are only touched when the consumer lags behind. The caller frees it
 * when neither side uses it any more.
 */
struct ring *ring_new(size_t bytes);
void ring_free(struct ring *ring);

/*
 * Producer. Copies the record and its strings (each cut at RECORD_TEXT_MAX;
 * cause is kept as a pointer). False, and one more lost, when there is no room.
 */
bool ring_put(struct ring *ring, const struct record *r);

/*
 * Consumer. The oldest record, or NULL when there is none. It, and the strings
 * it points to, lie in the ring and stay until ring_release; until then the
 * same one is returned again.
 */
const struct record *ring_get(struct ring *ring);
/* Consumer. Gives back what ring_get returned. */
void ring_release(struct ring *ring);

/* Any thread. Records that found no room so far. */
uint64_t ring_lost(const struct ring *ring);

#endif
