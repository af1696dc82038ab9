/* `inject:` mappings, from a file or from a request's header. */
#ifndef SCENARIO_INJECT_H
#define SCENARIO_INJECT_H

#include "scenario/params.h"
#include "scenario/scenario.h"

/* `after` and `upstream`, which go with a fault that ends the exchange. */
extern const struct param_set inject_common_set;

/* Reads an `inject:` mapping; `connection` says which faults may stand in it.
 * The faults have no slots for shared state yet. */
bool inject_read(
    struct reader *r, const struct node *n, bool connection, struct inject *to);

/*
 * Reads the value of X-Brownout-Inject, `status=503; retry_after=2s`, by the
 * same tables: pairs of key and value between semicolons; a value in braces or
 * brackets is YAML, as in `close={at: response_head, with: rst}`. What it
 * points to is in the arena; problems have the file name "X-Brownout-Inject".
 * Every fault has shared 0: who runs it makes the shared state for this one
 * exchange.
 */
bool inject_parse(struct arena *arena, struct span text, struct inject *to,
    struct diags *diags);

/* The status that a fault answers with as far as its parameters tell: 0 when it
 * sends none or any. */
unsigned inject_status(const struct inject_fault *f);
/* Whether it has a part in an exchange that another rule ends, or changes
 * before it does; forwarded: the upstream got the request. */
bool inject_joins(const struct inject *inject, bool forwarded);
/* Whether its answers carry a Retry-After. */
bool inject_tells_wait(const struct inject_fault *f);
/* Whether that is a date. */
bool inject_tells_date(const struct inject_fault *f);

#endif
