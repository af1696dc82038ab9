/*
 * GET /v1/events: server-sent events (WHATWG HTML 9.2). `state` when what is
 * played, its phase or the kill switch changes; `counters` once a second;
 * `verdict` when it changes. Who reads too slowly is dropped.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "admin/internal.h"
#include "base/clock.h"
#include "base/xalloc.h"

enum {
	EVENTS_TICK_MS = 100,
	EVENTS_LISTENERS_MAX = 64,
	EVENTS_BACKLOG = 256 << 10, /* bytes that a slow reader may owe us, */
	EVENTS_SEND = 64 << 10,     /* and about as many the kernel */
	EVENTS_COUNTERS_TICKS = 10,
	EVENTS_VERDICT_TICKS = 20
};

struct listener_of_events {
	struct events *events;
	struct evhttp_request *req; /* NULL: free */
};

struct events {
	struct control *control;
	struct event *tick;
	struct listener_of_events listeners[EVENTS_LISTENERS_MAX];
	unsigned n, ticks;
	uint64_t id;
	char *state, *verdict; /* as sent last */
	struct proxy_stats last;
	struct metrics last_metrics;
};

static void
events_closed(struct evhttp_connection *conn, void *arg)
{
	struct listener_of_events *l = arg;
	struct evhttp_request *req = l->req;

	(void)conn;
	if (req == NULL)
		return;
	l->req = NULL;
	l->events->n--;
	/* One whose connection broke is ours alone: this frees it. */
	if (evhttp_request_get_connection(req) == NULL)
		evhttp_send_reply_end(req);
}

static size_t
events_owed(struct evhttp_request *req)
{
	struct evhttp_connection *conn = evhttp_request_get_connection(req);

	return evbuffer_get_length(
	    bufferevent_get_output(evhttp_connection_get_bufferevent(conn)));
}

static void
events_write(struct listener_of_events *l, const char *text, size_t n)
{
	struct evbuffer *b;

	if (events_owed(l->req) > EVENTS_BACKLOG) {
		/* its close callback frees the place */
		evhttp_connection_free(evhttp_request_get_connection(l->req));
		return;
	}
	b = evbuffer_new();
	if (b == NULL || evbuffer_add(b, text, n) != 0)
		abort();
	evhttp_send_reply_chunk(l->req, b);
	evbuffer_free(b);
}

/* To one listener, or with NULL to all. */
static void
events_send(struct events *e, struct listener_of_events *to, const char *name,
    const char *data)
{
	char *text = xasprintf("id: %llu\nevent: %s\ndata: %s\n\n",
	    (unsigned long long)++e->id, name, data);
	size_t n = strlen(text);

	for (unsigned i = 0; i < EVENTS_LISTENERS_MAX; i++) {
		struct listener_of_events *l = &e->listeners[i];

		if (l->req != NULL && (to == NULL || to == l))
			events_write(l, text, n);
	}
	free(text);
}

static char *
events_dump(json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(12));

	if (text == NULL)
		abort();
	json_decref(value);
	return text;
}

static char *
events_state(struct events *e)
{
	return events_dump(api_state(e->control, clock_mono_ns(), false));
}

/* Whether two states differ in more than how far the phase has come. */
static bool
events_same(const char *a, const char *b)
{
	json_t *x, *y;
	bool same;

	if (a == NULL)
		return false;
	x = json_loads(a, 0, NULL);
	y = json_loads(b, 0, NULL);
	for (json_t **v = &x;; v = &y) {
		json_t *phase = json_object_get(*v, "phase");

		json_object_del(phase, "into");
		json_object_del(phase, "left");
		json_object_set_new(*v, "off_expires", json_null());
		if (v == &y)
			break;
	}
	same = json_equal(x, y);
	json_decref(x);
	json_decref(y);
	return same;
}

static void
events_tell_state(struct events *e)
{
	char *now = events_state(e);

	if (events_same(e->state, now)) {
		free(now);
		return;
	}
	free(e->state);
	e->state = now;
	events_send(e, NULL, "state", now);
}

/* What came since the last time. */
static void
events_tell_counters(struct events *e)
{
	struct control_counts counts;
	struct proxy_stats now;
	json_t *outcomes = json_object();
	char *text;

	proxy_stats(control_proxy(e->control), &now);
	control_counts(e->control, &counts);
	for (unsigned i = 0; i < PROXY_OUTCOMES; i++)
		json_object_set_new(outcomes, journal_outcomes.v[i],
		    json_integer(
			(json_int_t)(now.outcomes[i] - e->last.outcomes[i])));
	text = events_dump(json_pack("{s:o, s:I, s:o, s:I, s:I, s:I}", "t",
	    api_seconds(clock_mono_ns() - control_conf(e->control)->t0_ns),
	    "requests", (json_int_t)(now.requests - e->last.requests),
	    "outcomes", outcomes, "retries",
	    (json_int_t)(counts.metrics.retries - e->last_metrics.retries),
	    "early", (json_int_t)(counts.metrics.early - e->last_metrics.early),
	    "connections", (json_int_t)now.active));
	e->last = now;
	e->last_metrics = counts.metrics;
	free(counts.faults);
	events_send(e, NULL, "counters", text);
	free(text);
}

static char *
events_verdict(struct events *e)
{
	struct play *play;
	struct verdict *v = control_verdict(e->control, false, &play);
	json_t *all = json_array();
	char *text;

	if (v == NULL) {
		json_decref(all);
		return xstrdup("{\"verdict\":null,\"expectations\":[]}");
	}
	for (unsigned i = 0; i < v->n_expectations; i++)
		json_array_append_new(
		    all, json_pack("{s:o, s:s}", "name",
			     api_string(v->expectations[i].name), "status",
			     result_name(v->expectations[i].status)));
	text = events_dump(
	    json_pack("{s:s, s:o, s:o}", "verdict", result_name(v->overall),
		"summary", api_string(v->summary != NULL ? v->summary : ""),
		"expectations", all));
	verdict_free(v);
	play_unref(play);
	return text;
}

static void
events_tell_verdict(struct events *e)
{
	char *now = events_verdict(e);

	if (e->verdict != NULL && strcmp(e->verdict, now) == 0) {
		free(now);
		return;
	}
	free(e->verdict);
	e->verdict = now;
	events_send(e, NULL, "verdict", now);
}

static void
events_tick(evutil_socket_t fd, short what, void *arg)
{
	struct events *e = arg;

	(void)fd;
	(void)what;
	if (e->n == 0)
		return;
	e->ticks++;
	events_tell_state(e);
	if (e->ticks % EVENTS_COUNTERS_TICKS == 0)
		events_tell_counters(e);
	if (e->ticks % EVENTS_VERDICT_TICKS == 0)
		events_tell_verdict(e);
}

struct events *
events_new(struct event_base *base, struct control *control)
{
	struct timeval tick = { .tv_usec = EVENTS_TICK_MS * 1000 };
	struct events *e = xcalloc(1, sizeof(*e));

	e->control = control;
	e->tick = event_new(base, -1, EV_PERSIST, events_tick, e);
	if (e->tick == NULL || event_add(e->tick, &tick) != 0)
		abort();
	return e;
}

void
events_free(struct events *e)
{
	if (e == NULL)
		return;
	for (unsigned i = 0; i < EVENTS_LISTENERS_MAX; i++)
		if (e->listeners[i].req != NULL)
			evhttp_connection_set_closecb(
			    evhttp_request_get_connection(e->listeners[i].req),
			    NULL, NULL);
	event_free(e->tick);
	free(e->state);
	free(e->verdict);
	free(e);
}

/* The first one learns what happens from now on, the others from what is known.
 */
static void
events_greet(struct events *e, struct listener_of_events *l)
{
	char *state = events_state(e);

	if (e->n == 1) {
		struct control_counts counts;

		proxy_stats(control_proxy(e->control), &e->last);
		control_counts(e->control, &counts);
		e->last_metrics = counts.metrics;
		free(counts.faults);
		free(e->state);
		e->state = xstrdup(state);
		free(e->verdict);
		e->verdict = events_verdict(e);
	}
	events_send(e, l, "state", state);
	if (l->req != NULL && e->verdict != NULL)
		events_send(e, l, "verdict", e->verdict);
	free(state);
}

bool
events_open(struct events *e, struct evhttp_request *req)
{
	struct evkeyvalq *h = evhttp_request_get_output_headers(req);
	struct evhttp_connection *conn = evhttp_request_get_connection(req);
	struct listener_of_events *l = e->listeners;
	int send = EVENTS_SEND;

	if (e->n == EVENTS_LISTENERS_MAX)
		return false;
	while (l->req != NULL)
		l++;
	*l = (struct listener_of_events){ e, req };
	e->n++;
	setsockopt(bufferevent_getfd(evhttp_connection_get_bufferevent(conn)),
	    SOL_SOCKET, SO_SNDBUF, &send, sizeof(send));
	evhttp_connection_set_closecb(conn, events_closed, l);
	evhttp_add_header(h, "Content-Type", "text/event-stream");
	evhttp_add_header(h, "Cache-Control", "no-store");
	evhttp_add_header(h, "X-Accel-Buffering", "no");
	evhttp_send_reply_start(req, 200, "OK");
	events_greet(e, l);
	return true;
}
