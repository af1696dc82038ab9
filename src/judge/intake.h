/* Which records are judged, and how: the scenario's ignore list, the method and
 * path filters of its expectations, and what counts as success. Pure. */
#ifndef JUDGE_INTAKE_H
#define JUDGE_INTAKE_H

#include "judge/bench.h"
#include "record/record.h"

enum { INTAKE_FILTERS = 64 };

struct intake {
	const struct scenario *scenario;
	const struct expect_scope *filters[INTAKE_FILTERS];
	int n_filters;
	struct entry *entries; /* the scenario's, then the profile's */
	unsigned n_entries;
	uint64_t spoiling[4]; /* faults, by index, whose response is no success
				 whatever its status */
};

void intake_init(
    struct intake *in, const struct scenario *s, const struct judge_options *o);
void intake_clear(struct intake *in);
/* Whether identity.ignore leaves the request out. Only conditions on method,
 * path and host can be told from a record. */
bool intake_ignored(const struct intake *in, const struct record *r);
uint64_t intake_filters(const struct intake *in, const struct record *r);
/* Whether the attempt left the client with an answer it need not react to: a
 * whole response below 400, or the upstream's own 4xx. */
bool intake_ok(const struct intake *in, const struct record *r);

#endif
