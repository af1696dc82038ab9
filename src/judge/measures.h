/* The checks by checks.def: each adds its lines to the verdict. One function a
 * check, in the file named after its subject; and the measures that more than
 * one of them uses. */
#ifndef JUDGE_MEASURES_H
#define JUDGE_MEASURES_H

#include "judge/bench.h"
#include "judge/stats.h"

#define CHECK(name) void judge_##name(struct bench *b, const struct entry *e);
#include "scenario/checks.def"
#undef CHECK

/* Whether the next attempt `a` came before its predecessor p allowed it
 * (recovery.md 4.5): before due by more than max(50 ms, 1 % of Retry-After) and
 * the proxy's own noise. */
bool timing_early(
    const struct bench *b, const struct attempt *p, const struct attempt *a);
/* Seconds from the end of p to the first byte of a. */
double timing_gap(const struct attempt *p, const struct attempt *a);

/* Honouring share by coded Retry-After (recovery.md 4.4), over the attempts
 * that an entry speaks of. */
struct coded {
	double honoured, se;
	unsigned codes; /* distinct waits told often enough; < 2: no estimate */
	uint64_t rejections;
	bool additive; /* 2 * min <= max: a second short wait looks like a long
			  one */
};
struct coded coded_measure(const struct bench *b, const struct entry *e);

/* How the waits of the operations develop (recovery.md 4.5): what b makes a
 * shape, and what J makes a spread. */
#define BACKOFF_CONSTANT_MIN 0.87
#define BACKOFF_CONSTANT_MAX 1.15
#define BACKOFF_GROWING 1.25
#define BACKOFF_EXPONENTIAL 1.6
#define BACKOFF_MODERATE 0.1
#define BACKOFF_STRONG 0.4
enum { BACKOFF_MAX_K = 16 };
struct backoff_measure {
	uint64_t ops; /* with two gaps or more */
	uint64_t unpaired;
	uint64_t seen[GROUPINGS];
	uint64_t waits[GROUPINGS]; /* of all operations */
	unsigned n_k;     /* gaps looked at, the plateau at the end left out */
	unsigned plateau; /* gaps at the cap */
	bool immediate_first; /* a leading gap below 20 ms was left out */
	double median[BACKOFF_MAX_K]; /* m_k, seconds */
	struct sample gaps[BACKOFF_MAX_K];
	struct sample at_once; /* the leading gaps that were left out */
	double base;           /* b: growth per step */
	struct interval range; /* of b: one-sided 90 % either way */
	bool linear;           /* ln m_k fits better on ln k */
	bool either;       /* ... but the worse fit could be chance as well */
	double spread;     /* J = (p90 - p10) / p50, median over k */
	int jitter;        /* enum jitter */
	const char *shape; /* immediate, constant, linear, growing,
			      exponential, irregular */
};
void backoff_measure(
    struct backoff_measure *m, const struct bench *b, const struct entry *e);
void backoff_clear(struct backoff_measure *m);

#endif
