/*
 * Request heads: whatever the bytes are, whole and byte by byte say the same;
 * what is accepted is forwarded as a head that is accepted again, with the same
 * framing, and the next message begins where this one ended.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/forward.h"
#include "http/h1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct h1_limits limits = { 512, 1024, 4096, 32 };

static enum h1_result
fuzz_whole(struct span in, struct head *h, struct h1_error *e, size_t *usedp)
{
	struct h1_scan scan = { .skip = 0 };
	enum h1_result r = h1_request(&scan, in, &limits, h, e);

	*usedp = scan.skip + (r == H1_DONE ? h->raw.n : 0);
	return r;
}

static enum h1_result
fuzz_bytewise(struct span in, struct head *h, struct h1_error *e)
{
	struct h1_scan scan = { .skip = 0 };
	enum h1_result r = H1_MORE;

	for (size_t i = 1; i <= in.n && r == H1_MORE; i++)
		r = h1_request(&scan, (struct span){ in.p, i }, &limits, h, e);
	return r;
}

static void
fuzz_forward(const struct head *h)
{
	struct forward_request how = { .client = SPAN("192.0.2.1"),
		.scheme = SPAN("http"),
		.host = SPAN("upstream.example") };
	static const struct h1_limits wide = { 4096, 8192, 65536, 128 };
	struct h1_scan scan = { .skip = 0 };
	static struct head again;
	struct h1_error e;
	struct buf out;

	buf_init(&out, 1 << 20);
	forward_request(&out, h, &how);
	assert(h1_request(&scan, buf_view(&out), &wide, &again, &e) == H1_DONE);
	assert(again.raw.n == out.n);
	assert(again.framing == h->framing && again.length == h->length);
	assert(span_eq(again.method, h->method));
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct head whole, bytewise;
	struct h1_error e = { 0, NULL }, f = { 0, NULL };
	enum h1_result r, s;
	char *copy = malloc(n + 1);
	struct span in = { copy, n };
	size_t used;

	memcpy(copy, data, n);
	r = fuzz_whole(in, &whole, &e, &used);
	s = fuzz_bytewise(in, &bytewise, &f);
	assert(r == s);
	if (r == H1_BAD)
		assert(e.status >= 400 && e.status == f.status && e.why);
	if (r == H1_DONE) {
		assert(used <= n && span_eq(whole.raw, bytewise.raw));
		assert(whole.n_fields <= limits.n_fields);
		fuzz_forward(&whole);
	}
	free(copy);
	return 0;
}
