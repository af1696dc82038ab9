/* A slow line: bytes pass no faster than a rate, each direction its own. */
#include "base/clock.h"
#include "fault/fault.h"

struct bandwidth_conf {
	uint64_t both, side[2]; /* bytes per second; 0: not limited */
	uint32_t given;
};

/* A line is busy from from_ns on and has carried n bytes since. */
struct bandwidth_state {
	struct bandwidth_line {
		bool begun, waits; /* waits: it has more to carry already */
		uint64_t from_ns, n;
	} line[2];
};

enum {
	BANDWIDTH_SLICE_NS = 5 * NS_PER_MS, /* bytes go out in such slices */
	/* So long may the sender take to hand over more, and it is made up for;
	 * after a longer pause the line was idle, and begins anew. */
	BANDWIDTH_IDLE_NS = 100 * NS_PER_MS
};

/* When the line will have carried n bytes, rounded up: never early. */
static uint64_t
bandwidth_at(const struct bandwidth_line *l, uint64_t n, uint64_t rate)
{
	unsigned __int128 ns = (unsigned __int128)n * NS_PER_S;

	return l->from_ns + (uint64_t)((ns + rate - 1) / rate);
}

static struct step
bandwidth_on_body(struct fault *f, struct piece *piece)
{
	const struct bandwidth_conf *c = f->conf;
	struct bandwidth_state *st = f->state;
	struct bandwidth_line *l = &st->line[piece->side];
	uint64_t rate = c->side[piece->side], now = f->facts->now_ns;
	uint64_t carried, slice;

	if (rate == 0)
		rate = c->both;
	if (rate == 0 || piece->in.n == 0) {
		piece_move(piece, piece->in.n);
		return step_pass();
	}
	if (!l->begun || (!l->waits && now > bandwidth_at(l, l->n, rate) +
						 BANDWIDTH_IDLE_NS))
		*l = (struct bandwidth_line){ .begun = true, .from_ns = now };
	carried =
	    (uint64_t)((unsigned __int128)(now - l->from_ns) * rate / NS_PER_S);
	if (carried > l->n) {
		uint64_t n = carried - l->n;

		if (n > piece->in.n)
			n = piece->in.n;
		piece_move(piece, n);
		l->n += n;
	}
	l->waits = piece->in.n > 0;
	if (!l->waits)
		return step_pass();
	slice =
	    (uint64_t)((unsigned __int128)rate * BANDWIDTH_SLICE_NS / NS_PER_S);
	if (slice == 0)
		slice = 1;
	if (slice > piece->in.n)
		slice = piece->in.n;
	return step_wait(bandwidth_at(l, l->n + slice, rate));
}

static const char *
bandwidth_check(const void *conf)
{
	const struct bandwidth_conf *c = conf;

	return c->given == 0 ? "bandwidth does not say how much: a rate such "
			       "as 64KiB/s, or request and response"
			     : NULL;
}

static const struct param bandwidth_rows[] = {
	{ .name = "rate",
	    .type = PARAM_BANDWIDTH,
	    .offset = offsetof(struct bandwidth_conf, both),
	    .help = "of each direction",
	    .flags = PARAM_SCALAR },
	{ .name = "request",
	    .type = PARAM_BANDWIDTH,
	    .offset = offsetof(struct bandwidth_conf, side[SIDE_REQUEST]),
	    .help = "of request bodies" },
	{ .name = "response",
	    .type = PARAM_BANDWIDTH,
	    .offset = offsetof(struct bandwidth_conf, side[SIDE_RESPONSE]),
	    .help = "of response bodies" },
};

const struct fault_type fault_bandwidth = {
	.name = "bandwidth",
	.summary = "bodies pass no faster than this",
	.class = FAULT_CHANGES,
	.params = { PARAM_ROWS(bandwidth_rows),
	    .size = sizeof(struct bandwidth_conf),
	    .given = offsetof(struct bandwidth_conf, given),
	    .check = bandwidth_check },
	.state_size = sizeof(struct bandwidth_state),
	.bodies = 1 << SIDE_REQUEST | 1 << SIDE_RESPONSE,
	.on_body = bandwidth_on_body,
};
