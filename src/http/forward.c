#include "http/forward.h"

#include <string.h>

#define BIT(id) ((uint64_t)1 << FIELD_##id)

/* Fields that belong to one hop by themselves (RFC 9110 7.6.1). */
static const uint64_t forward_hop = BIT(CONNECTION) | BIT(KEEP_ALIVE) |
				    BIT(PROXY_CONNECTION) | BIT(TE) |
				    BIT(TRANSFER_ENCODING) | BIT(UPGRADE);

/* Fields that a Connection field cannot take away: without them the next hop
 * would see another message or another host. */
static const uint64_t forward_kept =
    BIT(CONTENT_LENGTH) | BIT(HOST) | BIT(CONTENT_TYPE) | BIT(DATE) |
    BIT(TRAILER) | BIT(VIA) | BIT(RANGE) | BIT(AUTHORIZATION) | BIT(COOKIE) |
    BIT(EXPECT) | BIT(MAX_FORWARDS) | BIT(X_FORWARDED_FOR) |
    BIT(X_FORWARDED_HOST) | BIT(X_FORWARDED_PROTO);

/* Whether a Connection field names anything beyond the usual options. */
static bool
forward_names_fields(const struct head *h)
{
	if ((h->seen & BIT(CONNECTION)) == 0)
		return false;
	for (unsigned i = 0; i < h->n_fields; i++) {
		struct span list = h->fields[i].value, item;

		if (h->fields[i].id != FIELD_CONNECTION)
			continue;
		while (list_next(&list, &item))
			if (!span_caseeq(item, SPAN("close")) &&
			    !span_caseeq(item, SPAN("keep-alive")) &&
			    !span_caseeq(item, SPAN("upgrade")))
				return true;
	}
	return false;
}

bool
forward_is_hop(const struct head *h, unsigned i)
{
	const struct field *f = &h->fields[i];
	uint64_t bit = (uint64_t)1 << f->id;

	if ((bit & forward_hop) != 0)
		return true;
	if (f->id != FIELD_OTHER && (bit & forward_kept) != 0)
		return false;
	return forward_names_fields(h) &&
	       head_has_token(h, FIELD_CONNECTION, f->name);
}

/* The bytes of field i with its line end, as received. */
static struct span
forward_line(const struct head *h, unsigned i)
{
	const char *end = i + 1 < h->n_fields ? h->fields[i + 1].name.p
					      : h->raw.p + h->raw.n - 2;

	return (struct span){ h->fields[i].name.p,
		(size_t)(end - h->fields[i].name.p) };
}

/* Copies the lines of all fields but those in drop or named by Connection,
 * neighbours in one piece. */
static void
forward_fields(struct buf *to, const struct head *h, uint64_t drop)
{
	bool named = forward_names_fields(h);
	struct span run = { NULL, 0 };

	for (unsigned i = 0; i < h->n_fields; i++) {
		const struct field *f = &h->fields[i];
		uint64_t bit = f->id == FIELD_OTHER ? 0 : (uint64_t)1 << f->id;
		struct span line;

		if ((bit & drop) != 0 || (named && forward_is_hop(h, i))) {
			buf_span(to, run);
			run.n = 0;
			continue;
		}
		line = forward_line(h, i);
		if (run.n == 0)
			run.p = line.p;
		run.n += line.n;
	}
	buf_span(to, run);
}

static void
forward_put(struct buf *to, struct span name, struct span value)
{
	buf_span(to, name);
	buf_put(to, ": ", 2);
	buf_span(to, value);
	buf_put(to, "\r\n", 2);
}

/* X-Forwarded-For: what came, and the address it came from. */
static void
forward_for(struct buf *to, const struct head *h, struct span client)
{
	buf_puts(to, "X-Forwarded-For: ");
	for (unsigned i = 0; i < h->n_fields; i++) {
		if (h->fields[i].id != FIELD_X_FORWARDED_FOR ||
		    h->fields[i].value.n == 0)
			continue;
		buf_span(to, h->fields[i].value);
		buf_put(to, ", ", 2);
	}
	buf_span(to, client);
	buf_put(to, "\r\n", 2);
}

/* Origin-form for the upstream: the path and query of an absolute target. */
static void
forward_target(struct buf *to, const struct head *h)
{
	struct span authority = target_authority(h->target), rest;

	if (authority.p == NULL) {
		buf_span(to, h->target);
		return;
	}
	rest.p = authority.p + authority.n;
	rest.n = h->target.n - (size_t)(rest.p - h->target.p);
	if (rest.n == 0 && span_eq(h->method, SPAN("OPTIONS")))
		buf_putc(to, '*');
	else if (rest.n == 0 || rest.p[0] != '/')
		buf_putc(to, '/');
	buf_span(to, rest);
}

/* RFC 9110 7.6.2: TRACE and OPTIONS may travel one hop less. */
static void
forward_max_forwards(struct buf *to, const struct field *f)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->value.n; i++) {
		unsigned d = (unsigned char)f->value.p[i] - '0';

		if (d > 9 || n > INT64_MAX / 20)
			break;
		n = n * 10 + d;
	}
	buf_puts(to, "Max-Forwards: ");
	buf_u64(to, n > 0 ? n - 1 : 0);
	buf_put(to, "\r\n", 2);
}

static bool
forward_counts_hops(const struct head *h)
{
	return (h->seen & BIT(MAX_FORWARDS)) != 0 &&
	       (span_eq(h->method, SPAN("TRACE")) ||
		   span_eq(h->method, SPAN("OPTIONS")));
}

static void
forward_connection(struct buf *to, const struct head *h)
{
	bool trailers = (h->seen & BIT(TE)) != 0 &&
			head_has_token(h, FIELD_TE, SPAN("trailers"));

	if (h->upgrade) {
		for (unsigned i = 0; i < h->n_fields; i++)
			if (h->fields[i].id == FIELD_UPGRADE)
				buf_span(to, forward_line(h, i));
		buf_puts(to, trailers
				 ? "Connection: upgrade, TE\r\nTE: trailers\r\n"
				 : "Connection: upgrade\r\n");
	} else if (trailers) {
		buf_puts(to, "Connection: TE\r\nTE: trailers\r\n");
	}
	if (h->framing == FRAMING_CHUNKED)
		buf_puts(to, "Transfer-Encoding: chunked\r\n");
}

void
forward_request(
    struct buf *to, const struct head *h, const struct forward_request *how)
{
	const struct field *host = head_field(h, FIELD_HOST);
	struct span authority = target_authority(h->target),
		    new_host = how->host;
	uint64_t drop = forward_hop | BIT(X_FORWARDED_FOR) |
			BIT(X_FORWARDED_HOST) | BIT(X_FORWARDED_PROTO);
	bool hops = forward_counts_hops(h);

	if (how->rewrite_host.n > 0)
		new_host = how->rewrite_host;
	else if (authority.p != NULL)
		new_host = authority;
	if (authority.p != NULL || how->rewrite_host.n > 0)
		drop |= BIT(HOST);
	if (hops)
		drop |= BIT(MAX_FORWARDS);
	buf_span(to, h->method);
	buf_putc(to, ' ');
	if (how->target.n > 0)
		buf_span(to, how->target);
	else
		forward_target(to, h);
	buf_puts(to, " HTTP/1.1\r\n");
	if (host == NULL || (drop & BIT(HOST)) != 0)
		forward_put(to, SPAN("Host"), new_host);
	forward_fields(to, h, drop);
	forward_connection(to, h);
	if (hops)
		forward_max_forwards(to, head_field(h, FIELD_MAX_FORWARDS));
	buf_puts(to,
	    h->minor > 0 ? "Via: 1.1 brownout\r\n" : "Via: 1.0 brownout\r\n");
	forward_for(to, h, how->client);
	if (authority.p == NULL && host != NULL)
		authority = host->value;
	if (authority.n > 0)
		forward_put(to, SPAN("X-Forwarded-Host"), authority);
	forward_put(to, SPAN("X-Forwarded-Proto"), how->scheme);
	buf_put(to, "\r\n", 2);
}

static void
forward_status_line(struct buf *to, unsigned status, struct span reason)
{
	char code[4] = { (char)('0' + status / 100),
		(char)('0' + status / 10 % 10), (char)('0' + status % 10),
		' ' };

	buf_put(to, "HTTP/1.1 ", 9);
	buf_put(to, code, 4);
	buf_span(to, reason);
	buf_put(to, "\r\n", 2);
}

/* What follows the fields of a final response. */
static void
forward_tail(struct buf *to, const struct forward_response *how, bool has_date,
    bool has_length)
{
	if (!has_date && how->date.n > 0)
		forward_put(to, SPAN("Date"), how->date);
	if (how->framing == FRAMING_CHUNKED) {
		buf_puts(to, "Transfer-Encoding: chunked\r\n");
	} else if (how->framing == FRAMING_LENGTH && !has_length) {
		buf_puts(to, "Content-Length: ");
		buf_u64(to, how->length);
		buf_put(to, "\r\n", 2);
	}
	if (how->mark.n > 0)
		forward_put(to, SPAN("X-Brownout"), how->mark);
	if (how->close)
		buf_puts(to, "Connection: close\r\n");
	else if (how->client_1_0)
		buf_puts(to, "Connection: keep-alive\r\n");
	buf_put(to, "\r\n", 2);
}

void
forward_response(
    struct buf *to, const struct head *h, const struct forward_response *how)
{
	uint64_t drop = forward_hop;

	if (how->drop_length || h->framing == FRAMING_CHUNKED)
		drop |= BIT(CONTENT_LENGTH);
	forward_status_line(to, h->status, h->reason);
	if (h->status == 101 || h->status == 426)
		drop &= ~BIT(UPGRADE);
	forward_fields(to, h, drop);
	if (h->status == 101 || h->status == 426)
		buf_puts(to, "Connection: upgrade\r\n");
	if (h->status < 200) {
		buf_put(to, "\r\n", 2);
		return;
	}
	forward_tail(to, how, (h->seen & BIT(DATE)) != 0,
	    (h->seen & BIT(CONTENT_LENGTH)) != 0 && !how->drop_length);
}

void
forward_edited(struct buf *to, const struct head_edit *e,
    const struct forward_response *how)
{
	bool has_date = false, has_length = false;

	forward_status_line(to, e->status, e->reason);
	for (unsigned i = 0; i < e->n; i++) {
		const struct edit_line *line = &e->lines[i];
		enum field_id id = field_find(line->name);

		if (id == FIELD_CONTENT_LENGTH && how->drop_length)
			continue;
		has_date |= id == FIELD_DATE;
		has_length |= id == FIELD_CONTENT_LENGTH;
		forward_put(to, line->name, line->value);
	}
	forward_tail(to, how, has_date, has_length);
}

void
forward_trace(struct buf *to, const struct head *h)
{
	buf_put(to, h->raw.p, h->fields_at);
	forward_fields(
	    to, h, BIT(AUTHORIZATION) | BIT(PROXY_AUTHORIZATION) | BIT(COOKIE));
	buf_put(to, "\r\n", 2);
}
