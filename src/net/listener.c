#include "net/listener.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/worker.h"

/* Accepted in one go, so that a flood does not starve open connections. */
enum { LISTENER_BATCH = 64, LISTENER_BACKLOG = 4096 };

/* Whether a unix socket's file is left over: nobody accepts on it. */
static bool
listener_is_stale(const struct sock_address *a)
{
	struct stat st;
	int fd, r;

	if (lstat(a->u.un.sun_path, &st) == -1 || !S_ISSOCK(st.st_mode))
		return false;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return false;
	r = connect(fd, &a->u.sa, a->n);
	r = r == -1 && errno == ECONNREFUSED;
	close(fd);
	return r;
}

static int
listener_bind(const struct sock_address *a, bool reuse_port)
{
	int fd, one = 1;

	fd = socket(
	    a->u.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (a->u.sa.sa_family != AF_UNIX) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (reuse_port)
			setsockopt(
			    fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	} else if (listener_is_stale(a)) {
		unlink(a->u.un.sun_path);
	}
	if (bind(fd, &a->u.sa, a->n) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

int
listener_open(struct sock_address *a, bool shared, bool first)
{
	int fd, probe;

	/* SO_REUSEPORT would silently share the port with another program of
	 * this user: bind without it once to see. */
	if (shared && first && a->u.sa.sa_family != AF_UNIX) {
		if ((probe = listener_bind(a, false)) == -1)
			return -1;
		close(probe);
	}
	if ((fd = listener_bind(a, shared)) == -1)
		return -1;
	if (listen(fd, LISTENER_BACKLOG) == -1) {
		close(fd);
		return -1;
	}
	if (a->u.sa.sa_family != AF_UNIX) {
		a->n = sizeof(a->u);
		getsockname(fd, &a->u.sa, &a->n);
	}
	return fd;
}

static void
listener_retry(void *arg)
{
	listener_resume(arg);
}

static void
listener_pause(struct listener *l)
{
	l->paused = true;
	event_del(&l->ev);
	timeout_set(&l->worker->timers, &l->pause, l->pause_class,
	    worker_now(l->worker), listener_retry, l);
}

/* Accepts up to a batch; true when there may be more. */
static bool
listener_accept(struct listener *l)
{
	struct sock_address peer;
	int client, one = 1;

	worker_tick(l->worker);
	for (int i = 0; i < LISTENER_BATCH && !l->closed; i++) {
		peer.n = sizeof(peer.u);
		peer.u.sa.sa_family = AF_UNIX;
		client = accept4(
		    l->fd, &peer.u.sa, &peer.n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (client == -1) {
			if (errno == EMFILE || errno == ENFILE ||
			    errno == ENOBUFS || errno == ENOMEM)
				listener_pause(l);
			else if (errno == ECONNABORTED || errno == EINTR)
				continue;
			return false;
		}
		if (peer.u.sa.sa_family != AF_UNIX)
			setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one,
			    sizeof(one));
		l->on_accept(l, client, &peer);
	}
	return true;
}

static void
listener_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	listener_accept(arg);
}

void
listener_start(
    struct listener *l, struct worker *w, int fd, struct timeout_class *pause)
{
	l->worker = w;
	l->fd = fd;
	l->pause_class = pause;
	event_assign(&l->ev, w->base, fd, EV_READ | EV_PERSIST, listener_cb, l);
	event_add(&l->ev, NULL);
}

void
listener_stop(struct listener *l)
{
	if (l->closed)
		return;
	l->closed = true;
	timeout_cancel(&l->pause);
	event_del(&l->ev);
	close(l->fd);
}

/*
 * No handshake begins any more: else a connection could slip in between the
 * last accept and the close, and be reset although it was accepted for its
 * client. One that is being made still comes into the queue.
 */
static void
listener_drop_syn(struct listener *l)
{
	enum { TCP_FLAGS = 13 };
	struct sock_filter drop_syn[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TCP_FLAGS),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TH_SYN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = { sizeof(drop_syn) / sizeof(drop_syn[0]),
		drop_syn };
	int family = 0;
	socklen_t n = sizeof(family);

	if (getsockopt(l->fd, SOL_SOCKET, SO_DOMAIN, &family, &n) == 0 &&
	    family != AF_UNIX)
		setsockopt(l->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		    sizeof(program));
}

void
listener_finish(struct listener *l)
{
	if (!l->closed)
		listener_drop_syn(l);
	while (!l->closed && listener_accept(l))
		;
	listener_stop(l);
}

void
listener_resume(struct listener *l)
{
	if (!l->paused || l->closed)
		return;
	l->paused = false;
	timeout_cancel(&l->pause);
	event_add(&l->ev, NULL);
}
