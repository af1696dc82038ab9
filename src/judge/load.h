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

/* A time of a month in seconds: later attempts are not looked at, so that one
 * with a time of years (a clock's, by mistake) costs nothing. */
enum { COUNTS_MAX = 30 * 86400 };
/* Counts the attempts that pass the entry's method and path in whole bins of
 * [from, to), COUNTS_MAX at most. The caller frees with counts_clear. */
struct counts counts_of(const struct bench *b, const struct entry *e,
    uint64_t from, uint64_t to, uint64_t width);
void counts_clear(struct counts *c);

/* The baseline for the entry's method and path. */
struct usual {
	uint64_t n;     /* attempts in the sample */
	double length;  /* s */
	double rate;    /* per second of all that there were, < 0: none */
	double success; /* share, < 0: none */
};
/* Whether it has samples enough to compare with. */
bool load_usual(const struct bench *b, const struct entry *e, struct usual *u);

/* Whether anything failed in that phase (-1: none): without, there is nothing
 * to recover from. */
bool load_fault_met(const struct bench *b, const struct entry *e, int phase);

#endif
