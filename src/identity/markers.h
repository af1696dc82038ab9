/* What client libraries write into a head about their retries (recovery.md 2.2
 * names who writes what). Pure. */
#ifndef IDENTITY_MARKERS_H
#define IDENTITY_MARKERS_H

#include <stdint.h>

#include "http/head.h"

/* Spans borrow from the head; empty: not there. */
struct markers {
	struct span sdk_id; /* an SDK's id of the whole call */
	struct span idempotency_key;
	uint32_t attempt; /* announced, from 1; 0: none */
};

/* One pass over the fields. The first of several values of a kind counts; of
 * announced attempts the highest. */
struct markers markers_of(const struct head *h);

#endif
