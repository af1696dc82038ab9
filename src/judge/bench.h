/*
 * The judge's bench: everything that a check may look at, computed once per
 * verdict. Read-only for the checks but for the lines they add to the verdict.
 */
#ifndef JUDGE_BENCH_H
#define JUDGE_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "judge/judge.h"
#include "judge/ops.h"
#include "judge/store.h"
#include "judge/verdict.h"

/* When a phase was played, ns. */
struct window {
	uint64_t start, end;
	bool played;
	bool faulty; /* it has rules */
};

/* Load before any fault. */
struct baseline {
	int phase; /* -1: none */
	uint64_t from, to;
	uint64_t attempts;
	double rate;    /* per second, < 0: none */
	double success; /* share, < 0: none */
};

struct bench {
	const struct scenario *scenario;
	const struct judge_options *options;
	const struct store *store;
	uint32_t *order; /* attempts by time of their first byte */
	uint32_t n;
	struct ops ops;
	struct control control;
	struct window *windows; /* one per phase */
	struct baseline baseline;
	uint64_t end;
	uint64_t min_samples;
	enum grouping min_confidence; /* worst that counts */
	double share; /* of the operations that are in the sample */
	/* Whether ids may change with each attempt: requests under faults as a
	 * multiple of the usual, 0: no suspicion; and whether keys may, for
	 * requests came under several. */
	double suspect;
	bool suspect_keys;
	struct verdict *v;
	unsigned cap_lines, cap_notes;
};

/* One thing expected: an entry of the scenario or a line of the profile. */
struct entry {
	const struct expect *e;
	int filter; /* bit in attempt.filters, -1: every method and path */
	bool implied;
};

static inline double
bench_s(uint64_t ns)
{
	return (double)ns / 1e9;
}

static inline struct attempt *
bench_attempt(const struct bench *b, uint32_t i)
{
	return store_at(b->store, i);
}

/* Walks the attempts of an operation in order of time. */
#define BENCH_EACH(b, op, a)                                                   \
	for (struct attempt *a = store_at((b)->store, (op)->first); a != NULL; \
	     a = a->next == ATTEMPT_NONE ? NULL                                \
					 : store_at((b)->store, a->next))
static inline struct attempt *
bench_next(const struct bench *b, const struct attempt *a)
{
	return a->next == ATTEMPT_NONE ? NULL : store_at(b->store, a->next);
}

static inline bool
role_is_retry(uint8_t role)
{
	return role == ROLE_RETRY || role == ROLE_RESUME;
}

/* The next attempt that is the client's own new try, skipping transport replays
 * and repeats; NULL without. */
struct attempt *bench_retry(const struct bench *b, const struct attempt *a);

/* Fills windows from the earliest and latest request of each phase (ns,
 * RECORD_NONE: none). */
void bench_windows(
    struct bench *b, const uint64_t *earliest, const uint64_t *latest);
/* Finds the baseline and measures it. */
void bench_baseline(struct bench *b);

/* The time an entry speaks of: its phase, what follows its phase until faults
 * begin again, or the whole run. False when that never came. */
bool entry_window(
    const struct bench *b, const struct entry *e, uint64_t *from, uint64_t *to);
/* Whether an attempt fits by phase, method and path. */
bool entry_place(
    const struct bench *b, const struct entry *e, const struct attempt *a);
/* By method and path alone. */
bool entry_filter(const struct entry *e, const struct attempt *a);
/* Fits in all: also by rule and injected status. */
bool entry_met(
    const struct bench *b, const struct entry *e, const struct attempt *a);
/* Met, and failed: what a client has to react to. */
bool entry_failed(
    const struct bench *b, const struct entry *e, const struct attempt *a);
/* Met, and failed or changed by a fault: something that a client could react to
 * wrongly. */
bool entry_touched(
    const struct bench *b, const struct entry *e, const struct attempt *a);
/* The first attempt of op that failed as the entry says, or NULL. */
struct attempt *entry_failure(
    const struct bench *b, const struct entry *e, const struct op *op);
/* The phase whose end is the recovery's start: that of after, during, or the
 * last one with failures; -1: none. */
int entry_fault_phase(const struct bench *b, const struct entry *e);
/* Until when after that phase nothing is injected by a later one. */
uint64_t bench_calm_end(const struct bench *b, int phase);

#endif
