/*
 * Client connections: accepts, waits for heads under their time limits, hands
 * each request to an exchange and its body's bytes to that. Pipelined requests
 * wait in the connection's one buffer, so they are answered in order and
 * memory is bounded.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "proxy/internal.h"

static void client_event(struct conn *conn, enum conn_event what);
static void client_closed(struct conn *conn);
static void client_half_timeout(void *arg);

static void
client_link(struct client *c)
{
	c->next = c->pw->clients;
	if (c->next != NULL)
		c->next->prev = c;
	c->pw->clients = c;
}

static void
client_unlink(struct client *c)
{
	if (c->next != NULL)
		c->next->prev = c->prev;
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		c->pw->clients = c->next;
}

static void
client_closed(struct conn *conn)
{
	struct client *c = (struct client *)conn;
	struct pworker *pw = c->pw;

	assert(c->x == NULL);
	timeout_cancel(&c->timeout);
	faults_conn_closed(c);
	client_unlink(c);
	atomic_store_explicit(&pw->n_active,
	    atomic_load_explicit(&pw->n_active, memory_order_relaxed) - 1,
	    memory_order_relaxed);
	free(c);
	pworker_check_drained(pw);
}

static void
client_timeout(void *arg)
{
	static const struct h1_error late = { 408, "request timeout" };
	struct client *c = arg;
	struct exchange *x = c->x;

	if (x == NULL) {
		client_finish(c, CONN_END_FIN);
	} else if (conn_blocked(&c->conn)) {
		exchange_client_gone(x, "client does not read");
	} else if (x->state == X_READING) {
		exchange_refuse(x, &late);
	} else if (x->state == X_DRAINING) {
		x->client_close = true;
		exchange_end(x, END_DONE, CONN_END_FIN);
	} else if (!x->request.done) {
		exchange_error(x, late.status, END_REFUSED, late.why);
	}
}

static void
client_set_timeout(struct client *c, struct timeout_class *class)
{
	timeout_set(&c->pw->w.timers, &c->timeout, class, worker_now(&c->pw->w),
	    client_timeout, c);
}

void
client_wait(struct client *c, enum client_wait what)
{
	struct pworker *pw = c->pw;

	if (c->half_closed && c->x != NULL && what != WAIT_WRITE) {
		timeout_set(&pw->w.timers, &c->timeout, &pw->client_half,
		    worker_now(&pw->w), client_half_timeout, c);
		return;
	}
	switch (what) {
	case WAIT_NOTHING:
		timeout_cancel(&c->timeout);
		break;
	case WAIT_BODY:
		client_set_timeout(c, &pw->client_body);
		break;
	case WAIT_WRITE:
		client_set_timeout(c, &pw->client_write);
		break;
	case WAIT_IDLE:
		client_set_timeout(c, &pw->client_idle);
		break;
	}
}

void
client_finish(struct client *c, enum conn_end how)
{
	timeout_cancel(&c->timeout);
	if (c->waits || c->conn.failed || c->conn.handshaking)
		conn_kill(&c->conn, c->waits || how == CONN_END_RST);
	else
		conn_finish(&c->conn, how, c->pw->conf->timeouts.client_write,
		    c->pw->conf->timeouts.linger);
}

/* The client left: nobody is there to read what is left. */
static void
client_lost(struct client *c, const char *cause)
{
	if (c->x != NULL && c->x->state != X_READING) {
		exchange_client_gone(c->x, cause);
		return;
	}
	if (c->x != NULL)
		exchange_drop(c->x);
	conn_kill(&c->conn, false);
}

/*
 * The client sent FIN. Over TCP that may be a half-close, whose response is
 * still wanted, or the end of a client that is gone; only writing would tell.
 * So it is looked after in short intervals: a reset in answer to what was
 * written ends it at once, and so does client_half without progress.
 */
static void
client_half_timeout(void *arg)
{
	struct client *c = arg;
	uint64_t now_ns = worker_now(&c->pw->w);

	if (c->x == NULL)
		return;
	if (c->conn.n_sent != c->half_sent || conn_blocked(&c->conn)) {
		c->half_sent = c->conn.n_sent;
		c->half_since_ns = now_ns;
	}
	if (conn_peer_gone(&c->conn) ||
	    now_ns - c->half_since_ns >= c->pw->conf->timeouts.client_half)
		exchange_client_gone(c->x, "client");
	else
		timeout_set(&c->pw->w.timers, &c->timeout, &c->pw->client_half,
		    now_ns, client_half_timeout, c);
}

static void
client_eof(struct client *c)
{
	struct exchange *x = c->x;

	c->half_closed = true;
	conn_read_enable(&c->conn, false);
	if (x == NULL && c->tls) {
		client_finish(c, CONN_END_FIN); /* RFC 5246 7.2.1: answered */
	} else if (x == NULL || x->state == X_READING) {
		client_lost(c, NULL);
	} else if (x->state == X_TUNNEL) {
		tunnel_client_end(x);
	} else if ((!x->request.done && c->conn.in == NULL) ||
		   x->state == X_HANGING || conn_peer_gone(&c->conn)) {
		client_lost(c, "client");
	} else {
		x->t_left_ns = c->half_since_ns = worker_now(&c->pw->w);
		c->half_sent = c->conn.n_sent;
		client_wait(c, WAIT_NOTHING);
	}
}

void
client_update_reading(struct client *c)
{
	struct block *in = c->conn.in;
	bool full = in != NULL && in->tail - in->head == BLOCK_SIZE;

	conn_read_enable(&c->conn, !c->half_closed && !full);
}

/* True when a head was complete (or refused) and there may be more to do. */
static bool
client_head(struct client *c)
{
	struct exchange *x = c->x;
	struct block *in = c->conn.in;
	struct h1_error e;

	if (x == NULL) {
		x = exchange_new(c);
		c->t_first_ns = worker_now(&c->pw->w);
	}
	switch (h1_request(
	    &x->scan, block_view(in), &c->pw->conf->limits, &x->req, &e)) {
	case H1_MORE:
		if (c->half_closed) {
			client_lost(c, NULL);
			return false;
		}
		if (c->timeout.class != &c->pw->client_head)
			client_set_timeout(c, &c->pw->client_head);
		return false;
	case H1_BAD:
		timeout_cancel(&c->timeout);
		in->head = in->tail;
		exchange_refuse(x, &e);
		return true;
	case H1_DONE:
		break;
	}
	client_wait(c, WAIT_NOTHING);
	x->block = block_ref(in);
	in->head += x->scan.skip + x->req.raw.n;
	exchange_begin(x);
	return true;
}

/* One step; true when another may follow. */
static bool
client_step(struct client *c)
{
	struct exchange *x = c->x;

	if (x != NULL && x->state != X_READING) {
		exchange_client_bytes(x);
		return c->x == NULL;
	}
	if (c->conn.in == NULL || c->conn.in->head == c->conn.in->tail) {
		if (c->half_closed)
			client_finish(c, CONN_END_FIN);
		return false;
	}
	/* Answers that nobody reads must not pile up. */
	if (conn_blocked(&c->conn))
		return false;
	return client_head(c);
}

void
client_process(struct client *c)
{
	if (c->processing || c->conn.ended)
		return;
	c->processing = true;
	while (!c->conn.ended && client_step(c))
		;
	c->processing = false;
	if (c->conn.ended)
		return;
	conn_release(&c->conn);
	client_update_reading(c);
}

void
client_next(struct client *c)
{
	client_wait(c, conn_blocked(&c->conn) ? WAIT_WRITE : WAIT_IDLE);
	if (c->pw->draining)
		client_drain(c);
	else
		client_process(c);
}

static void
client_readable(struct client *c)
{
	switch (conn_fill(&c->conn)) {
	case FILL_END:
		conn_release(&c->conn);
		client_eof(c);
		return;
	case FILL_ERROR:
		client_lost(c, "client reset the connection");
		return;
	case FILL_NOTHING:
	case FILL_BYTES:
		client_process(c);
		return;
	}
}

/* What the client has sent by now is answered: it could not know. */
void
client_drain(struct client *c)
{
	if (c->waits) {
		client_finish(c, CONN_END_RST);
		return;
	}
	if (c->x == NULL && c->conn.in == NULL && !c->conn.handshaking &&
	    !c->half_closed)
		client_readable(c);
	else
		client_process(c);
	if (c->conn.ended)
		return;
	if (c->x != NULL && c->x->state == X_HANGING)
		exchange_end(c->x, END_DONE, CONN_END_FIN);
	else if (c->x == NULL && c->conn.in == NULL)
		client_finish(c, CONN_END_FIN);
}

/* A handshake that failed. A plain request to a TLS port gets a hint. */
static void
client_handshake_failed(struct client *c)
{
	static const char hint[] =
	    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 55\r\nConnection: close\r\n\r\n"
	    "This port speaks TLS: use https:// instead of http://.\n";

	if (!c->conn.handshaking) {
		client_lost(c, "client reset the connection");
		return;
	}
	if (!tls_plain_http(c->conn.tls)) {
		conn_kill(&c->conn, false);
		return;
	}
	tls_free(c->conn.tls);
	c->conn.tls = NULL;
	c->conn.handshaking = c->conn.failed = false;
	conn_send(&c->conn,
	    &(struct iovec){ (char *)(uintptr_t)hint, sizeof(hint) - 1 }, 1);
	client_finish(c, CONN_END_FIN);
}

static void
client_event(struct conn *conn, enum conn_event what)
{
	struct client *c = (struct client *)conn;

	switch (what) {
	case CONN_READABLE:
		client_readable(c);
		break;
	case CONN_WRITTEN:
		if (c->x != NULL && c->x->state != X_READING) {
			exchange_client_written(c->x);
			break;
		}
		client_wait(c, WAIT_IDLE);
		client_process(c);
		break;
	case CONN_CONNECTED:
		client_set_timeout(c, &c->pw->client_idle);
		conn_read_enable(conn, true);
		break;
	case CONN_FAILED:
		client_handshake_failed(c);
		break;
	case CONN_HELLO:
		if (faults_conn_begin(c))
			client_start(c);
		break;
	case CONN_GONE:
		conn_kill(conn, false);
		break;
	}
}

static void
client_set_address(struct client *c, const struct sock_address *peer)
{
	char text[ADDRESS_TEXT];
	size_t n;

	if (peer->u.sa.sa_family == AF_INET) {
		c->address.n = 4;
		memcpy(c->address.bytes, &peer->u.in.sin_addr, 4);
	} else if (peer->u.sa.sa_family == AF_INET6) {
		c->address.n = 16;
		memcpy(c->address.bytes, &peer->u.in6.sin6_addr, 16);
	}
	address_host(peer, text);
	n = strnlen(text, sizeof(c->address_text) - 1);
	memcpy(c->address_text, text, n);
}

void
client_start(struct client *c)
{
	c->waits = false;
	if (c->tls && c->timeout.class == NULL)
		client_set_timeout(c, &c->pw->client_head);
	conn_start(&c->conn, false);
}

void
client_accept(struct listener *l, int fd, const struct sock_address *peer)
{
	struct pworker *pw = l->arg;
	struct client *c = xcalloc(1, sizeof(*c));
	bool hello = false;

	c->pw = pw;
	c->id = pw->n_conns_made++ * pw->conf->threads + pw->w.id + 1;
	c->tls = pw->conf->listen_tls[l - pw->listeners];
	client_set_address(c, peer);
	client_link(c);
	count(&pw->n_connections);
	count(&pw->n_active);
	conn_init(&c->conn, &pw->w, fd);
	c->conn.on_event = client_event;
	c->conn.on_closed = client_closed;
	if (c->tls) {
		struct tls *tls = tls_accept(pw->tls_server, fd);

		if (tls == NULL) {
			conn_kill(&c->conn, true);
			return;
		}
		conn_start_tls(&c->conn, tls);
		hello = pw->conn_needs.hello;
		if (hello)
			tls_stop_at_hello(tls);
	}
	if (!pw->conn_needs.rules || hello || faults_conn_begin(c))
		client_start(c);
}
