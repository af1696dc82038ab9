/* Metrics in Prometheus' text format (version 0.0.4). Pure appends. */
#ifndef ADMIN_EXPO_H
#define ADMIN_EXPO_H

#include <stdint.h>

#include "base/buf.h"

/* HELP and TYPE of a family; all of its samples follow. type: "counter",
 * "gauge", "histogram". */
void expo_family(
    struct buf *to, const char *name, const char *type, const char *help);
/*
 * One sample. labels are pairs of name and value, ended by NULL; values may
 * hold anything and are escaped, what is no UTF-8 becomes U+FFFD.
 */
void expo_u64(struct buf *to, const char *name, const char *const *labels,
    uint64_t value);
void expo_real(
    struct buf *to, const char *name, const char *const *labels, double value);
/* A histogram of n + 1 counts with n upper bounds in ns, shown in seconds: each
 * sample counts all up to its bound. */
void expo_histogram(struct buf *to, const char *name, const char *const *labels,
    const uint64_t *bounds_ns, unsigned n, const uint64_t *counts,
    uint64_t sum_ns);

#define EXPO_NONE ((const char *const[]){ NULL })
#define EXPO_LABELS(...) ((const char *const[]){ __VA_ARGS__, NULL })

#endif
