/*
 * One request from its head to its end. The states and what moves them:
 *
 *   READING --head--> ASKING --hooks pass--> CONNECTING --> SENT --head-->
 *   (HOLDING -->) RELAYING --whole--> (DRAINING -->) ENDED
 *
 *   ASKING, SENT  --own reply--> DRAINING or ENDED
 *   SENT          --101--> TUNNEL --> ENDED
 *
 * Every path ends in exchange_end, which may be called from deep within: no
 * function touches the exchange after a call that can end it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "proxy/internal.h"

#ifdef __SANITIZE_ADDRESS__
/* Under ASan a use after the end must be seen, so nothing is kept. */
enum { EXCHANGES_KEPT = 0 };
#else
enum { EXCHANGES_KEPT = 128 };
#endif

struct exchange *
exchange_new(struct client *c)
{
	struct pworker *pw = c->pw;
	struct exchange *x = pw->free_exchanges;

	if (x != NULL) {
		pw->free_exchanges = x->next_free;
		pw->n_free_exchanges--;
	} else {
		x = xmalloc(sizeof(*x));
	}
	memset(x, 0, offsetof(struct exchange, req));
	memset(&x->req, 0, offsetof(struct head, fields));
	memset(&x->resp, 0, offsetof(struct head, fields));
	x->req.minor = 1;
	x->pw = pw;
	x->client = c;
	x->upstream_ok = -1;
	x->out_before = c->conn.n_sent + c->conn.out_n;
	c->x = x;
	return x;
}

static void
exchange_free(struct exchange *x)
{
	struct pworker *pw = x->pw;

	block_unref(&pw->w.blocks, x->block);
	flow_clear(&x->request);
	flow_clear(&x->response);
	play_unref(x->play);
	if (pw->n_free_exchanges + 1 > EXCHANGES_KEPT) {
		free(x);
		return;
	}
	x->next_free = pw->free_exchanges;
	pw->free_exchanges = x;
	pw->n_free_exchanges++;
}

void
exchange_drop(struct exchange *x)
{
	assert(x->state == X_READING);
	x->state = X_ENDED;
	x->client->x = NULL;
	exchange_free(x);
}

/* A FIN came before, and then a reset when the answer went out: that had been a
 * client that left, not one that only had no more to say. */
static bool
exchange_was_left(const struct exchange *x)
{
	return x->head_sent && x->t_left_ns != 0 && x->state != X_HANGING &&
	       conn_peer_gone(&x->client->conn);
}

static void
exchange_body_end(struct exchange *x)
{
	x->request.done = true;
	note_request_end(x);
}

/* What is here of a body that nobody read: it makes the difference between
 * a request that was cut short and one that could have been acted on. */
static void
exchange_note_rest(struct exchange *x)
{
	const struct flow *f = &x->request;
	struct block *in = x->client->conn.in;
	struct flow_out o = { .framed = &x->pw->w.scratch };
	bool readable = f->framing == FRAMING_LENGTH ||
			(f->decoding && f->chunked.why == NULL);

	if (!x->noted || f->done || !readable)
		return;
	if (faults_source_done(x, SIDE_REQUEST))
		exchange_body_end(x);
	else if (in != NULL && in->head < in->tail &&
		 flow_take(&x->request, in, FRAMING_NONE, &x->body_hash, &o) ==
		     FLOW_DONE)
		note_request_end(x);
}

void
exchange_end(struct exchange *x, enum end_why why, enum conn_end how)
{
	struct client *c = x->client;
	bool goes_on, told;

	assert(x->state != X_ENDED && c->x == x);
	if (exchange_was_left(x))
		why = END_CLIENT_GONE;
	x->state = X_ENDED;
	goes_on = why == END_DONE && !x->client_close && !c->conn.failed;
	if (x->play != NULL)
		decide_done(
		    x->play, &x->plan, x->upstream_ok, worker_now(&x->pw->w));
	exchange_note_rest(x);
	faults_settle(x, why);
	told = (x->record.flags & (RECORD_CLOSE_SENT | RECORD_TRUNCATED)) != 0;
	note_end(x, why);
	faults_clear(x);
	request_detach(x, false);
	c->x = NULL;
	exchange_free(x);
	if (goes_on) {
		client_next(c);
	} else if (why == END_CLIENT_GONE) {
		conn_kill(&c->conn, how == CONN_END_RST);
	} else {
		if (told)
			late_watch(c);
		client_finish(c, how);
	}
}

void
exchange_client_gone(struct exchange *x, const char *cause)
{
	/* Behind a 101 the client had all that it was to get: who leaves a
	 * tunnel ends it, dead or alive. */
	if (x->state == X_HANGING) {
		exchange_end(x, END_DONE, CONN_END_FIN);
		return;
	}
	if (x->record.cause == NULL)
		x->record.cause = cause;
	exchange_end(x, END_CLIENT_GONE, CONN_END_FIN);
}

bool
exchange_must_close(const struct exchange *x)
{
	/* A body that was announced but not asked for may come or not: no one
	 * can tell it from the next request (RFC 9110 10.1.1). */
	return x->req.expect_continue && !x->continued && !x->request.done &&
	       x->request.bytes == 0;
}

/* A body that nobody wants any more: it is read for what comes behind it. */
static void
exchange_skip(struct exchange *x)
{
	struct block *in = x->client->conn.in;
	struct flow_out o = { .framed = &x->pw->w.scratch };

	if (x->request.done || in == NULL || in->head == in->tail)
		return;
	if (faults_source_done(x, SIDE_REQUEST)) {
		exchange_body_end(x);
		return;
	}
	x->pw->w.scratch.n = 0;
	switch (flow_take(&x->request, in, FRAMING_NONE,
	    x->noted ? &x->body_hash : NULL, &o)) {
	case FLOW_DONE:
		note_request_end(x);
		break;
	case FLOW_BAD:
		x->client_close = true;
		x->request.done = true;
		break;
	case FLOW_MORE:
		client_wait(x->client, WAIT_BODY);
		break;
	}
}

/* The response is out: on to the next request, or first the rest of this. */
static void
exchange_answered(struct exchange *x)
{
	if (!x->request.done && faults_source_done(x, SIDE_REQUEST))
		exchange_body_end(x);
	if (x->request.done || x->client_close || x->client->half_closed) {
		if (!x->request.done)
			x->client_close = true;
		exchange_end(x, END_DONE, CONN_END_FIN);
		return;
	}
	x->state = X_DRAINING;
	client_wait(x->client, WAIT_BODY);
	client_process(x->client);
}

void
exchange_response_done(struct exchange *x)
{
	struct backend *b = x->up;
	bool reuse =
	    x->resp.keep_alive && x->request.done && !x->request_broken &&
	    !b->conn.eof && !b->conn.failed && !conn_blocked(&b->conn) &&
	    (b->conn.in == NULL || b->conn.in->head == b->conn.in->tail);

	x->upstream_use = UPSTREAM_DONE;
	if (x->discard && x->faults != NULL) {
		request_detach(x, reuse);
		x->discard = false;
		faults_served(x);
		return;
	}
	request_detach(x, reuse);
	exchange_answered(x);
}

/* The dead tunnel behind an injected 101: nothing answers on it. */
static void
exchange_dead_tunnel(struct exchange *x)
{
	x->state = X_HANGING;
	x->client_close = true;
	flow_init(&x->request, FRAMING_TUNNEL, 0);
	client_wait(x->client, WAIT_NOTHING);
}

void
exchange_reply(struct exchange *x, struct reply *reply)
{
	struct client *c = x->client;

	request_detach(x, false);
	x->client_close |= reply->close;
	if (reply->retry_after_ns != RETRY_AFTER_NONE)
		note_retry_after(x,
		    (struct span){ reply->raw.data, reply->head_n },
		    reply->retry_after_ns);
	note_response_head(x, reply->status, x->client_close);
	x->head_sent = true;
	if (reply->raw.n > 0)
		conn_send(&c->conn,
		    &(struct iovec){ reply->raw.data, reply->raw.n }, 1);
	if (c->conn.failed)
		exchange_client_gone(x, "client reset the connection");
	else if (reply->upgrade)
		exchange_dead_tunnel(x);
	else
		exchange_answered(x);
}

/* A head is out: all that can be said now is that the rest is missing. */
static void
exchange_cut(struct exchange *x, enum end_why why)
{
	bool ends_by_close = x->out_framing == FRAMING_CLOSE;

	x->record.flags |= RECORD_TRUNCATED;
	x->client_close = true;
	exchange_end(x, why, ends_by_close ? CONN_END_RST : CONN_END_FIN);
}

void
exchange_error(
    struct exchange *x, unsigned status, enum end_why why, const char *cause)
{
	struct reply_spec spec = { .status = status, .what = span_str(cause) };
	struct pworker *pw = x->pw;

	x->record.cause = cause;
	x->record.outcome =
	    why == END_REFUSED ? OUTCOME_REFUSED : OUTCOME_UPSTREAM_ERROR;
	if (why == END_REFUSED)
		count(&pw->n_refused);
	else
		x->upstream_ok = 0;
	if (x->head_sent) {
		exchange_cut(x, why);
		return;
	}
	x->discard = false;
	x->client_close |=
	    why == END_REFUSED || pw->draining || exchange_must_close(x);
	x->facts.head = x->req.raw.n > 0 ? &x->req : NULL;
	x->facts.wall_ns = clock_wall_ns();
	reply_make(&pw->reply, &spec, &x->facts, !x->client_close);
	faults_settle(x, why);
	faults_clear(x);
	exchange_reply(x, &pw->reply);
}

void
exchange_refuse(struct exchange *x, const struct h1_error *e)
{
	count(&x->pw->n_requests);
	x->client->nth++;
	x->state = X_ASKING;
	flow_init(&x->request, FRAMING_NONE, 0);
	x->client_close = true;
	x->req.raw.n = 0;
	x->facts.now_ns = worker_now(&x->pw->w);
	note_begin(x);
	exchange_error(x, e->status, END_REFUSED, e->why);
}

/* TRACE and OPTIONS that may go no further (RFC 9110 7.6.2): answered here,
 * a TRACE by reflecting its head without what may be secret. */
static bool
exchange_answer_last_hop(struct exchange *x)
{
	const struct field *f = head_field(&x->req, FIELD_MAX_FORWARDS);
	bool trace = span_eq(x->req.method, SPAN("TRACE"));
	struct reply_spec spec = { .status = 200, .has_body = true };
	struct span lines[] = { SPAN("Allow: GET, HEAD, POST, PUT, DELETE, "
				     "PATCH, OPTIONS, TRACE") };
	struct pworker *pw = x->pw;
	struct buf *body = &pw->w.scratch;

	if (f == NULL || !span_eq(f->value, SPAN("0")) ||
	    (!trace && !span_eq(x->req.method, SPAN("OPTIONS"))))
		return false;
	body->n = 0;
	if (trace) {
		spec.content_type = SPAN("message/http");
		forward_trace(body, &x->req);
	} else {
		spec.lines = lines;
		spec.n_lines = 1;
	}
	spec.body = buf_view(body);
	x->facts.wall_ns = clock_wall_ns();
	reply_make(&pw->reply, &spec, &x->facts, !x->client_close);
	exchange_reply(x, &pw->reply);
	return true;
}

/* What the proxy itself answers; true when it did. */
static bool
exchange_answer_here(struct exchange *x)
{
	const struct field *expect;

	if ((x->req.seen & (uint64_t)1 << FIELD_MAX_FORWARDS) != 0 &&
	    exchange_answer_last_hop(x))
		return true;
	if ((x->req.seen & (uint64_t)1 << FIELD_EXPECT) == 0 ||
	    x->req.minor == 0)
		return false;
	expect = head_field(&x->req, FIELD_EXPECT);
	if (span_caseeq(expect->value, SPAN("100-continue")))
		return false;
	exchange_error(x, 417, END_REFUSED, "unknown expectation");
	return true;
}

void
exchange_begin(struct exchange *x)
{
	const struct proxy_conf *conf = x->pw->conf;
	struct pworker *pw = x->pw;
	struct client *c = x->client;
	uint64_t now_ns = worker_now(&pw->w);

	count(&pw->n_requests);
	c->nth++;
	x->state = X_ASKING;
	flow_init(&x->request, x->req.framing, x->req.length);
	x->client_close = !x->req.keep_alive || pw->draining ||
			  (conf->keepalive_requests > 0 &&
			      c->nth >= conf->keepalive_requests);
	x->facts.now_ns = now_ns;
	note_begin(x);
	if (exchange_answer_here(x))
		return;
	if (play_armed(pw->play, now_ns)) {
		if (play_wants_keys(pw->play))
			note_identity(x);
		x->play = play_ref(pw->play);
		decide(x->play, &x->facts, &x->plan);
		if (x->plan.n > 0 && !x->plan.shadow) {
			faults_arm(x);
			faults_request(x);
			return;
		}
	}
	exchange_forward(x);
}

void
exchange_forward(struct exchange *x)
{
	request_connect(x);
}

void
exchange_client_bytes(struct exchange *x)
{
	switch (x->state) {
	case X_SENT:
	case X_HOLDING:
	case X_RELAYING:
		if (x->request_broken || x->up == NULL)
			exchange_skip(x);
		else
			request_pump(x);
		break;
	case X_TUNNEL:
		tunnel_pump(x);
		break;
	case X_DRAINING:
		exchange_skip(x);
		if (x->request.done)
			exchange_end(x, END_DONE, CONN_END_FIN);
		break;
	case X_HANGING:
		if (x->client->conn.in != NULL)
			x->client->conn.in->head = x->client->conn.in->tail;
		break;
	default:
		break;
	}
}

void
exchange_client_written(struct exchange *x)
{
	if (x->up != NULL && x->state != X_TUNNEL)
		request_turn(x);
	else
		client_wait(x->client,
		    x->state == X_DRAINING ? WAIT_BODY : WAIT_NOTHING);
	if (x->state == X_TUNNEL) {
		tunnel_pump(x);
	} else if (x->state == X_RELAYING) {
		response_pump(x);
	} else if (x->state == X_SENT) {
		conn_read_enable(&x->up->conn, true);
		response_pump(x);
	}
}
