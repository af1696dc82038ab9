/*
 * Bodies: payload out of one framing and into another. Content-Length and
 * close-delimited payload goes from the receive buffer to the socket without
 * a copy; only chunks are taken apart and put together.
 */
#include <assert.h>

#include "proxy/internal.h"

enum { FLOW_COPY = 4096 };

static const char flow_crlf[] = "\r\n";
static const char flow_last[] = "\r\n0\r\n\r\n";

void
flow_init(struct flow *f, enum framing framing, uint64_t length)
{
	f->framing = framing;
	f->left = framing == FRAMING_LENGTH ? length : 0;
	f->bytes = 0;
	f->done = framing == FRAMING_NONE;
	f->decoding = framing == FRAMING_CHUNKED;
	if (f->decoding)
		h1_chunked_init(&f->chunked);
}

void
flow_clear(struct flow *f)
{
	if (f->decoding)
		h1_chunked_clear(&f->chunked);
	f->decoding = false;
}

/* What a chunk decoder's payload goes into. */
struct flow_sink {
	struct buf *to;
	enum framing out;
	struct hash_stream *hash;
	struct buf *bounds;
	const struct flow *flow;
};

static void
flow_sink_data(void *arg, struct span payload)
{
	struct flow_sink *s = arg;
	char open[H1_CHUNK_OPEN];

	if (s->hash != NULL)
		hash_stream_add(s->hash, payload.p, payload.n);
	if (s->out == FRAMING_NONE)
		return;
	if (s->out == FRAMING_CHUNKED)
		buf_put(s->to, open, h1_chunk_open(open, payload.n));
	buf_span(s->to, payload);
	if (s->out == FRAMING_CHUNKED)
		buf_put(s->to, flow_crlf, 2);
}

static void
flow_sink_chunk(void *arg)
{
	struct flow_sink *s = arg;

	if (s->bounds != NULL)
		buf_put(s->bounds, &s->flow->chunked.bytes, sizeof(uint64_t));
}

void
flow_finish(struct flow *f, enum framing out, struct buf *to)
{
	if (out != FRAMING_CHUNKED)
		return;
	buf_put(to, "0\r\n", 3);
	if (f->decoding)
		buf_span(to, buf_view(&f->chunked.trailers));
	buf_put(to, flow_crlf, 2);
}

static enum flow_result
flow_take_chunked(struct flow *f, struct block *in, const struct flow_sink *s)
{
	struct h1_sink sink = { flow_sink_data, flow_sink_chunk,
		(void *)(uintptr_t)s };
	enum h1_result r;
	size_t used;

	r = h1_chunked_feed(&f->chunked, block_view(in), &sink, &used);
	in->head += used;
	f->bytes = f->chunked.bytes;
	if (r == H1_BAD)
		return FLOW_BAD;
	if (r == H1_MORE)
		return FLOW_MORE;
	f->done = true;
	return FLOW_DONE;
}

enum flow_result
flow_decode(struct flow *f, struct block *in, struct hash_stream *hash,
    struct buf *to, struct buf *bounds)
{
	struct flow_sink s = { to, FRAMING_CLOSE, hash, bounds, f };
	struct flow_out o = { .framed = to };
	enum flow_result r;

	if (f->framing == FRAMING_CHUNKED)
		return flow_take_chunked(f, in, &s);
	r = flow_take(f, in, FRAMING_CLOSE, hash, &o);
	buf_span(to, o.direct);
	return r;
}

enum flow_result
flow_take(struct flow *f, struct block *in, enum framing out,
    struct hash_stream *hash, struct flow_out *o)
{
	struct span view = block_view(in);
	char open[H1_CHUNK_OPEN];

	assert(!f->done);
	if (f->framing == FRAMING_CHUNKED) {
		struct flow_sink s = { o->framed, out, hash, NULL, f };
		enum flow_result r = flow_take_chunked(f, in, &s);

		if (r == FLOW_DONE)
			flow_finish(f, out, o->framed);
		return r;
	}
	if (f->framing == FRAMING_LENGTH && view.n > f->left)
		view.n = f->left;
	in->head += view.n;
	f->bytes += view.n;
	if (f->framing == FRAMING_LENGTH) {
		f->left -= view.n;
		f->done = f->left == 0;
	}
	if (hash != NULL)
		hash_stream_add(hash, view.p, view.n);
	if (out == FRAMING_NONE || view.n == 0)
		return f->done ? FLOW_DONE : FLOW_MORE;
	o->direct = view;
	if (out == FRAMING_CHUNKED) {
		buf_put(o->framed, open, h1_chunk_open(open, view.n));
		o->tail = (struct span){ f->done ? flow_last : flow_crlf,
			f->done ? sizeof(flow_last) - 1 : 2 };
	}
	return f->done ? FLOW_DONE : FLOW_MORE;
}

void
flow_send(struct conn *c, const struct flow_out *o)
{
	struct iovec iov[3];
	unsigned n = 0;

	/* Copying a little is cheaper than handing the kernel a vector. */
	if (o->framed->n > 0 && o->direct.n > 0 &&
	    o->direct.n + o->tail.n <= FLOW_COPY) {
		buf_span(o->framed, o->direct);
		buf_span(o->framed, o->tail);
		iov[0] = (struct iovec){ o->framed->data, o->framed->n };
		conn_send(c, iov, 1);
		return;
	}

	if (o->framed->n > 0)
		iov[n++] = (struct iovec){ o->framed->data, o->framed->n };
	if (o->direct.n > 0)
		iov[n++] = (struct iovec){ (char *)(uintptr_t)o->direct.p,
			o->direct.n };
	if (o->tail.n > 0)
		iov[n++] =
		    (struct iovec){ (char *)(uintptr_t)o->tail.p, o->tail.n };
	if (n > 0)
		conn_send(c, iov, n);
}
