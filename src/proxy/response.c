/* The way of a response from the upstream to the client. */
#include <assert.h>

#include "proxy/internal.h"

enum { RESPONSE_SCRATCH_MAX = 1 << 20 };

/* The upstream sent something that is not HTTP, or contradicts itself. */
static void
response_malformed(struct exchange *x, const char *why)
{
	count(&x->pw->n_upstream_errors);
	x->upstream_ok = 0;
	exchange_error(x, 502, END_UPSTREAM_FAILED, why);
}

/* An interim response goes through as it came, but never to HTTP/1.0, which
 * does not know them (RFC 9110 15.2). */
static void
response_interim(struct exchange *x)
{
	struct forward_response how = { .framing = FRAMING_NONE };
	struct buf *out = &x->pw->w.scratch;

	if (x->resp.status == 100)
		x->continued = true;
	request_turn(x);
	/* An answer that is thrown away still has to ask for the body. */
	if (x->req.minor == 0 || (x->discard && x->resp.status != 100))
		return;
	out->n = 0;
	forward_response(out, &x->resp, &how);
	conn_send(&x->client->conn, &(struct iovec){ out->data, out->n }, 1);
}

static enum framing
response_framing(const struct exchange *x)
{
	switch (x->resp.framing) {
	case FRAMING_CHUNKED:
	case FRAMING_CLOSE:
		return x->req.minor > 0 ? FRAMING_CHUNKED : FRAMING_CLOSE;
	default:
		return x->resp.framing;
	}
}

/* The final head is known: faults may hold or change it. */
static void
response_final(struct exchange *x)
{
	x->record.upstream_status = (uint16_t)x->resp.status;
	x->upstream_ok = x->resp.status < 500;
	if (x->noted && (x->resp.seen & (uint64_t)1 << FIELD_RETRY_AFTER) != 0)
		note_retry_after(x, x->resp.raw,
		    retry_after_of_head(&x->resp, clock_wall_ns()));
	flow_init(&x->response, x->resp.framing, x->resp.length);
	x->out_framing = response_framing(x);
	if (x->out_framing == FRAMING_CLOSE)
		x->client_close = true;
	request_wait(x, &x->pw->upstream_idle);
	if (x->discard) {
		x->state = X_RELAYING;
		return;
	}
	if (x->faults != NULL) {
		x->state = X_HOLDING;
		if (!faults_response(x))
			return;
	}
	x->state = X_RELAYING;
}

/* 101: a tunnel begins, unless the answer is to be thrown away. */
static void
response_upgraded(struct exchange *x)
{
	if (!x->req.upgrade) {
		response_malformed(x, "101 to a request without Upgrade");
	} else if (x->discard) {
		x->record.upstream_status = 101;
		x->upstream_ok = 1;
		x->resp.keep_alive = false;
		exchange_response_done(x);
	} else {
		tunnel_start(x);
	}
}

/* Reads one head; false when there is no whole one, or the exchange is not
 * about heads any more. */
static bool
response_head(struct exchange *x)
{
	struct backend *b = x->up;
	struct block *in = b->conn.in;
	struct h1_error e;

	switch (h1_response(&b->scan, in->data + in->head, in->tail - in->head,
	    &x->pw->conf->limits, x->req.method, &x->resp, &e)) {
	case H1_MORE:
		return false;
	case H1_BAD:
		response_malformed(x, e.why);
		return false;
	case H1_DONE:
		break;
	}
	in->head += x->resp.raw.n;
	b->scan = (struct h1_scan){ .skip = 0 };
	if (x->resp.status >= 200) {
		response_final(x);
		return false;
	}
	if (x->resp.status != 101) {
		response_interim(x);
		return true;
	}
	response_upgraded(x);
	return false;
}

/* Appends the final head for the client. */
static void
response_write_head(struct exchange *x, struct buf *out)
{
	struct forward_response how = {
		.framing = x->out_framing,
		.client_1_0 = x->req.minor == 0,
		.date = pworker_date(x->pw),
	};

	x->client_close |= x->pw->draining || exchange_must_close(x);
	how.close = x->client_close;
	note_response_head(x, x->resp.status, how.close);
	if (x->faults != NULL)
		faults_write_head(x, &how, out);
	else
		forward_response(out, &x->resp, &how);
	x->head_sent = true;
}

/* The scratch buffer, empty; what a large body made of it is given back. */
static void
response_scratch(struct buf *b)
{
	if (b->cap > RESPONSE_SCRATCH_MAX)
		buf_clear(b);
	b->n = 0;
	b->overflow = false;
}

/* Sends the head if it is due and what has come of the body. */
static void
response_move(struct exchange *x)
{
	struct client *c = x->client;
	struct block *in = x->up->conn.in;
	struct buf *out = &x->pw->w.scratch;
	struct flow_out o = { .framed = out };
	enum flow_result r = x->response.done ? FLOW_DONE : FLOW_MORE;

	response_scratch(out);
	if (!x->head_sent && !x->discard)
		response_write_head(x, out);
	if (!x->discard && faults_on_body(x, SIDE_RESPONSE))
		r = faults_body(x, SIDE_RESPONSE, in, &o);
	else if (!x->response.done && in != NULL && in->head < in->tail)
		r = flow_take(&x->response, in,
		    x->discard ? FRAMING_NONE : x->out_framing, NULL, &o);
	if (!x->discard)
		flow_send(&c->conn, &o);
	if (r == FLOW_BAD)
		response_malformed(x, x->response.chunked.why);
	else if (c->conn.failed)
		exchange_client_gone(x, "client reset the connection");
	else if (!faults_ended(x) && r == FLOW_DONE)
		exchange_response_done(x);
}

/* Stops reading from the upstream while the client does not take what there
 * is. */
static bool
response_blocked(struct exchange *x)
{
	bool holding = faults_holding(x, SIDE_RESPONSE);

	if ((!conn_blocked(&x->client->conn) && !holding) || x->discard)
		return false;
	conn_read_enable(&x->up->conn, false);
	timeout_cancel(&x->up->timeout);
	if (!holding)
		client_wait(x->client, WAIT_WRITE);
	return true;
}

void
response_pump(struct exchange *x)
{
	struct backend *b = x->up;
	struct pworker *pw = x->pw;

	while (x->state == X_SENT && b->conn.in != NULL &&
	       b->conn.in->head < b->conn.in->tail && !response_blocked(x) &&
	       response_head(x))
		;
	/* The exchange may have ended, and with it its backend. */
	if (b->x != x || x->up != b || x->state != X_RELAYING)
		return;
	if (!response_blocked(x)) {
		response_move(x);
		if (b->x != x || x->up != b || x->state != X_RELAYING)
			return;
		if (!response_blocked(x)) {
			request_wait(x, &pw->upstream_idle);
			conn_read_enable(&b->conn, true);
		}
	}
	/* A head that could not be sent yet stands in the block. */
	if (x->head_sent || x->discard)
		conn_release(&b->conn);
}

void
response_release(struct exchange *x)
{
	x->state = X_RELAYING;
	response_pump(x);
}

/* The upstream's stream ended: at the right place or not. */
static void
response_end(struct exchange *x, bool clean)
{
	struct buf *out = &x->pw->w.scratch;
	struct flow_out o = { .framed = out };

	if (x->state == X_TUNNEL) {
		tunnel_upstream_end(x);
		return;
	}
	if (x->state == X_SENT) {
		request_failed(x, 502,
		    x->response_begun ? "upstream closed within a head"
				      : "upstream closed without a response");
		return;
	}
	/* After a failed write the end of the stream may be that of a reset. */
	if (x->state != X_RELAYING || !clean || x->request_broken ||
	    x->response.framing != FRAMING_CLOSE) {
		count(&x->pw->n_upstream_errors);
		x->upstream_ok = 0;
		exchange_error(x, 502, END_UPSTREAM_FAILED,
		    "upstream closed within a body");
		return;
	}
	x->response.done = true;
	if (!x->discard && faults_on_body(x, SIDE_RESPONSE)) {
		response_pump(x);
		return;
	}
	out->n = 0;
	if (!x->discard) {
		flow_finish(&x->response, x->out_framing, out);
		flow_send(&x->client->conn, &o);
	}
	exchange_response_done(x);
}

void
response_readable(struct backend *b)
{
	struct exchange *x = b->x;
	enum conn_fill got;

	/* What is held, or not taken by the client, is followed by nothing:
	 * neither its bytes nor its end may be overtaken. */
	if (x->state == X_HOLDING ||
	    (x->state == X_RELAYING && response_blocked(x))) {
		conn_read_later(&b->conn);
		return;
	}
	got = conn_fill(&b->conn);
	if (got == FILL_BYTES)
		x->response_begun = true;
	if (got == FILL_BYTES || got == FILL_NOTHING) {
		if (x->state == X_TUNNEL)
			tunnel_pump(x);
		else
			response_pump(x);
		return;
	}
	conn_read_enable(&b->conn, false);
	response_end(x, got == FILL_END);
}
