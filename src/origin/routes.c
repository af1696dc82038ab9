#include "origin/routes.h"

#include <event2/event.h>
#include <event2/http.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "origin/answer.h"

enum {
	GET = EVHTTP_REQ_GET | EVHTTP_REQ_HEAD,
	POST = EVHTTP_REQ_POST,
	DELETE = EVHTTP_REQ_DELETE,
	ANY = ~0
};

/* One endpoint; a path longer than `/` that ends in `/` takes a number. */
struct route {
	const char *path;
	int methods;
	void (*answer)(struct routes *, struct evhttp_request *, int64_t n);
	int64_t min, max; /* of the number */
	const char *help;
};

static const struct {
	enum evhttp_cmd_type cmd;
	const char *name;
} method_names[] = {
	{ EVHTTP_REQ_GET, "GET" },
	{ EVHTTP_REQ_HEAD, "HEAD" },
	{ EVHTTP_REQ_POST, "POST" },
	{ EVHTTP_REQ_PUT, "PUT" },
	{ EVHTTP_REQ_DELETE, "DELETE" },
	{ EVHTTP_REQ_OPTIONS, "OPTIONS" },
	{ EVHTTP_REQ_TRACE, "TRACE" },
	{ EVHTTP_REQ_CONNECT, "CONNECT" },
	{ EVHTTP_REQ_PATCH, "PATCH" },
};
enum { N_METHODS = sizeof(method_names) / sizeof(*method_names) };

static void routes_index(struct routes *, struct evhttp_request *, int64_t);

static const struct route table[] = {
	{ "/", GET, routes_index, 0, 0, "this list" },
	{ "/health", GET, answer_health, 0, 0, "how it is and what it did" },
	{ "/bytes/", GET, answer_bytes, 0, INT64_C(1) << 40,
	    "N bytes, 16-byte lines that name their offset" },
	{ "/stream/", GET, answer_stream, 0, 1000000,
	    "N chunks; ?every=MS between them" },
	{ "/sse/", GET, answer_sse, 0, 1000000,
	    "N server-sent events; ?every=MS between them (100)" },
	{ "/echo", ANY, answer_echo, 0, 0, "the request as JSON" },
	{ "/status/", ANY, answer_status, 200, 999, "an answer with status N" },
	{ "/delay/", GET, answer_delay, 0, 600000, "an answer after N ms" },
	{ "/orders", POST, answer_order, 0, 0,
	    "takes an order, once per Idempotency-Key" },
	{ "/orders", GET, answer_book, 0, 0, "orders and posts per key" },
	{ "/orders", DELETE, answer_reset, 0, 0, "forgets all orders" },
	{ "/search", GET, answer_search, 0, 0, "?q= among three goods" },
};
enum { N_ROUTES = sizeof(table) / sizeof(*table) };

const char *
routes_method_name(struct evhttp_request *req)
{
	enum evhttp_cmd_type cmd = evhttp_request_get_command(req);

	for (size_t i = 0; i < N_METHODS; i++)
		if (method_names[i].cmd == cmd)
			return method_names[i].name;
	return "";
}

/* The methods of a mask as in an Allow field. */
static const char *
routes_allow(int mask, char *to, size_t n)
{
	size_t at = 0;

	to[0] = '\0';
	for (size_t i = 0; i < N_METHODS; i++)
		if ((mask & (int)method_names[i].cmd) && at < n)
			at += (size_t)snprintf(to + at, n - at, "%s%s",
			    at > 0 ? ", " : "", method_names[i].name);
	return to;
}

static bool
routes_has_number(const struct route *t)
{
	return t->path[1] != '\0' && t->path[strlen(t->path) - 1] == '/';
}

static void
routes_index(struct routes *r, struct evhttp_request *req, int64_t n)
{
	json_t *list = json_array();
	char line[256], allow[128];

	(void)r;
	(void)n;
	for (size_t i = 0; i < N_ROUTES; i++) {
		snprintf(line, sizeof(line), "%s %s%s - %s",
		    table[i].methods == ANY
			? "any"
			: routes_allow(table[i].methods, allow, sizeof(allow)),
		    table[i].path, routes_has_number(&table[i]) ? "N" : "",
		    table[i].help);
		json_array_append_new(list, json_string(line));
	}
	answer_json(req, HTTP_OK,
	    json_pack(
		"{s:s, s:o}", "service", "brownout origin", "endpoints", list));
}

static void
routes_refuse(struct evhttp_request *req, int status, const char *why)
{
	answer_json(req, status, json_pack("{s:s}", "error", why));
}

/* Whether the row is for that path. */
static bool
routes_match(const struct route *t, const char *path)
{
	size_t n = strlen(t->path);

	return strncmp(path, t->path, n) == 0 &&
	       (path[n] == '\0' || routes_has_number(t));
}

static void
routes_answer(const struct route *t, struct routes *r,
    struct evhttp_request *req, const char *path)
{
	const char *why = NULL;
	int64_t n = 0;

	if (routes_has_number(t))
		why = units_int(
		    span_str(path + strlen(t->path)), t->min, t->max, &n);
	if (why != NULL)
		routes_refuse(req, HTTP_BADREQUEST, why);
	else
		t->answer(r, req, n);
}

void
routes_cb(struct evhttp_request *req, void *arg)
{
	struct routes *r = arg;
	const char *path;
	char allow[128];
	int known = 0;

	r->requests++;
	path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(req));
	for (size_t i = 0; path != NULL && i < N_ROUTES; i++) {
		if (!routes_match(&table[i], path))
			continue;
		known |= table[i].methods;
		if (known & (int)evhttp_request_get_command(req)) {
			routes_answer(&table[i], r, req, path);
			return;
		}
	}
	if (known == 0) {
		routes_refuse(req, HTTP_NOTFOUND, "no such endpoint; see /");
		return;
	}
	evhttp_add_header(evhttp_request_get_output_headers(req), "Allow",
	    routes_allow(known, allow, sizeof(allow)));
	routes_refuse(req, HTTP_BADMETHOD, "not with this method");
}
