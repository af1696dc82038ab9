/* The keys of a rule, and the structs that their tables fill. */
#ifndef SCENARIO_RULE_KEYS_H
#define SCENARIO_RULE_KEYS_H

#include "scenario/params.h"

enum { RULES_RATE_MIN = 1000, RULES_NAME_MAX = 128 };

struct rules_rate {
	uint32_t from, to;
	uint32_t given;
};
struct rules_burst {
	uint32_t enter, leave;
	uint32_t given;
};
struct rules_conf {
	const char *name;
	const char *description;
	struct rules_rate rate;
	int64_t every, first;
	struct rules_burst burst;
	int per, spread;
	int64_t limit;
	uint32_t given;
};
/* The rows of a rule; bit i of given is row i. */
enum rules_row {
	RULES_NAME,
	RULES_DESCRIPTION,
	RULES_RATE,
	RULES_EVERY,
	RULES_FIRST,
	RULES_BURST,
	RULES_PER,
	RULES_SPREAD,
	RULES_LIMIT,
	RULES_ROWS
};
enum {
	RULES_SELECTORS = 1 << RULES_RATE | 1 << RULES_EVERY |
			  1 << RULES_FIRST | 1 << RULES_BURST,
	RULES_COUNTERS = RULES_SELECTORS | 1 << RULES_LIMIT
};

/* An alternative of `choose`. */
struct rules_choice {
	uint32_t rate;
	uint32_t given;
};

extern const struct grammar rules_grammar, rules_choice_grammar;

#endif
