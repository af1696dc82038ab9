/* `explain --request`: what would happen to such requests, and why. */
#ifndef CLI_EXPLAIN_ASK_H
#define CLI_EXPLAIN_ASK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "decide/decide.h"

enum { ASK_FIELDS_MAX = 64, ASK_OUTCOMES_MAX = 64 };

/* A request as given on the command line, borrowed. */
struct ask {
	const char *request;                /* "GET /path" or "/path" */
	const char *fields[ASK_FIELDS_MAX]; /* "Name: value" */
	unsigned n_fields;
	const char *client; /* an address */
	uint64_t at_ns;     /* since the start */
	uint64_t n;
};

/* What one kind of request came to: the rules that fired, and how often. */
struct outcome {
	struct plan plan;
	uint64_t n;
};

struct answer {
	struct head head;
	struct facts facts;
	struct play_position at;
	struct outcome outcomes[ASK_OUTCOMES_MAX];
	unsigned n_outcomes;
	uint64_t held; /* injections that the guard refused */
};

/* Asks n times, one request after another. NULL, or what is wrong with the
 * question as a static sentence. */
const char *ask_play(const struct ask *a, struct play *p, struct answer *to);
void ask_print(
    const struct ask *a, const struct play *p, const struct answer *answer);
json_t *ask_json(
    const struct ask *a, const struct play *p, const struct answer *answer);

#endif
