#include "http/reply.h"

#include <assert.h>

#include "base/clock.h"
#include "http/date.h"
#include "http/lines.h"
#include "http/reply_body.h"
#include "http/reply_fields.h"

/* Bounded by the scenario that holds the bodies, not by a peer. */
static const size_t reply_max = (size_t)1 << 32;

static void
reply_status_line(struct reply_job *j)
{
	char *to = buf_reserve(j->to, 13 + j->reason.n + 2);
	unsigned code = j->code;

	memcpy(to, "HTTP/1.1 000 ", 13);
	to[9] = (char)('0' + code / 100);
	to[10] = (char)('0' + code / 10 % 10);
	to[11] = (char)('0' + code % 10);
	memcpy(to + 13, j->reason.p, j->reason.n);
	memcpy(to + 13 + j->reason.n, "\r\n", 2);
	j->to->n += 13 + j->reason.n + 2;
}

static void
reply_date(struct reply_job *j)
{
	struct span given;
	char *to;

	if (reply_given(j, SPAN("Date"), &given))
		return;
	to = buf_reserve(j->to, 6 + DATE_LEN + 2);
	memcpy(to, "Date: ", 6);
	date_write((int64_t)(j->facts->wall_ns / NS_PER_S), to + 6);
	memcpy(to + 6 + DATE_LEN, "\r\n", 2);
	j->to->n += 6 + DATE_LEN + 2;
}

/* The spec's lines as they are, and what they mean for the connection: a length
 * that is not the body's, or a coding that the body does not have, leaves the
 * client without an end but the connection's. */
static void
reply_lines(struct reply_job *j, struct reply *r)
{
	struct span name, value, token;

	for (unsigned i = 0; i < j->spec->n_lines; i++) {
		buf_span(j->to, j->spec->lines[i]);
		buf_put(j->to, "\r\n", 2);
		lines_split(j->spec->lines[i], &name, &value);
		switch (field_find(name)) {
		case FIELD_CONNECTION:
			while (list_next(&value, &token))
				r->close |= span_caseeq(token, SPAN("close"));
			break;
		case FIELD_TRANSFER_ENCODING:
			r->close = true;
			break;
		default:
			break;
		}
	}
}

static void
reply_connection(struct reply_job *j, const struct reply *r)
{
	bool close = r->close, keep = !close && j->head->minor == 0;

	if (j->upgrade)
		reply_put(j, SPAN("Connection"),
		    close  ? SPAN("upgrade, close")
		    : keep ? SPAN("upgrade, keep-alive")
			   : SPAN("upgrade"));
	else if (close || keep)
		reply_put(j, SPAN("Connection"),
		    close ? SPAN("close") : SPAN("keep-alive"));
}

/* A given body's type by its first byte. */
static struct span
reply_type_by_look(struct span body)
{
	size_t i = 0;

	while (i < body.n && strchr(" \t\r\n", body.p[i]) != NULL)
		i++;
	if (i < body.n && (body.p[i] == '{' || body.p[i] == '['))
		return reply_body_type(REPLY_JSON);
	return reply_body_type(REPLY_TEXT);
}

/* Ends the head with the length of a body of n bytes. The text has room for
 * LENGTH_ROOM bytes. */
enum { LENGTH_ROOM = sizeof("Content-Length: 18446744073709551615\r\n\r\n") };
static size_t
reply_length(const struct reply_job *j, uint64_t n, char to[LENGTH_ROOM])
{
	struct span given;
	struct buf b = { .data = to, .cap = LENGTH_ROOM, .max = LENGTH_ROOM };

	if (!reply_given(j, SPAN("Content-Length"), &given) &&
	    !reply_given(j, SPAN("Transfer-Encoding"), &given)) {
		buf_put(&b, "Content-Length: ", 16);
		buf_u64(&b, n);
		buf_put(&b, "\r\n", 2);
	}
	buf_put(&b, "\r\n", 2);
	return b.n;
}

/* Whether the spec's own Content-Length differs from the body's. */
static bool
reply_length_lies(const struct reply_job *j, uint64_t n)
{
	struct span given;
	uint64_t v = 0;

	if (!reply_given(j, SPAN("Content-Length"), &given))
		return false;
	for (size_t i = 0; i < given.n; i++) {
		if (given.p[i] < '0' || given.p[i] > '9' || v > n)
			return true;
		v = v * 10 + (uint64_t)(given.p[i] - '0');
	}
	return given.n == 0 || v != n;
}

static void
reply_given_body(struct reply_job *j, struct reply *r)
{
	struct span body = j->spec->body, type = j->spec->content_type;
	char length[LENGTH_ROOM];

	if (type.n == 0)
		type = reply_type_by_look(body);
	reply_put(j, SPAN("Content-Type"), type);
	r->close |= reply_length_lies(j, body.n);
	reply_connection(j, r);
	buf_put(j->to, length, reply_length(j, body.n, length));
	r->head_n = j->to->n;
	if (!method_is_head(j->head->method))
		buf_span(j->to, body);
}

/* The body's length is known once it is written: it is written behind a gap
 * that the last field then fills. */
static void
reply_made_body(struct reply_job *j, struct reply *r)
{
	bool varies;
	enum reply_form form = reply_body_form(j, &varies);
	struct span type = j->spec->content_type;
	char length[LENGTH_ROOM];
	size_t at, n, k;

	reply_put(
	    j, SPAN("Content-Type"), type.n > 0 ? type : reply_body_type(form));
	if (varies && j->rules->cacheable)
		reply_put(j, SPAN("Vary"), SPAN("Accept"));
	/* Nobody can state the length of a text that brownout makes up. */
	r->close |= reply_length_lies(j, UINT64_MAX);
	reply_connection(j, r);
	at = j->to->n;
	buf_reserve(j->to, LENGTH_ROOM);
	j->to->n += LENGTH_ROOM;
	reply_body_put(j, form);
	n = j->to->n - at - LENGTH_ROOM;
	k = reply_length(j, n, length);
	memcpy(j->to->data + at, length, k);
	r->head_n = at + k;
	j->to->n = r->head_n;
	if (method_is_head(j->head->method))
		return;
	memmove(j->to->data + r->head_n, j->to->data + at + LENGTH_ROOM, n);
	j->to->n += n;
}

static void
reply_no_body(struct reply_job *j, struct reply *r)
{
	if (j->rules->interim)
		r->close = false;
	else
		reply_connection(j, r);
	if (j->rules->body == STATUS_BODY_EMPTY)
		reply_put(j, SPAN("Content-Length"), SPAN("0"));
	buf_put(j->to, "\r\n", 2);
	r->head_n = j->to->n;
}

static struct reply_job
reply_start(
    struct reply *r, const struct reply_spec *spec, const struct facts *facts)
{
	static const struct head none = { .minor = 1 };
	struct reply_job j = { .spec = spec,
		.facts = facts,
		.code = spec->status,
		.to = &r->raw };

	j.head = facts->head != NULL ? facts->head : &none;
	j.rules = status_rules(spec->status);
	j.reason =
	    spec->reason.n > 0 ? spec->reason : span_str(j.rules->reason);
	j.detail = spec->what.n > 0 ? spec->what : span_str(j.rules->detail);
	j.temporary = j.rules->temporary;
	return j;
}

void
reply_make(struct reply *r, const struct reply_spec *spec,
    const struct facts *facts, bool keep)
{
	struct reply_job j = reply_start(r, spec, facts);

	r->raw.max = reply_max;
	r->raw.n = 0;
	r->raw.overflow = false;
	r->status = spec->status;
	r->close = !j.rules->interim && (!keep || j.rules->closes);
	r->upgrade = spec->status == 101;
	r->retry_after_ns =
	    retry_after_of_lines(spec->lines, spec->n_lines, facts->wall_ns);
	r->head_n = 0;
	if (j.rules->body == STATUS_BODY_SILENT)
		return;
	j.temporary |= r->retry_after_ns != RETRY_AFTER_NONE;
	reply_status_line(&j);
	if (!j.rules->interim)
		reply_date(&j);
	reply_code_fields(&j);
	reply_lines(&j, r);
	if (spec->mark.n > 0)
		reply_put(&j, SPAN("X-Brownout"), spec->mark);
	if (j.rules->body == STATUS_BODY_NONE ||
	    j.rules->body == STATUS_BODY_EMPTY)
		reply_no_body(&j, r);
	else if (spec->has_body)
		reply_given_body(&j, r);
	else
		reply_made_body(&j, r);
	assert(!r->raw.overflow);
}

void
reply_clear(struct reply *r)
{
	buf_clear(&r->raw);
	*r = (struct reply){ 0 };
}
