#include "http/h1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct got {
	struct buf payload;
	unsigned chunks;
};

static void
got_data(void *arg, struct span payload)
{
	buf_span(&((struct got *)arg)->payload, payload);
}

static void
got_chunk(void *arg)
{
	((struct got *)arg)->chunks++;
}

#define X16 "xxxxxxxxxxxxxxxx"
#define X256 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16
#define X4080                                                                 \
	X256 X256 X256 X256 X256 X256 X256 X256 X256 X256 X256 X256 X256 X256 \
	    X256 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16

static const struct row {
	const char *in;
	enum h1_result result;
	const char *payload, *trailers, *rest;
	unsigned chunks;
} rows[] = {
	{ "0\r\n\r\n", H1_DONE, "", "", "", 0 },
	{ "5\r\nhello\r\n0\r\n\r\n", H1_DONE, "hello", "", "", 1 },
	{ "5\r\nhello\r\n00000\r\n\r\nGET /", H1_DONE, "hello", "", "GET /",
	    1 },
	{ "1\r\na\r\nA\r\n0123456789\r\n0\r\n\r\n", H1_DONE, "a0123456789", "",
	    "", 2 },
	{ "a\r\n0123456789\r\n0\r\n\r\n", H1_DONE, "0123456789", "", "", 1 },
	{ "2\r\n\r\n\r\n0\r\n\r\n", H1_DONE, "\r\n", "", "", 1 },
	{ "1;a=b;c=\"d;\\\" \"\r\nx\r\n0;e\r\n\r\n", H1_DONE, "x", "", "", 1 },
	{ "0\r\nX-A: 1\r\nx-b:2\r\n\r\n", H1_DONE, "", "X-A: 1\r\nx-b: 2\r\n",
	    "", 0 },
	{ "0\r\nContent-Length: 5\r\nX-A: 1\r\nHost: b\r\n"
	  "Transfer-Encoding: chunked\r\nConnection: close\r\nTE: x\r\n"
	  "Trailer: y\r\nAuthorization: z\r\n\r\n",
	    H1_DONE, "", "X-A: 1\r\n", "", 0 },
	{ "000000000000005\r\nhello\r\n0\r\n\r\n", H1_DONE, "hello", "", "",
	    1 },
	{ "0000000000000005\r\nhello\r\n0\r\n\r\n", H1_BAD, NULL, NULL, NULL,
	    0 },
	{ "1;" X4080 X16 "\r\nx\r\n0\r\n\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "1;" X4080 "\r\nx\r\n0\r\n\r\n", H1_DONE, "x", "", "", 1 },
	{ "5\r\nhell", H1_MORE, NULL, NULL, NULL, 0 },
	{ "5\r\nhello\r\n0\r\n", H1_MORE, NULL, NULL, NULL, 0 },
	{ "\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ ";a\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "+5\r\nhello\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "-5\r\nhello\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "0x5\r\nhello\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ " 5\r\nhello\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "5 \r\nhello\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "g\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "5\nhello\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "5\rhello\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "5;a\nhello\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "5;\"a\r\nhello\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "5\r\nhellox\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "5\r\nhello\n0\r\n\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "5\r\nhello\r0\r\n\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "0\r\nA: b\n\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "0\r\nA: b\r\n c\r\n\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "0\r\nA : b\r\n\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "0\r\nA: b\rc\r\n\r\n", H1_BAD, NULL, NULL, NULL, 0 },
	{ "0\r\nno colon\r\n\r\n", H1_BAD, NULL, NULL, NULL, 0 },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* Feeds pieces of that size; *usedp is where the body ended. */
static enum h1_result
feed(struct h1_chunked *c, struct span in, size_t piece, struct got *got,
    size_t *usedp)
{
	struct h1_sink sink = { got_data, got_chunk, got };
	enum h1_result r = H1_MORE;
	size_t at = 0, used;

	h1_chunked_init(c);
	buf_init(&got->payload, 65536);
	got->chunks = 0;
	while (at < in.n && r == H1_MORE) {
		size_t n = in.n - at < piece ? in.n - at : piece;

		r = h1_chunked_feed(
		    c, (struct span){ in.p + at, n }, &sink, &used);
		assert_true(used <= n);
		if (r == H1_MORE)
			assert_int_equal(used, n);
		at += used;
	}
	*usedp = at;
	return r;
}

static void
undoes_or_refuses_each_sample_however_it_is_cut(void **state)
{
	struct h1_chunked c;
	struct got got;
	size_t used;

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];
		struct span in = span_str(row->in);

		for (size_t piece = 1; piece <= in.n; piece++) {
			assert_int_equal(
			    feed(&c, in, piece, &got, &used), row->result);
			if (row->result == H1_DONE) {
				assert_true(c.done);
				assert_true(span_eq(buf_view(&got.payload),
				    span_str(row->payload)));
				assert_true(span_eq(buf_view(&c.trailers),
				    span_str(row->trailers)));
				assert_string_equal(in.p + used, row->rest);
				assert_int_equal(got.chunks, row->chunks);
				assert_int_equal(c.chunks, row->chunks);
				assert_int_equal(c.bytes, got.payload.n);
			}
			if (row->result == H1_BAD)
				assert_non_null(c.why);
			h1_chunked_clear(&c);
			buf_clear(&got.payload);
		}
	}
}

static void
is_never_done_within_a_body(void **state)
{
	struct h1_chunked c;
	struct got got;
	size_t used;

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct span in = span_str(rows[i].in);

		if (rows[i].result != H1_DONE)
			continue;
		in.n -= strlen(rows[i].rest);
		for (in.n--; in.n > 0; in.n--) {
			assert_int_equal(
			    feed(&c, in, in.n, &got, &used), H1_MORE);
			h1_chunked_clear(&c);
			buf_clear(&got.payload);
		}
	}
}

static void
refuses_trailers_beyond_their_limit(void **state)
{
	enum { LIMIT = 16384 };
	struct h1_chunked c;
	struct got got;
	struct buf in;
	size_t used;

	(void)state;
	for (unsigned extra = 0; extra < 2; extra++) {
		buf_init(&in, 65536);
		buf_puts(&in, "0\r\nA: ");
		while (in.n < LIMIT - 1 + extra)
			buf_putc(&in, 'x');
		buf_puts(&in, "\r\n\r\n");
		assert_int_equal(in.n - 3, LIMIT + extra);
		assert_int_equal(feed(&c, buf_view(&in), in.n, &got, &used),
		    extra == 0 ? H1_DONE : H1_BAD);
		h1_chunked_clear(&c);
		buf_clear(&got.payload);
		buf_clear(&in);
	}
}

static void
opens_chunks_of_every_width(void **state)
{
	static const struct {
		size_t n;
		const char *text;
	} sizes[] = { { 1, "1\r\n" }, { 15, "f\r\n" }, { 16, "10\r\n" },
		{ 65536, "10000\r\n" }, { SIZE_MAX, "ffffffffffffffff\r\n" } };
	char to[H1_CHUNK_OPEN];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t n = h1_chunk_open(to, sizes[i].n);

		assert_true(
		    span_eq((struct span){ to, n }, span_str(sizes[i].text)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    undoes_or_refuses_each_sample_however_it_is_cut),
		cmocka_unit_test(is_never_done_within_a_body),
		cmocka_unit_test(refuses_trailers_beyond_their_limit),
		cmocka_unit_test(opens_chunks_of_every_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
