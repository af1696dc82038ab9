/* Arrivals counted over time: what peak_rate, settle, herd and recover look
 * at. */
#ifndef JUDGE_LOAD_H
#define JUDGE_LOAD_H

#include "judge/bench.h"

/* Arrivals in bins of width ns from `from` on; those that succeeded apart. */
struct counts {
	uint32_t *all, *ok;
	size_t n;
	uint64_t from, width;
};

/* Counts the attempts that pass the entry's method and path in whole bins of
 * [from, to). The caller frees with counts_clear. */
struct counts counts_of(const struct bench *b, const struct entry *e,
    uint64_t from, uint64_t to, uint64_t width);
void counts_clear(struct counts *c);

/* The baseline for the entry's method and path: rate per second, < 0 without;
 * *np attempts; *successp their share of success, -1 without. */
double load_baseline(const struct bench *b, const struct entry *e, uint64_t *np,
    double *successp);

#endif
