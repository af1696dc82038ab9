/* What a scenario expects of the client: selectors and checks as read from the
 * file. The judge gives them meaning. */
#ifndef SCENARIO_EXPECT_H
#define SCENARIO_EXPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pattern.h"
#include "fault/param.h"

/* The checks by their keys in `expect:` entries; checks.def gives the list and
 * each a parameter table. */
enum check_id {
#define CHECK(name) CHECK_##name,
#include "scenario/checks.def"
#undef CHECK
	CHECK_IDS
};

struct check_type {
	const char *name;
	const char *summary;
	struct param_set params;
};
extern const struct check_type *const check_types[CHECK_IDS];

/* Which attempts an entry speaks of. */
struct expect_scope {
	int phase; /* during: index of the phase; -1: all */
	int after; /* after: index of the phase; -1: not an `after` entry */
	int rule;  /* rule: index; -1: all */
	uint16_t *status; /* injected status; n_status 0: all */
	unsigned n_status;
	struct pattern **methods, **paths;
	unsigned n_methods, n_paths;
};

/* One check of one entry: `{during: x, attempts: {...}, backoff: {...}}` makes
 * two of these. */
struct expect {
	const char *name; /* generated: "attempts during outage"; unique */
	struct expect_scope scope;
	enum check_id check;
	const void *conf; /* filled by check_types[check]->params */
	unsigned line, col;
};

enum verdict_profile {
	PROFILE_NONE,
	PROFILE_RFC,
	PROFILE_API_CLIENT,
	PROFILE_SRE,
	PROFILE_PAYMENTS
};

struct verdict_conf {
	int profile;         /* enum verdict_profile */
	int64_t min_samples; /* default 20 */
	int min_confidence;  /* enum confidence; default inferred */
	bool warn;           /* inconclusive: warn */
	uint32_t given;
};

#endif
