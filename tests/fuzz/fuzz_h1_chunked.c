/*
 * Chunked bodies: cut anywhere they decode to the same bytes, and whatever is
 * accepted here llhttp accepts too, with the same payload. (llhttp 8.1 refuses
 * quoted extension values, so those are left out of the comparison.)
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/h1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
fuzz_data(void *arg, struct span payload)
{
	buf_span(arg, payload);
}

static void
fuzz_chunk(void *arg)
{
	(void)arg;
}

/* Decodes in pieces of that size; *usedp is where the body ended. */
static enum h1_result
fuzz_decode(struct span in, size_t piece, struct buf *to, size_t *usedp)
{
	struct h1_sink sink = { fuzz_data, fuzz_chunk, to };
	struct h1_chunked c;
	enum h1_result r = H1_MORE;
	size_t used;

	h1_chunked_init(&c);
	for (*usedp = 0; *usedp < in.n && r == H1_MORE; *usedp += used) {
		struct span part = { in.p + *usedp, in.n - *usedp };

		if (part.n > piece)
			part.n = piece;
		r = h1_chunked_feed(&c, part, &sink, &used);
		assert(used <= part.n);
	}
	assert(r != H1_MORE || to->n == c.bytes);
	h1_chunked_clear(&c);
	return r;
}

static int
fuzz_body(llhttp_t *parser, const char *p, size_t n)
{
	buf_put(parser->data, p, n);
	return 0;
}

static int
fuzz_complete(llhttp_t *parser)
{
	(void)parser;
	return HPE_PAUSED;
}

static void
fuzz_compare(struct span body, const struct buf *payload)
{
	static const char head[] =
	    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
	llhttp_settings_t settings;
	llhttp_t parser;
	struct buf seen;

	if (memchr(body.p, ';', body.n) != NULL)
		return;
	buf_init(&seen, 1 << 20);
	llhttp_settings_init(&settings);
	settings.on_body = fuzz_body;
	settings.on_message_complete = fuzz_complete;
	llhttp_init(&parser, HTTP_REQUEST, &settings);
	parser.data = &seen;
	llhttp_execute(&parser, head, sizeof(head) - 1);
	assert(llhttp_execute(&parser, body.p, body.n) == HPE_PAUSED);
	assert(span_eq(buf_view(&seen), buf_view(payload)));
	buf_clear(&seen);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf whole, bytewise;
	struct span in;
	enum h1_result r;
	size_t used, used_slow;
	char *copy = malloc(n + 1);

	memcpy(copy, data, n);
	in = (struct span){ copy, n };
	buf_init(&whole, 1 << 20);
	buf_init(&bytewise, 1 << 20);
	r = fuzz_decode(in, SIZE_MAX, &whole, &used);
	assert(fuzz_decode(in, 1, &bytewise, &used_slow) == r);
	assert(used == used_slow);
	assert(span_eq(buf_view(&whole), buf_view(&bytewise)));
	if (r == H1_DONE)
		fuzz_compare((struct span){ copy, used }, &whole);
	buf_clear(&whole);
	buf_clear(&bytewise);
	free(copy);
	return 0;
}
