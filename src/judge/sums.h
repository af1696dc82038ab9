/* What a report shows beside the expectations, and the verdict's last word. */
#ifndef JUDGE_SUMS_H
#define JUDGE_SUMS_H

#include "judge/bench.h"

/* Marks retries that came early, in the attempts themselves. */
void sums_mark_early(struct bench *b);
/* Phases' roles and operations, first attempts and retries over time, the
 * waits, the histogram of attempts, the grouping mix, coded Retry-After. */
void sums_fill(struct bench *b);
/* Sets b->suspect and b->suspect_keys; after sums_fill. */
void sums_suspect_ids(struct bench *b);
/* Notes, overall result, exit status and summary. */
void sums_conclude(struct bench *b);

#endif
