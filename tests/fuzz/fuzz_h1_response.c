/*
 * Response heads: whole and byte by byte say the same, and what is accepted is
 * forwarded as a head that is accepted again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/forward.h"
#include "http/h1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct h1_limits limits = { 512, 1024, 4096, 32 };

static void
fuzz_forward(const struct head *h)
{
	struct forward_response how = { .framing = h->framing,
		.date = SPAN("Sun, 06 Nov 1994 08:49:37 GMT") };
	static const struct h1_limits wide = { 4096, 8192, 65536, 128 };
	struct h1_scan scan = { .skip = 0 };
	static struct head again;
	struct h1_error e;
	struct buf out;

	buf_init(&out, 1 << 20);
	forward_response(&out, h, &how);
	assert(h1_response(&scan, out.data, out.n, &wide, SPAN("GET"), &again,
		   &e) == H1_DONE);
	assert(again.raw.n == out.n && again.status == h->status);
	if (h->status >= 200)
		assert(again.framing == h->framing);
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct head whole, bytewise;
	struct h1_scan scan = { .skip = 0 }, slow = { .skip = 0 };
	struct h1_error e = { 0, NULL }, f = { 0, NULL };
	char *copy = malloc(n + 1), *other = malloc(n + 1);
	enum h1_result r, s = H1_MORE;

	memcpy(copy, data, n);
	memcpy(other, data, n);
	r = h1_response(&scan, copy, n, &limits, SPAN("GET"), &whole, &e);
	for (size_t i = 1; i <= n && s == H1_MORE; i++)
		s = h1_response(
		    &slow, other, i, &limits, SPAN("GET"), &bytewise, &f);
	assert(r == s);
	if (r == H1_BAD)
		assert(e.status == 502 && f.status == 502);
	if (r == H1_DONE) {
		assert(span_eq(whole.raw, bytewise.raw));
		fuzz_forward(&whole);
	}
	free(copy);
	free(other);
	return 0;
}
