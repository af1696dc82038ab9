/*
 * The end of a connection. A reset discards what the peer's kernel has not got
 * yet, and a close with unread input turns into a reset; so both wait: the one
 * until the send queue is empty, the other until the peer has closed too
 * (lingering close, RFC 9112 9.6). And the peer's end: told by poll, or to a
 * connection on hold, which does not read.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/conn.h"
#include "net/conn_private.h"
#include "net/tls.h"
#include "net/worker.h"

enum { CONN_POLL_MIN_NS = 50 * NS_PER_US, CONN_POLL_MAX_NS = 5 * NS_PER_MS };

void
conn_shut(struct conn *c)
{
	c->shutting = c->tls != NULL && !c->no_notify && !c->failed &&
		      tls_close_notify(c->tls) == TLS_WANT_WRITE;
	if (c->shutting)
		conn_write_enable(c, true);
	else
		shutdown(c->fd, SHUT_WR);
}

void
conn_shutdown_write(struct conn *c)
{
	assert(c->out == NULL);
	conn_shut(c);
}

static void
conn_close(struct conn *c, bool reset)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	struct worker *w = c->worker;

	timer_cancel(&w->timers, &c->end_timer);
	timeout_cancel(&c->look);
	event_del(&c->ev_read);
	event_del(&c->ev_write);
	conn_drop_out(c);
	if (reset)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	tls_free(c->tls);
	c->tls = NULL;
	close(c->fd);
	c->fd = -1;
	block_unref(&w->blocks, c->in);
	c->in = NULL;
	worker_reap(w, c);
}

static void
conn_end_cb(void *arg)
{
	conn_end_step(arg);
}

static void
conn_end_later(struct conn *c, uint64_t at_ns)
{
	timer_set(&c->worker->timers, &c->end_timer,
	    at_ns < c->end_by_ns ? at_ns : c->end_by_ns, conn_end_cb, c);
}

/* Whether a queue of that many bytes may be waited for: not when it is the same
 * as one patience ago. */
static bool
conn_end_waits(struct conn *c, int queued, uint64_t now_ns)
{
	if (queued < c->end_queued) {
		c->end_queued = queued;
		c->end_by_ns = now_ns + c->end_linger_ns;
	}
	return now_ns < c->end_by_ns;
}

/* Waits for an empty send queue by looking: the kernel has no event for it. */
static void
conn_end_reset(struct conn *c, uint64_t now_ns)
{
	int queued = 0;

	if (ioctl(c->fd, SIOCOUTQ, &queued) == -1 || queued == 0 ||
	    !conn_end_waits(c, queued, now_ns)) {
		conn_close(c, true);
		return;
	}
	if (c->end_step_ns == 0)
		c->end_step_ns = CONN_POLL_MIN_NS;
	else if (c->end_step_ns < CONN_POLL_MAX_NS)
		c->end_step_ns *= 2;
	conn_end_later(c, now_ns + c->end_step_ns);
}

/* Whether the peer is still given time: to close, or to take what the kernel
 * has for it. */
static bool
conn_end_lingers(struct conn *c, uint64_t now_ns)
{
	int queued = 0;

	return now_ns < c->end_by_ns ||
	       (ioctl(c->fd, SIOCOUTQ, &queued) == 0 && queued > 0 &&
		   conn_end_waits(c, queued, now_ns));
}

/* Whether the peer has had all that we sent: what it sends now it sends
 * nevertheless. */
static bool
conn_end_is_late(const struct conn *c)
{
	int queued = 0;

	return c->on_late != NULL && c->tls == NULL &&
	       ioctl(c->fd, SIOCOUTQ, &queued) == 0 && queued == 0;
}

/* Reads and drops until the peer closes. What is there at once was sent before
 * it could know of the end. */
static void
conn_end_linger(struct conn *c, uint64_t now_ns)
{
	char waste[16384];
	bool late = c->reading && conn_end_is_late(c);
	ssize_t r = 0;

	if (!c->reading) {
		conn_shut(c);
		conn_read_enable(c, true);
	}
	for (int i = 0; i < 64; i++) {
		r = recv(c->fd, waste, sizeof(waste), 0);
		if (r <= 0)
			break;
		if (late && c->on_late != NULL)
			c->on_late(c, (struct span){ waste, (size_t)r });
	}
	if (r == 0 || (r == -1 && errno != EAGAIN && errno != EINTR) ||
	    !conn_end_lingers(c, now_ns))
		conn_close(c, false);
	else
		conn_end_later(c, r > 0 ? now_ns : c->end_by_ns);
}

/* The kernel has all output. */
static void
conn_end_flushed(struct conn *c, uint64_t now_ns)
{
	if (!c->end_flushed) {
		c->end_flushed = true;
		c->end_queued = INT_MAX;
		c->end_by_ns = now_ns + c->end_linger_ns;
	}
	if (c->end_rst)
		conn_end_reset(c, now_ns);
	else
		conn_end_linger(c, now_ns);
}

void
conn_end_moved(struct conn *c)
{
	c->end_by_ns = clock_mono_ns() + c->end_stall_ns;
}

void
conn_end_step(struct conn *c)
{
	uint64_t now_ns = clock_mono_ns();

	assert(c->ended);
	if (c->fd == -1)
		return;
	if (c->failed)
		conn_close(c, c->end_rst);
	else if (c->out != NULL && now_ns < c->end_by_ns)
		conn_end_later(c, c->end_by_ns);
	else if (c->out != NULL)
		conn_close(c, true);
	else
		conn_end_flushed(c, now_ns);
}

void
conn_finish(
    struct conn *c, enum conn_end how, uint64_t stall_ns, uint64_t linger_ns)
{
	if (c->ended)
		return;
	c->ended = true;
	c->end_rst = how == CONN_END_RST;
	c->end_stall_ns = stall_ns;
	c->end_linger_ns = linger_ns;
	conn_end_moved(c);
	conn_read_enable(c, false);
	conn_end_step(c);
}

void
conn_kill(struct conn *c, bool reset)
{
	if (c->fd == -1)
		return;
	c->ended = true;
	conn_close(c, reset);
}

bool
conn_peer_gone(const struct conn *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 &&
	       (p.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

static void
conn_gone_cb(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	worker_tick(c->worker);
	if (!c->ended && ((what & EV_CLOSED) != 0 || conn_peer_gone(c)))
		c->on_event(c, CONN_GONE);
}

/* Edge-triggered: bytes that nobody reads tell once. libevent tells a reset
 * like bytes, a FIN as EV_CLOSED. */
void
conn_hold(struct conn *c)
{
	assert(!c->reading && !c->writing && !c->ended);
	c->on_hold = true;
	event_assign(&c->ev_read, c->worker->base, c->fd,
	    EV_READ | EV_CLOSED | EV_ET | EV_PERSIST, conn_gone_cb, c);
	event_add(&c->ev_read, NULL);
}

static void
conn_look(void *arg)
{
	struct conn *c = arg;

	if (c->ended || !conn_peer_gone(c))
		return;
	c->unread = true;
	if (c->reading)
		event_active(&c->ev_read, EV_READ, 1);
}

/* Looking at once would cost each request a system call; most connections read
 * or write again, and are told then, before this timeout. */
void
conn_look_later(struct conn *c)
{
	timeout_set(&c->worker->timers, &c->look, &c->worker->look,
	    worker_now(c->worker), conn_look, c);
}
