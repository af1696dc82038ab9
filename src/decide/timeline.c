#include "decide/timeline.h"

#include <stdlib.h>

#include "base/xalloc.h"

static uint64_t
timeline_add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* All rounds of a phase; UINT64_MAX when it has no end. */
static uint64_t
timeline_span(const struct phase *p)
{
	uint64_t ns;

	if (p->for_ns == 0 ||
	    __builtin_mul_overflow(
		p->for_ns, (uint64_t)(p->repeat > 0 ? p->repeat : 1), &ns))
		return UINT64_MAX;
	return ns;
}

void
timeline_init(
    struct timeline *t, const struct phase *phases, unsigned n, double scale)
{
	*t = (struct timeline){ .phases = phases,
		.n = n,
		.scale = scale > 0 ? scale : 1,
		.starts = xcalloc(n + 1, sizeof(t->starts[0])) };
	for (unsigned i = 0; i < n; i++)
		t->starts[i + 1] =
		    timeline_add(t->starts[i], timeline_span(&phases[i]));
}

void
timeline_clear(struct timeline *t)
{
	free(t->starts);
	t->starts = NULL;
}

/* Real time to scenario time. A scale of 1 stays in integers: no rounding. */
static uint64_t
timeline_scaled(const struct timeline *t, uint64_t ns)
{
	return t->scale == 1 ? ns : (uint64_t)((double)ns * t->scale);
}

uint64_t
timeline_real(const struct timeline *t, uint64_t scenario_ns)
{
	double ns;

	if (scenario_ns == UINT64_MAX || t->scale == 1)
		return scenario_ns;
	ns = (double)scenario_ns / t->scale;
	return ns >= 0x1p63 ? UINT64_MAX : (uint64_t)ns;
}

uint64_t
clock_elapsed(const struct clock *c, const struct timeline *t, uint64_t now_ns)
{
	if (c->state != CLOCK_RUNNING || now_ns <= c->ref)
		return c->at;
	return timeline_add(c->at, timeline_scaled(t, now_ns - c->ref));
}

struct clock
clock_start(const struct clock *c, uint64_t now_ns)
{
	if (c->state == CLOCK_RUNNING || c->state == CLOCK_PAUSED)
		return *c;
	return (struct clock){ .at = 0, .ref = now_ns, .state = CLOCK_RUNNING };
}

struct clock
clock_pause(const struct clock *c, const struct timeline *t, uint64_t now_ns)
{
	if (c->state != CLOCK_RUNNING)
		return *c;
	return (struct clock){ .at = clock_elapsed(c, t, now_ns),
		.ref = now_ns,
		.state = CLOCK_PAUSED };
}

struct clock
clock_resume(const struct clock *c, uint64_t now_ns)
{
	if (c->state != CLOCK_PAUSED)
		return *c;
	return (
	    struct clock){ .at = c->at, .ref = now_ns, .state = CLOCK_RUNNING };
}

struct clock
clock_next(const struct clock *c, const struct timeline *t, uint64_t now_ns)
{
	struct spot s = timeline_spot(t, c, now_ns);

	if (s.phase < 0)
		return *c;
	return (struct clock){
		.at = t->starts[s.phase + 1], .ref = now_ns, .state = c->state
	};
}

struct spot
timeline_at(const struct timeline *t, uint64_t elapsed_ns)
{
	struct spot s = { .phase = -1 };
	unsigned lo = 0, hi = t->n;
	uint64_t in, length;

	if (t->n == 0 || elapsed_ns >= t->starts[t->n])
		return s;
	while (hi - lo > 1) {
		unsigned mid = lo + (hi - lo) / 2;

		if (elapsed_ns >= t->starts[mid])
			lo = mid;
		else
			hi = mid;
	}
	s.phase = (int)lo;
	in = elapsed_ns - t->starts[lo];
	length = t->phases[lo].for_ns;
	s.into_ns = length > 0 ? in % length : in;
	s.left_ns = length > 0 ? length - s.into_ns : UINT64_MAX;
	s.round = length > 0 ? (unsigned)(in / length) : 0;
	return s;
}

struct spot
timeline_spot(const struct timeline *t, const struct clock *c, uint64_t now_ns)
{
	if (c->state == CLOCK_IDLE || c->state == CLOCK_STOPPED)
		return (struct spot){ .phase = -1 };
	return timeline_at(t, clock_elapsed(c, t, now_ns));
}

uint64_t
timeline_when(
    const struct timeline *t, const struct clock *c, uint64_t elapsed_ns)
{
	uint64_t ns;

	if (c->state != CLOCK_RUNNING || elapsed_ns == UINT64_MAX)
		return UINT64_MAX;
	if (elapsed_ns <= c->at)
		return c->ref;
	ns = timeline_real(t, elapsed_ns - c->at);
	/* Rounded down above; a fraction too early is asked again, a fraction
	 * too late would be a fault out of its phase. */
	return timeline_add(c->ref, ns);
}
