/* A listening socket in one worker's loop. */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <event2/event_struct.h>
#include <stdbool.h>

#include "net/address.h"
#include "net/timer.h"

struct worker;

/*
 * Opens a socket to listen on. shared: several workers will open the same TCP
 * address (SO_REUSEPORT); before the first of them, whether another program has
 * it is found out.
 * *a gets the real address (port 0). -1 with errno when it cannot.
 */
int listener_open(struct sock_address *a, bool shared, bool first);

struct listener {
	struct worker *worker;
	struct event ev;
	struct timeout pause; /* no descriptor was free: try again soon */
	struct timeout_class *pause_class;
	int fd;
	bool paused, closed;
	/* Takes over fd, non-blocking. */
	void (*on_accept)(
	    struct listener *l, int fd, const struct sock_address *peer);
	void *arg;
};

/* Starts accepting on fd, which the listener closes in the end only if
 * own_fd. */
void listener_start(
    struct listener *l, struct worker *w, int fd, struct timeout_class *pause);
/* Stops accepting and closes the descriptor. */
void listener_stop(struct listener *l);
/* Accepts what has connected by now, then stops. */
void listener_finish(struct listener *l);
/* A descriptor became free: accepting goes on if it was paused. */
void listener_resume(struct listener *l);

#endif
