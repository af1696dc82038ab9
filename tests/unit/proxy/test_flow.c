#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "proxy/internal.h"

static struct block *
block_new(void)
{
	struct block *b = malloc(sizeof(*b));

	assert_non_null(b);
	b->refs = 1;
	b->head = b->tail = 0;
	return b;
}

/* Everything that one take leaves to be sent, appended. */
static void
collect(struct buf *to, const struct flow_out *o)
{
	buf_span(to, buf_view(o->framed));
	buf_span(to, o->direct);
	buf_span(to, o->tail);
}

static const struct row {
	enum framing in;
	uint64_t length;
	const char *bytes, *rest;
	enum framing out;
	enum flow_result result;
	const char *whole; /* what is sent when all came at once */
	const char *payload;
} rows[] = {
	{ FRAMING_LENGTH, 5, "hello", "", FRAMING_LENGTH, FLOW_DONE, "hello",
	    "hello" },
	{ FRAMING_LENGTH, 5, "helloGET /", "GET /", FRAMING_LENGTH, FLOW_DONE,
	    "hello", "hello" },
	{ FRAMING_LENGTH, 5, "hell", "", FRAMING_LENGTH, FLOW_MORE, "hell",
	    "hell" },
	{ FRAMING_LENGTH, 5, "hello", "", FRAMING_CHUNKED, FLOW_DONE,
	    "5\r\nhello\r\n0\r\n\r\n", "hello" },
	{ FRAMING_LENGTH, 6, "hello", "", FRAMING_CHUNKED, FLOW_MORE,
	    "5\r\nhello\r\n", "hello" },
	{ FRAMING_LENGTH, 5, "hello", "", FRAMING_NONE, FLOW_DONE, "",
	    "hello" },
	{ FRAMING_CLOSE, 0, "hello", "", FRAMING_CHUNKED, FLOW_MORE,
	    "5\r\nhello\r\n", "hello" },
	{ FRAMING_CLOSE, 0, "hello", "", FRAMING_CLOSE, FLOW_MORE, "hello",
	    "hello" },
	{ FRAMING_CHUNKED, 0, "5\r\nhello\r\n0\r\n\r\nGET", "GET",
	    FRAMING_CHUNKED, FLOW_DONE, "5\r\nhello\r\n0\r\n\r\n", "hello" },
	{ FRAMING_CHUNKED, 0, "2;x\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "",
	    FRAMING_CLOSE, FLOW_DONE, "hello", "hello" },
	{ FRAMING_CHUNKED, 0, "2\r\nhe\r\n0\r\nX-T: 1\r\nHost: a\r\n\r\n", "",
	    FRAMING_CHUNKED, FLOW_DONE, "2\r\nhe\r\n0\r\nX-T: 1\r\n\r\n",
	    "he" },
	{ FRAMING_CHUNKED, 0, "2\r\nhe\r\n0\r\nX-T: 1\r\n\r\n", "",
	    FRAMING_LENGTH, FLOW_DONE, "he", "he" },
	{ FRAMING_CHUNKED, 0, "5\r\nhello\r\n0\r\n\r\n", "", FRAMING_NONE,
	    FLOW_DONE, "", "hello" },
	{ FRAMING_CHUNKED, 0, "5\r\nhel", "", FRAMING_CHUNKED, FLOW_MORE,
	    "3\r\nhel\r\n", "hel" },
	{ FRAMING_CHUNKED, 0, "5\r\nhelloX", NULL, FRAMING_CHUNKED, FLOW_BAD,
	    NULL, "hello" },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* Takes the row's bytes by pieces of that size; what was sent is in *sent. */
static enum flow_result
take(const struct row *row, size_t piece, struct flow *f, struct block *in,
    struct buf *sent)
{
	size_t n = strlen(row->bytes), at = 0;
	enum flow_result r = FLOW_MORE;
	struct buf framed;

	buf_init(&framed, 65536);
	flow_init(f, row->in, row->length);
	in->head = in->tail = 0;
	while (at < n && r == FLOW_MORE) {
		struct flow_out o = { .framed = &framed };
		size_t some = n - at < piece ? n - at : piece;

		memcpy(in->data + in->tail, row->bytes + at, some);
		in->tail += some;
		at += some;
		framed.n = 0;
		r = flow_take(f, in, row->out, NULL, &o);
		if (r != FLOW_BAD)
			collect(sent, &o);
		if (r == FLOW_MORE)
			assert_int_equal(in->head, in->tail);
	}
	memcpy(in->data + in->tail, row->bytes + at, n - at);
	in->tail += n - at;
	buf_clear(&framed);
	return r;
}

static void
moves_payload_between_all_framings(void **state)
{
	struct block *in = block_new();
	struct flow f;
	struct buf sent;

	(void)state;
	buf_init(&sent, 65536);
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];

		sent.n = 0;
		assert_int_equal(take(row, 65536, &f, in, &sent), row->result);
		if (row->result != FLOW_BAD) {
			assert_true(
			    span_eq(buf_view(&sent), span_str(row->whole)));
			assert_true(
			    span_eq(block_view(in), span_str(row->rest)));
		}
		assert_int_equal(f.done, row->result == FLOW_DONE);
		assert_int_equal(f.bytes, strlen(row->payload));
		flow_clear(&f);
	}
	buf_clear(&sent);
	free(in);
}

/* What was sent, read again under its framing. */
static void
read_back(const struct row *row, struct span sent, bool done, struct buf *to)
{
	struct row again = { .in = row->out == FRAMING_CHUNKED ? FRAMING_CHUNKED
							       : FRAMING_CLOSE,
		.out = FRAMING_CLOSE };
	struct block *in = block_new();
	struct flow_out o;
	struct buf framed;
	enum flow_result r;
	struct flow f;

	buf_init(&framed, 65536);
	o = (struct flow_out){ .framed = &framed };
	flow_init(&f, again.in, 0);
	memcpy(in->data, sent.p, sent.n);
	in->tail = sent.n;
	r = sent.n == 0 ? FLOW_MORE : flow_take(&f, in, again.out, NULL, &o);
	collect(to, &o);
	if (row->out == FRAMING_CHUNKED)
		assert_int_equal(r == FLOW_DONE, done);
	flow_clear(&f);
	buf_clear(&framed);
	free(in);
}

static void
means_the_same_however_the_bytes_come(void **state)
{
	struct block *in = block_new();
	struct buf sent, payload;
	struct flow f;

	(void)state;
	buf_init(&sent, 65536);
	buf_init(&payload, 65536);
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];

		for (size_t n = 1; n <= strlen(row->bytes); n++) {
			sent.n = payload.n = 0;
			assert_int_equal(
			    take(row, n, &f, in, &sent), row->result);
			assert_int_equal(f.bytes, strlen(row->payload));
			flow_clear(&f);
			if (row->result == FLOW_BAD || row->out == FRAMING_NONE)
				continue;
			read_back(row, buf_view(&sent),
			    row->result == FLOW_DONE, &payload);
			assert_true(span_eq(
			    buf_view(&payload), span_str(row->payload)));
			assert_true(
			    span_eq(block_view(in), span_str(row->rest)));
		}
	}
	buf_clear(&sent);
	buf_clear(&payload);
	free(in);
}

static void
hands_plain_payload_on_without_copying_it(void **state)
{
	struct block *in = block_new();
	struct flow_out o;
	struct buf framed;
	struct flow f;

	(void)state;
	buf_init(&framed, 64);
	memset(in->data, 'x', 60000);
	in->head = 100;
	in->tail = 60000;
	o = (struct flow_out){ .framed = &framed };
	flow_init(&f, FRAMING_LENGTH, 70000);
	assert_int_equal(
	    flow_take(&f, in, FRAMING_CHUNKED, NULL, &o), FLOW_MORE);
	assert_ptr_equal(o.direct.p, in->data + 100);
	assert_int_equal(o.direct.n, 59900);
	assert_int_equal(f.left, 10100);
	flow_clear(&f);
	buf_clear(&framed);
	free(in);
}

static void
decodes_with_the_ends_of_chunks(void **state)
{
	static const char bytes[] = "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
	struct block *in = block_new();
	struct buf to, bounds;
	uint64_t ends[2];
	struct flow f;

	(void)state;
	buf_init(&to, 64);
	buf_init(&bounds, 64);
	memcpy(in->data, bytes, sizeof(bytes) - 1);
	in->tail = sizeof(bytes) - 1;
	flow_init(&f, FRAMING_CHUNKED, 0);
	assert_int_equal(flow_decode(&f, in, NULL, &to, &bounds), FLOW_DONE);
	assert_true(span_eq(buf_view(&to), SPAN("hello")));
	assert_int_equal(bounds.n, sizeof(ends));
	memcpy(ends, bounds.data, sizeof(ends));
	assert_int_equal(ends[0], 2);
	assert_int_equal(ends[1], 5);
	flow_clear(&f);
	buf_clear(&to);
	buf_clear(&bounds);
	free(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves_payload_between_all_framings),
		cmocka_unit_test(means_the_same_however_the_bytes_come),
		cmocka_unit_test(hands_plain_payload_on_without_copying_it),
		cmocka_unit_test(decodes_with_the_ends_of_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
