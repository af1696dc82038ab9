#include "origin/answer.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/units.h"
#include "base/xalloc.h"
#include "origin/trickle.h"

static void
answer_field(struct evhttp_request *req, const char *name, const char *value)
{
	evhttp_add_header(evhttp_request_get_output_headers(req), name, value);
}

void
answer_json(struct evhttp_request *req, int status, json_t *value)
{
	struct evbuffer *out = evbuffer_new();
	char *text = json_dumps(value, JSON_INDENT(2));

	evbuffer_add_printf(out, "%s\n", text);
	answer_field(req, "Content-Type", "application/json");
	evhttp_send_reply(req, status, NULL, out);
	evbuffer_free(out);
	free(text);
	json_decref(value);
}

/* Text from the wire: UTF-8 as it stands, else each byte as a Latin-1 letter,
 * so that nothing a client sends is lost in the echo. */
static json_t *
answer_text(const char *p, size_t n)
{
	json_t *j = json_stringn(p, n);
	char *utf8;
	size_t m = 0;

	if (j != NULL)
		return j;
	utf8 = xmalloc(2 * n);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c >= 0x80) {
			utf8[m++] = (char)(0xc0 | c >> 6);
			c = 0x80 | (c & 0x3f);
		}
		utf8[m++] = (char)c;
	}
	j = json_stringn(utf8, m);
	free(utf8);
	return j;
}

/* A whole number of the query, or the fallback. */
static uint64_t
answer_query_int(
    struct evhttp_request *req, const char *name, uint64_t fallback)
{
	struct evkeyvalq query;
	const char *text;
	int64_t v;

	text = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(req));
	if (text == NULL || evhttp_parse_query_str(text, &query) != 0)
		return fallback;
	text = evhttp_find_header(&query, name);
	if (text != NULL && units_int(span_str(text), 0, 60000, &v) == NULL)
		fallback = (uint64_t)v;
	evhttp_clear_headers(&query);
	return fallback;
}

void
answer_health(struct routes *r, struct evhttp_request *req, int64_t n)
{
	(void)n;
	answer_json(req, HTTP_OK,
	    json_pack("{s:s, s:I}", "status", "ok", "requests",
		(json_int_t)r->requests));
}

enum { BYTES_LINE = 16, BYTES_PART = 64 * 1024 };

/* Lines that name their own offset: any cut or shift in them shows. */
static void
part_bytes(struct evbuffer *to, uint64_t i, uint64_t total)
{
	uint64_t at = i * BYTES_PART;
	uint64_t end = total - at < BYTES_PART ? total : at + BYTES_PART;
	char line[24];

	for (; at < end; at += BYTES_LINE) {
		snprintf(
		    line, sizeof(line), "%015llx\n", (unsigned long long)at);
		evbuffer_add(
		    to, line, end - at < BYTES_LINE ? end - at : BYTES_LINE);
	}
}

void
answer_bytes(struct routes *r, struct evhttp_request *req, int64_t n)
{
	struct trickle_plan plan = { .part = part_bytes, .arg = (uint64_t)n };
	char length[UNITS_TEXT];

	plan.parts = (plan.arg + BYTES_PART - 1) / BYTES_PART;
	snprintf(length, sizeof(length), "%llu", (unsigned long long)n);
	answer_field(req, "Content-Length", length);
	answer_field(req, "Content-Type", "text/plain");
	trickle_start(r->base, req, &plan);
}

static void
part_chunk(struct evbuffer *to, uint64_t i, uint64_t arg)
{
	(void)arg;
	evbuffer_add_printf(to, "chunk %llu\n", (unsigned long long)i);
}

void
answer_stream(struct routes *r, struct evhttp_request *req, int64_t n)
{
	struct trickle_plan plan = { .part = part_chunk,
		.parts = (uint64_t)n,
		.every_ms = answer_query_int(req, "every", 0) };

	answer_field(req, "Content-Type", "text/plain");
	trickle_start(r->base, req, &plan);
}

static void
part_event(struct evbuffer *to, uint64_t i, uint64_t arg)
{
	(void)arg;
	evbuffer_add_printf(to,
	    "id: %llu\nevent: tick\ndata: {\"n\": %llu}\n\n",
	    (unsigned long long)i, (unsigned long long)i);
}

void
answer_sse(struct routes *r, struct evhttp_request *req, int64_t n)
{
	struct trickle_plan plan = { .part = part_event,
		.parts = (uint64_t)n,
		.every_ms = answer_query_int(req, "every", 100) };

	answer_field(req, "Content-Type", "text/event-stream");
	answer_field(req, "Cache-Control", "no-cache");
	trickle_start(r->base, req, &plan);
}

void
answer_echo(struct routes *r, struct evhttp_request *req, int64_t n)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t length = evbuffer_get_length(in);
	const char *body = (const char *)evbuffer_pullup(in, -1);
	json_t *fields = json_array();
	struct evkeyval *kv;

	(void)r;
	(void)n;
	TAILQ_FOREACH(kv, evhttp_request_get_input_headers(req), next)
	json_array_append_new(
	    fields, json_pack("[o, o]", answer_text(kv->key, strlen(kv->key)),
			answer_text(kv->value, strlen(kv->value))));
	answer_json(req, HTTP_OK,
	    json_pack("{s:s, s:o, s:o, s:I, s:o}", "method",
		routes_method_name(req), "target",
		answer_text(evhttp_request_get_uri(req),
		    strlen(evhttp_request_get_uri(req))),
		"fields", fields, "body_bytes", (json_int_t)length, "body",
		answer_text(body != NULL ? body : "", length)));
}

void
answer_status(struct routes *r, struct evhttp_request *req, int64_t n)
{
	(void)r;
	answer_json(req, (int)n, json_pack("{s:I}", "status", (json_int_t)n));
}

static void
part_done(struct evbuffer *to, uint64_t i, uint64_t ms)
{
	(void)i;
	evbuffer_add_printf(
	    to, "{\"delay_ms\": %llu}\n", (unsigned long long)ms);
}

void
answer_delay(struct routes *r, struct evhttp_request *req, int64_t n)
{
	struct trickle_plan plan = { .part = part_done,
		.parts = 1,
		.first_ms = (uint64_t)n,
		.arg = (uint64_t)n };

	answer_field(req, "Content-Type", "application/json");
	trickle_start(r->base, req, &plan);
}

void
answer_order(struct routes *r, struct evhttp_request *req, int64_t n)
{
	const char *key = evhttp_find_header(
	    evhttp_request_get_input_headers(req), "Idempotency-Key");
	struct order order = orders_post(&r->orders, span_str(key));

	(void)n;
	answer_json(req, order.posts == 1 ? 201 : HTTP_OK,
	    json_pack("{s:I, s:I}", "order", (json_int_t)order.id, "posts",
		(json_int_t)order.posts));
}

void
answer_book(struct routes *r, struct evhttp_request *req, int64_t n)
{
	const struct orders *o = &r->orders;
	const struct order *order;
	json_t *keys = json_array();

	for (uint64_t i = 0; (order = orders_at(o, i)) != NULL; i++)
		json_array_append_new(
		    keys, json_pack("{s:o, s:I, s:I}", "key",
			      answer_text(order->key, strlen(order->key)),
			      "order", (json_int_t)order->id, "posts",
			      (json_int_t)order->posts));
	(void)n;
	answer_json(req, HTTP_OK,
	    json_pack("{s:I, s:I, s:I, s:I, s:o}", "orders",
		(json_int_t)o->orders, "posts", (json_int_t)o->posts, "repeats",
		(json_int_t)(o->posts - o->orders), "without_key",
		(json_int_t)o->without, "keys", keys));
}

void
answer_reset(struct routes *r, struct evhttp_request *req, int64_t n)
{
	(void)n;
	orders_clear(&r->orders);
	evhttp_send_reply(req, HTTP_NOCONTENT, NULL, NULL);
}

void
answer_search(struct routes *r, struct evhttp_request *req, int64_t n)
{
	static const char *const goods[] = { "lamp", "kettle", "chair" };
	struct evkeyvalq query = { 0 };
	const char *text, *q = NULL;
	json_t *found = json_array();

	(void)r;
	(void)n;
	TAILQ_INIT(&query);
	text = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(req));
	if (text != NULL && evhttp_parse_query_str(text, &query) == 0)
		q = evhttp_find_header(&query, "q");
	q = q != NULL ? q : "";
	for (size_t i = 0; i < sizeof(goods) / sizeof(*goods); i++)
		if (strstr(goods[i], q) != NULL)
			json_array_append_new(found, json_string(goods[i]));
	answer_json(req, HTTP_OK,
	    json_pack(
		"{s:o, s:o}", "q", answer_text(q, strlen(q)), "found", found));
	evhttp_clear_headers(&query);
}
