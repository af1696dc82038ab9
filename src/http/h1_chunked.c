/*
 * The chunked coding, undone. Written here rather than left to llhttp 8.1,
 * which refuses quoted extension values and takes a bare LF for the last line
 * end; it stays the oracle of the fuzz target.
 */
#include <assert.h>
#include <string.h>

#include "http/h1.h"

enum {
	CHUNK_DIGITS_MAX = 15,      /* 2^60 bytes: no overflow is possible */
	CHUNK_EXTENSION_MAX = 4096, /* bytes of extensions of one chunk */
	TRAILERS_MAX = 16384,
	TRAILER_FIELDS_MAX = 64
};

enum chunk_state {
	CHUNK_SIZE,      /* at least one digit is needed */
	CHUNK_DIGITS,    /* more digits, or what follows the size */
	CHUNK_EXTENSION, /* dropped up to CR */
	CHUNK_QUOTED,    /* within a quoted-string */
	CHUNK_ESCAPED,   /* after a backslash in one */
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_TRAILERS
};

void
h1_chunked_init(struct h1_chunked *c)
{
	*c = (struct h1_chunked){ .state = CHUNK_SIZE };
	buf_init(&c->trailers, TRAILERS_MAX);
}

void
h1_chunked_clear(struct h1_chunked *c)
{
	buf_clear(&c->trailers);
}

static int
chunk_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum h1_result
chunk_bad(struct h1_chunked *c, const char *why)
{
	c->why = why;
	return H1_BAD;
}

static enum h1_result
chunk_size_digit(struct h1_chunked *c, char byte)
{
	int digit = chunk_digit(byte);

	if (digit >= 0) {
		if (++c->digits > CHUNK_DIGITS_MAX)
			return chunk_bad(c, "chunk size too large");
		c->left = c->left << 4 | (unsigned)digit;
		c->state = CHUNK_DIGITS;
		return H1_MORE;
	}
	if (c->state == CHUNK_SIZE)
		return chunk_bad(c, "malformed chunk size");
	c->extension = 0;
	if (byte == '\r')
		c->state = CHUNK_SIZE_LF;
	else if (byte == ';')
		c->state = CHUNK_EXTENSION;
	else
		return chunk_bad(c, "malformed chunk size");
	return H1_MORE;
}

/* Extensions are dropped, but must not hide a line end from anyone: no bare
 * CR or LF, no control, bounded (RFC 9112 7.1.1). */
static enum h1_result
chunk_extension(struct h1_chunked *c, char byte)
{
	if (++c->extension > CHUNK_EXTENSION_MAX)
		return chunk_bad(c, "chunk extensions too long");
	if (byte == '\r' && c->state == CHUNK_EXTENSION) {
		c->state = CHUNK_SIZE_LF;
		return H1_MORE;
	}
	if (((unsigned char)byte < ' ' && byte != '\t') || byte == 0x7f)
		return chunk_bad(c, "malformed chunk extension");
	if (c->state == CHUNK_ESCAPED)
		c->state = CHUNK_QUOTED;
	else if (byte == '"')
		c->state =
		    c->state == CHUNK_QUOTED ? CHUNK_EXTENSION : CHUNK_QUOTED;
	else if (byte == '\\' && c->state == CHUNK_QUOTED)
		c->state = CHUNK_ESCAPED;
	return H1_MORE;
}

/* Trailers that would change framing, routing or the connection are dropped
 * (RFC 9110 6.5.1). */
static bool
trailer_allowed(enum field_id id)
{
	switch (id) {
	case FIELD_CONNECTION:
	case FIELD_CONTENT_LENGTH:
	case FIELD_CONTENT_TYPE:
	case FIELD_AUTHORIZATION:
	case FIELD_COOKIE:
	case FIELD_EXPECT:
	case FIELD_HOST:
	case FIELD_KEEP_ALIVE:
	case FIELD_MAX_FORWARDS:
	case FIELD_PROXY_AUTHORIZATION:
	case FIELD_PROXY_CONNECTION:
	case FIELD_RANGE:
	case FIELD_TE:
	case FIELD_TRAILER:
	case FIELD_TRANSFER_ENCODING:
	case FIELD_UPGRADE:
		return false;
	default:
		return true;
	}
}

/* The trailer section is whole: keeps the lines that may pass, in place. */
static enum h1_result
chunk_trailers(struct h1_chunked *c)
{
	struct head h;
	struct buf kept;

	if (!h1_section(buf_view(&c->trailers), &h, TRAILER_FIELDS_MAX))
		return chunk_bad(c, "malformed trailer");
	buf_init(&kept, TRAILERS_MAX + 4 * TRAILER_FIELDS_MAX);
	for (unsigned i = 0; i < h.n_fields; i++) {
		if (!trailer_allowed(h.fields[i].id))
			continue;
		buf_span(&kept, h.fields[i].name);
		buf_puts(&kept, ": ");
		buf_span(&kept, h.fields[i].value);
		buf_puts(&kept, "\r\n");
	}
	buf_clear(&c->trailers);
	c->trailers = kept;
	c->done = true;
	return H1_DONE;
}

/* A byte of the trailer section, which ends with an empty line. */
static enum h1_result
chunk_trailer_byte(struct h1_chunked *c, char byte)
{
	struct buf *t = &c->trailers;

	if (t->n == t->max)
		return chunk_bad(c, "trailers too large");
	if (byte != '\n' && t->n > 0 && t->data[t->n - 1] == '\r')
		return chunk_bad(c, "a bare CR in the trailers");
	if (byte == '\n' && (t->n == 0 || t->data[t->n - 1] != '\r'))
		return chunk_bad(c, "a bare LF in the trailers");
	if ((byte == ' ' || byte == '\t') &&
	    (t->n == 0 || t->data[t->n - 1] == '\n'))
		return chunk_bad(c, "folded trailer");
	buf_putc(t, byte);
	if (byte != '\n')
		return H1_MORE;
	if (t->n == 2 ||
	    (t->n >= 4 && memcmp(t->data + t->n - 4, "\r\n\r\n", 4) == 0))
		return chunk_trailers(c);
	return H1_MORE;
}

/* One byte of anything but payload. */
static enum h1_result
chunk_byte(struct h1_chunked *c, char byte, const struct h1_sink *sink)
{
	switch (c->state) {
	case CHUNK_SIZE:
	case CHUNK_DIGITS:
		return chunk_size_digit(c, byte);
	case CHUNK_EXTENSION:
	case CHUNK_QUOTED:
	case CHUNK_ESCAPED:
		return chunk_extension(c, byte);
	case CHUNK_SIZE_LF:
		if (byte != '\n')
			return chunk_bad(c, "a bare CR after a chunk size");
		c->state = c->left > 0 ? CHUNK_DATA : CHUNK_TRAILERS;
		return H1_MORE;
	case CHUNK_DATA_CR:
		if (byte != '\r')
			return chunk_bad(c, "a chunk longer than its size");
		c->state = CHUNK_DATA_LF;
		return H1_MORE;
	case CHUNK_DATA_LF:
		if (byte != '\n')
			return chunk_bad(c, "a bare CR after a chunk");
		c->state = CHUNK_SIZE;
		c->digits = 0;
		c->chunks++;
		sink->chunk(sink->arg);
		return H1_MORE;
	default:
		return chunk_trailer_byte(c, byte);
	}
}

enum h1_result
h1_chunked_feed(struct h1_chunked *c, struct span in,
    const struct h1_sink *sink, size_t *usedp)
{
	enum h1_result r = H1_MORE;
	size_t i = 0, n;

	assert(!c->done && c->why == NULL);
	while (i < in.n && r == H1_MORE) {
		if (c->state != CHUNK_DATA) {
			r = chunk_byte(c, in.p[i++], sink);
			continue;
		}
		n = in.n - i < c->left ? in.n - i : (size_t)c->left;
		c->bytes += n;
		c->left -= n;
		sink->data(sink->arg, (struct span){ in.p + i, n });
		i += n;
		if (c->left == 0)
			c->state = CHUNK_DATA_CR;
	}
	*usedp = i;
	return r;
}

size_t
h1_chunk_open(char to[H1_CHUNK_OPEN], size_t n)
{
	static const char hex[] = "0123456789abcdef";
	unsigned digits = 1;

	assert(n > 0);
	while (digits < 16 && n >> (4 * digits) != 0)
		digits++;
	for (unsigned i = 0; i < digits; i++)
		to[i] = hex[n >> (4 * (digits - 1 - i)) & 15];
	to[digits] = '\r';
	to[digits + 1] = '\n';
	return digits + 2;
}
