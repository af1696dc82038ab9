/* The proxy as a whole: made, started, drained, joined. */
#include "proxy/proxy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "net/tls_made.h"
#include "proxy/internal.h"

void
proxy_conf_init(struct proxy_conf *conf)
{
	*conf = (struct proxy_conf){
		.threads = 1,
		.timeouts = {
			.client_head = 10ull * NS_PER_S,
			.client_body = 60ull * NS_PER_S,
			.client_idle = 60ull * NS_PER_S,
			.client_write = 60ull * NS_PER_S,
			.client_half = 700ull * NS_PER_MS,
			.linger = 2ull * NS_PER_S,
			.connect = 5ull * NS_PER_S,
			.first_byte = 60ull * NS_PER_S,
			.upstream_idle = 60ull * NS_PER_S,
			.pool_idle = 60ull * NS_PER_S,
			.tunnel_idle = 3600ull * NS_PER_S,
			.upstream_down = 10ull * NS_PER_S,
			.drain = 30ull * NS_PER_S,
		},
		.limits = { .line_max = 16384, .field_max = 32768,
			.head_max = 65536, .n_fields = HEAD_FIELDS_MAX },
		.pool_max = 1024,
	};
}

static void
proxy_complain(struct diags *diags, const char *what, const char *why)
{
	diags_add(diags, DIAG_ERROR, NULL, 0, 0, "%s: %s", what, why);
}

static bool
proxy_open_one(struct proxy *p, unsigned i, struct diags *diags)
{
	const struct proxy_conf *conf = p->conf;
	struct sock_address *a = &p->addresses[i];
	char text[ADDRESS_TEXT];
	int fd;

	*a = conf->listens[i];
	for (unsigned w = 0; w < conf->threads; w++) {
		if (w > 0 && a->u.sa.sa_family == AF_UNIX)
			fd = dup(p->fds[i * conf->threads]);
		else
			fd = listener_open(a, conf->threads > 1, w == 0);
		if (fd == -1) {
			proxy_complain(
			    diags, address_text(a, text), strerror(errno));
			return false;
		}
		p->fds[i * conf->threads + w] = fd;
		/* The first one settled port 0; the others share it. */
	}
	return true;
}

static bool
proxy_open(struct proxy *p, struct diags *diags)
{
	unsigned n = p->conf->n_listens * p->conf->threads;

	p->addresses = xcalloc(p->conf->n_listens, sizeof(*p->addresses));
	p->fds = xcalloc(n, sizeof(int));
	for (unsigned i = 0; i < n; i++)
		p->fds[i] = -1;
	for (unsigned i = 0; i < p->conf->n_listens; i++)
		if (!proxy_open_one(p, i, diags))
			return false;
	return true;
}

/* Splits an upstream's URL. False with a message. */
static bool
proxy_add_server(struct proxy *p, const char *url, struct diags *diags)
{
	struct server *s = &p->servers[p->n_servers];
	const char *rest, *colon, *end;
	unsigned long port;
	bool tls = strncmp(url, "https://", 8) == 0;

	s->url = url;
	s->health = &p->healths[p->n_servers];
	if (strncmp(url, "unix:", 5) == 0 && url[5] != '\0') {
		s->host = xstrdup("localhost");
		s->authority = xstrdup("localhost");
		s->name = resolver_add(p->resolver, url + 5, 0);
		p->n_servers++;
		return true;
	}
	if (!tls && strncmp(url, "http://", 7) != 0) {
		proxy_complain(diags, url,
		    "expected an upstream such as http://127.0.0.1:3000, "
		    "https://host or unix:PATH");
		return false;
	}
	rest = url + (tls ? 8 : 7);
	end = rest + strcspn(rest, "/?#");
	if ((end[0] == '/' && end[1] != '\0') || end[0] == '?' ||
	    end[0] == '#' ||
	    !h1_host_valid((struct span){ rest, (size_t)(end - rest) })) {
		proxy_complain(
		    diags, url, "expected scheme://host[:port] without a path");
		return false;
	}
	colon = memrchr(rest, ':', (size_t)(end - rest));
	if (colon != NULL && memchr(colon, ']', (size_t)(end - colon)))
		colon = NULL;
	port = colon != NULL ? strtoul(colon + 1, NULL, 10) : tls ? 443 : 80;
	if (port == 0 || port > 65535) {
		proxy_complain(diags, url, "expected a port from 1 to 65535");
		return false;
	}
	s->authority = xstrndup(rest, (size_t)(end - rest));
	if (colon == NULL)
		colon = end;
	if (rest[0] == '[')
		s->host = xstrndup(rest + 1, (size_t)(colon - rest) - 2);
	else
		s->host = xstrndup(rest, (size_t)(colon - rest));
	s->name = resolver_add(p->resolver, s->host, (uint16_t)port);
	s->tls = tls ? p->tls_client : NULL;
	p->n_servers++;
	return true;
}

static bool
proxy_add_servers(struct proxy *p, struct diags *diags)
{
	const struct proxy_conf *conf = p->conf;
	bool good = true, tls = false;

	for (unsigned i = 0; i < conf->n_upstreams; i++)
		tls |= strncmp(conf->upstreams[i], "https://", 8) == 0;
	if (tls &&
	    (p->tls_client = tls_client_new(&conf->tls_client, diags)) == NULL)
		return false;
	p->resolver = resolver_new();
	p->servers = xcalloc(conf->n_upstreams, sizeof(struct server));
	p->healths = xcalloc(conf->n_upstreams, sizeof(struct health));
	for (unsigned i = 0; i < conf->n_upstreams; i++)
		good &= proxy_add_server(p, conf->upstreams[i], diags);
	return good;
}

static struct tls_server *
proxy_tls_server(const struct proxy *p, const struct tls_server_conf *conf,
    struct diags *diags)
{
	struct tls_server_conf with = *conf;

	with.made = p->made;
	return tls_server_new(&with, diags);
}

static bool
proxy_open_tls(struct proxy *p, struct diags *diags)
{
	const struct tls_server_conf *conf = &p->conf->tls_server;

	if (conf->n_pairs == 0 && !conf->self_signed)
		return true;
	p->made = tls_made_new();
	if (conf->fault_ca != NULL &&
	    !tls_made_write_ca(p->made, conf->fault_ca, diags))
		return false;
	p->tls_server = proxy_tls_server(p, conf, diags);
	return p->tls_server != NULL;
}

/* The certificates that the play's faults show must be there before a worker
 * knows the play. Under lock, once there are workers. */
static void
proxy_prepare(struct proxy *p)
{
	if (p->tls_server != NULL && p->play != NULL &&
	    faults_conn_needs(play_scenario(p->play)).hello)
		tls_server_make_bad(p->tls_server);
}

struct proxy *
proxy_new(const struct proxy_conf *conf, struct diags *diags, bool *busyp)
{
	struct proxy *p = xcalloc(1, sizeof(*p));

	*busyp = false;
	p->conf = conf;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->ended, NULL);
	if (!proxy_open_tls(p, diags))
		goto fail;
	if (!proxy_add_servers(p, diags))
		goto fail;
	if (!proxy_open(p, diags)) {
		*busyp = true;
		goto fail;
	}
	p->workers = xcalloc(conf->threads, sizeof(struct pworker));
	p->rings = xcalloc(conf->threads, sizeof(struct ring *));
	for (unsigned i = 0; i < conf->threads; i++) {
		if (conf->journal)
			p->rings[i] = ring_new(0);
		pworker_init(&p->workers[i], p, i);
	}
	return p;
fail:
	proxy_free(p);
	return NULL;
}

void
proxy_start(struct proxy *p, struct play *play, uint64_t t0_ns)
{
	p->play = play_ref(play);
	proxy_prepare(p);
	p->recording = p->conf->journal;
	p->t0_ns = t0_ns;
	p->wall0_ns = (int64_t)(clock_wall_ns() - (clock_mono_ns() - t0_ns));
	resolver_start(p->resolver);
	p->n_running = p->conf->threads;
	for (unsigned i = 0; i < p->conf->threads; i++)
		pworker_start(&p->workers[i]);
}

static void
proxy_wake(struct proxy *p)
{
	for (unsigned i = 0; i < p->conf->threads; i++)
		worker_wake(&p->workers[i].w);
}

void
proxy_drain(struct proxy *p)
{
	atomic_store(&p->drain, true);
	proxy_wake(p);
}

void
proxy_stop(struct proxy *p)
{
	atomic_store(&p->stop, true);
	proxy_wake(p);
}

void
proxy_set_play(
    struct proxy *p, struct play *play, uint16_t number, bool recording)
{
	struct play *old;

	pthread_mutex_lock(&p->lock);
	old = p->play;
	p->play = play_ref(play);
	proxy_prepare(p);
	p->play_number = number;
	p->recording = recording && p->conf->journal;
	pthread_mutex_unlock(&p->lock);
	play_unref(old);
	proxy_wake(p);
}

struct play *
proxy_play(struct proxy *p, uint16_t *numberp, bool *recordingp)
{
	struct play *play;

	pthread_mutex_lock(&p->lock);
	play = play_ref(p->play);
	*numberp = p->play_number;
	*recordingp = p->recording;
	pthread_mutex_unlock(&p->lock);
	return play;
}

void
proxy_release(struct proxy *p)
{
	proxy_wake(p);
}

bool
proxy_set_tls(
    struct proxy *p, const struct tls_server_conf *conf, struct diags *diags)
{
	struct tls_server *new = proxy_tls_server(p, conf, diags), *old;

	if (new == NULL)
		return false;
	pthread_mutex_lock(&p->lock);
	old = p->tls_server;
	p->tls_server = new;
	proxy_prepare(p);
	pthread_mutex_unlock(&p->lock);
	tls_server_free(old);
	proxy_wake(p);
	return true;
}

struct tls_server *
proxy_tls(struct proxy *p)
{
	struct tls_server *s = NULL;

	pthread_mutex_lock(&p->lock);
	if (p->tls_server != NULL)
		s = tls_server_ref(p->tls_server);
	pthread_mutex_unlock(&p->lock);
	return s;
}

void
proxy_worker_ended(struct proxy *p)
{
	pthread_mutex_lock(&p->lock);
	p->n_running--;
	pthread_cond_broadcast(&p->ended);
	pthread_mutex_unlock(&p->lock);
}

bool
proxy_wait(struct proxy *p, uint64_t timeout_ns)
{
	struct timespec until;
	uint64_t at_ns = clock_wall_ns() + timeout_ns;
	int r = 0;
	bool ended;

	until.tv_sec = (time_t)(at_ns / NS_PER_S);
	until.tv_nsec = (long)(at_ns % NS_PER_S);
	pthread_mutex_lock(&p->lock);
	while (p->n_running > 0 && r == 0)
		r = pthread_cond_timedwait(&p->ended, &p->lock, &until);
	ended = p->n_running == 0;
	pthread_mutex_unlock(&p->lock);
	return ended;
}

static void
proxy_close_listeners(struct proxy *p)
{
	for (unsigned i = 0;
	     p->fds != NULL && i < p->conf->n_listens * p->conf->threads; i++)
		if (p->fds[i] != -1)
			close(p->fds[i]);
	for (unsigned i = 0; p->addresses != NULL && i < p->conf->n_listens;
	     i++)
		if (p->addresses[i].u.sa.sa_family == AF_UNIX &&
		    p->workers != NULL)
			unlink(p->addresses[i].u.un.sun_path);
}

void
proxy_free(struct proxy *p)
{
	if (p == NULL)
		return;
	for (unsigned i = 0; p->workers != NULL && i < p->conf->threads; i++)
		pworker_clear(&p->workers[i]);
	proxy_close_listeners(p);
	for (unsigned i = 0; p->rings != NULL && i < p->conf->threads; i++)
		ring_free(p->rings[i]);
	play_unref(p->play);
	for (unsigned i = 0; i < p->n_servers; i++) {
		free(p->servers[i].host);
		free(p->servers[i].authority);
	}
	resolver_free(p->resolver);
	tls_server_free(p->tls_server);
	tls_made_free(p->made);
	tls_client_free(p->tls_client);
	free(p->servers);
	free(p->healths);
	free(p->workers);
	free(p->rings);
	free(p->fds);
	free(p->addresses);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->ended);
	free(p);
}

const struct sock_address *
proxy_address(const struct proxy *p, unsigned i)
{
	return &p->addresses[i];
}

unsigned
proxy_workers(const struct proxy *p)
{
	return p->conf->threads;
}

struct ring *
proxy_ring(const struct proxy *p, unsigned worker)
{
	return p->rings[worker];
}

/* One attempt to connect, waiting; the loops do not run yet. */
static bool
proxy_reach(const struct sock_address *a, uint64_t timeout_ns)
{
	struct timeval tv = { .tv_sec = (time_t)(timeout_ns / NS_PER_S),
		.tv_usec = (long)(timeout_ns % NS_PER_S / NS_PER_US) };
	int fd = socket(a->u.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good;

	if (fd == -1)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	good = connect(fd, &a->u.sa, a->n) == 0;
	close(fd);
	return good;
}

bool
proxy_upstream_reachable(struct proxy *p, uint64_t timeout_ns)
{
	struct sock_address found[RESOLVER_ADDRESSES_MAX];
	unsigned n;

	for (unsigned i = 0; i < p->n_servers; i++) {
		n = resolver_get(p->resolver, p->servers[i].name, found);
		for (unsigned k = 0; k < n; k++)
			if (proxy_reach(&found[k], timeout_ns))
				return true;
	}
	return false;
}
