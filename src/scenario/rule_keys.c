#include "scenario/rule_keys.h"

#include <stddef.h>

static const char *const rules_pers[] = { "all", "operation", "client",
	"connection", NULL };
static const char *const rules_spreads[] = { "random", "even", NULL };

static const struct param rules_rate_rows[] = {
	{ .name = "from",
	    .type = PARAM_RATE,
	    .offset = offsetof(struct rules_rate, from),
	    .help = "the rate when the phase begins",
	    .flags = PARAM_SCALAR },
	{ .name = "to",
	    .type = PARAM_RATE,
	    .offset = offsetof(struct rules_rate, to),
	    .help = "the rate when the phase ends" },
};
static const struct param_set rules_rate_set = {
	PARAM_ROWS(rules_rate_rows),
	.size = sizeof(struct rules_rate),
	.given = offsetof(struct rules_rate, given),
};

static const struct param rules_burst_rows[] = {
	{ .name = "enter",
	    .type = PARAM_RATE,
	    .offset = offsetof(struct rules_burst, enter),
	    .min = RULES_RATE_MIN,
	    .help = "chance to enter the burst, per request",
	    .flags = PARAM_REQUIRED },
	{ .name = "leave",
	    .type = PARAM_RATE,
	    .offset = offsetof(struct rules_burst, leave),
	    .min = RULES_RATE_MIN,
	    .help = "chance to leave it, per request",
	    .flags = PARAM_REQUIRED },
};
static const struct param_set rules_burst_set = {
	PARAM_ROWS(rules_burst_rows),
	.size = sizeof(struct rules_burst),
	.given = offsetof(struct rules_burst, given),
};

static const struct param rules_rows[RULES_ROWS] = {
	[RULES_NAME] = { .name = "rule",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct rules_conf, name),
	    .min = 1,
	    .max = RULES_NAME_MAX,
	    .help = "the rule's name, unique",
	    .flags = PARAM_REQUIRED },
	[RULES_DESCRIPTION] = { .name = "description",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct rules_conf, description),
	    .help = "what it is for" },
	[RULES_RATE] = { .name = "rate",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct rules_conf, rate),
	    .help = "share of the matching requests; {from, to} rises or falls "
		    "over the phase",
	    .sub = &rules_rate_set },
	[RULES_EVERY] = { .name = "every",
	    .type = PARAM_INT,
	    .offset = offsetof(struct rules_conf, every),
	    .min = 1,
	    .max = INT64_MAX,
	    .help = "every nth matching request" },
	[RULES_FIRST] = { .name = "first",
	    .type = PARAM_INT,
	    .offset = offsetof(struct rules_conf, first),
	    .min = 1,
	    .max = INT64_MAX,
	    .help = "the first n matching requests" },
	[RULES_BURST] = { .name = "burst",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct rules_conf, burst),
	    .help = "faults in runs: a chain that is in or out",
	    .sub = &rules_burst_set },
	[RULES_PER] = { .name = "per",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct rules_conf, per),
	    .help = "what draws and limits are counted by; first: operation, "
		    "else all",
	    .names = rules_pers },
	[RULES_SPREAD] = { .name = "spread",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct rules_conf, spread),
	    .help = "even: as regular as the rate allows",
	    .names = rules_spreads },
	[RULES_LIMIT] = { .name = "limit",
	    .type = PARAM_INT,
	    .offset = offsetof(struct rules_conf, limit),
	    .min = 1,
	    .max = INT64_MAX,
	    .help = "at most so many injections" },
};
static const struct part rules_parts[] = {
	{ "match", "which requests", "match" },
	{ "inject", "what goes wrong", "inject" },
	{ "choose", "weighted alternatives in place of a selection and inject",
	    "choose" },
};
const struct grammar rules_grammar = {
	.what = "unknown rule key",
	.set = { PARAM_ROWS(rules_rows), .size = sizeof(struct rules_conf),
	    .given = offsetof(struct rules_conf, given),
	    .exclusive = RULES_SELECTORS },
	.parts = rules_parts,
	.n_parts = sizeof(rules_parts) / sizeof(rules_parts[0]),
};

static const struct param rules_choice_rows[] = {
	{ .name = "rate",
	    .type = PARAM_RATE,
	    .offset = offsetof(struct rules_choice, rate),
	    .min = RULES_RATE_MIN,
	    .help = "share of the matching requests",
	    .flags = PARAM_REQUIRED },
};
static const struct part rules_choice_parts[] = {
	{ "inject", "what goes wrong", "inject", PARAM_REQUIRED },
};
const struct grammar rules_choice_grammar = {
	.what = "unknown key of an alternative",
	.set = { PARAM_ROWS(rules_choice_rows),
	    .size = sizeof(struct rules_choice),
	    .given = offsetof(struct rules_choice, given) },
	.parts = rules_choice_parts,
	.n_parts = 1,
};
