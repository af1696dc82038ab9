/* Another body than the upstream's: replaced as a whole, or patched. */
#include "fault/fault.h"
#include "fault/patch.h"
#include "http/edit.h"

enum { BODY_PATCH_MAX = 8 << 20 };

struct body_conf {
	const char *replace, *content_type;
	struct param_pairs patch;
	uint32_t given;
};
enum { BODY_GIVES_TYPE = 2, BODY_GIVES_PATCH = 4 };

struct body_state {
	struct buf whole; /* of a body that is patched, until its end */
	bool idle; /* there is no body, or it passes as it is from here on */
	bool done; /* the replacement is out */
};

static const char *
body_unfit(const struct body_conf *c, const struct head_edit *e)
{
	if (e->status == 204 || e->status == 304 || e->status == 205)
		return "the response has no body";
	if ((c->given & BODY_GIVES_PATCH) == 0)
		return NULL;
	for (unsigned i = 0; i < e->n; i++) {
		if (span_caseeq(e->lines[i].name, SPAN("Content-Encoding")))
			return "a body with a content coding cannot be patched";
		if (span_caseeq(e->lines[i].name, SPAN("Content-Range")))
			return "a part of a body cannot be patched";
	}
	return NULL;
}

static struct step
body_on_response(struct fault *f, struct head_edit *e)
{
	const struct body_conf *c = f->conf;
	struct body_state *st = f->state;
	const char *unfit = body_unfit(c, e);

	if (unfit != NULL) {
		st->idle = true;
		return step_skip(unfit);
	}
	buf_init(&st->whole, BODY_PATCH_MAX);
	/* They describe a body that the client does not get. */
	edit_remove(e, SPAN("ETag"));
	edit_remove(e, SPAN("Content-MD5"));
	edit_remove(e, SPAN("Content-Digest"));
	e->framing_changed = true;
	e->has_length = c->replace != NULL;
	if (c->replace != NULL) {
		edit_remove(e, SPAN("Content-Encoding"));
		e->length = strlen(c->replace);
		if (c->content_type != NULL)
			edit_set(
			    e, SPAN("Content-Type"), span_str(c->content_type));
	}
	return step_pass();
}

/* Gives up: what was kept back goes out as it was, and so does the rest. */
static struct step
body_give_up(struct body_state *st, struct piece *piece, const char *why)
{
	buf_span(piece->out, buf_view(&st->whole));
	buf_clear(&st->whole);
	piece_move(piece, piece->in.n);
	st->idle = true;
	return step_bypass(why);
}

static struct step
body_patch(
    const struct body_conf *c, struct body_state *st, struct piece *piece)
{
	const char *why;

	if (piece->in.n > st->whole.max - st->whole.n)
		return body_give_up(st, piece, "the body is too long to patch");
	buf_span(&st->whole, piece->in);
	piece->in.p += piece->in.n;
	piece->in.n = 0;
	if (!piece->last)
		return step_pass();
	why = patch_body(&c->patch, buf_view(&st->whole), piece->out);
	if (why != NULL)
		return body_give_up(st, piece, why);
	buf_clear(&st->whole);
	st->idle = true;
	return step_pass();
}

static struct step
body_on_body(struct fault *f, struct piece *piece)
{
	const struct body_conf *c = f->conf;
	struct body_state *st = f->state;

	if (st->idle) {
		piece_move(piece, piece->in.n);
		return step_pass();
	}
	if (c->replace == NULL)
		return body_patch(c, st, piece);
	if (!st->done)
		buf_puts(piece->out, c->replace);
	st->done = true;
	piece->in.p += piece->in.n;
	piece->in.n = 0;
	return step_pass();
}

static void
body_on_end(struct fault *f)
{
	struct body_state *st = f->state;

	buf_clear(&st->whole);
}

static const char *
body_check(const void *conf)
{
	const struct body_conf *c = conf;

	if (c->replace == NULL && (c->given & BODY_GIVES_PATCH) == 0)
		return "body changes nothing: give replace or patch";
	if ((c->given & BODY_GIVES_PATCH) != 0 && c->patch.n == 0)
		return "patch has no entry";
	if ((c->given & BODY_GIVES_TYPE) != 0 && c->replace == NULL)
		return "content_type goes with replace";
	if (param_has_controls(c->content_type))
		return "content_type cannot hold control characters";
	for (size_t i = 0; i < c->patch.n; i++)
		if (c->patch.v[i].name[0] == '\0')
			return "a patch is named by a JSON pointer or by the "
			       "text to be replaced";
	return NULL;
}

static const struct param body_rows[] = {
	{ .name = "replace",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct body_conf, replace),
	    .help = "this body instead of the upstream's",
	    .flags = PARAM_SCALAR },
	{ .name = "content_type",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct body_conf, content_type),
	    .help = "the type of replace; else the upstream's" },
	{ .name = "patch",
	    .type = PARAM_PAIRS,
	    .offset = offsetof(struct body_conf, patch),
	    .help = "{/items/0/price: -1, /user: null}: values at JSON "
		    "pointers (null removes), or {old text: new text}" },
};

const struct fault_type fault_body = {
	.name = "body",
	.summary = "the answer has another body",
	.class = FAULT_CHANGES,
	.params = { PARAM_ROWS(body_rows), .size = sizeof(struct body_conf),
	    .given = offsetof(struct body_conf, given),
	    .exclusive = 1 | BODY_GIVES_PATCH, .check = body_check },
	.state_size = sizeof(struct body_state),
	.on_response = body_on_response,
	.bodies = 1 << SIDE_RESPONSE,
	.on_body = body_on_body,
	.on_end = body_on_end,
};
