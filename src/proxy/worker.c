/* One worker of the proxy: its listeners, time limits and what it shares. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "proxy/faults.h"
#include "proxy/internal.h"

/* The value of Date, made once a second (RFC 9110 6.6.1). */
struct span
pworker_date(struct pworker *pw)
{
	int64_t s = (int64_t)(clock_wall_ns() / NS_PER_S);

	if (s != pw->date_s) {
		pw->date_s = s;
		date_write(s, pw->date);
	}
	return (struct span){ pw->date, DATE_LEN };
}

static void
pworker_use_play(struct pworker *pw)
{
	struct play *play =
	    proxy_play(pw->proxy, &pw->play_number, &pw->recording);

	if (pw->play != play) {
		play_unref(pw->play);
		pw->play = play_ref(play);
		pw->conn_needs = faults_conn_needs(play_scenario(play));
		memcpy(pw->key, play_hash_key(play), sizeof(pw->key));
	}
	play_unref(play);
}

/* How late the loop is for what was due: told by a timer of its own. */
static void
pworker_lag(void *arg)
{
	struct pworker *pw = arg;
	uint64_t now_ns = clock_mono_ns(), late = now_ns - pw->lag_timer.at_ns;
	unsigned i = 0;

	while (i < PROXY_LAGS - 1 && late > proxy_lag_bounds[i])
		i++;
	count(&pw->n_lags[i]);
	atomic_store_explicit(&pw->lag_sum_ns,
	    atomic_load_explicit(&pw->lag_sum_ns, memory_order_relaxed) + late,
	    memory_order_relaxed);
	timer_set(&pw->w.timers, &pw->lag_timer, now_ns + 200 * NS_PER_MS,
	    pworker_lag, pw);
}

static void
pworker_use_tls(struct pworker *pw)
{
	struct tls_server *old = pw->tls_server;

	pw->tls_server = proxy_tls(pw->proxy);
	tls_server_free(old);
}

void
pworker_check_drained(struct pworker *pw)
{
	if (pw->draining && pw->clients == NULL)
		worker_break(&pw->w);
}

/* Ends every connection, with or without a request in flight. */
static void
pworker_drop_clients(struct pworker *pw)
{
	struct client *c, *next;

	for (c = pw->clients; c != NULL; c = next) {
		next = c->next;
		if (c->x != NULL && c->x->state == X_READING)
			exchange_drop(c->x);
		if (c->x != NULL)
			exchange_end(c->x, END_SHUTDOWN, CONN_END_RST);
		conn_kill(&c->conn, false);
	}
}

static void
pworker_drain_timeout(void *arg)
{
	struct pworker *pw = arg;

	pworker_drop_clients(pw);
	pworker_check_drained(pw);
}

static void
pworker_drain(struct pworker *pw)
{
	struct client *c, *next;

	pw->draining = true;
	for (unsigned i = 0; i < pw->conf->n_listens; i++)
		listener_finish(&pw->listeners[i]);
	upstream_close_idle(pw);
	for (c = pw->clients; c != NULL; c = next) {
		next = c->next;
		if (!c->conn.ended)
			client_drain(c);
	}
	timer_set(&pw->w.timers, &pw->drain_timer,
	    clock_mono_ns() + pw->conf->timeouts.drain, pworker_drain_timeout,
	    pw);
	pworker_check_drained(pw);
}

static void
pworker_wake(struct worker *w)
{
	struct pworker *pw = w->owner;

	pworker_use_play(pw);
	pworker_use_tls(pw);
	release_clients(pw);
	if (atomic_load(&pw->proxy->drain) && !pw->draining)
		pworker_drain(pw);
	if (atomic_load(&pw->proxy->stop)) {
		if (!pw->draining)
			pworker_drain(pw);
		pworker_drop_clients(pw);
		pworker_check_drained(pw);
	}
}

/* A descriptor became free: listeners that had none try again. */
static void
pworker_conn_closed(struct worker *w)
{
	struct pworker *pw = w->owner;

	for (unsigned i = 0; i < pw->conf->n_listens; i++)
		listener_resume(&pw->listeners[i]);
}

static void
pworker_classes(struct pworker *pw)
{
	const struct proxy_timeouts *t = &pw->conf->timeouts;
	const struct {
		struct timeout_class *class;
		uint64_t after_ns;
	} rows[] = {
		{ &pw->client_head, t->client_head },
		{ &pw->client_body, t->client_body },
		{ &pw->client_idle, t->client_idle },
		{ &pw->client_write, t->client_write },
		{ &pw->client_half, t->client_half / 4 },
		{ &pw->connect, t->connect },
		{ &pw->first_byte, t->first_byte },
		{ &pw->upstream_idle, t->upstream_idle },
		{ &pw->pool_idle, t->pool_idle },
		{ &pw->tunnel_idle, t->tunnel_idle },
		{ &pw->mirror, 5ull * NS_PER_S },
		{ &pw->accept_pause, 100 * NS_PER_MS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		timeout_class_init(
		    &pw->w.timers, rows[i].class, rows[i].after_ns);
}

void
pworker_init(struct pworker *pw, struct proxy *p, unsigned id)
{
	worker_init(&pw->w, id);
	pw->w.owner = pw;
	pw->w.on_wake = pworker_wake;
	pw->w.on_conn_closed = pworker_conn_closed;
	pw->proxy = p;
	pw->conf = p->conf;
	pw->ring = p->rings[id];
	buf_init(&pw->target, BLOCK_SIZE);
	pworker_classes(pw);
	pw->listeners = xcalloc(p->conf->n_listens, sizeof(struct listener));
	for (unsigned i = 0; i < p->conf->n_listens; i++) {
		int *fd = &p->fds[i * p->conf->threads + id];

		pw->listeners[i].on_accept = client_accept;
		pw->listeners[i].arg = pw;
		listener_start(
		    &pw->listeners[i], &pw->w, *fd, &pw->accept_pause);
		*fd = -1; /* the listener closes it */
	}
}

static void *
pworker_thread(void *arg)
{
	struct pworker *pw = arg;

	worker_run(&pw->w);
	proxy_worker_ended(pw->proxy);
	return NULL;
}

void
pworker_start(struct pworker *pw)
{
	struct proxy *p = pw->proxy;

	pw->t0_ns = p->t0_ns;
	pw->wall0_ns = p->wall0_ns;
	pworker_use_play(pw);
	pworker_use_tls(pw);
	if (p->conf->measure_lag)
		timer_set(&pw->w.timers, &pw->lag_timer,
		    clock_mono_ns() + 200 * NS_PER_MS, pworker_lag, pw);
	if (pthread_create(&pw->thread, NULL, pworker_thread, pw) != 0)
		abort();
	pw->started = true;
}

void
pworker_clear(struct pworker *pw)
{
	struct exchange *x;
	struct faults *f;

	if (pw->conf == NULL)
		return;
	if (pw->started)
		pthread_join(pw->thread, NULL);
	for (unsigned i = 0; i < pw->conf->n_listens; i++)
		listener_stop(&pw->listeners[i]);
	pworker_drop_clients(pw);
	upstream_close_idle(pw);
	mirror_clear(pw);
	timer_cancel(&pw->w.timers, &pw->drain_timer);
	timer_cancel(&pw->w.timers, &pw->lag_timer);
	worker_clear(&pw->w);
	upstream_clear(pw);
	while ((x = pw->free_exchanges) != NULL) {
		pw->free_exchanges = x->next_free;
		free(x);
	}
	while ((f = pw->free_faults) != NULL) {
		pw->free_faults = f->next_free;
		faults_destroy(f);
	}
	reply_clear(&pw->reply);
	buf_clear(&pw->target);
	play_unref(pw->play);
	tls_server_free(pw->tls_server);
	free(pw->listeners);
}
