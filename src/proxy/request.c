/* The way of a request to the upstream: connect, head, body. */
#include <assert.h>
#include <errno.h>

#include "fault/redirect.h"
#include "proxy/internal.h"

static void
request_timeout(void *arg)
{
	struct backend *b = arg;
	struct exchange *x = b->x;

	switch (x->state) {
	case X_CONNECTING:
		request_failed(x, 504, "connect timeout");
		break;
	case X_SENT:
		exchange_error(
		    x, 504, END_UPSTREAM_FAILED, "upstream response timeout");
		break;
	case X_TUNNEL:
		exchange_end(x, END_DONE, CONN_END_FIN);
		break;
	default:
		exchange_error(
		    x, 504, END_UPSTREAM_FAILED, "upstream idle timeout");
		break;
	}
}

void
request_wait(struct exchange *x, struct timeout_class *class)
{
	timeout_set(&x->pw->w.timers, &x->up->timeout, class,
	    worker_now(&x->pw->w), request_timeout, x->up);
}

void
request_detach(struct exchange *x, bool reuse)
{
	struct backend *b = x->up;

	if (b == NULL)
		return;
	timeout_cancel(&b->timeout);
	x->up = NULL;
	b->x = NULL;
	b->scan = (struct h1_scan){ .skip = 0 };
	if (reuse)
		upstream_put(b);
	else if (!b->conn.ended)
		conn_kill(&b->conn, false);
}

void
request_connect(struct exchange *x)
{
	const char *cause = NULL;
	unsigned status = 502;
	struct backend *b;

	b = upstream_get(x, &status, &cause);
	if (b == NULL) {
		exchange_error(x, status, END_UPSTREAM_FAILED, cause);
		return;
	}
	x->up = b;
	b->x = x;
	x->state = X_CONNECTING;
	if (b->uses > 0) {
		request_connected(x);
	} else {
		request_wait(x, &x->pw->connect);
		conn_start(&b->conn, b->connecting);
	}
}

/* Whether the request may be sent again on another connection: nothing but
 * an idempotent head can have reached the upstream (RFC 9110 9.2.2). */
static bool
request_may_retry(const struct exchange *x)
{
	return !x->retried && x->up->uses > 1 && !x->response_begun &&
	       x->req.framing == FRAMING_NONE &&
	       method_idempotent(x->req.method);
}

void
request_failed(struct exchange *x, unsigned status, const char *cause)
{
	bool connecting = x->state == X_CONNECTING;

	if (connecting)
		upstream_mark_down(x->up);
	count(&x->pw->n_upstream_errors);
	atomic_fetch_add(&x->up->server->health->errors, 1);
	if (connecting && ++x->tries < x->pw->n_endpoints) {
		request_detach(x, false);
		request_connect(x);
	} else if (!connecting && request_may_retry(x)) {
		x->retried = true;
		count(&x->pw->n_retries);
		request_detach(x, false);
		request_connect(x);
	} else {
		exchange_error(x, status, END_UPSTREAM_FAILED, cause);
	}
}

/* The target without the mark that an injected redirect put into it. */
static struct span
request_target(struct exchange *x)
{
	struct buf *to = &x->pw->target;

	if (x->facts.query.n == 0 || play_scenario(x->pw->play)->n_rules == 0)
		return (struct span){ NULL, 0 };
	to->n = 0;
	redirect_strip(x->req.target, to);
	return buf_view(to);
}

static void
request_head(struct exchange *x, struct buf *to)
{
	const struct proxy_conf *conf = x->pw->conf;
	struct forward_request how = {
		.client = span_str(x->client->address_text),
		.scheme = x->client->tls ? SPAN("https") : SPAN("http"),
		.host = span_str(x->up->server->authority),
		.rewrite_host = span_str(conf->upstream_host),
		.target = request_target(x),
	};

	forward_request(to, &x->req, &how);
}

/* Room was made in the client's buffer: reads on, unless client.c is about to
 * look after that itself. */
static void
request_fed(struct client *c, const struct exchange *x)
{
	if (c->x != x || c->processing)
		return;
	conn_release(&c->conn);
	client_update_reading(c);
}

void
request_connected(struct exchange *x)
{
	struct client *c = x->client;
	struct backend *b = x->up;
	struct buf *out = &x->pw->w.scratch;

	x->state = X_SENT;
	x->request_sent = true;
	x->upstream_use = UPSTREAM_SENT;
	if (b->uses++ == 0)
		upstream_mark_up(b);
	out->n = 0;
	request_head(x, out);
	request_wait(x, &x->pw->first_byte);
	conn_read_enable(&b->conn, true);
	request_move(x, out);
	request_fed(c, x);
}

/* Malformed chunks: the upstream must never see a complete request. */
static void
request_malformed(struct exchange *x)
{
	const char *why = x->request.chunked.why;

	x->client_close = true;
	if (x->up != NULL)
		request_detach(x, false);
	exchange_error(x, 400, END_REFUSED, why);
}

/*
 * Whose turn it is: the client's, to send more of its body, or the upstream's,
 * to take it or to answer. The other one is not to be blamed for the pause.
 */
void
request_turn(struct exchange *x)
{
	bool asked =
	    x->req.expect_continue && !x->continued && x->request.bytes == 0;
	bool clients = x->state >= X_SENT && !x->request.done && !asked &&
		       !conn_blocked(&x->up->conn) &&
		       !faults_holding(x, SIDE_REQUEST);

	client_wait(x->client, clients ? WAIT_BODY : WAIT_NOTHING);
	if (x->state != X_SENT)
		return;
	if (x->request.done || asked || conn_blocked(&x->up->conn))
		request_wait(x, &x->pw->first_byte);
	else
		timeout_cancel(&x->up->timeout);
}

/*
 * Sends `out` and what has come of the body. The body stays in the client's
 * buffer while the upstream takes no more, and the buffer's end stops the
 * reading: memory is bounded by it.
 */
void
request_move(struct exchange *x, struct buf *out)
{
	struct client *c = x->client;
	struct flow_out o = { .framed = out };
	struct block *in = c->conn.in;
	enum flow_result r = FLOW_MORE;

	if (!x->request.done && faults_on_body(x, SIDE_REQUEST))
		r = faults_body(x, SIDE_REQUEST, in, &o);
	else if (!x->request.done && in != NULL && in->head < in->tail)
		r = flow_take(&x->request, in, x->req.framing,
		    x->noted ? &x->body_hash : NULL, &o);
	if (r == FLOW_BAD) {
		request_malformed(x);
		return;
	}
	if (r == FLOW_DONE)
		note_request_end(x);
	/* What is sent again was copied the first time. */
	if (!x->retried)
		mirror_keep(x, &o);
	flow_send(&x->up->conn, &o);
	if (x->request.done && !x->retried)
		mirror_send(x);
	request_turn(x);
	if (x->up->conn.failed)
		request_broken(x);
	else if (!faults_ended(x) && c->half_closed && !x->request.done &&
		 c->conn.in != NULL && c->conn.in->head == c->conn.in->tail)
		exchange_client_gone(x, "client");
}

/*
 * The upstream takes no more. It may have answered early and closed, so what
 * it sent is read first; its end of stream then decides.
 */
void
request_broken(struct exchange *x)
{
	x->request_broken = true;
	x->up->conn.failed = false;
	conn_read_enable(&x->up->conn, true);
	event_active(&x->up->conn.ev_read, EV_READ, 1);
}

void
request_pump(struct exchange *x)
{
	struct client *c = x->client;
	struct buf *out = &x->pw->w.scratch;

	if (x->up == NULL || x->request.done || x->request_broken ||
	    x->state < X_SENT)
		return;
	if (conn_blocked(&x->up->conn) || faults_holding(x, SIDE_REQUEST))
		return;
	out->n = 0;
	request_move(x, out);
	request_fed(c, x);
}
