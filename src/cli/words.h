/* A scenario's rules in words, for people: whom they match, how often they
 * fire, what they inject. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "base/buf.h"
#include "scenario/scenario.h"

/* `method GET, path /a`; "every request" without conditions. */
void words_match(struct buf *to, const struct match *m);
/* `50% at random, for each client, at most 10 times`. */
void words_select(struct buf *to, const struct rule *r);
/* As in the file: `status: 429, retry_after: {one_of: [3s, 4s]}`. */
void words_inject(struct buf *to, const struct inject *inject);
/* What a rule injects; of `choose` each alternative with its rate. */
void words_what(struct buf *to, const struct rule *r);
/* Why a condition does not hold for a request: `the path is /a, not /b`. */
void words_why(struct buf *to, const struct cond *c, const struct facts *f,
    uint32_t attempt);
/* Prints a label in `indent` columns and text after it, wrapped at 80. */
void words_print(const char *label, unsigned indent, struct span text);
/* The same, the label a name of the scenario: set in by two columns and cut. */
void words_row(const char *name, unsigned indent, struct span text);

#endif
