/* Heads: finds the lines, has llhttp read the fields, applies the limits. */
#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "http/h1.h"

/* What differs between requests and responses while lines are found. */
struct h1_kind {
	bool (*start)(struct span line, struct head *h, struct h1_error *e);
	bool is_request;
	unsigned malformed, line_long, head_large; /* statuses to refuse with */
};

static const struct h1_kind h1_kind_request = { h1_request_line, true, 400, 414,
	431 };
static const struct h1_kind h1_kind_response = { h1_status_line, false, 502,
	502, 502 };

static enum h1_result
h1_refused(struct h1_error *e, unsigned status, const char *why)
{
	e->status = status;
	e->why = why;
	return H1_BAD;
}

/*
 * What can be said of a line before its end is known to be good: the same for
 * the same bytes however they were cut. A first byte that no method has is said
 * at once, for what comes is not HTTP (a TLS hello) and may never end a line.
 */
static enum h1_result
h1_within(const struct h1_scan *s, const struct h1_kind *kind, struct span line,
    size_t head_n, const struct h1_limits *limits, struct h1_error *e)
{
	struct span begin = line;

	if (begin.n > limits->line_max)
		begin.n = limits->line_max;
	if (!s->first && kind->is_request && begin.n > 0 &&
	    !h1_method_begins(begin))
		return h1_refused(e, 400, "malformed method");
	if (!s->first && line.n > limits->line_max)
		return h1_refused(e, kind->line_long, "start line too long");
	if (s->first && line.n > limits->field_max)
		return h1_refused(e, kind->head_large, "field too long");
	if (head_n > limits->head_max)
		return h1_refused(e, kind->head_large, "head too large");
	return H1_MORE;
}

static struct span
h1_without_cr(struct span line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* The rest of the input has no line end. */
static enum h1_result
h1_partial(struct h1_scan *s, const struct h1_kind *kind, struct span in,
    const struct h1_limits *limits, struct h1_error *e)
{
	struct span part = { in.p + s->line, in.n - s->line };

	s->at = in.n;
	return h1_within(
	    s, kind, h1_without_cr(part), in.n - s->skip, limits, e);
}

/* RFC 9112 5.2: a folded line is refused, or joined with spaces. */
static enum h1_result
h1_fold(const struct h1_scan *s, const struct h1_kind *kind, char *in,
    bool first_field, struct h1_error *e)
{
	if (kind->is_request || first_field)
		return h1_refused(e, kind->malformed, "folded field");
	in[s->line - 2] = ' ';
	in[s->line - 1] = ' ';
	return H1_MORE;
}

/*
 * Walks line by line to the empty one. A line ends in CRLF and holds no other
 * CR, so that no recipient can see other lines than we do.
 */
static enum h1_result
h1_lines(struct h1_scan *s, const struct h1_kind *kind, char *in, size_t n,
    const struct h1_limits *limits, struct head *h, struct h1_error *e)
{
	enum h1_result r;
	struct span line;
	char *lf;

	while ((lf = memchr(in + s->at, '\n', n - s->at)) != NULL) {
		line =
		    (struct span){ in + s->line, (size_t)(lf - in) - s->line };
		s->at = (size_t)(lf - in) + 1;
		r = h1_within(
		    s, kind, h1_without_cr(line), s->at - s->skip, limits, e);
		if (r == H1_BAD)
			return r;
		if (line.n == 0 ||
		    memchr(line.p, '\r', line.n) != line.p + line.n - 1)
			return h1_refused(
			    e, kind->malformed, "a bare CR or LF in the head");
		line.n--;
		if (!s->first && line.n == 0) {
			if (!kind->is_request || s->skip > 0)
				return h1_refused(e, kind->malformed,
				    "an empty line for a start line");
			s->skip = s->at;
		} else if (!s->first) {
			if (!kind->start(line, h, e))
				return H1_BAD;
			s->first = true;
			s->fields = s->at;
		} else if (line.n == 0) {
			return H1_DONE;
		} else if (line.p[0] == ' ' || line.p[0] == '\t') {
			r = h1_fold(s, kind, in, s->line == s->fields, e);
			if (r == H1_BAD)
				return r;
		}
		s->line = s->at;
	}
	return h1_partial(s, kind, (struct span){ in, n }, limits, e);
}

/* The fields of one head while llhttp reads them. */
struct h1_fields {
	struct head *head;
	unsigned max;
	bool complete, too_many;
};

static int
h1_on_name(llhttp_t *parser, const char *p, size_t n)
{
	struct h1_fields *f = parser->data;
	struct field *field = &f->head->fields[f->head->n_fields];

	if (f->head->n_fields == f->max)
		f->too_many = true;
	if (f->too_many || n == 0)
		return HPE_USER;
	field->name = (struct span){ p, n };
	field->value = (struct span){ p + n, 0 };
	return 0;
}

static int
h1_on_value(llhttp_t *parser, const char *p, size_t n)
{
	struct h1_fields *f = parser->data;

	f->head->fields[f->head->n_fields].value =
	    span_trim((struct span){ p, n });
	return 0;
}

static int
h1_on_field(llhttp_t *parser)
{
	struct h1_fields *f = parser->data;
	struct field *field = &f->head->fields[f->head->n_fields++];

	field->id = field_find(field->name);
	f->head->seen |= (uint64_t)1 << field->id;
	return 0;
}

static int
h1_on_complete(llhttp_t *parser)
{
	struct h1_fields *f = parser->data;

	f->complete = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t h1_settings = {
	.on_header_field = h1_on_name,
	.on_header_value = h1_on_value,
	.on_header_value_complete = h1_on_field,
	.on_headers_complete = h1_on_complete,
};

/* A parser that stands right after a start line, copied for each head. */
static llhttp_t h1_after_start;
static pthread_once_t h1_once = PTHREAD_ONCE_INIT;

static void
h1_prepare(void)
{
	static const char start[] = "POST / HTTP/1.1\r\n";

	llhttp_init(&h1_after_start, HTTP_REQUEST, &h1_settings);
	/* Framing is decided by h1_framing.c, which is stricter. */
	llhttp_set_lenient_chunked_length(&h1_after_start, 1);
	llhttp_set_lenient_transfer_encoding(&h1_after_start, 1);
	llhttp_execute(&h1_after_start, start, sizeof(start) - 1);
}

/* The field section with its empty line. */
static bool
h1_fields_read(
    struct span section, struct head *h, unsigned max, bool *too_manyp)
{
	struct h1_fields fields = { .head = h, .max = max };
	llhttp_t parser;

	assert(max <= HEAD_FIELDS_MAX);
	pthread_once(&h1_once, h1_prepare);
	parser = h1_after_start;
	parser.data = &fields;
	h->n_fields = 0;
	h->seen = 0;
	llhttp_execute(&parser, section.p, section.n);
	*too_manyp = fields.too_many;
	return fields.complete;
}

bool
h1_section(struct span section, struct head *h, unsigned max)
{
	bool too_many;

	return h1_fields_read(section, h, max, &too_many);
}

static enum h1_result
h1_read(struct h1_scan *s, const struct h1_kind *kind, char *in, size_t n,
    const struct h1_limits *limits, struct head *h, struct h1_error *e)
{
	enum h1_result r;
	bool too_many;

	r = h1_lines(s, kind, in, n, limits, h, e);
	if (r != H1_DONE)
		return r;
	h->raw = (struct span){ in + s->skip, s->at - s->skip };
	h->fields_at = s->fields - s->skip;
	h->framing = FRAMING_NONE;
	h->length = 0;
	h->upgrade = h->expect_continue = false;
	if (!h1_fields_read((struct span){ in + s->fields, s->at - s->fields },
		h, limits->n_fields, &too_many)) {
		if (too_many)
			return h1_refused(
			    e, kind->head_large, "too many fields");
		return h1_refused(e, kind->malformed, "malformed field");
	}
	return H1_DONE;
}

static void
h1_move(struct span *s, ptrdiff_t by)
{
	if (s->p != NULL)
		s->p += by;
}

/* The spans of a start line follow its bytes when the buffer moved. */
static void
h1_rebase(struct h1_scan *s, const char *in, struct head *h)
{
	ptrdiff_t by;

	if (s->base != NULL && s->base != in) {
		by = in - s->base;
		h1_move(&h->method, by);
		h1_move(&h->target, by);
		h1_move(&h->reason, by);
	}
	s->base = in;
}

enum h1_result
h1_request(struct h1_scan *scan, struct span in, const struct h1_limits *limits,
    struct head *h, struct h1_error *e)
{
	enum h1_result r;

	h1_rebase(scan, in.p, h);
	r = h1_read(scan, &h1_kind_request, (char *)in.p, in.n, limits, h, e);
	if (r == H1_DONE && !h1_request_framing(h, e))
		return H1_BAD;
	return r;
}

enum h1_result
h1_response(struct h1_scan *scan, char *in, size_t n,
    const struct h1_limits *limits, struct span method, struct head *h,
    struct h1_error *e)
{
	enum h1_result r;

	h1_rebase(scan, in, h);
	r = h1_read(scan, &h1_kind_response, in, n, limits, h, e);
	if (r == H1_DONE && !h1_response_framing(h, method, e))
		return H1_BAD;
	return r;
}
