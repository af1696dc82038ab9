/* Make the request or the response wait, for a time drawn from a distribution.
 */
#include <math.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "fault/fault.h"
#include "fault/spread.h"

struct delay_normal {
	uint64_t mean, sd;
	uint32_t given;
};
struct delay_lognormal {
	uint64_t median, p99;
	uint32_t given;
};
struct delay_conf {
	uint64_t fixed;
	struct param_list uniform; /* uint64_t ns */
	struct delay_normal normal;
	struct delay_lognormal lognormal;
	struct param_pairs percentiles;
	int side; /* enum side */
	uint32_t given;
};
enum {
	DELAY_FIXED = 1,
	DELAY_UNIFORM = 2,
	DELAY_NORMAL = 4,
	DELAY_LOGNORMAL = 8,
	DELAY_PERCENTILES = 16
};

struct delay_state {
	uint64_t until_ns; /* 0: not begun */
};

static double
delay_draw(
    const struct delay_conf *c, const struct spread_table *t, double share)
{
	static const double z99 = 2.3263478740408408;
	const uint64_t *uniform = c->uniform.v;

	if ((c->given & DELAY_UNIFORM) != 0)
		return (double)uniform[0] +
		       share * (double)(uniform[1] - uniform[0]);
	if ((c->given & DELAY_NORMAL) != 0)
		return (double)c->normal.mean +
		       spread_gauss(share) * (double)c->normal.sd;
	if ((c->given & DELAY_LOGNORMAL) != 0) {
		double mu = log((double)c->lognormal.median);
		double sigma = (log((double)c->lognormal.p99) - mu) / z99;

		return exp(mu + sigma * spread_gauss(share));
	}
	return spread_table_at(t, share);
}

static void *
delay_shared_new(const void *conf)
{
	const struct delay_conf *c = conf;
	struct spread_table *t = xcalloc(1, sizeof(*t));

	if ((c->given & DELAY_PERCENTILES) != 0)
		spread_table_fill(t, &c->percentiles);
	return t;
}

/* Of a distribution's far tail: more than a day is nothing a client can see. */
static uint64_t
delay_whole(double ns)
{
	const double day = 86400e9;

	return ns <= 0 ? 0 : (uint64_t)ceil(ns < day ? ns : day);
}

static struct step
delay_wait(struct fault *f)
{
	const struct delay_conf *c = f->conf;
	struct delay_state *st = f->state;

	if (st->until_ns == 0)
		st->until_ns = f->facts->now_ns +
			       ((c->given & DELAY_FIXED) != 0
				       ? c->fixed
				       : delay_whole(delay_draw(c, f->shared,
					     spread_share(f->series, f->n,
						 rng_unit(&f->rng)))));
	if (f->facts->now_ns < st->until_ns)
		return step_wait(st->until_ns);
	return step_pass();
}

static struct step
delay_on_request(struct fault *f)
{
	const struct delay_conf *c = f->conf;

	return c->side == SIDE_REQUEST ? delay_wait(f) : step_pass();
}

static struct step
delay_on_response(struct fault *f, struct head_edit *edit)
{
	const struct delay_conf *c = f->conf;

	(void)edit;
	return c->side == SIDE_RESPONSE ? delay_wait(f) : step_pass();
}

static const char *
delay_check(const void *conf)
{
	const struct delay_conf *c = conf;
	const uint64_t *uniform = c->uniform.v;
	struct spread_table t;

	if ((c->given & 0x1f) == 0)
		return "delay does not say how long: a duration, uniform, "
		       "normal, lognormal or percentiles";
	if ((c->given & DELAY_UNIFORM) != 0 &&
	    (c->uniform.n != 2 || uniform[0] > uniform[1]))
		return "uniform takes two durations, the shorter one first: "
		       "[10ms, 50ms]";
	if ((c->given & DELAY_LOGNORMAL) != 0 &&
	    (c->lognormal.median == 0 ||
		c->lognormal.p99 < c->lognormal.median))
		return "lognormal needs a median above 0 and a p99 not below "
		       "it";
	if ((c->given & DELAY_PERCENTILES) != 0)
		return spread_table_fill(&t, &c->percentiles);
	return NULL;
}

static const struct param delay_normal_rows[] = {
	{ .name = "mean",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct delay_normal, mean),
	    .help = "the mean",
	    .flags = PARAM_REQUIRED },
	{ .name = "sd",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct delay_normal, sd),
	    .help = "the standard deviation; what falls below 0 is 0",
	    .flags = PARAM_REQUIRED },
};
static const struct param_set delay_normal_set = {
	PARAM_ROWS(delay_normal_rows),
	.size = sizeof(struct delay_normal),
	.given = offsetof(struct delay_normal, given),
};
static const struct param delay_lognormal_rows[] = {
	{ .name = "median",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct delay_lognormal, median),
	    .help = "half of all wait less",
	    .flags = PARAM_REQUIRED },
	{ .name = "p99",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct delay_lognormal, p99),
	    .help = "one in a hundred waits longer",
	    .flags = PARAM_REQUIRED },
};
static const struct param_set delay_lognormal_set = {
	PARAM_ROWS(delay_lognormal_rows),
	.size = sizeof(struct delay_lognormal),
	.given = offsetof(struct delay_lognormal, given),
};
static const char *const delay_sides[] = { "request", "response", NULL };

static const struct param delay_rows[] = {
	{ .name = "fixed",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct delay_conf, fixed),
	    .help = "always this long",
	    .flags = PARAM_SCALAR },
	{ .name = "uniform",
	    .type = PARAM_LIST,
	    .offset = offsetof(struct delay_conf, uniform),
	    .help = "evenly between two durations",
	    .sub = &param_durations },
	{ .name = "normal",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct delay_conf, normal),
	    .help = "around a mean",
	    .sub = &delay_normal_set },
	{ .name = "lognormal",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct delay_conf, lognormal),
	    .help = "as services really are: most are quick, few very slow",
	    .sub = &delay_lognormal_set },
	{ .name = "percentiles",
	    .type = PARAM_PAIRS,
	    .offset = offsetof(struct delay_conf, percentiles),
	    .help = "as measured: {p50: 20ms, p95: 200ms, p99: 2s}; log-linear "
		    "in between, none above the highest" },
	{ .name = "side",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct delay_conf, side),
	    .fallback = "request",
	    .help = "before the request goes on, or before the response's head "
		    "does",
	    .names = delay_sides },
};

const struct fault_type fault_delay = {
	.name = "delay",
	.summary = "the answer comes later",
	.class = FAULT_CHANGES,
	.params = { PARAM_ROWS(delay_rows), .size = sizeof(struct delay_conf),
	    .given = offsetof(struct delay_conf, given), .exclusive = 0x1f,
	    .check = delay_check },
	.state_size = sizeof(struct delay_state),
	.shared_new = delay_shared_new,
	.shared_free = free,
	.on_request = delay_on_request,
	.on_response = delay_on_response,
};
