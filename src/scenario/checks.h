/* The structs that the parameter tables of checks.def fill (expect.conf): what
 * a scenario demands, before the judge gives it meaning. Durations are ns,
 * rates parts per billion; text is an amount (scenario/amount.h), NULL when not
 * given. */
#ifndef SCENARIO_CHECKS_H
#define SCENARIO_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "fault/param.h"

/* {max: AMOUNT} or the amount alone. */
struct check_amount {
	const char *max;
	uint32_t given;
};

enum { CHECK_RANGE_MIN = 1, CHECK_RANGE_MAX = 2 }; /* bits of given */

/* {min: DURATION, max: DURATION}. */
struct check_range {
	uint64_t min, max;
	uint32_t given;
};

/* {min: N, max: N}. */
struct check_count {
	int64_t min, max;
	uint32_t given;
};

/* {min: RATE}, or the rate alone. */
struct check_share {
	uint32_t min;
	uint32_t given;
};

enum { SCOPE_OPERATION, SCOPE_PATH, SCOPE_CLIENT };
enum { GIVE_UP_ALLOWED, GIVE_UP_FORBIDDEN };

struct check_retry_after {
	struct check_amount early;
	struct check_share honoured;
	const char *late; /* told as "over-waits" from this multiple on */
	int scope, give_up;
	uint32_t given;
};
enum { RETRY_AFTER_EARLY = 1, RETRY_AFTER_HONOURED = 2 };

enum backoff_shape {
	SHAPE_ANY,
	SHAPE_CONSTANT,
	SHAPE_LINEAR,
	SHAPE_GROWING,
	SHAPE_EXPONENTIAL
};
enum jitter { JITTER_NONE, JITTER_WEAK, JITTER_MODERATE, JITTER_STRONG };

struct check_jitter {
	int min; /* enum jitter */
	uint32_t given;
};
struct check_backoff {
	int shape; /* enum backoff_shape */
	struct check_range first, cap;
	struct check_jitter jitter;
	uint64_t min_wait;
	uint32_t given;
};
enum {
	BACKOFF_SHAPE = 1,
	BACKOFF_FIRST = 2,
	BACKOFF_CAP = 4,
	BACKOFF_JITTER = 8,
	BACKOFF_MIN_WAIT = 16
};

struct check_peak_rate {
	const char *max;
	uint64_t bin;
	uint32_t given;
};

enum severity { SEVERITY_CONFIRMED, SEVERITY_PROBABLE, SEVERITY_BENIGN };

struct check_unsafe {
	const char *max;
	int severity; /* enum severity: counts this and worse */
	uint32_t given;
};

struct check_key {
	struct param_list required; /* const char *: methods */
	bool stable, unique;
	uint32_t given;
};
enum { KEY_REQUIRED = 1, KEY_STABLE = 2, KEY_UNIQUE = 4 };

enum { RETRY_ALLOWED, RETRY_NEVER };
struct check_retry {
	int policy;
	int64_t at_least;
	struct check_share share;
	uint32_t given;
};
enum { RETRY_POLICY = 1, RETRY_AT_LEAST = 2, RETRY_FOR = 4 };

struct check_recover {
	uint64_t within;
	uint32_t success; /* ppb */
	uint64_t hold;
	struct check_amount lost;
	uint32_t given;
};
enum {
	RECOVER_WITHIN = 1,
	RECOVER_SUCCESS = 2,
	RECOVER_HOLD = 4,
	RECOVER_LOST = 8
};

struct check_settle {
	uint64_t within;
	struct check_amount rate; /* multiple of the baseline's */
	uint32_t given;
};

struct check_herd {
	uint64_t bin, within;
	struct check_amount peak; /* multiple of the mean */
	uint32_t given;
};

struct check_timeout {
	struct check_range p50, p99;
	struct check_amount hung;
	uint32_t given;
};
enum { TIMEOUT_P50 = 1, TIMEOUT_P99 = 2, TIMEOUT_HUNG = 4 };

struct check_breaker {
	struct check_count opens_after;
	struct check_range open_for;
	struct check_count probes;
	uint32_t given;
};
enum { BREAKER_OPENS_AFTER = 1, BREAKER_OPEN_FOR = 2, BREAKER_PROBES = 4 };

struct check_connection {
	struct check_amount reuse_after_close, repeat_on_same, new_per_op;
	uint32_t given;
};
enum { CONNECTION_REUSE = 1, CONNECTION_REPEAT = 2, CONNECTION_NEW = 4 };

struct check_attempts {
	int64_t max;
	uint32_t given;
};

#endif
