#include "admin/server.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/keyvalq_struct.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/internal.h"
#include "admin/route.h"
#include "base/clock.h"
#include "base/xalloc.h"
#include "net/listener.h"

enum {
	SERVER_BODY_MAX = 1 << 20,
	SERVER_READ_MAX = 4 << 20, /* beyond this libevent answers by itself */
	SERVER_HEAD_MAX = 32 << 10,
	SERVER_TIMEOUT_S = 60,
	SERVER_TEXT_MAX = 64 << 20,
	SERVER_TOKEN_MAX = 4096
};

static void
server_complain(struct diags *diags, const char *what, const char *why)
{
	diags_add(diags, DIAG_ERROR, NULL, 0, 0, "%s: %s", what, why);
}

/* The file's text without white space around it. */
static char *
server_token(const char *file, struct diags *diags)
{
	char text[SERVER_TOKEN_MAX];
	struct span s = { text, 0 };
	FILE *f = fopen(file, "re");

	if (f == NULL) {
		server_complain(diags, file, strerror(errno));
		return NULL;
	}
	s.n = fread(text, 1, sizeof(text), f);
	fclose(f);
	while (s.n > 0 && strchr(" \t\r\n", s.p[s.n - 1]) != NULL)
		s.n--;
	if (s.n > 0 && s.n < sizeof(text))
		return xstrndup(s.p, s.n);
	server_complain(diags, file,
	    s.n == 0 ? "holds no token" : "is too long for a token");
	return NULL;
}

static void
server_reply(struct evhttp_request *req, struct api_call *call, bool head)
{
	struct evkeyvalq *h = evhttp_request_get_output_headers(req);
	struct evbuffer *body = evbuffer_new();
	char length[32];

	if (body == NULL)
		abort();
	snprintf(length, sizeof(length), "%zu", call->text.n);
	evhttp_add_header(h, "Content-Type", call->type);
	evhttp_add_header(h, "Content-Length", length);
	evhttp_add_header(h, "Cache-Control", "no-store");
	evhttp_add_header(h, "X-Content-Type-Options", "nosniff");
	if (call->policy != NULL)
		evhttp_add_header(h, "Content-Security-Policy", call->policy);
	if (!head)
		evbuffer_add(body, call->text.data, call->text.n);
	evhttp_send_reply(req, (int)call->status, NULL, body);
	evbuffer_free(body);
}

static const char *
server_method(enum evhttp_cmd_type type)
{
	static const struct {
		enum evhttp_cmd_type type;
		const char *name;
	} rows[] = { { EVHTTP_REQ_GET, "GET" }, { EVHTTP_REQ_HEAD, "HEAD" },
		{ EVHTTP_REQ_POST, "POST" }, { EVHTTP_REQ_PUT, "PUT" },
		{ EVHTTP_REQ_PATCH, "PATCH" }, { EVHTTP_REQ_DELETE, "DELETE" },
		{ EVHTTP_REQ_OPTIONS, "OPTIONS" },
		{ EVHTTP_REQ_TRACE, "TRACE" },
		{ EVHTTP_REQ_CONNECT, "CONNECT" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == type)
			return rows[i].name;
	return "";
}

static const char *
server_field(struct evhttp_request *req, const char *name)
{
	const char *value =
	    evhttp_find_header(evhttp_request_get_input_headers(req), name);

	return value != NULL ? value : "";
}

/* The address at our end of the connection. */
static struct span
server_local(struct evhttp_request *req, char to[ADDRESS_TEXT])
{
	struct evhttp_connection *conn = evhttp_request_get_connection(req);
	struct sock_address a = { .n = sizeof(a.u) };
	int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(conn));

	if (getsockname(fd, &a.u.sa, &a.n) == -1 || a.u.sa.sa_family == AF_UNIX)
		return (struct span){ "", 0 };
	return span_str(address_host(&a, to));
}

/* Whether the request may be answered at all; else has answered. */
static bool
server_admits(struct admin *a, struct evhttp_request *req,
    struct api_call *call, const struct route *route)
{
	const char *host = server_field(req, "Host"),
		   *origin = server_field(req, "Origin"),
		   *auth = server_field(req, "Authorization");
	char text[ADDRESS_TEXT];
	struct span local = server_local(req, text);

	if (!gate_host(&a->gate, span_str(host), local)) {
		api_error(call, 403, "foreign host",
		    "Host \"%.200s\" is not this server; --admin-host NAME "
		    "allows it",
		    host);
		return false;
	}
	if (origin[0] != '\0' &&
	    !gate_origin(&a->gate, span_str(origin), local)) {
		api_error(call, 403, "foreign origin",
		    "a page of \"%.200s\" may not use this API", origin);
		return false;
	}
	if (a->gate.token == NULL || (route != NULL && route->open) ||
	    gate_token(&a->gate, span_str(auth)))
		return true;
	evhttp_add_header(evhttp_request_get_output_headers(req),
	    "WWW-Authenticate", "Bearer realm=\"brownout\"");
	api_error(call, 401, "unauthorized",
	    "expected Authorization: Bearer with the token of "
	    "--admin-token-file");
	return false;
}

static void
server_route(struct evhttp_request *req, struct api_call *call,
    const struct route *route, const char *allow)
{
	if (route != NULL && call->body.n > SERVER_BODY_MAX) {
		api_error(call, 413, "too large",
		    "a body has at most 1 MiB, this one %zu bytes",
		    call->body.n);
	} else if (route != NULL) {
		route->answer(call);
	} else if (allow[0] == '\0') {
		api_error(call, 404, "not found", "there is no such resource");
	} else {
		evhttp_add_header(
		    evhttp_request_get_output_headers(req), "Allow", allow);
		api_error(call, 405, "method not allowed",
		    "this resource knows %s", allow);
	}
}

static void
server_answer(
    struct admin *a, struct evhttp_request *req, struct api_call *call)
{
	const char *method = server_method(evhttp_request_get_command(req));
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	const struct route *route;
	char allow[ROUTE_ALLOW];
	struct span tail;
	char *decoded;

	route = route_find(span_str(method), call->path, &tail, allow);
	call->body = (struct span){ (const char *)evbuffer_pullup(in, -1),
		evbuffer_get_length(in) };
	if (call->body.p == NULL)
		call->body = (struct span){ "", 0 };
	call->accept = server_field(req, "Accept");
	decoded = tail.n > 0 ? evhttp_uridecode(tail.p, 0, NULL) : NULL;
	call->tail = decoded != NULL ? decoded : "";
	if (server_admits(a, req, call, route))
		server_route(req, call, route, allow);
	free(decoded);
	if (call->stream && strcmp(method, "HEAD") != 0) {
		if (events_open(a->events, req))
			return;
		api_error(
		    call, 503, "too many listeners", "close another one first");
	}
	server_reply(req, call, strcmp(method, "HEAD") == 0);
}

static void
server_request(struct evhttp_request *req, void *arg)
{
	struct admin *a = arg;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = evhttp_uri_get_path(uri),
		   *query = evhttp_uri_get_query(uri);
	struct evkeyvalq params = { 0 };
	struct api_call call = { .admin = a,
		.control = a->control,
		.now_ns = clock_mono_ns(),
		.path = span_str(path != NULL && path[0] != '\0' ? path : "/"),
		.status = 500 };

	buf_init(&call.text, SERVER_TEXT_MAX);
	if (query != NULL && evhttp_parse_query_str(query, &params) == 0)
		call.limit = evhttp_find_header(&params, "limit");
	server_answer(a, req, &call);
	evhttp_clear_headers(&params);
	buf_clear(&call.text);
}

static void
server_wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

static void
server_loop(struct admin *a)
{
	a->base = event_base_new();
	a->http = evhttp_new(a->base);
	a->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	a->wake = event_new(a->base, a->wake_fd, EV_READ, server_wake, a->base);
	if (a->base == NULL || a->http == NULL || a->wake == NULL ||
	    event_add(a->wake, NULL) != 0)
		abort();
	evhttp_set_gencb(a->http, server_request, a);
	evhttp_set_allowed_methods(
	    a->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST |
			 EVHTTP_REQ_PUT | EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE |
			 EVHTTP_REQ_OPTIONS);
	evhttp_set_max_body_size(a->http, SERVER_READ_MAX);
	evhttp_set_max_headers_size(a->http, SERVER_HEAD_MAX);
	evhttp_set_timeout(a->http, SERVER_TIMEOUT_S);
	evhttp_set_flags(a->http, EVHTTP_SERVER_LINGERING_CLOSE);
	a->events = events_new(a->base, a->control);
}

/* Who may connect, by address and token. */
static bool
server_check(
    struct admin *a, const struct admin_conf *conf, struct diags *diags)
{
	const char *why = address_parse(span_str(conf->address), &a->address);

	if (why != NULL) {
		diags_add(diags, DIAG_ERROR, NULL, 0, 0, "--admin %s: %s",
		    conf->address, why);
		return false;
	}
	if (conf->token_file != NULL) {
		a->token = server_token(conf->token_file, diags);
		a->gate.token = a->token;
		return a->token != NULL;
	}
	if (address_is_loopback(&a->address))
		return true;
	diags_add(diags, DIAG_ERROR, NULL, 0, 0,
	    "--admin %s is not a loopback address: whoever reaches it could "
	    "inject faults; name a token with --admin-token-file FILE",
	    conf->address);
	return false;
}

struct admin *
admin_new(const struct admin_conf *conf, struct diags *diags, bool *busyp)
{
	struct admin *a = xcalloc(1, sizeof(*a));

	*busyp = false;
	a->fd = a->wake_fd = -1;
	a->control = conf->control;
	a->gate.hosts = conf->hosts;
	a->gate.n_hosts = conf->n_hosts;
	if (!server_check(a, conf, diags)) {
		admin_free(a);
		return NULL;
	}
	a->fd = listener_open(&a->address, false, true);
	if (a->fd == -1) {
		*busyp = true;
		server_complain(diags, conf->address, strerror(errno));
		admin_free(a);
		return NULL;
	}
	if (a->address.u.sa.sa_family == AF_UNIX)
		chmod(a->address.u.un.sun_path, 0600);
	address_text(&a->address, a->text);
	server_loop(a);
	if (evhttp_accept_socket_with_handle(a->http, a->fd) == NULL)
		abort();
	return a;
}

static void *
server_run(void *arg)
{
	struct admin *a = arg;

	event_base_dispatch(a->base);
	return NULL;
}

void
admin_start(struct admin *a)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&a->thread, NULL, server_run, a) != 0)
		abort();
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	a->started = true;
}

void
admin_drain(struct admin *a)
{
	atomic_store(&a->draining, true);
}

bool
admin_is_draining(const struct admin *a)
{
	return atomic_load(&a->draining);
}

void
admin_free(struct admin *a)
{
	uint64_t one = 1;

	if (a == NULL)
		return;
	if (a->started) {
		while (write(a->wake_fd, &one, sizeof(one)) == -1 &&
		       errno == EINTR)
			continue;
		pthread_join(a->thread, NULL);
	}
	events_free(a->events);
	if (a->http != NULL)
		evhttp_free(a->http); /* closes fd */
	if (a->wake != NULL)
		event_free(a->wake);
	if (a->base != NULL)
		event_base_free(a->base);
	if (a->wake_fd != -1)
		close(a->wake_fd);
	if (a->fd != -1 && a->address.u.sa.sa_family == AF_UNIX)
		unlink(a->address.u.un.sun_path);
	free(a->token);
	free(a);
}

const char *
admin_address(const struct admin *a)
{
	return a->text;
}
