/* Close or reset the client's connection at an exact point of the exchange. */
#include "fault/fault.h"
#include "fault/position.h"

struct close_conf {
	int with; /* enum close_with */
	struct position at;
	uint32_t given;
};

enum close_with { CLOSE_FIN, CLOSE_RST };

static struct step
close_end(const struct close_conf *c, bool answered)
{
	return step_end(
	    c->with == CLOSE_RST ? END_RST : END_FIN, answered ? 0 : 444);
}

static struct step
close_on_request(struct fault *f)
{
	const struct close_conf *c = f->conf;

	/* Of an answer that is thrown away there is nothing to cut. */
	if (f->served || position_at_request(&c->at, f->facts))
		return close_end(c, false);
	return step_pass();
}

static struct step
close_on_body(struct fault *f, struct piece *piece)
{
	const struct close_conf *c = f->conf;
	bool missed;

	if (f->served)
		return piece_pass(piece);
	if (position_reached(&c->at, f->state, piece, &missed))
		return close_end(c, piece->side == SIDE_RESPONSE);
	if (missed)
		return step_bypass("the exchange ended before the cut point");
	return step_pass();
}

static const char *const close_withs[] = { "fin", "rst", NULL };

static const struct param close_rows[] = {
	{ .name = "with",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct close_conf, with),
	    .fallback = "fin",
	    .help = "an orderly close or a reset",
	    .names = close_withs,
	    .flags = PARAM_SCALAR },
	{ .name = "at",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct close_conf, at),
	    .help = "where: request_head (the default), request_body, "
		    "response_head, {bytes: N}, {chunks: N}, {events: N}",
	    .sub = &position_set },
};

const struct fault_type fault_close = {
	.name = "close",
	.summary = "the connection ends at this point of the exchange",
	.class = FAULT_ENDS,
	.params = { PARAM_ROWS(close_rows), .size = sizeof(struct close_conf),
	    .given = offsetof(struct close_conf, given) },
	.state_size = sizeof(struct position_state),
	.on_request = close_on_request,
	.bodies = 1 << SIDE_REQUEST | 1 << SIDE_RESPONSE,
	.on_body = close_on_body,
};
