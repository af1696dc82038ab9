/* A scenario from its text, being played, for tests of decide. */
#ifndef TESTS_UNIT_DECIDE_PLAYING_H
#define TESTS_UNIT_DECIDE_PLAYING_H

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "decide/decide.h"
#include "identity/identity.h"

#include "../request.h"

#define S ((uint64_t)NS_PER_S)
enum { PERCENT = RATE_ONE / 100 };

/* Started at 1 s of the monotonic clock. */
static inline struct play *
playing_with(const char *yaml, struct play_options o)
{
	struct diags diags = { 0 };
	struct scenario *s =
	    scenario_parse("test.yaml", yaml, strlen(yaml), &diags);
	struct play *p;

	if (s == NULL)
		diags_print(&diags, stderr);
	assert(s != NULL);
	diags_clear(&diags);
	p = play_new(s, &o);
	if (!play_scenario(p)->start_on_request)
		play_start(p, S);
	return p;
}

static inline struct play *
playing(const char *yaml)
{
	return playing_with(
	    yaml, (struct play_options){ .seed = 42, .time_scale = 1 });
}

/* One request at ns since the start, over at once; returns the plan. */
static inline struct plan
asked(struct play *p, struct request *r, uint64_t ns, int upstream_ok)
{
	struct plan plan;

	r->facts.now_ns = S + ns;
	decide(p, &r->facts, &plan);
	decide_done(p, &plan, upstream_ok, S + ns);
	return plan;
}

#endif
