/* Damage the response's body without changing its length: flipped bytes, JSON
 * that is none, a gzip that does not unpack. */
#include <stdlib.h>

#include "base/units.h"
#include "base/xalloc.h"
#include "fault/fault.h"
#include "http/edit.h"

enum {
	CORRUPT_BYTES_MAX = 4096,
	/* Of a body of unknown length so much is kept back to choose from. */
	CORRUPT_WINDOW = 4096
};

struct corrupt_conf {
	int64_t bytes;
	bool json;
	int encoding;
	uint32_t given;
};
enum { CORRUPT_BYTES = 1, CORRUPT_JSON = 2, CORRUPT_ENCODING = 4 };

struct corrupt_state {
	struct buf window;
	uint64_t *at; /* places to flip, sorted; NULL: not drawn yet */
	size_t n;
	bool idle; /* nothing (more) to damage */
};

static int
corrupt_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool
corrupt_has(const struct corrupt_state *st, uint64_t at)
{
	for (size_t i = 0; i < st->n; i++)
		if (st->at[i] == at)
			return true;
	return false;
}

/* Draws n different places within a length (Floyd 1987), all of it when it is
 * not longer. */
static void
corrupt_draw(
    struct corrupt_state *st, struct rng *rng, uint64_t n, uint64_t length)
{
	if (n > length)
		n = length;
	st->at = xcalloc(n > 0 ? n : 1, sizeof(st->at[0]));
	for (uint64_t top = length - n; top < length; top++) {
		uint64_t at = rng_upto(rng, top + 1);

		st->at[st->n] = corrupt_has(st, at) ? top : at;
		st->n++;
	}
	qsort(st->at, st->n, sizeof(st->at[0]), corrupt_compare);
}

/* Flips the drawn places among the n bytes at p, the first of which is byte
 * `offset` of the body. */
static void
corrupt_flip(const struct corrupt_state *st, struct rng rng, char *p, size_t n,
    uint64_t offset)
{
	for (size_t i = 0; i < st->n; i++) {
		char mask = (char)(1 + rng_upto(&rng, 255));

		if (st->at[i] >= offset && st->at[i] < offset + n)
			p[st->at[i] - offset] ^= mask;
	}
}

static struct span
corrupt_field(const struct head_edit *e, struct span name)
{
	for (unsigned i = 0; i < e->n; i++)
		if (span_caseeq(e->lines[i].name, name))
			return e->lines[i].value;
	return (struct span){ 0 };
}

static struct step
corrupt_on_response(struct fault *f, struct head_edit *e)
{
	const struct corrupt_conf *c = f->conf;
	struct corrupt_state *st = f->state;
	struct span type = corrupt_field(e, SPAN("Content-Type"));
	struct span text = corrupt_field(e, SPAN("Content-Length"));
	int64_t length;

	buf_init(&st->window, CORRUPT_WINDOW);
	st->idle = true;
	if (e->status == 204 || e->status == 304)
		return step_skip("the response has no body");
	if (c->json && type.n > 0 && memmem(type.p, type.n, "json", 4) == NULL)
		return step_skip("the response is not JSON");
	st->idle = false;
	if ((c->given & CORRUPT_ENCODING) != 0)
		edit_set(e, SPAN("Content-Encoding"), SPAN("gzip"));
	if ((c->given & CORRUPT_BYTES) != 0 && !e->framing_changed &&
	    text.p != NULL && units_int(text, 0, INT64_MAX, &length) == NULL)
		corrupt_draw(st, &f->rng, (uint64_t)c->bytes, (uint64_t)length);
	return step_pass();
}

/* Flips at places that are known: bytes pass as they come. */
static void
corrupt_pass(struct fault *f, struct piece *piece)
{
	size_t at = piece->out->n, n = piece->in.n;
	uint64_t offset = piece->offset;

	piece_move(piece, n);
	if (n > 0 && piece->out->n == at + n)
		corrupt_flip(
		    f->state, f->rng, piece->out->data + at, n, offset);
}

/* Keeps the beginning of a body of unknown length back until it is long enough
 * to choose from, or over. */
static void
corrupt_collect(struct fault *f, struct piece *piece)
{
	const struct corrupt_conf *c = f->conf;
	struct corrupt_state *st = f->state;
	size_t room = st->window.max - st->window.n;
	size_t n = piece->in.n < room ? piece->in.n : room;

	buf_put(&st->window, piece->in.p, n);
	piece->in.p += n;
	piece->in.n -= n;
	piece->offset += n;
	if (st->window.n < st->window.max && !piece->last)
		return;
	corrupt_draw(st, &f->rng, (uint64_t)c->bytes, st->window.n);
	if (st->window.n > 0)
		corrupt_flip(st, f->rng, st->window.data, st->window.n, 0);
	buf_span(piece->out, buf_view(&st->window));
	buf_clear(&st->window);
	piece_move(piece, piece->in.n);
}

/* The first byte that is no white space becomes one with which no JSON text
 * begins (RFC 8259 2); of a gzip the first byte of its magic goes. */
static void
corrupt_first(struct fault *f, struct piece *piece)
{
	const struct corrupt_conf *c = f->conf;
	struct corrupt_state *st = f->state;
	size_t i = piece->out->n, n = piece->in.n;
	char *p;

	piece_move(piece, n);
	if (piece->out->n != i + n)
		return;
	p = piece->out->data;
	for (; i < piece->out->n; i++) {
		if (c->json && strchr(" \t\r\n", p[i]) != NULL && p[i] != '\0')
			continue;
		if (c->json)
			p[i] = p[i] == '[' ? ']' : '}';
		else if (p[i] == 0x1f)
			p[i] = 0x1e;
		st->idle = true;
		return;
	}
}

static struct step
corrupt_on_body(struct fault *f, struct piece *piece)
{
	const struct corrupt_conf *c = f->conf;
	struct corrupt_state *st = f->state;

	if (st->idle)
		piece_move(piece, piece->in.n);
	else if ((c->given & CORRUPT_BYTES) == 0)
		corrupt_first(f, piece);
	else if (st->at != NULL)
		corrupt_pass(f, piece);
	else
		corrupt_collect(f, piece);
	if (piece->last && piece->offset == 0 && !st->idle) {
		st->idle = true;
		return step_bypass("the body is empty");
	}
	return step_pass();
}

static void
corrupt_on_end(struct fault *f)
{
	struct corrupt_state *st = f->state;

	buf_clear(&st->window);
	free(st->at);
	st->at = NULL;
}

static const char *
corrupt_check(const void *conf)
{
	const struct corrupt_conf *c = conf;

	if (c->given == 0)
		return "corrupt is one of {bytes: N}, {json: true}, "
		       "{encoding: gzip}";
	if ((c->given & CORRUPT_JSON) != 0 && !c->json)
		return "json: false does nothing; leave it out";
	return NULL;
}

static const char *const corrupt_encodings[] = { "gzip", NULL };

static const struct param corrupt_rows[] = {
	{ .name = "bytes",
	    .type = PARAM_INT,
	    .offset = offsetof(struct corrupt_conf, bytes),
	    .min = 1,
	    .max = CORRUPT_BYTES_MAX,
	    .help = "so many bytes of the body are flipped, at places that "
		    "follow from the seed (of a body of unknown length, within "
		    "its first 4 KiB)",
	    .flags = PARAM_SCALAR },
	{ .name = "json",
	    .type = PARAM_BOOL,
	    .offset = offsetof(struct corrupt_conf, json),
	    .help = "a JSON body is no valid JSON any more" },
	{ .name = "encoding",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct corrupt_conf, encoding),
	    .help = "claims this Content-Encoding, and does not unpack",
	    .names = corrupt_encodings },
};

const struct fault_type fault_corrupt = {
	.name = "corrupt",
	.summary = "the body is damaged, its length is not",
	.class = FAULT_CHANGES,
	.params = { PARAM_ROWS(corrupt_rows),
	    .size = sizeof(struct corrupt_conf),
	    .given = offsetof(struct corrupt_conf, given),
	    .exclusive = CORRUPT_BYTES | CORRUPT_JSON | CORRUPT_ENCODING,
	    .check = corrupt_check },
	.state_size = sizeof(struct corrupt_state),
	.on_response = corrupt_on_response,
	.bodies = 1 << SIDE_RESPONSE,
	.on_body = corrupt_on_body,
	.on_end = corrupt_on_end,
};
