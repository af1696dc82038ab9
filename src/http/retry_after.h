/* How a server says "come back later": Retry-After (RFC 9110 10.2.3) and its
 * vendor forms, written, and read as a client would. */
#ifndef HTTP_RETRY_AFTER_H
#define HTTP_RETRY_AFTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "http/head.h"
#include "http/lines.h"

enum retry_after_form {
	RETRY_AFTER_SECONDS, /* whole seconds, rounded up */
	RETRY_AFTER_DATE,    /* an HTTP date on the wall clock, rounded up */
	RETRY_AFTER_FLOAT,   /* seconds with a fraction, to the millisecond */
	RETRY_AFTER_MILLISECONDS /* the field retry-after-ms, rounded up */
};

/* No time that a reader understands. */
#define RETRY_AFTER_NONE UINT64_MAX
/* What a longer wait is taken for: 146 years, so that the time when it is over
 * can be told. */
#define RETRY_AFTER_MOST (UINT64_MAX / 4)

/*
 * Adds the line that tells a client to wait for ns from now on, wall_ns being
 * the wall clock now. Rounding never makes the wait shorter. A past date is
 * written by a wall_ns in the past.
 */
void retry_after_add(
    struct lines *l, enum retry_after_form form, uint64_t ns, uint64_t wall_ns);
/* Adds `Retry-After: text` as it is, garbage too; line breaks are left out. */
void retry_after_add_raw(struct lines *l, struct span text);

/*
 * The wait in ns that a value of Retry-After means: digits as seconds, a date
 * against wall_ns (a past one is 0), or a decimal fraction as many clients take
 * it. False for anything else. At most RETRY_AFTER_MOST.
 */
bool retry_after_read(struct span value, uint64_t wall_ns, uint64_t *nsp);
/*
 * The shortest wait that a client could read from a response: from each
 * Retry-After and from the vendors' fields (retry-after-ms,
 * x-ms-retry-after-ms, x-amz-retry-after, x-ratelimit-retry-after), so that no
 * client is accused for its choice. RETRY_AFTER_NONE without a readable one. A
 * date counts against the response's own Date too.
 */
uint64_t retry_after_of_head(const struct head *h, uint64_t wall_ns);
uint64_t
retry_after_of_lines(const struct span *lines, unsigned n, uint64_t wall_ns);

#endif
