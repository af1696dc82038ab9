/* Answer with a status code as the registry prescribes: the fault for every
 * code from 100 to 999. The hot path: all lines are made once per rule. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "fault/fault.h"
#include "fault/redirect.h"
#include "fault/retry.h"
#include "http/status.h"

enum { STATUS_LINES = 64 };

struct status_conf {
	int64_t code;
	const char *reason, *body, *content_type;
	struct param_pairs headers;
	struct retry_conf retry_after;
	uint32_t given;
};
enum {
	STATUS_GIVES_BODY = 1 << 3,
	STATUS_GIVES_TYPE = 1 << 4,
	STATUS_GIVES_RETRY = 1 << 5
};

struct status_shared {
	struct reply_spec spec; /* everything but the moment's lines */
	struct span lines[STATUS_LINES];
	char *text;
	struct retry *retry; /* NULL without retry_after */
};

struct status_state {
	bool interim_sent;
};

static bool
status_is_interim(int64_t code)
{
	return code >= 100 && code < 200 && code != 101;
}

static void *
status_shared_new(const void *conf)
{
	const struct status_conf *c = conf;
	struct status_shared *s = xcalloc(1, sizeof(*s));
	struct buf text;
	size_t at[STATUS_LINES + 1] = { 0 };

	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; i < c->headers.n; i++) {
		const struct param_pair *p = &c->headers.v[i];

		buf_puts(&text, p->name);
		buf_puts(&text, ": ");
		buf_puts(&text, p->value != NULL ? p->value : "");
		at[i + 1] = text.n;
	}
	s->text = buf_take(&text);
	for (size_t i = 0; i < c->headers.n; i++)
		s->lines[i] =
		    (struct span){ s->text + at[i], at[i + 1] - at[i] };
	s->spec = (struct reply_spec){
		.status = (unsigned)c->code,
		.reason = span_str(c->reason),
		.body = span_str(c->body),
		.has_body = (c->given & STATUS_GIVES_BODY) != 0,
		.content_type = span_str(c->content_type),
		.lines = s->lines,
		.n_lines = (unsigned)c->headers.n,
	};
	if ((c->given & STATUS_GIVES_RETRY) != 0)
		s->retry = retry_new(&c->retry_after);
	return s;
}

static void
status_shared_free(void *shared)
{
	struct status_shared *s = shared;

	if (s == NULL)
		return;
	retry_free(s->retry);
	free(s->text);
	free(s);
}

/* The reply with lines that are not the same for every exchange. */
static struct step
status_reply_retry(struct fault *f, struct status_shared *s)
{
	struct span lines[STATUS_LINES + 2];
	struct lines text = { 0 };
	struct reply_spec spec = s->spec;
	struct step step;

	memcpy(lines, s->lines, spec.n_lines * sizeof(lines[0]));
	retry_add(s->retry, f, RETRY_AFTER_NONE, &text, lines, &spec.n_lines);
	spec.lines = lines;
	step = fault_reply(f, &spec);
	retry_told(s->retry, f);
	lines_clear(&text);
	return step;
}

static struct step
status_interim(struct fault *f, const struct status_shared *s)
{
	struct status_state *st = f->state;
	struct reply_spec spec = s->spec;
	struct step step;

	if (st->interim_sent)
		return step_pass();
	if (f->facts->head->minor == 0 && f->facts->proto == PROTO_H1)
		return step_skip("HTTP/1.0 knows no interim responses");
	st->interim_sent = !f->asking;
	step = fault_reply(f, &spec);
	step.kind = STEP_INTERIM;
	return step;
}

/* Codes whose Location leads to the same resource again. */
static bool
status_redirects(int64_t code)
{
	return (code >= 300 && code <= 303) || code == 307 || code == 308;
}

static struct step
status_on_request(struct fault *f)
{
	const struct status_conf *c = f->conf;
	struct status_shared *s = f->shared;
	struct reply_spec spec;

	if (c->code == 444 || c->code == 499)
		return step_end(END_SILENT, (uint16_t)c->code);
	if (status_is_interim(c->code))
		return status_interim(f, s);
	if (c->code == 101 && !f->facts->head->upgrade)
		return step_skip("101 needs a request that asks to upgrade");
	if (status_redirects(c->code) && redirect_marked(f->facts->query))
		return step_skip("the request follows such a redirect");
	if (s->retry != NULL)
		return status_reply_retry(f, s);
	spec = s->spec;
	return fault_reply(f, &spec);
}

static bool
status_early(void *shared, const struct facts *facts)
{
	struct status_shared *s = shared;

	return s->retry != NULL && retry_early(s->retry, facts) > 0;
}

static bool
status_by_client(const void *conf)
{
	const struct status_conf *c = conf;

	return c->retry_after.enforce;
}

static const char *
status_check(const void *conf)
{
	const struct status_conf *c = conf;
	const struct status *row = status_rules((unsigned)c->code);
	const char *why;

	if (c->headers.n > STATUS_LINES)
		return "more than 64 header fields for a reply";
	if ((why = param_check_fields(&c->headers)) != NULL)
		return why;
	if (param_has_controls(c->reason) ||
	    param_has_controls(c->content_type))
		return "reason and content_type cannot hold control characters "
		       "or line breaks";
	if ((c->code == 444 || c->code == 499) && (c->given & ~1u) != 0)
		return "444 and 499 close the connection without a response, "
		       "which has neither fields nor a body";
	if ((c->given & STATUS_GIVES_BODY) != 0 &&
	    (row->body == STATUS_BODY_NONE || row->body == STATUS_BODY_EMPTY))
		return "a response with this status code has no body";
	if ((c->given & STATUS_GIVES_RETRY) != 0 && c->code < 200)
		return "an interim response cannot tell when to retry";
	return retry_check(&c->retry_after);
}

static const struct param status_rows[] = {
	{ .name = "code",
	    .type = PARAM_CODE,
	    .offset = offsetof(struct status_conf, code),
	    .help = "the status code, 100 to 999",
	    .flags = PARAM_REQUIRED | PARAM_SCALAR },
	{ .name = "reason",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct status_conf, reason),
	    .help = "the reason phrase instead of the registry's",
	    .flags = PARAM_BESIDE },
	{ .name = "headers",
	    .type = PARAM_PAIRS,
	    .offset = offsetof(struct status_conf, headers),
	    .help = "further fields; one of the registry's is replaced",
	    .flags = PARAM_BESIDE },
	{ .name = "body",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct status_conf, body),
	    .help = "the body instead of the registry's note",
	    .flags = PARAM_BESIDE },
	{ .name = "content_type",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct status_conf, content_type),
	    .help = "the body's type; else by Accept, or by the look of a "
		    "given body",
	    .flags = PARAM_BESIDE },
	{ .name = "retry_after",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct status_conf, retry_after),
	    .help = "how long the client is told to wait",
	    .sub = &retry_set,
	    .flags = PARAM_BESIDE },
};

const struct fault_type fault_status = {
	.name = "status",
	.summary = "the client gets this status code instead of an answer",
	.class = FAULT_ENDS,
	.params = { PARAM_ROWS(status_rows), .size = sizeof(struct status_conf),
	    .given = offsetof(struct status_conf, given),
	    .check = status_check },
	.state_size = sizeof(struct status_state),
	.shared_new = status_shared_new,
	.shared_free = status_shared_free,
	.may_pass = true,
	.on_request = status_on_request,
	.early = status_early,
	.by_client = status_by_client,
};
