#include "http/reply_fields.h"

#include "http/lines.h"
#include "http/reply_target.h"
#include "http/upgrade.h"

bool
reply_given(const struct reply_job *j, struct span name, struct span *value)
{
	for (unsigned i = 0; i < j->spec->n_lines; i++) {
		struct span line = j->spec->lines[i], own;

		if (line.n <= name.n || line.p[name.n] != ':')
			continue;
		lines_split(line, &own, value);
		if (span_caseeq(own, name))
			return true;
	}
	return false;
}

bool
reply_begin(struct reply_job *j, struct span name)
{
	struct span value;

	if (reply_given(j, name, &value))
		return false;
	buf_span(j->to, name);
	buf_put(j->to, ": ", 2);
	return true;
}

void
reply_end(struct reply_job *j)
{
	buf_put(j->to, "\r\n", 2);
}

void
reply_put(struct reply_job *j, struct span name, struct span value)
{
	if (!reply_begin(j, name))
		return;
	buf_span(j->to, value);
	reply_end(j);
}

static void
reply_location(struct reply_job *j, void (*put)(struct reply_job *))
{
	if (reply_given(j, SPAN("Location"), &j->location))
		return;
	buf_puts(j->to, "Location: ");
	j->location_at = j->to->n;
	put(j);
	/* No pointer into a text that still grows. */
	j->location = (struct span){ NULL, j->to->n - j->location_at };
	reply_end(j);
}

static void
reply_again(struct reply_job *j)
{
	reply_location(j, reply_target_again);
}

/* 201: what was created is what was asked for. */
static void
reply_created(struct reply_job *j)
{
	reply_location(j, reply_target_here);
	reply_put(j, SPAN("ETag"), SPAN("\"brownout\""));
}

/* 305: the proxy to use is this very server. */
static void
reply_use_proxy(struct reply_job *j)
{
	reply_location(j, reply_target_server);
}

/* 101: the protocol asked for; a websocket client also wants its key answered
 * and one of its subprotocols chosen (RFC 6455 4.2.2). */
static void
reply_switching(struct reply_job *j)
{
	const struct field *f = head_field(j->head, FIELD_UPGRADE);
	const struct field *key =
	    head_named(j->head, SPAN("Sec-WebSocket-Key"));
	struct span list, protocol;
	char accept[WEBSOCKET_ACCEPT_LEN];

	j->upgrade = true;
	list = f != NULL ? f->value : (struct span){ 0 };
	if (!list_next(&list, &protocol))
		return;
	reply_put(j, SPAN("Upgrade"), protocol);
	if (!span_caseeq(protocol, SPAN("websocket")) || key == NULL)
		return;
	websocket_accept(key->value, accept);
	reply_put(j, SPAN("Sec-WebSocket-Accept"),
	    (struct span){ accept, WEBSOCKET_ACCEPT_LEN });
	f = head_named(j->head, SPAN("Sec-WebSocket-Protocol"));
	list = f != NULL ? f->value : (struct span){ 0 };
	if (list_next(&list, &protocol))
		reply_put(j, SPAN("Sec-WebSocket-Protocol"), protocol);
}

static void
reply_hints(struct reply_job *j)
{
	reply_put(j, SPAN("Link"), SPAN("</>; rel=preconnect"));
}

static void
reply_partial(struct reply_job *j)
{
	const struct field *f = head_field(j->head, FIELD_RANGE);
	struct range range;

	if (f == NULL || !range_read(f->value, &range))
		range = (struct range){ .first = 0, .last = 1023 };
	j->part = range_satisfy(&range);
	if (j->spec->has_body) {
		j->part.n = j->spec->body.n;
		if (j->part.total < j->part.first + j->part.n)
			j->part.total = j->part.first + j->part.n;
	}
	if (j->part.n > 0 && reply_begin(j, SPAN("Content-Range"))) {
		buf_puts(j->to, "bytes ");
		buf_u64(j->to, j->part.first);
		buf_putc(j->to, '-');
		buf_u64(j->to, j->part.first + j->part.n - 1);
		buf_putc(j->to, '/');
		buf_u64(j->to, j->part.total);
		reply_end(j);
	}
	reply_put(j, SPAN("Accept-Ranges"), SPAN("bytes"));
	reply_put(j, SPAN("ETag"), SPAN("\"brownout\""));
}

static void
reply_no_range(struct reply_job *j)
{
	const struct field *f = head_field(j->head, FIELD_RANGE);
	struct range range;

	if (!reply_begin(j, SPAN("Content-Range")))
		return;
	buf_puts(j->to, "bytes */");
	buf_u64(j->to, f != NULL && range_read(f->value, &range)
			   ? range_refuse(&range)
			   : RANGE_TOTAL);
	reply_end(j);
}

/* 226: the manipulation that was really done, which is none, or a feed's
 * entries chosen (RFC 3229 10.5.2). */
static void
reply_manipulated(struct reply_job *j)
{
	const struct field *f = head_named(j->head, SPAN("A-IM"));
	struct span list, item, im = SPAN("identity");

	list = f != NULL ? f->value : (struct span){ 0 };
	while (list_next(&list, &item))
		if (item.n >= 4 && strncasecmp(item.p, "feed", 4) == 0 &&
		    (item.n == 4 || item.p[4] == ';' || item.p[4] == ' '))
			im = SPAN("feed");
	reply_put(j, SPAN("IM"), im);
	reply_put(j, SPAN("ETag"), SPAN("\"brownout\""));
}

/* 304: the tag of what the client has, the first that it asked with. */
static void
reply_not_modified(struct reply_job *j)
{
	const struct field *f = head_named(j->head, SPAN("If-None-Match"));
	struct span list, tag;

	list = f != NULL ? f->value : (struct span){ 0 };
	if (!list_next(&list, &tag) || span_eq(tag, SPAN("*")))
		tag = SPAN("\"brownout\"");
	reply_put(j, SPAN("ETag"), tag);
}

/* A challenge in the scheme that the request tried, else Basic. */
static void
reply_challenge(
    struct reply_job *j, struct span name, enum field_id credentials)
{
	const struct field *f = head_field(j->head, credentials);

	if (f != NULL && f->value.n >= 6 &&
	    strncasecmp(f->value.p, "Bearer", 6) == 0)
		reply_put(j, name,
		    SPAN("Bearer realm=\"brownout\", error=\"invalid_token\""));
	else
		reply_put(j, name,
		    SPAN("Basic realm=\"brownout\", charset=\"UTF-8\""));
}

static void
reply_unauthorized(struct reply_job *j)
{
	reply_challenge(j, SPAN("WWW-Authenticate"), FIELD_AUTHORIZATION);
}

static void
reply_proxy_unauthorized(struct reply_job *j)
{
	reply_challenge(
	    j, SPAN("Proxy-Authenticate"), FIELD_PROXY_AUTHORIZATION);
}

/* 405: every common method but the request's own; GET and HEAD go together. */
static void
reply_allow(struct reply_job *j)
{
	static const struct span methods[] = { { "GET", 3 }, { "HEAD", 4 },
		{ "OPTIONS", 7 }, { "POST", 4 }, { "PUT", 3 }, { "PATCH", 5 },
		{ "DELETE", 6 } };
	struct span own = j->head->method;
	bool read = span_eq(own, methods[0]) || span_eq(own, methods[1]);
	const char *comma = "";

	if (!reply_begin(j, SPAN("Allow")))
		return;
	for (size_t i = read ? 2 : 0; i < sizeof(methods) / sizeof(methods[0]);
	     i++) {
		if (span_eq(methods[i], own))
			continue;
		buf_puts(j->to, comma);
		buf_span(j->to, methods[i]);
		comma = ", ";
	}
	reply_end(j);
}

/* 415: a media type other than the request's. */
static void
reply_media_types(struct reply_job *j)
{
	const struct field *f = head_field(j->head, FIELD_CONTENT_TYPE);
	bool json = f != NULL && f->value.n >= 16 &&
		    strncasecmp(f->value.p, "application/json", 16) == 0;

	reply_put(j, SPAN("Accept"),
	    json ? SPAN("application/xml") : SPAN("application/json"));
}

static void
reply_upgrade_required(struct reply_job *j)
{
	j->upgrade = true;
	reply_put(j, SPAN("Upgrade"),
	    j->facts->tls ? SPAN("HTTP/2.0") : SPAN("TLS/1.2, HTTP/1.1"));
}

static void
reply_no_store(struct reply_job *j)
{
	reply_put(j, SPAN("Cache-Control"), SPAN("no-store"));
}

static void
reply_echo(struct reply_job *j)
{
	reply_put(j, SPAN("Ms-Echo-Request"), SPAN("brownout"));
}

static void
reply_blocked_by(struct reply_job *j)
{
	if (!reply_begin(j, SPAN("Link")))
		return;
	buf_putc(j->to, '<');
	reply_target_server(j);
	buf_puts(j->to, ">; rel=\"blocked-by\"");
	reply_end(j);
}

static void (*const reply_fields_of[])(struct reply_job *) = {
	[101] = reply_switching,
	[103] = reply_hints,
	[201] = reply_created,
	[206] = reply_partial,
	[226] = reply_manipulated,
	[300] = reply_again,
	[301] = reply_again,
	[302] = reply_again,
	[303] = reply_again,
	[304] = reply_not_modified,
	[305] = reply_use_proxy,
	[307] = reply_again,
	[308] = reply_again,
	[401] = reply_unauthorized,
	[405] = reply_allow,
	[407] = reply_proxy_unauthorized,
	[415] = reply_media_types,
	[416] = reply_no_range,
	[426] = reply_upgrade_required,
	[428] = reply_no_store,
	[429] = reply_no_store,
	[431] = reply_no_store,
	[449] = reply_echo,
	[451] = reply_blocked_by,
	[511] = reply_no_store,
};

void
reply_code_fields(struct reply_job *j)
{
	if (j->code < sizeof(reply_fields_of) / sizeof(reply_fields_of[0]) &&
	    reply_fields_of[j->code] != NULL)
		reply_fields_of[j->code](j);
}
