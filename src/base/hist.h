/* A log-linear histogram of durations: two significant digits from 1 us to 1 h
 * in fixed memory. Zeroed is empty. */
#ifndef BASE_HIST_H
#define BASE_HIST_H

#include <stdint.h>

enum { HIST_SUB = 64, HIST_BUCKETS = 34 * HIST_SUB };

struct hist {
	uint64_t n, sum_ns, max_ns;
	uint32_t count[HIST_BUCKETS];
};

void hist_add(struct hist *h, uint64_t ns);
void hist_merge(struct hist *to, const struct hist *from);
/* The value at quantile q in [0, 1] (the upper edge of its bucket, within 2 %);
 * 0 when empty. */
uint64_t hist_quantile(const struct hist *h, double q);
/* How many values were <= ns (by bucket). */
uint64_t hist_below(const struct hist *h, uint64_t ns);

#endif
