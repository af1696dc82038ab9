/* Stop at an exact point of the exchange: the connection stays open and silent
 * for a while, then it ends. */
#include "fault/fault.h"
#include "fault/position.h"

struct hang_conf {
	uint64_t hold;
	struct position at;
	int with; /* 0: fin, 1: rst */
	uint32_t given;
};

struct hang_state {
	struct position_state position;
	uint64_t until_ns; /* 0: not there yet */
};

static struct step
hang_hold(struct fault *f, bool answered)
{
	const struct hang_conf *c = f->conf;
	struct hang_state *st = f->state;

	if (st->until_ns == 0)
		st->until_ns = f->facts->now_ns + c->hold;
	if (f->facts->now_ns < st->until_ns)
		return step_wait(st->until_ns);
	return step_end(c->with == 0 ? END_FIN : END_RST, answered ? 0 : 444);
}

static struct step
hang_on_request(struct fault *f)
{
	const struct hang_conf *c = f->conf;

	/* Of an answer that is thrown away there is nothing to hold. */
	if (f->served || position_at_request(&c->at, f->facts))
		return hang_hold(f, false);
	return step_pass();
}

/* The request is through and its time runs: an answer is not shown. */
static struct step
hang_on_response(struct fault *f, struct head_edit *edit)
{
	const struct hang_state *st = f->state;

	(void)edit;
	return st->position.reached ? hang_hold(f, false) : step_pass();
}

static struct step
hang_on_body(struct fault *f, struct piece *piece)
{
	const struct hang_conf *c = f->conf;
	struct hang_state *st = f->state;
	bool missed;

	if (f->served)
		return piece_pass(piece);
	if (position_reached(&c->at, &st->position, piece, &missed))
		return hang_hold(f, piece->side == SIDE_RESPONSE);
	if (missed)
		return step_bypass("the exchange ended before the cut point");
	return step_pass();
}

static const char *const hang_withs[] = { "fin", "rst", NULL };

static const struct param hang_rows[] = {
	{ .name = "for",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct hang_conf, hold),
	    .help = "how long nothing comes",
	    .flags = PARAM_REQUIRED | PARAM_SCALAR },
	{ .name = "at",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct hang_conf, at),
	    .help = "where: request_head (the default), request_body, "
		    "response_head, {bytes: N}, {chunks: N}, {events: N}",
	    .sub = &position_set },
	{ .name = "with",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct hang_conf, with),
	    .fallback = "fin",
	    .help = "how the connection ends then",
	    .names = hang_withs },
};

const struct fault_type fault_hang = {
	.name = "hang",
	.summary = "the exchange stops at this point; the connection stays "
		   "open for a while, then ends",
	.class = FAULT_ENDS,
	.params = { PARAM_ROWS(hang_rows), .size = sizeof(struct hang_conf),
	    .given = offsetof(struct hang_conf, given) },
	.state_size = sizeof(struct hang_state),
	.on_request = hang_on_request,
	.on_response = hang_on_response,
	.bodies = 1 << SIDE_REQUEST | 1 << SIDE_RESPONSE,
	.on_body = hang_on_body,
};
