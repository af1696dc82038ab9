#include "net/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/conn.h"

#ifdef __SANITIZE_ADDRESS__
/* Under ASan a use after the end must be seen, so nothing is kept. */
enum { WORKER_BLOCKS_KEPT = 0 };
#else
enum { WORKER_BLOCKS_KEPT = 128 };
#endif

enum {
	WORKER_SCRATCH_MAX = 80 << 20,
	WORKER_LOOK_NS = 20 * NS_PER_MS
};

static void
worker_die(const char *what)
{
	perror(what);
	abort();
}

static void
worker_wake_cb(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	uint64_t n;

	(void)what;
	while (read(fd, &n, sizeof(n)) == -1 && errno == EINTR)
		;
	worker_tick(w);
	if (w->on_wake != NULL)
		w->on_wake(w);
}

static void
worker_reap_cb(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	struct conn *c;

	(void)fd;
	(void)what;
	while ((c = w->dead) != NULL) {
		w->dead = c->next_dead;
		w->n_conns--;
		c->on_closed(c);
		if (w->on_conn_closed != NULL)
			w->on_conn_closed(w);
	}
}

static struct event_base *
worker_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	/* One thread a base needs no locks. No changelist: it would take a
	 * closed descriptor out of the set when another worker may have its
	 * number already, and events that stay added gain nothing by it. */
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
	base = event_base_new_with_config(config);
	event_config_free(config);
	if (base == NULL)
		worker_die("brownout: event_base_new");
	return base;
}

void
worker_init(struct worker *w, unsigned id)
{
	*w = (struct worker){ .id = id, .base = worker_base() };
	timers_init(&w->timers, w->base);
	timeout_class_init(&w->timers, &w->look, WORKER_LOOK_NS);
	block_store_init(&w->blocks, WORKER_BLOCKS_KEPT);
	buf_init(&w->scratch, WORKER_SCRATCH_MAX);
	w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (w->wake_fd == -1)
		worker_die("brownout: eventfd");
	event_assign(&w->ev_wake, w->base, w->wake_fd, EV_READ | EV_PERSIST,
	    worker_wake_cb, w);
	event_add(&w->ev_wake, NULL);
	event_assign(&w->ev_reap, w->base, -1, 0, worker_reap_cb, w);
}

void
worker_clear(struct worker *w)
{
	worker_reap_cb(-1, 0, w);
	event_del(&w->ev_wake);
	close(w->wake_fd);
	timers_clear(&w->timers);
	block_store_clear(&w->blocks);
	buf_clear(&w->scratch);
	event_base_free(w->base);
}

void
worker_run(struct worker *w)
{
	event_base_loop(w->base, EVLOOP_NO_EXIT_ON_EMPTY);
}

void
worker_break(struct worker *w)
{
	event_base_loopbreak(w->base);
}

void
worker_wake(struct worker *w)
{
	uint64_t one = 1;

	while (write(w->wake_fd, &one, sizeof(one)) == -1 && errno == EINTR)
		;
}

void
worker_reap(struct worker *w, struct conn *c)
{
	if (w->dead == NULL)
		event_active(&w->ev_reap, EV_TIMEOUT, 1);
	c->next_dead = w->dead;
	w->dead = c;
}
