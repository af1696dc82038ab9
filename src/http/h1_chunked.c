/* The chunked coding, undone by llhttp and watched over here. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "http/h1.h"

enum {
	CHUNK_EXTENSION_MAX = 4096, /* bytes of extensions of one chunk */
	CHUNK_OVERHEAD_MAX = 16384, /* bytes without payload, roughly */
	TRAILERS_MAX = 16384
};

static int
chunked_on_data(llhttp_t *parser, const char *p, size_t n)
{
	struct h1_chunked *c = parser->data;

	c->bytes += n;
	c->overhead = 0;
	c->sink->data(c->sink->arg, (struct span){ p, n });
	return 0;
}

static int
chunked_on_chunk(llhttp_t *parser)
{
	struct h1_chunked *c = parser->data;

	if (c->last)
		return 0;
	c->chunks++;
	c->sink->chunk(c->sink->arg);
	return 0;
}

static int
chunked_on_size(llhttp_t *parser)
{
	struct h1_chunked *c = parser->data;

	c->extension = 0;
	c->last = parser->content_length == 0;
	return 0;
}

static int
chunked_on_extension(llhttp_t *parser, const char *p, size_t n)
{
	struct h1_chunked *c = parser->data;

	(void)p;
	c->extension += n;
	if (c->extension <= CHUNK_EXTENSION_MAX)
		return 0;
	c->why = "chunk extensions too long";
	return HPE_USER;
}

static int
chunked_on_name(llhttp_t *parser, const char *p, size_t n)
{
	struct h1_chunked *c = parser->data;

	if (c->line.n == 0)
		c->value_seen = false;
	buf_put(&c->line, p, n);
	c->name_n = c->line.n;
	return 0;
}

static int
chunked_on_value(llhttp_t *parser, const char *p, size_t n)
{
	struct h1_chunked *c = parser->data;

	if (!c->value_seen)
		buf_puts(&c->line, ": ");
	c->value_seen = true;
	buf_put(&c->line, p, n);
	return 0;
}

/* Trailers that would change framing, routing or the connection are dropped
 * (RFC 9110 6.5.1). */
static bool
trailer_allowed(struct span name)
{
	switch (field_find(name)) {
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

static int
chunked_on_trailer(llhttp_t *parser)
{
	struct h1_chunked *c = parser->data;
	struct span line = buf_view(&c->line);

	if (c->line.overflow || line.n > TRAILERS_MAX - c->trailers.n) {
		c->why = "trailers too large";
		return HPE_USER;
	}
	if (trailer_allowed((struct span){ line.p, c->name_n })) {
		buf_span(&c->trailers, line);
		buf_puts(&c->trailers, c->value_seen ? "\r\n" : ":\r\n");
	}
	c->line.n = 0;
	return 0;
}

static int
chunked_on_complete(llhttp_t *parser)
{
	struct h1_chunked *c = parser->data;

	c->done = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t chunked_settings = {
	.on_body = chunked_on_data,
	.on_chunk_header = chunked_on_size,
	.on_chunk_complete = chunked_on_chunk,
	.on_chunk_extension_name = chunked_on_extension,
	.on_chunk_extension_value = chunked_on_extension,
	.on_header_field = chunked_on_name,
	.on_header_value = chunked_on_value,
	.on_header_value_complete = chunked_on_trailer,
	.on_message_complete = chunked_on_complete,
};

/* A parser that stands right after a head, copied for each body. */
static llhttp_t chunked_after_head;
static pthread_once_t chunked_once = PTHREAD_ONCE_INIT;

static void
chunked_prepare(void)
{
	static const llhttp_settings_t none;
	static const char head[] =
	    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

	llhttp_init(&chunked_after_head, HTTP_REQUEST, &none);
	llhttp_execute(&chunked_after_head, head, sizeof(head) - 1);
	chunked_after_head.settings = (void *)(uintptr_t)&chunked_settings;
}

void
h1_chunked_init(struct h1_chunked *c)
{
	pthread_once(&chunked_once, chunked_prepare);
	*c = (struct h1_chunked){ .parser = chunked_after_head };
	buf_init(&c->trailers, TRAILERS_MAX + 64);
	buf_init(&c->line, TRAILERS_MAX);
}

void
h1_chunked_clear(struct h1_chunked *c)
{
	buf_clear(&c->trailers);
	buf_clear(&c->line);
}

enum h1_result
h1_chunked_feed(struct h1_chunked *c, struct span in,
    const struct h1_sink *sink, size_t *usedp)
{
	llhttp_errno_t err;

	assert(!c->done && c->why == NULL);
	*usedp = in.n;
	if (in.n == 0)
		return H1_MORE;
	c->overhead += in.n;
	c->sink = sink;
	c->parser.data = c;
	err = llhttp_execute(&c->parser, in.p, in.n);
	c->sink = NULL;
	if (c->done) {
		*usedp = (size_t)(llhttp_get_error_pos(&c->parser) - in.p);
		/* llhttp takes a bare LF for the very last line end. */
		if ((*usedp > 1 ? in.p[*usedp - 2] : c->before) == '\r')
			return H1_DONE;
		c->why = "malformed end of a chunked body";
	}
	c->before = in.p[in.n - 1];
	if (err != HPE_OK && c->why == NULL)
		c->why = "malformed chunk";
	/* One feed is at most a buffer, so the bound is kept within that. */
	if (c->overhead > CHUNK_OVERHEAD_MAX + in.n)
		c->why = "too many bytes without payload in a chunked body";
	return c->why != NULL ? H1_BAD : H1_MORE;
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
