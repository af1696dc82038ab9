/*
 * Connections to upstreams: round robin over their addresses, passive health
 * (an address that refused is left alone for a while), and pools of idle
 * connections, most recently used first. All per worker, nothing shared.
 */
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "proxy/internal.h"

static void
upstream_unlink_idle(struct backend *b)
{
	if (b->next != NULL)
		b->next->prev = b->prev;
	if (b->prev != NULL)
		b->prev->next = b->next;
	else
		b->endpoint->idle = b->next;
	b->next = b->prev = NULL;
	b->endpoint->n_idle--;
	b->pw->n_idle--;
}

static void
upstream_close(struct backend *b)
{
	assert(b->x == NULL);
	timeout_cancel(&b->timeout);
	if (!b->conn.ended)
		conn_kill(&b->conn, false);
}

static void
upstream_drop_idle(struct backend *b)
{
	upstream_unlink_idle(b);
	upstream_close(b);
}

static void
upstream_idle_timeout(void *arg)
{
	upstream_drop_idle(arg);
}

static void
upstream_closed(struct conn *conn)
{
	struct backend *b = (struct backend *)conn;

	if (b->all_next != NULL)
		b->all_next->all_prev = b->all_prev;
	if (b->all_prev != NULL)
		b->all_prev->all_next = b->all_next;
	else
		b->pw->backends = b->all_next;
	free(b);
}

static void
upstream_event(struct conn *conn, enum conn_event what)
{
	struct backend *b = (struct backend *)conn;
	struct exchange *x = b->x;

	if (x == NULL) {
		/* An idle connection: whatever comes, it is no use now. */
		upstream_drop_idle(b);
		return;
	}
	switch (what) {
	case CONN_CONNECTED:
		request_connected(x);
		break;
	case CONN_READABLE:
		response_readable(b);
		break;
	case CONN_WRITTEN:
		if (x->state == X_TUNNEL)
			tunnel_pump(x);
		else
			request_pump(x);
		break;
	case CONN_HELLO:
	case CONN_GONE:
		break; /* only of clients */
	case CONN_FAILED:
		if (x->state == X_CONNECTING)
			request_failed(x, 502, conn->why);
		else if (x->state == X_TUNNEL)
			response_readable(b);
		else
			request_broken(x);
		break;
	}
}

/* Closes what is idle at addresses that no longer are in the list. */
static void
upstream_retire(struct pworker *pw, struct endpoint *e)
{
	struct backend *b;

	while (e->idle != NULL)
		upstream_drop_idle(e->idle);
	for (b = pw->backends; b != NULL; b = b->all_next)
		if (b->endpoint == e)
			b->endpoint = NULL;
	free(e);
}

static struct endpoint *
upstream_take_endpoint(struct endpoint **old, unsigned n_old,
    const struct server *server, const struct sock_address *a)
{
	struct endpoint *e;

	for (unsigned i = 0; i < n_old; i++) {
		e = old[i];
		if (e != NULL && e->server == server && e->address.n == a->n &&
		    memcmp(&e->address.u, &a->u, a->n) == 0) {
			old[i] = NULL;
			return e;
		}
	}
	e = xcalloc(1, sizeof(*e));
	e->server = server;
	e->address = *a;
	return e;
}

/* Brings the list up to what the resolver knows. */
static void
upstream_refresh(struct pworker *pw)
{
	struct sock_address found[RESOLVER_ADDRESSES_MAX];
	struct proxy *p = pw->proxy;
	struct endpoint **old = pw->endpoints;
	unsigned n_old = pw->n_endpoints, n;

	pw->generation = resolver_generation(p->resolver) + 1;
	pw->endpoints = xcalloc(
	    p->n_servers * RESOLVER_ADDRESSES_MAX, sizeof(struct endpoint *));
	pw->n_endpoints = 0;
	for (unsigned i = 0; i < p->n_servers; i++) {
		n = resolver_get(p->resolver, p->servers[i].name, found);
		for (unsigned k = 0; k < n; k++)
			pw->endpoints[pw->n_endpoints++] =
			    upstream_take_endpoint(
				old, n_old, &p->servers[i], &found[k]);
	}
	for (unsigned i = 0; i < n_old; i++)
		if (old[i] != NULL)
			upstream_retire(pw, old[i]);
	free(old);
}

/* The next address in turn that is not left alone; when all are, the one
 * whose time is up first, so that a recovered upstream is found at once. */
struct endpoint *
upstream_choose(struct pworker *pw)
{
	struct endpoint *best = NULL;
	uint64_t now_ns = 0;

	if (pw->generation != resolver_generation(pw->proxy->resolver) + 1)
		upstream_refresh(pw);
	for (unsigned i = 0; i < pw->n_endpoints; i++) {
		struct endpoint *e =
		    pw->endpoints[pw->next_endpoint++ % pw->n_endpoints];

		if (e->down_until_ns != 0 && now_ns == 0)
			now_ns = worker_now(&pw->w);
		if (e->down_until_ns <= now_ns)
			return e;
		if (best == NULL || e->down_until_ns < best->down_until_ns)
			best = e;
	}
	return best;
}

/* A descriptor for one more connection: an idle one is given up if need be. */
static int
upstream_socket(struct pworker *pw, int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1 && (errno == EMFILE || errno == ENFILE) &&
	    pw->n_idle > 0) {
		upstream_close_idle(pw);
		fd = socket(
		    family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	}
	return fd;
}

static struct backend *
upstream_new(struct pworker *pw, struct endpoint *e, int fd)
{
	struct backend *b = xcalloc(1, sizeof(*b));

	b->pw = pw;
	b->endpoint = e;
	b->server = e->server;
	b->all_next = pw->backends;
	if (b->all_next != NULL)
		b->all_next->all_prev = b;
	pw->backends = b;
	conn_init(&b->conn, &pw->w, fd);
	b->conn.on_event = upstream_event;
	b->conn.on_closed = upstream_closed;
	if (e->server->tls != NULL) {
		struct tls *tls =
		    tls_connect(e->server->tls, fd, e->server->host);

		if (tls == NULL)
			abort();
		conn_start_tls(&b->conn, tls);
	}
	return b;
}

int
upstream_dial(struct pworker *pw, struct endpoint *e, bool *connectingp)
{
	int fd = upstream_socket(pw, e->address.u.sa.sa_family), one = 1;

	if (fd == -1)
		return -1;
	if (e->address.u.sa.sa_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	/* A refusal is not told here but, like any other, by an event: of a
	 * socket that never connected that is an error or a hang-up. */
	*connectingp = connect(fd, &e->address.u.sa, e->address.n) == -1;
	count(&pw->n_connects);
	atomic_fetch_add(&e->server->health->connects, 1);
	return fd;
}

static struct backend *
upstream_connect(struct pworker *pw, struct endpoint *e, unsigned *statusp,
    const char **causep)
{
	struct backend *b;
	bool connecting;
	int fd;

	if ((fd = upstream_dial(pw, e, &connecting)) == -1) {
		*statusp = 503;
		*causep = "no descriptor for an upstream connection";
		return NULL;
	}
	b = upstream_new(pw, e, fd);
	b->connecting = connecting;
	return b;
}

/*
 * Whether an idle connection has not been closed behind our back: its FIN may
 * be here and our loop not have seen it. Looked at only for requests that
 * could not be sent again.
 */
static bool
upstream_alive(const struct backend *b)
{
	char byte;
	ssize_t n = recv(b->conn.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n == -1 ? errno == EAGAIN : n > 0 && b->conn.tls != NULL;
}

/* The most recently used idle connection to e that will do for x, or NULL. */
static struct backend *
upstream_take_idle(const struct exchange *x, struct endpoint *e)
{
	bool again =
	    x->req.framing == FRAMING_NONE && method_idempotent(x->req.method);
	struct backend *b;

	while ((b = e->idle) != NULL && !again && !upstream_alive(b))
		upstream_drop_idle(b);
	return b;
}

struct backend *
upstream_get(struct exchange *x, unsigned *statusp, const char **causep)
{
	struct pworker *pw = x->pw;
	struct endpoint *e = upstream_choose(pw);
	struct backend *b;

	if (e == NULL) {
		resolver_kick(pw->proxy->resolver);
		*statusp = 503;
		*causep = "the upstream's name does not resolve";
		return NULL;
	}
	if (!x->retried && (b = upstream_take_idle(x, e)) != NULL) {
		upstream_unlink_idle(b);
		timeout_cancel(&b->timeout);
		return b;
	}
	return upstream_connect(pw, e, statusp, causep);
}

void
upstream_put(struct backend *b)
{
	struct pworker *pw = b->pw;
	struct endpoint *e = b->endpoint;

	assert(b->x == NULL);
	if (e == NULL || pw->draining || pw->n_idle >= pw->conf->pool_max) {
		upstream_close(b);
		return;
	}
	conn_release(&b->conn);
	conn_read_enable(&b->conn, true);
	b->next = e->idle;
	if (b->next != NULL)
		b->next->prev = b;
	e->idle = b;
	e->n_idle++;
	pw->n_idle++;
	timeout_set(&pw->w.timers, &b->timeout, &pw->pool_idle,
	    worker_now(&pw->w), upstream_idle_timeout, b);
}

void
upstream_mark_down(struct backend *b)
{
	struct pworker *pw = b->pw;

	if (b->endpoint == NULL)
		return;
	b->endpoint->down_until_ns =
	    worker_now(&pw->w) + pw->conf->timeouts.upstream_down;
	atomic_store(&b->endpoint->server->health->down_until_ns,
	    b->endpoint->down_until_ns);
	resolver_kick(pw->proxy->resolver);
}

void
upstream_mark_up(struct backend *b)
{
	if (b->endpoint == NULL)
		return;
	b->endpoint->down_until_ns = 0;
	atomic_store(&b->endpoint->server->health->down_until_ns, 0);
}

void
upstream_close_idle(struct pworker *pw)
{
	for (unsigned i = 0; i < pw->n_endpoints; i++)
		while (pw->endpoints[i]->idle != NULL)
			upstream_drop_idle(pw->endpoints[i]->idle);
}

void
upstream_clear(struct pworker *pw)
{
	upstream_close_idle(pw);
	for (unsigned i = 0; i < pw->n_endpoints; i++)
		free(pw->endpoints[i]);
	free(pw->endpoints);
	pw->endpoints = NULL;
	pw->n_endpoints = 0;
}
