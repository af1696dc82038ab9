/* The keys of a match, and what their tables fill. */
#ifndef SCENARIO_COND_KEYS_H
#define SCENARIO_COND_KEYS_H

#include "scenario/params.h"

/* Ranges: {min, max}, of sizes or of attempts. */
struct conds_range {
	union {
		uint64_t size;
		int64_t count;
	} min, max;
	uint32_t given;
};
enum { CONDS_MIN = 1, CONDS_MAX = 2 };

/* Its parts are in the order of enum cond_kind. */
extern const struct grammar conds_grammar;
extern const struct param conds_protocol_row;
extern const struct param_set conds_size_set, conds_attempt_set;

#endif
