#include "fault/position.h"

static const char *const position_points[] = { "request_head", "request_body",
	"response_head", NULL };

static const struct param position_rows[] = {
	{ .name = "point",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct position, point),
	    .fallback = "request_head",
	    .help = "when this much of the exchange is done",
	    .names = position_points,
	    .flags = PARAM_SCALAR },
	{ .name = "bytes",
	    .type = PARAM_SIZE,
	    .offset = offsetof(struct position, bytes),
	    .max = INT64_MAX,
	    .help = "after so many bytes of the response's body" },
	{ .name = "chunks",
	    .type = PARAM_INT,
	    .offset = offsetof(struct position, chunks),
	    .min = 1,
	    .max = INT64_MAX,
	    .help = "after so many chunks of the upstream's response" },
	{ .name = "events",
	    .type = PARAM_INT,
	    .offset = offsetof(struct position, events),
	    .min = 1,
	    .max = INT64_MAX,
	    .help = "after so many server-sent events" },
};
const struct param_set position_set = { PARAM_ROWS(position_rows),
	.size = sizeof(struct position),
	.given = offsetof(struct position, given),
	.exclusive = POSITION_POINT | POSITION_BYTES | POSITION_CHUNKS |
		     POSITION_EVENTS };

enum { SSE_NO = 0xff, SSE_NAME = 4 };

/* A line is over: true when it was the empty one that ends an event. */
static bool
sse_line(struct sse *e)
{
	bool empty = e->line_n == 0, event = empty && e->data;

	if (e->at == SSE_NAME)
		e->data = true;
	if (empty)
		e->data = false;
	e->line_n = 0;
	e->at = 0;
	return event;
}

/* A character within a line: is its field name `data`? */
static void
sse_char(struct sse *e, char c)
{
	if (e->line_n < 2)
		e->line_n++;
	if (e->at == SSE_NAME + 1 || e->at == SSE_NO)
		return;
	if (e->at == SSE_NAME)
		e->at = c == ':' ? SSE_NAME + 1 : SSE_NO;
	else
		e->at = c == "data"[e->at] ? e->at + 1 : SSE_NO;
	if (e->at == SSE_NAME + 1)
		e->data = true;
}

size_t
sse_feed(struct sse *e, struct span s, uint64_t want)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool after_cr = e->cr;

		e->cr = c == '\r';
		if (c == '\n' && after_cr) {
			e->crlf = true;
			if (e->due) {
				e->due = false;
				if (++e->n == want)
					return i + 1;
			}
			continue;
		}
		/* A bare CR ended the event after all. */
		if (e->due) {
			e->due = false;
			if (++e->n == want)
				return i;
		}
		if (c != '\n' && c != '\r') {
			sse_char(e, c);
		} else if (sse_line(e)) {
			if (c == '\r' && e->crlf) {
				e->due = true;
				continue;
			}
			if (++e->n == want)
				return i + 1;
		}
	}
	return s.n;
}

bool
position_at_request(const struct position *p, const struct facts *facts)
{
	if ((p->given & ~(uint32_t)POSITION_POINT) != 0)
		return false;
	return p->point == POSITION_REQUEST_HEAD ||
	       (p->point == POSITION_REQUEST_BODY &&
		   facts->head->framing == FRAMING_NONE);
}

static bool
position_in_response(
    const struct position *p, struct position_state *st, struct piece *piece)
{
	size_t n = piece->in.n;

	if ((p->given & POSITION_BYTES) != 0) {
		uint64_t left = p->bytes - piece->offset;

		piece_move(piece, left < n ? (size_t)left : n);
		return piece->offset == p->bytes;
	}
	if ((p->given & POSITION_CHUNKS) != 0) {
		piece_move(piece, n);
		return piece->chunks >= (uint64_t)p->chunks;
	}
	if ((p->given & POSITION_EVENTS) != 0) {
		piece_move(
		    piece, sse_feed(&st->sse, piece->in, (uint64_t)p->events));
		return st->sse.n == (uint64_t)p->events;
	}
	return p->point == POSITION_RESPONSE_HEAD;
}

bool
position_reached(const struct position *p, struct position_state *st,
    struct piece *piece, bool *missedp)
{
	bool request = p->point == POSITION_REQUEST_BODY &&
		       (p->given & ~(uint32_t)POSITION_POINT) == 0;

	*missedp = false;
	if (piece->side == SIDE_REQUEST && !(request && st->reached)) {
		piece_move(piece, piece->in.n);
		st->reached = st->reached || (request && piece->last);
		return request && st->reached;
	}
	if (st->reached)
		return true;
	if (request) {
		piece_move(piece, piece->in.n);
		*missedp = piece->last;
		return false;
	}
	st->reached = position_in_response(p, st, piece);
	*missedp = !st->reached && piece->last && piece->in.n == 0;
	return st->reached;
}
