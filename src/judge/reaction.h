/* How a client may react to an outcome: recovery.md 1.5 as a table. */
#ifndef JUDGE_REACTION_H
#define JUDGE_REACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "judge/store.h"
#include "scenario/checks.h"

enum reaction {
	REACT_NEVER,  /* an identical repeat is wrong */
	REACT_ANY,    /* any method may be sent again */
	REACT_WAIT,   /* after Retry-After or backoff; not processed */
	REACT_SAFE,   /* only what may happen twice */
	REACT_NEUTRAL /* no rule */
};

/* What the outcome of an attempt permits. */
enum reaction reaction_to(const struct attempt *a);
/* How bad the repeat of a request without key, whose method is not idempotent,
 * is after that outcome (recovery.md 4.6). */
enum severity reaction_severity(const struct attempt *a);

#endif
