/*
 * Bodies through faults: payload is decoded, shown piece by piece to each
 * fault that wants it, and framed again. A fault may hold bytes back, wait, or
 * end the exchange after what it let through.
 */
#include <assert.h>
#include <string.h>

#include "proxy/faults.h"

enum { FAULTS_BODY_MAX = 64 << 20, FAULTS_KEPT_MAX = 256 << 10 };

static void
faults_buf_reset(struct buf *b)
{
	b->max = FAULTS_BODY_MAX;
	b->n = 0;
	b->overflow = false;
}

void
faults_body_reset(struct faults *fs, unsigned side)
{
	struct faults_body *b = &fs->body[side];

	faults_buf_reset(&b->held);
	faults_buf_reset(&b->bounds);
	faults_buf_reset(&b->payload);
	for (unsigned i = 0; i < fs->n; i++)
		faults_buf_reset(&fs->v[i].pending[side]);
	b->shown = b->chunks = 0;
	b->waiting = b->source_done = false;
}

/* Gives back what a large body made grow. */
static void
faults_buf_trim(struct buf *b)
{
	if (b->cap > FAULTS_KEPT_MAX)
		buf_clear(b);
}

void
faults_body_trim(struct faults *fs, unsigned side)
{
	faults_buf_trim(&fs->body[side].held);
	faults_buf_trim(&fs->body[side].bounds);
	faults_buf_trim(&fs->body[side].payload);
	for (unsigned i = 0; i < fs->n; i++)
		faults_buf_trim(&fs->v[i].pending[side]);
}

bool
faults_on_body(const struct exchange *x, enum side side)
{
	return x->faults != NULL && (x->faults->bodies & 1u << side) != 0;
}

bool
faults_holding(const struct exchange *x, enum side side)
{
	return x->faults != NULL && x->faults->body[side].waiting;
}

bool
faults_source_done(const struct exchange *x, enum side side)
{
	return faults_on_body(x, side) && x->faults->body[side].source_done;
}

static void
faults_body_timer(void *arg)
{
	struct faults_body *b = arg;
	struct faults *fs = b->faults;
	struct exchange *x = fs->x;

	b->waiting = false;
	x->record.delay_ns += clock_mono_ns() - b->wait_since_ns;
	if (b == &fs->body[SIDE_REQUEST])
		request_pump(x);
	else
		response_pump(x);
}

static void
faults_body_wait(struct exchange *x, struct faults_body *b, uint64_t at_ns)
{
	b->waiting = true;
	b->wait_since_ns = x->facts.now_ns;
	b->faults = x->faults;
	timer_set(&x->pw->w.timers, &b->timer, at_ns, faults_body_timer, b);
}

/* The next fault after i that sees bodies of that side, or -1. */
static int
faults_next(const struct faults *fs, int i, unsigned side)
{
	while (++i < (int)fs->n)
		if (!fs->v[i].out && !fs->v[i].released &&
		    (fs->v[i].fault.type->bodies & 1u << side) != 0)
			return i;
	return -1;
}

/* Acts on what a fault said of a piece; what it left is in *a's pending. */
static void
faults_body_act(struct exchange *x, struct faults_body *b, struct faults_one *a,
    const struct step *s)
{
	a->held |= s->kind == STEP_WAIT;
	a->acted |= s->kind == STEP_END || s->kind == STEP_RAW ||
		    a->fault.type->class == FAULT_CHANGES;
	switch (s->kind) {
	case STEP_WAIT:
		faults_body_wait(x, b, s->at_ns);
		break;
	case STEP_END:
	case STEP_RAW:
		x->faults->ending = true;
		x->faults->end_step = *s;
		break;
	case STEP_SKIP:
		faults_missed(x, a, MISSED_SKIPPED, s->why);
		break;
	case STEP_BYPASS:
		faults_missed(x, a, MISSED_BYPASSED, s->why);
		break;
	default:
		break;
	}
}

/* What faults still held that bodies pass by now: the bytes of the last one are
 * the first. */
static void
faults_let_go(struct faults *fs, unsigned side, struct buf *to)
{
	for (unsigned i = fs->n; i-- > 0;) {
		struct faults_one *a = &fs->v[i];
		int next = faults_next(fs, (int)i, side);
		struct buf *pending = &a->pending[side];

		if ((!a->out && !a->released) || pending->n == 0)
			continue;
		buf_span(next < 0 ? to : &fs->v[next].pending[side],
		    buf_view(pending));
		pending->n = 0;
	}
}

/* One piece through all faults; what comes out is appended to `to`. Returns
 * whether everything including the last byte has come out. */
static bool
faults_chain(struct exchange *x, enum side side, struct span in, bool last,
    struct buf *to)
{
	struct faults *fs = x->faults;
	struct faults_body *b = &fs->body[side];
	int i = faults_next(fs, -1, side), next;

	faults_let_go(fs, side, to);
	buf_span(i < 0 ? to : &fs->v[i].pending[side], in);
	for (; i >= 0; i = next) {
		struct faults_one *a = &fs->v[i];
		struct buf *pending = &a->pending[side];
		struct piece p = { .side = side,
			.in = buf_view(pending),
			.last = last,
			.offset = a->offset[side],
			.chunks = b->chunks };
		struct step s;

		next = faults_next(fs, i, side);
		p.out = next < 0 ? to : &fs->v[next].pending[side];
		s = a->fault.type->on_body(&a->fault, &p);
		a->offset[side] += pending->n - p.in.n;
		buf_drain(pending, pending->n - p.in.n);
		faults_body_act(x, b, a, &s);
		if (a->out) {
			buf_span(p.out, buf_view(pending));
			pending->n = 0;
		}
		last = last && pending->n == 0 && !b->waiting && !fs->ending;
	}
	return last;
}

static void
faults_frame(struct buf *to, enum framing out, struct buf *payload)
{
	char open[H1_CHUNK_OPEN];

	if (payload->n == 0)
		return;
	/* An answer to HEAD, a 204 or a 304 has none, whatever faults say. */
	if (out == FRAMING_NONE) {
		payload->n = 0;
		return;
	}
	if (out == FRAMING_CHUNKED)
		buf_put(to, open, h1_chunk_open(open, payload->n));
	buf_span(to, buf_view(payload));
	if (out == FRAMING_CHUNKED)
		buf_put(to, "\r\n", 2);
	payload->n = 0;
}

/* How much of what is held makes the next piece: up to a chunk's end. */
static size_t
faults_piece(struct faults_body *b, bool *boundp)
{
	uint64_t bound;

	*boundp = false;
	if (b->bounds.n < sizeof(bound))
		return b->held.n;
	memcpy(&bound, b->bounds.data, sizeof(bound));
	if (bound - b->shown > b->held.n)
		return b->held.n;
	*boundp = true;
	return (size_t)(bound - b->shown);
}

/* Shows what is held, piece by piece; true when the body is through. */
static bool
faults_show(struct exchange *x, enum side side, bool source_done,
    enum framing out, struct buf *to)
{
	struct faults *fs = x->faults;
	struct faults_body *b = &fs->body[side];
	bool bound, last, through = false;
	size_t n;

	do {
		n = faults_piece(b, &bound);
		last = source_done && n == b->held.n;
		if (bound) {
			b->chunks++;
			buf_drain(&b->bounds, sizeof(uint64_t));
		}
		through = faults_chain(x, side,
		    (struct span){ b->held.data, n }, last, &b->payload);
		faults_frame(to, out, &b->payload);
		b->shown += n;
		buf_drain(&b->held, n);
	} while (b->held.n > 0 && !b->waiting && !fs->ending);
	return through;
}

/* Whether something was lost, so that the body must not look whole. */
static bool
faults_overflowed(const struct faults *fs, unsigned side)
{
	const struct faults_body *b = &fs->body[side];

	if (b->held.overflow || b->bounds.overflow || b->payload.overflow)
		return true;
	for (unsigned i = 0; i < fs->n; i++)
		if (fs->v[i].pending[side].overflow)
			return true;
	return false;
}

enum flow_result
faults_body(
    struct exchange *x, enum side side, struct block *in, struct flow_out *o)
{
	struct flow *flow = side == SIDE_REQUEST ? &x->request : &x->response;
	enum framing out =
	    side == SIDE_REQUEST ? x->req.framing : x->out_framing;
	struct faults_body *b = &x->faults->body[side];

	assert(!b->waiting);
	if (!b->source_done && !flow->done && in != NULL &&
	    in->head < in->tail &&
	    flow_decode(flow, in,
		side == SIDE_REQUEST && x->noted ? &x->body_hash : NULL,
		&b->held, &b->bounds) == FLOW_BAD)
		return FLOW_BAD;
	faults_refresh(x);
	/* The flow is done when its last byte has left the last fault. */
	b->source_done |= flow->done;
	flow->done = faults_show(x, side, b->source_done, out, o->framed);
	if (faults_overflowed(x->faults, side) || o->framed->overflow) {
		flow->chunked.why = "a body too large for its fault";
		return FLOW_BAD;
	}
	if (!flow->done)
		return FLOW_MORE;
	if (!x->faults->ending)
		flow_finish(flow, out, o->framed);
	return FLOW_DONE;
}

bool
faults_ended(struct exchange *x)
{
	if (x->faults == NULL || !x->faults->ending)
		return false;
	faults_end(x, &x->faults->end_step);
	return true;
}
