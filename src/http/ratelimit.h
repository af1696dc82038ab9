/* The fields that tell a client of a rate limit: the current draft's and the
 * older X- family. */
#ifndef HTTP_RATELIMIT_H
#define HTTP_RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "http/lines.h"

/* The state of a limit as the fields tell it. */
struct ratelimit {
	struct span policy; /* its name: printable ASCII */
	uint64_t quota;     /* requests per window */
	uint64_t window_ns;
	uint64_t remaining; /* requests left now */
	uint64_t reset_ns;  /* until some are there again */
};

/* RateLimit-Policy and RateLimit, structured fields of
 * draft-ietf-httpapi-ratelimit-headers-10: two lines. Times are rounded up. */
void ratelimit_add(struct lines *l, const struct ratelimit *r);
/* X-RateLimit-Limit, -Remaining and -Reset; the last in seconds since 1970 as
 * with GitHub, or with `delta` in seconds from now on: three lines. */
void x_ratelimit_add(
    struct lines *l, const struct ratelimit *r, uint64_t wall_ns, bool delta);

#endif
