/*
 * After 101 Switching Protocols: bytes both ways, each with back-pressure, and
 * a half-close carried over as one (RFC 9110 7.8).
 */
#include "proxy/internal.h"

/* Moves what src has to dst; false when dst is lost. */
static bool
tunnel_move(struct conn *src, struct conn *dst)
{
	struct block *in = src->in;
	struct span view;

	if (in != NULL && in->head < in->tail && !conn_blocked(dst)) {
		view = block_view(in);
		conn_send(dst,
		    &(struct iovec){ (char *)(uintptr_t)view.p, view.n }, 1);
		in->head = in->tail;
	}
	if (dst->failed)
		return false;
	conn_release(src);
	conn_read_enable(src, !src->eof && !conn_blocked(dst));
	return true;
}

/* A side that ended is passed on once all it sent is out. */
static void
tunnel_close(struct conn *src, struct conn *dst, bool *donep)
{
	if (!src->eof || *donep || src->in != NULL || conn_blocked(dst))
		return;
	*donep = true;
	conn_shutdown_write(dst);
}

void
tunnel_pump(struct exchange *x)
{
	struct conn *client = &x->client->conn, *up = &x->up->conn;

	if (!tunnel_move(client, up) || !tunnel_move(up, client)) {
		exchange_end(x, END_DONE, CONN_END_RST);
		return;
	}
	tunnel_close(client, up, &x->request.done);
	tunnel_close(up, client, &x->response.done);
	if (x->request.done && x->response.done)
		exchange_end(x, END_DONE, CONN_END_FIN);
	else
		request_wait(x, &x->pw->tunnel_idle);
}

void
tunnel_start(struct exchange *x)
{
	struct forward_response how = { .framing = FRAMING_TUNNEL };
	struct buf *out = &x->pw->w.scratch;

	out->n = 0;
	forward_response(out, &x->resp, &how);
	x->record.upstream_status = 101;
	x->upstream_ok = 1;
	note_response_head(x, 101, false);
	x->head_sent = true;
	x->client_close = true;
	x->state = X_TUNNEL;
	flow_init(&x->request, FRAMING_TUNNEL, 0);
	flow_init(&x->response, FRAMING_TUNNEL, 0);
	client_wait(x->client, WAIT_NOTHING);
	conn_send(&x->client->conn, &(struct iovec){ out->data, out->n }, 1);
	tunnel_pump(x);
}

void
tunnel_client_end(struct exchange *x)
{
	x->client->conn.eof = true;
	tunnel_pump(x);
}

void
tunnel_upstream_end(struct exchange *x)
{
	x->up->conn.eof = true;
	tunnel_pump(x);
}
