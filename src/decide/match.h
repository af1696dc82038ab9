/* Whether a request is one that a rule speaks of. Pure. */
#ifndef DECIDE_MATCH_H
#define DECIDE_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "http/facts.h"
#include "scenario/scenario.h"

/*
 * The first condition of m that does not hold, or NULL when all do. attempt is
 * which try of its operation the request is, from 1. A connection before its
 * first request has facts without a head: it has no method, no path and no
 * fields.
 *
 * Where a request leaves room: `host` also matches without the port; `header`,
 * `query` and `cookie` hold when any of several values does; `content_type`
 * also matches without parameters; `body_size` of a chunked body is unknown at
 * the head and lies in no range that has a bound.
 */
const struct cond *
match_failed(const struct match *m, const struct facts *f, uint32_t attempt);
bool
match_holds(const struct match *m, const struct facts *f, uint32_t attempt);
/* Whether m, or a match inside its any and not, has a condition of that kind.
 */
bool match_has(const struct match *m, enum cond_kind kind);

#endif
