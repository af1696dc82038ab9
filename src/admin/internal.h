/* What the files of the admin server share. */
#ifndef ADMIN_INTERNAL_H
#define ADMIN_INTERNAL_H

#include <event2/event.h>
#include <event2/http.h>
#include <pthread.h>
#include <stdatomic.h>

#include "admin/api.h"
#include "admin/gate.h"
#include "admin/server.h"
#include "net/address.h"

struct events;

struct admin {
	struct control *control;
	struct gate gate;
	char *token;
	struct sock_address address;
	char text[ADDRESS_TEXT];
	int fd, wake_fd;
	struct event_base *base;
	struct evhttp *http;
	struct event *wake;
	struct events *events;
	pthread_t thread;
	bool started;
	atomic_bool draining;
};

/* events.c: who listens to GET /v1/events. */
struct events *events_new(struct event_base *base, struct control *control);
/* Before the server that the connections belong to. */
void events_free(struct events *e);
/* Takes the request over; false when there are too many already. */
bool events_open(struct events *e, struct evhttp_request *req);

#endif
