/*
 * Attempts to operations (recovery.md 4.2): by the ladder's key where one
 * holds, else by chaining equal requests after a failure. Tells retries from
 * hedges, transport replays, continuations and repeats.
 */
#ifndef JUDGE_OPS_H
#define JUDGE_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "judge/store.h"
#include "judge/verdict.h"

enum {
	OP_AMBIGUOUS = 1,   /* more than one operation could have been meant */
	OP_KEY_CHANGED = 2, /* its id changed on the way */
	OP_DONE = 4,        /* it succeeded, or gave up and stayed quiet */
	OP_OK = 8,          /* it succeeded */
	OP_LISTED = 16,     /* among those that wait for a retry */
	OP_REPLAYED = 32    /* one transport replay was excused */
};

struct op {
	uint32_t first, last; /* attempts, in order of their first byte */
	uint32_t n;           /* all attempts */
	uint32_t tries;       /* first, retries, resumes and hedges */
	uint32_t waiting;     /* grouping: next in the list of equal prints */
	uint8_t grouping;     /* enum grouping */
	uint8_t marks;        /* OP_* */
	uint64_t ok_end;      /* when it succeeded, RECORD_NONE */
	uint64_t open_until;  /* latest end of any attempt */
	uint64_t quiet_at;    /* OP_DONE without OP_OK: since when it counts as
				 given up */
};

/* How often an equal request follows a success or a failure, by itself
 * (recovery.md 4.3). Index 0: without an id, 1: with another id. */
struct control {
	uint64_t after_ok[2], repeats_ok[2];
	uint64_t after_failure[2], repeats_failure[2];
	/* The same with another id after a success, by method; and how many
	   different requests with an id failed. */
	uint64_t method_ok[STORE_METHODS], method_again[STORE_METHODS];
	uint32_t failed_prints[STORE_METHODS];
	uint64_t horizon;               /* ns: within so long */
	bool session[SOURCE_PRINT + 1]; /* this source names sessions, not
					   operations */
	uint32_t under_keys;            /* requests that came under several
					   Idempotency-Keys each */
	bool new_keys;                  /* ... and stand together */
};

enum { CONTROL_UNUSABLE = 20, CONTROL_SURE = 1 }; /* percent */
enum { CONTROL_MIN = 20 }; /* attempts that a share is to be taken of */

struct ops {
	struct op *v;
	uint32_t n;
	uint64_t chained, ambiguous; /* retries found by fingerprint */
	uint64_t overlapped; /* without an id, while an equal one was open:
				hedges, or other operations */
};

/* The hazard of a repeat after success, < 0 when nothing was seen. */
double control_hazard(const struct control *c, int with_id);

/* Whether a has an id that names operations. */
bool control_keyed(const struct control *c, const struct attempt *a);
/* Whether requests like a, with an id, are known not to come again under
 * another id by themselves: others of its method did not after success; or,
 * where hardly any of its method succeeded, none of any kind did, and either
 * new keys stand together or so many different requests of its method failed
 * that each is likely to be an operation of its own. */
bool control_tells(const struct control *c, const struct attempt *a);

/* Fills c from the attempts order[0..n), sorted by time. The control is taken
 * from [from, to) if enough succeeded there, else from the whole run. */
void
control_measure(struct control *c, const struct store *s, const uint32_t *order,
    uint32_t n, uint64_t window, uint64_t from, uint64_t to);

/* Groups the attempts; sets next, in_op and role in them. window: how long an
 * operation waits for its next attempt at most. The caller frees v. */
void ops_group(struct ops *ops, const struct store *s, const uint32_t *order,
    uint32_t n, const struct control *c, uint64_t window);

/* Decides at time end which operations are over (DESIGN.md section 6). */
void ops_close(struct ops *ops, const struct store *s, uint64_t end);

#endif
