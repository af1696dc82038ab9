/*
 * The judge: records in, verdict out (recovery.md part 4). Works from records
 * only, live or from a journal; no clock, no files, no threads of its own. One
 * caller at a time. Memory is bounded: beyond options.max_attempts it keeps a
 * sample of the operations and says which share.
 */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include <stdint.h>

#include "judge/verdict.h"
#include "record/record.h"
#include "scenario/scenario.h"

struct judge;

struct judge_options {
	/* Names behind record.fault, as in the journal; borrowed. */
	const char *const *faults;
	unsigned n_faults;
	uint64_t seed;
	uint64_t max_attempts; /* 0: 3 million */
	uint64_t noise_ns;     /* p99 of the proxy's own lateness: added to
				  tolerances */
	bool shadow; /* nothing was injected: every rule is reported so */
};

/* The scenario is borrowed and must outlive the judge and its verdicts. The
 * caller frees with judge_free. */
struct judge *
judge_new(const struct scenario *scenario, const struct judge_options *options);
void judge_free(struct judge *j);

/* Takes note of one attempt; nothing of r is kept but copies. Order of arrival
 * does not matter for the verdict. */
void judge_add(struct judge *j, const struct record *r);

/* Sets options.noise_ns, which a live run knows only at its end. */
void judge_set_noise(struct judge *j, uint64_t noise_ns);

/* The verdict: the run ended at end_ns (0: with the last record), losses
 * records were lost on the way. The caller frees with verdict_free. The judge
 * may go on afterwards. */
struct verdict *judge_finish(struct judge *j, uint64_t end_ns, uint64_t losses);

/* The verdict so far, for a live page: the same, from a sample of at most about
 * 50,000 attempts, so that it costs some ten milliseconds however long the run
 * was. What only time can tell (recovery, give-ups) is open in it. */
struct verdict *
judge_interim(struct judge *j, uint64_t now_ns, uint64_t losses);

#endif
