/* The Range field (RFC 9110 14.2), as far as an answer with 206 or 416 has to
 * fit it. */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* What one or several ranges of a field have in common. */
struct range {
	uint64_t first;  /* the lowest first byte; UINT64_MAX: suffixes only */
	uint64_t last;   /* the highest last byte; UINT64_MAX: up to the end */
	uint64_t suffix; /* the longest `-N`; 0 without one */
};

enum { RANGE_TOTAL = 4096 }; /* the made-up resource has at least this much */

/* Reads `bytes=0-99,200-,-5`; false for another unit or a malformed list.
 * Numbers beyond 10^18 count as that. */
bool range_read(struct span value, struct range *r);

/* The part of a made-up resource that satisfies a range: bytes first .. first +
 * n - 1 of total. */
struct range_part {
	uint64_t first, n, total;
};
struct range_part range_satisfy(const struct range *r);
/* A length of the resource for which none of the ranges can be satisfied. */
uint64_t range_refuse(const struct range *r);

#endif
