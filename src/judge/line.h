/*
 * One line of the verdict in the making: cases are counted by how sure their
 * grouping is, the worst are kept as evidence, and the rules of recovery.md 4.9
 * settle it.
 */
#ifndef JUDGE_LINE_H
#define JUDGE_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "judge/bench.h"
#include "judge/stats.h"
#include "scenario/amount.h"

/* Cases of one measure: seen, and those against the limit. */
struct tally {
	uint64_t seen[GROUPINGS], bad[GROUPINGS];
	uint64_t unpaired; /* attempts that could not be paired at all */
	uint64_t censored; /* still open when the run ended */
	bool by_absence;   /* what is bad is that no attempt followed */
	struct evidence {
		uint32_t op;
		const struct attempt *at;
		double weight;
		char *what;
	} worst[OFFENDERS_MAX];
	unsigned n_worst;
};

/* A new line; part names one of several limits of a check (NULL: its only one),
 * and stands in its name after the check's. */
struct expectation *
line_new(struct bench *b, const struct entry *e, const char *part);

/* A case: that operation was looked at. */
void tally_seen(struct tally *t, enum grouping g);
/* It is against the limit. The heaviest are kept, with what is to be said of
 * them; `at` is the attempt to mark (may be NULL). */
void tally_bad(struct tally *t, const struct bench *b, uint32_t op,
    enum grouping g, const struct attempt *at, double weight, const char *fmt,
    ...) __attribute__((format(printf, 7, 8)));
/* Frees what is left in a tally that no line took. */
void tally_clear(struct tally *t);
uint64_t tally_n(const struct tally *t);
uint64_t tally_n_bad(const struct tally *t);

/*
 * Settles a line whose cases are limited to `max` (a count or a share) and
 * frees the tally. Value, interval and reason are filled.
 */
void line_cases(
    struct bench *b, struct expectation *x, struct tally *t, struct amount max);
/* The same for a share of good cases that has to reach min. */
void
line_share(struct bench *b, struct expectation *x, struct tally *t, double min);
/* Fills n, grouping and offenders from a tally and frees it, for lines that
 * settle themselves. */
void line_evidence(struct bench *b, struct expectation *x, struct tally *t);
/* A measured number with its interval against a maximum (or, at_least, a
 * minimum): fails when the interval is wholly beyond, passes when it is wholly
 * within or sure says that the number is a fact. */
void line_number(struct bench *b, struct expectation *x, struct quantity value,
    struct interval i, struct quantity limit, bool sure);

/* Status and reason by hand. */
void line_end(struct expectation *x, enum result status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds a sentence to the reason. */
void line_add(struct expectation *x, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Turns a failure into doubt where most cases are grouped less surely than
 * min_confidence asks. */
void line_temper(
    const struct bench *b, struct expectation *x, const struct tally *t);
/* What keeps a would-be pass from being one (too few, ambiguous, censored), or
 * NULL. */
const char *line_doubt(const struct bench *b, const struct tally *t);

#endif
