/*
 * Faults that a request asks for itself, in X-Brownout-Inject, where the
 * scenario allows it. Each different value is read once and kept for as long as
 * the run: what points into it may outlive the request. At most HEADERS_MAX of
 * them are kept.
 */
#ifndef DECIDE_HEADERS_H
#define DECIDE_HEADERS_H

#include <stdint.h>

#include "scenario/scenario.h"

enum { HEADERS_MAX = 4096, HEADERS_FAULTS = 16, HEADERS_TEXT = 4096 };

struct headers;

/* Shared fault states get slots from first_slot on. */
struct headers *headers_new(unsigned first_slot);
void headers_free(struct headers *h);
/* What a value asks for; NULL when it makes no sense, is longer than
 * HEADERS_TEXT, or one value too many came by: counted. */
const struct inject *headers_find(struct headers *h, struct span text);
uint64_t headers_refused(const struct headers *h);
/* The shared state in a slot that an inject of headers_find names. */
void *headers_shared(const struct headers *h, unsigned slot);

#endif
