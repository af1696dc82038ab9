/* The endpoints of the embedded upstream: a table of path, methods, handler. */
#ifndef ORIGIN_ROUTES_H
#define ORIGIN_ROUTES_H

#include "origin/orders.h"

struct event_base;
struct evhttp_request;

/* What the handlers share; lives as long as the thread. */
struct routes {
	struct event_base *base;
	struct orders orders;
	unsigned long requests; /* answered since the start */
};

/* The evhttp callback for every request; arg is a struct routes. */
void routes_cb(struct evhttp_request *req, void *arg);

/* The method of a request as text. */
const char *routes_method_name(struct evhttp_request *req);

#endif
