/* An answer that breaks HTTP/1.1 in one named way, byte by byte on purpose. */
#include "fault/fault.h"

enum malformed_kind {
	MALFORMED_STATUS_LINE,
	MALFORMED_HEADER,
	MALFORMED_CHUNK_SIZE,
	MALFORMED_LENGTH_SHORT,
	MALFORMED_LENGTH_LONG,
	MALFORMED_TWO_LENGTHS,
	MALFORMED_HUGE_HEADER,
	MALFORMED_GARBAGE,
	MALFORMED_EARLY_EOF_CHUNKED
};

enum {
	MALFORMED_HUGE_MIN = 16 << 10,
	MALFORMED_HUGE_MAX = 1 << 20,
	MALFORMED_GARBAGE_N = 256
};

struct malformed_conf {
	int kind; /* enum malformed_kind */
	uint64_t size;
	uint32_t given;
};

static const struct span malformed_body = {
	"This answer is malformed on purpose.\n", 37
};

static void
malformed_length(struct buf *b, size_t n)
{
	buf_puts(b, "Content-Length: ");
	buf_u64(b, n);
	buf_puts(b, "\r\n");
}

static void
malformed_huge(struct buf *b, uint64_t size)
{
	char *to;

	buf_puts(b, "X-Huge: ");
	if ((to = buf_reserve(b, size)) != NULL) {
		memset(to, 'x', size);
		b->n += size;
	}
	buf_puts(b, "\r\n");
}

/* The fields that make the difference; all heads but these have one true
 * Content-Length. */
static void
malformed_fields(const struct malformed_conf *c, struct buf *b)
{
	size_t n = malformed_body.n;

	switch ((enum malformed_kind)c->kind) {
	case MALFORMED_CHUNK_SIZE:
	case MALFORMED_EARLY_EOF_CHUNKED:
		buf_puts(b, "Transfer-Encoding: chunked\r\n");
		return;
	case MALFORMED_LENGTH_SHORT:
		malformed_length(b, n / 2);
		return;
	case MALFORMED_LENGTH_LONG:
		malformed_length(b, n * 2);
		return;
	case MALFORMED_TWO_LENGTHS:
		malformed_length(b, n);
		malformed_length(b, n + 1);
		return;
	case MALFORMED_HEADER:
		buf_puts(b, "this line has no colon\r\nBad Name\x01: 1\r\n");
		break;
	case MALFORMED_HUGE_HEADER:
		malformed_huge(b, c->size);
		break;
	default:
		break;
	}
	malformed_length(b, n);
}

static void
malformed_write_body(const struct malformed_conf *c, struct buf *b)
{
	if (c->kind == MALFORMED_CHUNK_SIZE) {
		buf_puts(b, "xyz\r\n");
		buf_span(b, malformed_body);
		buf_puts(b, "\r\n0\r\n\r\n");
	} else if (c->kind == MALFORMED_EARLY_EOF_CHUNKED) {
		buf_puts(b, "25\r\n");
		buf_span(b, malformed_body);
		buf_puts(b, "\r\n");
	} else {
		buf_span(b, malformed_body);
	}
}

/* Whether a line is one of those that malformed_fields writes. */
static bool
malformed_is_length(struct span line)
{
	static const struct span name = { "Content-Length:", 15 };

	return line.n >= name.n &&
	       span_caseeq((struct span){ line.p, name.n }, name);
}

/* Writes the head of a correct reply again, wrong where it is to be wrong. */
static void
malformed_rewrite(
    const struct malformed_conf *c, struct span head, struct buf *to)
{
	bool first = true;

	while (head.n > 2) {
		const char *end = memchr(head.p, '\n', head.n);
		struct span line = { head.p, (size_t)(end + 1 - head.p) };

		head.p += line.n;
		head.n -= line.n;
		if (first && c->kind == MALFORMED_STATUS_LINE)
			buf_puts(to, "HTP/1.1 OK 200\r\n");
		else if (!malformed_is_length(line))
			buf_span(to, line);
		first = false;
	}
	malformed_fields(c, to);
	buf_puts(to, "\r\n");
	malformed_write_body(c, to);
}

/* Bytes that cannot be taken for HTTP: the first one has its high bit set. */
static void
malformed_garbage(struct rng *rng, struct buf *b)
{
	for (unsigned i = 0; i < MALFORMED_GARBAGE_N; i++)
		buf_putc(b, (char)(rng_next(rng) >> 56));
	b->data[0] |= (char)0x80;
}

static const char *
malformed_unfit(const struct malformed_conf *c, const struct facts *facts)
{
	bool chunked = c->kind == MALFORMED_CHUNK_SIZE ||
		       c->kind == MALFORMED_EARLY_EOF_CHUNKED;
	bool body = chunked || c->kind == MALFORMED_LENGTH_SHORT ||
		    c->kind == MALFORMED_LENGTH_LONG;

	if (facts->proto != PROTO_H1)
		return "only HTTP/1.1 can be malformed in this way";
	if (chunked && facts->head->minor == 0)
		return "HTTP/1.0 has no chunks";
	if (body && method_is_head(facts->head->method))
		return "an answer to HEAD has no body that could be wrong";
	return NULL;
}

static struct step
malformed_on_request(struct fault *f)
{
	const struct malformed_conf *c = f->conf;
	struct reply_spec spec = { .status = 200,
		.body = malformed_body,
		.has_body = true,
		.content_type = SPAN("text/plain") };
	const char *unfit = malformed_unfit(c, f->facts);
	struct step step;
	struct buf raw;

	if (unfit != NULL)
		return step_skip(unfit);
	step = fault_reply(f, &spec);
	buf_init(&raw, 2 * MALFORMED_HUGE_MAX);
	if (c->kind == MALFORMED_GARBAGE)
		malformed_garbage(&f->rng, &raw);
	else
		malformed_rewrite(c,
		    (struct span){ f->reply->raw.data, f->reply->head_n },
		    &raw);
	if (method_is_head(f->facts->head->method) &&
	    c->kind != MALFORMED_GARBAGE)
		raw.n -= malformed_body.n;
	f->reply->raw.n = 0;
	f->reply->raw.max = raw.max;
	buf_span(&f->reply->raw, buf_view(&raw));
	buf_clear(&raw);
	step.kind = STEP_RAW;
	step.how = END_FIN;
	return step;
}

static const char *
malformed_check(const void *conf)
{
	const struct malformed_conf *c = conf;

	return (c->given & 2) != 0 && c->kind != MALFORMED_HUGE_HEADER
		   ? "only huge_header has a size"
		   : NULL;
}

static const char *const malformed_kinds[] = { "status_line", "header",
	"chunk_size", "length_short", "length_long", "two_lengths",
	"huge_header", "garbage", "early_eof_chunked", NULL };

static const struct param malformed_rows[] = {
	{ .name = "kind",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct malformed_conf, kind),
	    .help = "what is wrong with the answer",
	    .names = malformed_kinds,
	    .flags = PARAM_REQUIRED | PARAM_SCALAR },
	{ .name = "size",
	    .type = PARAM_SIZE,
	    .offset = offsetof(struct malformed_conf, size),
	    .min = MALFORMED_HUGE_MIN,
	    .max = MALFORMED_HUGE_MAX,
	    .fallback = "32KiB",
	    .help = "of huge_header: the length of its value" },
};

const struct fault_type fault_malformed = {
	.name = "malformed",
	.summary = "the answer breaks HTTP/1.1 in a named way, then the "
		   "connection ends",
	.class = FAULT_ENDS,
	.params = { PARAM_ROWS(malformed_rows),
	    .size = sizeof(struct malformed_conf),
	    .given = offsetof(struct malformed_conf, given),
	    .check = malformed_check },
	.may_pass = true,
	.on_request = malformed_on_request,
};
