#include "net/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "net/conn_private.h"
#include "net/tls.h"
#include "net/worker.h"

/* One TLS record's payload: pieces are gathered up to this before writing. */
enum { CONN_RECORD = 16384 };

struct conn_out {
	struct conn_out *next;
	size_t at, n;
	char data[];
};

static void
conn_tell(struct conn *c, enum conn_event what)
{
	if (!c->ended)
		c->on_event(c, what);
}

void
conn_drop_out(struct conn *c)
{
	struct conn_out *o;

	while ((o = c->out) != NULL) {
		c->out = o->next;
		free(o);
	}
	c->out_last = NULL;
	c->out_n = 0;
}

static void
conn_fail(struct conn *c, int error, const char *why)
{
	c->failed = true;
	c->error = error;
	c->why = why;
	conn_drop_out(c);
	event_del(&c->ev_write);
	c->writing = false;
}

void
conn_write_enable(struct conn *c, bool on)
{
	if (on == c->writing)
		return;
	c->writing = on;
	if (on)
		event_add(&c->ev_write, NULL);
	else
		event_del(&c->ev_write);
}

/* Copies what is left of iov after its first `skip` bytes. */
static void
conn_keep(struct conn *c, const struct iovec *iov, unsigned n, size_t skip)
{
	struct conn_out *o;
	size_t total = 0;

	for (unsigned i = 0; i < n; i++)
		total += iov[i].iov_len;
	if (total == skip)
		return;
	o = xmalloc(sizeof(*o) + (total - skip));
	*o = (struct conn_out){ .n = 0 };
	for (unsigned i = 0; i < n; i++) {
		size_t from = skip < iov[i].iov_len ? skip : iov[i].iov_len;

		skip -= from;
		memcpy(o->data + o->n, (char *)iov[i].iov_base + from,
		    iov[i].iov_len - from);
		o->n += iov[i].iov_len - from;
	}
	if (c->out_last != NULL)
		c->out_last->next = o;
	else
		c->out = o;
	c->out_last = o;
	c->out_n += o->n;
	conn_write_enable(c, true);
}

/* What the kernel takes now, in bytes; -1 after a failure. */
static ssize_t
conn_write_plain(struct conn *c, const struct iovec *iov, unsigned n)
{
	struct msghdr msg = { .msg_iov = (struct iovec *)(uintptr_t)iov,
		.msg_iovlen = n };
	ssize_t r;

	do {
		r = n == 1
			? send(c->fd, iov->iov_base, iov->iov_len, MSG_NOSIGNAL)
			: sendmsg(c->fd, &msg, MSG_NOSIGNAL);
	} while (r == -1 && errno == EINTR);
	if (r >= 0)
		return r;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
		return 0;
	conn_fail(c, errno, "write failed");
	return -1;
}

static ssize_t
conn_write_record(struct conn *c, const void *p, size_t n)
{
	size_t done = 0;

	switch (tls_write(c->tls, p, n, &done)) {
	case TLS_OK:
		return (ssize_t)done;
	case TLS_WANT_READ:
	case TLS_WANT_WRITE:
		return 0;
	default:
		conn_fail(c, EPIPE, "TLS write failed");
		return -1;
	}
}

/* Gathers pieces into records, so that a head and its body share one. */
static ssize_t
conn_write_tls(struct conn *c, const struct iovec *iov, unsigned n)
{
	char record[CONN_RECORD];
	size_t total = 0, fill, i = 0, at = 0;
	ssize_t r;

	while (i < n) {
		for (fill = 0; i < n && fill < sizeof(record);) {
			size_t take = iov[i].iov_len - at;

			if (take > sizeof(record) - fill)
				take = sizeof(record) - fill;
			memcpy(
			    record + fill, (char *)iov[i].iov_base + at, take);
			fill += take;
			at += take;
			if (at == iov[i].iov_len) {
				i++;
				at = 0;
			}
		}
		if (fill == 0)
			break;
		if ((r = conn_write_record(c, record, fill)) == -1)
			return -1;
		total += (size_t)r;
		if ((size_t)r < fill)
			break;
	}
	return (ssize_t)total;
}

void
conn_send(struct conn *c, const struct iovec *iov, unsigned n)
{
	ssize_t sent = 0;

	assert(!c->ended && !c->connecting && !c->handshaking);
	if (c->failed)
		return;
	if (c->out == NULL) {
		sent = c->tls != NULL ? conn_write_tls(c, iov, n)
				      : conn_write_plain(c, iov, n);
		if (sent == -1)
			return;
		c->n_sent += (size_t)sent;
	}
	conn_keep(c, iov, n, (size_t)sent);
}

/* Sends what was kept; true when nothing is left. */
static bool
conn_flush(struct conn *c)
{
	struct conn_out *o;
	ssize_t r;

	while ((o = c->out) != NULL) {
		struct iovec iov = { o->data + o->at, o->n - o->at };

		r = c->tls != NULL ? conn_write_tls(c, &iov, 1)
				   : conn_write_plain(c, &iov, 1);
		if (r == -1)
			return true;
		c->n_sent += (size_t)r;
		c->out_n -= (size_t)r;
		o->at += (size_t)r;
		if (o->at < o->n)
			return false;
		if ((c->out = o->next) == NULL)
			c->out_last = NULL;
		free(o);
	}
	return true;
}

static void
conn_handshake(struct conn *c)
{
	const char *why = NULL;

	switch (tls_handshake(c->tls, &why)) {
	case TLS_OK:
		c->handshaking = false;
		c->unread = true;
		conn_write_enable(c, false);
		conn_tell(c, CONN_CONNECTED);
		break;
	case TLS_WANT_READ:
		conn_write_enable(c, false);
		if (!c->reading)
			conn_read_enable(c, true);
		break;
	case TLS_WANT_WRITE:
		conn_read_enable(c, false);
		conn_write_enable(c, true);
		break;
	case TLS_HELLO:
		conn_read_enable(c, false);
		conn_write_enable(c, false);
		conn_tell(c, CONN_HELLO);
		break;
	default:
		conn_fail(c, 0, why);
		conn_tell(c, CONN_FAILED);
		break;
	}
}

static void
conn_connected(struct conn *c)
{
	struct sockaddr_storage peer;
	int error = 0;
	socklen_t n = sizeof(error), peer_n = sizeof(peer);

	c->connecting = false;
	conn_write_enable(c, false);
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n) == -1)
		error = errno;
	/* connect(2) on a unix socket fails at once and leaves no error. */
	if (error == 0 &&
	    getpeername(c->fd, (struct sockaddr *)&peer, &peer_n) == -1)
		error = errno;
	if (error != 0) {
		conn_fail(c, error, "connect failed");
		conn_tell(c, CONN_FAILED);
	} else if (c->tls != NULL) {
		c->handshaking = true;
		conn_handshake(c);
	} else {
		conn_tell(c, CONN_CONNECTED);
	}
}

static void
conn_write_cb(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	worker_tick(c->worker);
	if (c->connecting) {
		conn_connected(c);
	} else if (c->handshaking) {
		conn_handshake(c);
	} else if (conn_flush(c)) {
		conn_write_enable(c, false);
		if (c->shutting)
			conn_shut(c);
		if (c->ended)
			conn_end_step(c);
		else
			conn_tell(c, c->failed ? CONN_FAILED : CONN_WRITTEN);
	} else if (c->ended) {
		conn_end_moved(c);
	}
}

static void
conn_read_cb(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	worker_tick(c->worker);
	if ((what & EV_CLOSED) != 0)
		c->hung_up = true;
	if (c->ended)
		conn_end_step(c);
	else if (c->connecting)
		return;
	else if (c->handshaking)
		conn_handshake(c);
	else if (c->reading) /* and not only activated for what TLS held */
		conn_tell(c, CONN_READABLE);
}

void
conn_init(struct conn *c, struct worker *w, int fd)
{
	c->worker = w;
	c->fd = fd;
	w->n_conns++;
	event_assign(&c->ev_read, w->base, fd,
	    EV_READ | EV_CLOSED | EV_PERSIST | EV_ET, conn_read_cb, c);
	event_assign(&c->ev_write, w->base, fd, EV_WRITE | EV_PERSIST | EV_ET,
	    conn_write_cb, c);
}

void
conn_start_tls(struct conn *c, struct tls *tls)
{
	c->tls = tls;
}

void
conn_start(struct conn *c, bool connecting)
{
	if (connecting) {
		c->connecting = true;
		conn_write_enable(c, true);
	} else if (c->tls != NULL) {
		c->handshaking = true;
		conn_handshake(c);
	} else {
		conn_tell(c, CONN_CONNECTED);
	}
}

void
conn_read_enable(struct conn *c, bool on)
{
	if (on != c->reading) {
		c->reading = on;
		if (on)
			event_add(&c->ev_read, NULL);
		else
			event_del(&c->ev_read);
	}
	if (on && (c->unread || (c->tls != NULL && !c->handshaking &&
				    tls_pending(c->tls))))
		event_active(&c->ev_read, EV_READ, 1);
}

void
conn_read_later(struct conn *c)
{
	conn_read_enable(c, false);
	c->unread = true;
}

/* Makes room for reading: reuses an empty block, moves a half-read one's rest
 * to its front, leaves a block that an exchange also holds alone. */
static size_t
conn_room(struct conn *c)
{
	struct block *b = c->in;

	if (b == NULL)
		b = c->in = block_get(&c->worker->blocks);
	if (b->head == b->tail && b->refs == 1)
		b->head = b->tail = 0;
	if (b->tail < BLOCK_SIZE)
		return BLOCK_SIZE - b->tail;
	if (b->refs > 1) {
		c->in = block_get(&c->worker->blocks);
		c->in->tail = b->tail - b->head;
		memcpy(c->in->data, b->data + b->head, c->in->tail);
		block_unref(&c->worker->blocks, b);
	} else if (b->head > 0) {
		memmove(b->data, b->data + b->head, b->tail - b->head);
		b->tail -= b->head;
		b->head = 0;
	}
	return BLOCK_SIZE - c->in->tail;
}

static enum conn_fill
conn_fill_plain(struct conn *c, size_t room)
{
	ssize_t r;

	do
		r = recv(c->fd, c->in->data + c->in->tail, room, 0);
	while (r == -1 && errno == EINTR);
	if (r > 0) {
		c->in->tail += (size_t)r;
		c->n_received += (size_t)r;
		c->unread = (size_t)r == room || c->hung_up;
		if (!c->unread)
			conn_look_later(c);
		return FILL_BYTES;
	}
	if (r == 0)
		return FILL_END;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return FILL_NOTHING;
	c->error = errno;
	return FILL_ERROR;
}

static enum conn_fill
conn_fill_tls(struct conn *c, size_t room)
{
	enum conn_fill got = FILL_NOTHING;
	size_t done;

	while (room > 0) {
		switch (
		    tls_read(c->tls, c->in->data + c->in->tail, room, &done)) {
		case TLS_OK:
			c->in->tail += done;
			c->n_received += done;
			room -= done;
			got = FILL_BYTES;
			continue;
		case TLS_WANT_READ:
		case TLS_WANT_WRITE:
			c->unread = false;
			return got;
		case TLS_END:
			if (got != FILL_BYTES)
				return FILL_END;
			break;
		default:
			c->error = ECONNRESET;
			if (got != FILL_BYTES)
				return FILL_ERROR;
			break;
		}
		break;
	}
	return got;
}

enum conn_fill
conn_fill(struct conn *c)
{
	size_t room = conn_room(c);
	enum conn_fill got = FILL_NOTHING;

	c->unread = room == 0 || c->tls != NULL;
	if (room > 0)
		got = c->tls != NULL ? conn_fill_tls(c, room)
				     : conn_fill_plain(c, room);
	if (got == FILL_END || got == FILL_ERROR) {
		c->eof = true;
		c->unread = false;
	}
	if (got == FILL_ERROR)
		c->failed = true;
	/* The kernel told of it once; now it is for us to remember. */
	if (c->unread)
		event_active(&c->ev_read, EV_READ, 1);
	return got;
}

void
conn_release(struct conn *c)
{
	if (c->in == NULL || c->in->head != c->in->tail)
		return;
	block_unref(&c->worker->blocks, c->in);
	c->in = NULL;
}
