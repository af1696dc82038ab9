/* The response's body in small pieces with a pause after each. */
#include "fault/fault.h"

struct dribble_conf {
	uint64_t bytes, every;
	uint32_t given;
};

struct dribble_state {
	uint64_t next_ns; /* when the next piece may begin */
	uint64_t left;    /* of the piece that has begun */
};

static struct step
dribble_on_body(struct fault *f, struct piece *piece)
{
	const struct dribble_conf *c = f->conf;
	struct dribble_state *st = f->state;

	if (piece->in.n == 0)
		return step_pass();
	if (st->left == 0) {
		if (f->facts->now_ns < st->next_ns)
			return step_wait(st->next_ns);
		st->next_ns = f->facts->now_ns + c->every;
		st->left = c->bytes;
	}
	if (st->left >= piece->in.n) {
		st->left -= piece->in.n;
		piece_move(piece, piece->in.n);
		return step_pass();
	}
	piece_move(piece, st->left);
	st->left = 0;
	return step_wait(st->next_ns);
}

static const struct param dribble_rows[] = {
	{ .name = "bytes",
	    .type = PARAM_SIZE,
	    .offset = offsetof(struct dribble_conf, bytes),
	    .min = 1,
	    .max = INT64_MAX,
	    .fallback = "1",
	    .help = "so many at a time" },
	{ .name = "every",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct dribble_conf, every),
	    .min = 1,
	    .help = "from one piece to the next",
	    .flags = PARAM_REQUIRED | PARAM_SCALAR },
};

const struct fault_type fault_dribble = {
	.name = "dribble",
	.summary = "the body comes in small pieces with pauses",
	.class = FAULT_CHANGES,
	.params = { PARAM_ROWS(dribble_rows),
	    .size = sizeof(struct dribble_conf),
	    .given = offsetof(struct dribble_conf, given) },
	.state_size = sizeof(struct dribble_state),
	.bodies = 1 << SIDE_RESPONSE,
	.on_body = dribble_on_body,
};
