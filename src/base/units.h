/* Numbers with units as people write them: durations, rates, sizes, bandwidths.
 * Strict: no sign, no space, no rest. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/*
 * Each returns NULL and stores the value, or returns what is wrong as a static
 * sentence fit for "expected a duration such as 250ms, 3s, 2m or 1h".
 */
/* `250ms 3s 2m 1h 1.5s 500us 0s` in nanoseconds; a unit is required (plain 0 is
 * not accepted), one unit only. */
const char *units_duration(struct span s, uint64_t *nsp);
/* `20%`, `0.01%` down to `0.0001%`, 0..100, in parts per billion; the percent
 * sign is required. */
const char *units_rate(struct span s, uint32_t *ppbp);
/* `64KiB 1MB 512B 10` in bytes; k/K, M, G, T with B (1000) or iB (1024). */
const char *units_size(struct span s, uint64_t *bytesp);
/* `64KiB/s 1MB/s` in bytes per second. */
const char *units_bandwidth(struct span s, uint64_t *bpsp);
/* A whole number, decimal, within [min, max]. */
const char *units_int(struct span s, int64_t min, int64_t max, int64_t *vp);

/* The shortest text that reads back as the value: `1.5s`, `20%`, `64KiB`.
 * Returns to. */
enum { UNITS_TEXT = 32 };
const char *units_duration_text(uint64_t ns, char to[UNITS_TEXT]);
const char *units_rate_text(uint32_t ppb, char to[UNITS_TEXT]);
const char *units_size_text(uint64_t bytes, char to[UNITS_TEXT]);

#endif
