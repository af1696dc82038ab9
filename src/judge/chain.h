/* The chaining rule: which operation an attempt without a usable id continues
 * (recovery.md 4.2). Used by ops.c alone. */
#ifndef JUDGE_CHAIN_H
#define JUDGE_CHAIN_H

#include "judge/ops.h"

/* Operations whose last attempt failed, by fingerprint. */
struct chain {
	struct map heads;
	uint64_t window;
};

/* How long an operation waits for its next attempt: the window, or twice the
 * Retry-After and 10 s where that is longer. */
bool
chain_in_window(const struct chain *c, const struct attempt *last, uint64_t t);
/* Notes that op waits for a retry. */
void chain_wait(
    struct chain *c, struct ops *ops, const struct store *s, uint32_t op);
/* The waiting operation that an attempt continues (the one due first), or
 * MAP_NONE. *ambiguous: there was a choice. */
uint32_t chain_find(struct chain *c, struct ops *ops, const struct store *s,
    const struct attempt *a, bool *ambiguous);

#endif
