/* Rate limits by the book: whether a request is within its quota, and if not,
 * when the next one will be. One state a key; the caller locks. */
#ifndef FAULT_LIMIT_H
#define FAULT_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum limit_algorithm {
	LIMIT_TOKEN_BUCKET,  /* refills evenly, holds burst */
	LIMIT_FIXED_WINDOW,  /* begins with the first request, then anew with
				the first one after its end */
	LIMIT_SLIDING_WINDOW /* never more than requests within any per */
};

struct limit {
	enum limit_algorithm algorithm;
	uint64_t requests, per_ns; /* both > 0 */
	uint64_t burst;            /* LIMIT_TOKEN_BUCKET: > 0 */
};

struct limit_verdict {
	bool admitted;
	uint64_t remaining; /* requests left right now */
	uint64_t retry_ns;  /* refused: until one would be admitted */
	uint64_t reset_ns;  /* until the whole quota is there again; refused: as
			       retry_ns */
};

/* Bytes of state for one key; zeroed is a key never seen. */
size_t limit_state_size(const struct limit *l);
/* Takes one request at now_ns out of the quota. */
struct limit_verdict
limit_take(const struct limit *l, void *state, uint64_t now_ns);

#endif
