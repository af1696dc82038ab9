#include "origin/trickle.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/xalloc.h"

struct trickle {
	struct evhttp_request *req;
	struct event *timer;
	struct trickle_plan plan;
	uint64_t next;
	bool started;
};

static void
trickle_free(struct trickle *t)
{
	event_free(t->timer);
	free(t);
}

/* The connection went away first. evhttp has let go of the request by then
 * (its evcon is NULL) and ending the reply frees it; when the whole server is
 * being freed it keeps the request and frees it itself. */
static void
trickle_closed_cb(struct evhttp_connection *conn, void *arg)
{
	struct trickle *t = arg;

	(void)conn;
	if (evhttp_request_get_connection(t->req) == NULL)
		evhttp_send_reply_end(t->req);
	trickle_free(t);
}

static void
trickle_wait(struct trickle *t, uint64_t ms)
{
	struct timeval tv = { (time_t)(ms / 1000), (long)(ms % 1000 * 1000) };

	event_add(t->timer, &tv);
}

/* A part has left: what bounds the memory of a large answer. */
static void
trickle_sent_cb(struct evhttp_connection *conn, void *arg)
{
	struct trickle *t = arg;

	(void)conn;
	trickle_wait(t, t->plan.every_ms);
}

static void
trickle_tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct trickle *t = arg;
	struct evbuffer *out;

	(void)fd;
	(void)what;
	if (!t->started) {
		t->started = true;
		evhttp_send_reply_start(t->req, HTTP_OK, "OK");
	}
	if (t->next == t->plan.parts) {
		evhttp_connection_set_closecb(
		    evhttp_request_get_connection(t->req), NULL, NULL);
		evhttp_send_reply_end(t->req);
		trickle_free(t);
		return;
	}
	out = evbuffer_new();
	t->plan.part(out, t->next++, t->plan.arg);
	evhttp_send_reply_chunk_with_cb(t->req, out, trickle_sent_cb, t);
	evbuffer_free(out);
}

void
trickle_start(struct event_base *base, struct evhttp_request *req,
    const struct trickle_plan *plan)
{
	struct trickle *t = xcalloc(1, sizeof(*t));

	t->req = req;
	t->plan = *plan;
	if (evhttp_request_get_command(req) == EVHTTP_REQ_HEAD)
		t->plan.parts = 0;
	/* Without chunks only the end of the connection can end a body whose
	 * length is not known; evhttp would announce a length of 0. */
	if (req->minor == 0)
		evhttp_remove_header(
		    evhttp_request_get_input_headers(req), "Connection");
	t->timer = evtimer_new(base, trickle_tick_cb, t);
	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(req), trickle_closed_cb, t);
	trickle_wait(t, plan->first_ms);
}
