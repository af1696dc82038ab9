/* What is counted of the records that pass, for metrics. Pure: one thread adds,
 * copies are read. */
#ifndef ADMIN_METRICS_H
#define ADMIN_METRICS_H

#include <stdint.h>

#include "record/journal.h"
#include "record/record.h"

enum { METRICS_BOUNDS = 15, METRICS_FAULTS_MAX = 2000 };

/* Upper bounds of the histograms' buckets, in ns; one more has no bound. */
extern const uint64_t metrics_bounds[METRICS_BOUNDS];

struct metrics_hist {
	uint64_t n[METRICS_BOUNDS + 1], sum_ns;
};

struct metrics {
	uint64_t records;
	struct metrics_hist seen; /* durations as the client saw them */
	struct metrics_hist own;  /* the same without injected delay */
	uint64_t delay_ns;        /* injected */
	uint64_t bytes_in, bytes_out;
	uint64_t operations, retries, early;
};

void
metrics_add(struct metrics *m, const struct record *r, const struct pairing *p);

/* How often a rule's fault led to a status. */
struct metrics_fault {
	uint16_t rule, status; /* RECORD_NO_RULE: all that did not fit */
	uint8_t fault;
	uint64_t n;
};

/* A bounded table of those; zeroed is empty. */
struct metrics_faults {
	struct metrics_fault *v; /* open addressed; n 0: free */
	unsigned n, size;
	uint64_t others;
};
void metrics_faults_add(struct metrics_faults *f, const struct record *r);
void metrics_faults_clear(struct metrics_faults *f);
/* A list of them that the caller frees, its length in *np. */
struct metrics_fault *
metrics_faults_list(const struct metrics_faults *f, unsigned *np);

#endif
