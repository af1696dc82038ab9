#include "origin/origin.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "net/address.h"
#include "net/listener.h"
#include "origin/routes.h"

enum { ORIGIN_BODY_MAX = 64 << 20, ORIGIN_IDLE_S = 120 };

/* Between start and stop everything but address and wake belongs to the
 * thread. */
struct origin {
	pthread_t thread;
	struct evhttp *http;
	struct routes routes;
	struct event *stop;
	int wake; /* an eventfd: written once, to end the loop */
	char *address;
	char *socket_path; /* to remove; NULL for TCP */
};

static void
origin_stop_cb(evutil_socket_t fd, short what, void *arg)
{
	struct origin *o = arg;

	(void)fd;
	(void)what;
	event_base_loopbreak(o->routes.base);
}

static void *
origin_main(void *arg)
{
	struct origin *o = arg;

	event_base_dispatch(o->routes.base);
	return NULL;
}

/* Signals are the main thread's; SIGPIPE would end the process. */
static void
origin_spawn(struct origin *o)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&o->thread, NULL, origin_main, o);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	assert(err == 0);
}

struct origin *
origin_start(const char *addr, char *why, size_t whyn)
{
	struct sock_address a;
	char text[ADDRESS_TEXT];
	struct origin *o;
	const char *problem = address_parse(span_str(addr), &a);
	int fd;

	if (problem != NULL || (fd = listener_open(&a, false, true)) == -1) {
		snprintf(why, whyn, "%s",
		    problem != NULL ? problem : strerror(errno));
		return NULL;
	}
	o = xcalloc(1, sizeof(*o));
	o->address = xstrdup(address_text(&a, text));
	if (a.u.sa.sa_family == AF_UNIX)
		o->socket_path = xstrdup(a.u.un.sun_path);
	o->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert(o->wake >= 0);
	o->routes.base = event_base_new();
	o->http = evhttp_new(o->routes.base);
	evhttp_set_allowed_methods(o->http, 0xffff);
	evhttp_set_max_body_size(o->http, ORIGIN_BODY_MAX);
	evhttp_set_timeout(o->http, ORIGIN_IDLE_S);
	evhttp_set_gencb(o->http, routes_cb, &o->routes);
	evhttp_accept_socket(o->http, fd);
	o->stop =
	    event_new(o->routes.base, o->wake, EV_READ, origin_stop_cb, o);
	event_add(o->stop, NULL);
	origin_spawn(o);
	return o;
}

const char *
origin_address(const struct origin *o)
{
	return o->address;
}

void
origin_stop(struct origin *o)
{
	ssize_t n;

	if (o == NULL)
		return;
	n = write(o->wake, &(uint64_t){ 1 }, sizeof(uint64_t));
	assert(n == sizeof(uint64_t));
	pthread_join(o->thread, NULL);
	evhttp_free(o->http);
	event_free(o->stop);
	event_base_free(o->routes.base);
	orders_clear(&o->routes.orders);
	if (o->socket_path != NULL)
		unlink(o->socket_path);
	close(o->wake);
	free(o->socket_path);
	free(o->address);
	free(o);
}
