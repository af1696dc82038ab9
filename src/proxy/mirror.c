/*
 * The second copy of a request that `duplicate` sends: kept while the first
 * one goes out, sent on a connection of its own, its answer thrown away. The
 * exchange does not wait for it.
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "proxy/internal.h"

struct mirror {
	struct conn conn; /* first: a conn is its mirror */
	struct pworker *pw;
	struct mirror *next, *prev;
	struct timeout timeout;
	struct buf out;
};

static void
mirror_end(struct mirror *m)
{
	timeout_cancel(&m->timeout);
	if (!m->conn.ended)
		conn_kill(&m->conn, false);
}

static void
mirror_timeout(void *arg)
{
	mirror_end(arg);
}

static void
mirror_closed(struct conn *conn)
{
	struct mirror *m = (struct mirror *)conn;

	if (m->next != NULL)
		m->next->prev = m->prev;
	if (m->prev != NULL)
		m->prev->next = m->next;
	else
		m->pw->mirrors = m->next;
	buf_clear(&m->out);
	free(m);
}

static void
mirror_event(struct conn *conn, enum conn_event what)
{
	struct mirror *m = (struct mirror *)conn;

	switch (what) {
	case CONN_CONNECTED:
		conn_read_enable(conn, true);
		conn_send(conn, &(struct iovec){ m->out.data, m->out.n }, 1);
		if (conn->failed)
			mirror_end(m);
		break;
	case CONN_READABLE:
		switch (conn_fill(conn)) {
		case FILL_END:
		case FILL_ERROR:
			mirror_end(m);
			break;
		default:
			conn->in->head = conn->in->tail;
			break;
		}
		break;
	case CONN_WRITTEN:
	case CONN_HELLO:
	case CONN_GONE:
		break;
	case CONN_FAILED:
		mirror_end(m);
		break;
	}
}

void
mirror_keep(struct exchange *x, const struct flow_out *o)
{
	struct buf *copy = faults_copy(x);

	if (copy == NULL)
		return;
	buf_span(copy, buf_view(o->framed));
	buf_span(copy, o->direct);
	buf_span(copy, o->tail);
}

void
mirror_send(struct exchange *x)
{
	struct buf *copy = faults_copy(x);
	struct pworker *pw = x->pw;
	struct endpoint *e;
	struct mirror *m;
	bool connecting;
	int fd;

	if (copy == NULL || copy->n == 0)
		return;
	e = upstream_choose(pw);
	if (copy->overflow || e == NULL ||
	    (fd = upstream_dial(pw, e, &connecting)) == -1) {
		faults_not_twice(x);
		return;
	}
	m = xcalloc(1, sizeof(*m));
	m->pw = pw;
	m->out = *copy;
	buf_init(copy, copy->max);
	m->next = pw->mirrors;
	if (m->next != NULL)
		m->next->prev = m;
	pw->mirrors = m;
	conn_init(&m->conn, &pw->w, fd);
	m->conn.on_event = mirror_event;
	m->conn.on_closed = mirror_closed;
	if (e->server->tls != NULL)
		conn_start_tls(
		    &m->conn, tls_connect(e->server->tls, fd, e->server->host));
	/* Nobody reads its answer, so nobody knows where it ends. */
	timeout_set(&pw->w.timers, &m->timeout, &pw->mirror, worker_now(&pw->w),
	    mirror_timeout, m);
	conn_start(&m->conn, connecting);
}

void
mirror_clear(struct pworker *pw)
{
	struct mirror *m, *next;

	for (m = pw->mirrors; m != NULL; m = next) {
		next = m->next;
		mirror_end(m);
	}
}
