#include "net/resolver.h"

#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/xalloc.h"

enum { RESOLVER_EVERY_S = 30 };

struct resolver_name {
	char *host;
	uint16_t port;
	bool literal; /* never changes */
	unsigned n;
	struct sock_address addresses[RESOLVER_ADDRESSES_MAX];
};

struct resolver {
	struct resolver_name *names;
	unsigned n;
	atomic_uint generation;
	pthread_t thread;
	bool running, stop; /* under lock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
};

struct resolver *
resolver_new(void)
{
	struct resolver *r = xcalloc(1, sizeof(*r));

	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->wake, NULL);
	return r;
}

/* The addresses of a name now; 0 when it has none. */
static unsigned
resolver_lookup(const char *host, uint16_t port,
    struct sock_address to[RESOLVER_ADDRESSES_MAX])
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV };
	struct addrinfo *list, *ai;
	unsigned n = 0;
	char service[8];

	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(host, service, &hints, &list) != 0) {
		hints.ai_flags = AI_NUMERICSERV;
		if (getaddrinfo(host, service, &hints, &list) != 0)
			return 0;
	}
	for (ai = list; ai != NULL && n < RESOLVER_ADDRESSES_MAX;
	     ai = ai->ai_next) {
		if (ai->ai_addrlen > sizeof(to[n].u))
			continue;
		memset(&to[n], 0, sizeof(to[n]));
		memcpy(&to[n].u, ai->ai_addr, ai->ai_addrlen);
		to[n++].n = ai->ai_addrlen;
	}
	freeaddrinfo(list);
	return n;
}

static bool
resolver_literal(struct resolver_name *name)
{
	char text[300];

	if (name->port == 0)
		snprintf(text, sizeof(text), "unix:%s", name->host);
	else if (strchr(name->host, ':') != NULL)
		snprintf(text, sizeof(text), "[%s]:%u", name->host, name->port);
	else
		snprintf(text, sizeof(text), "%s:%u", name->host, name->port);
	if (strcmp(name->host, "localhost") == 0 ||
	    address_parse(span_str(text), &name->addresses[0]) != NULL)
		return false;
	name->n = 1;
	return true;
}

unsigned
resolver_add(struct resolver *r, const char *host, uint16_t port)
{
	struct resolver_name *name;

	r->names = xreallocarray(r->names, r->n + 1, sizeof(*r->names));
	name = &r->names[r->n];
	*name = (struct resolver_name){ .host = xstrdup(host), .port = port };
	name->literal = resolver_literal(name);
	if (!name->literal)
		name->n = resolver_lookup(host, port, name->addresses);
	return r->n++;
}

/* Looks one name up without the lock and stores what changed under it. A name
 * that stops resolving keeps its last addresses. */
static void
resolver_refresh(struct resolver *r, struct resolver_name *name)
{
	struct sock_address found[RESOLVER_ADDRESSES_MAX];
	unsigned n;

	if (name->literal)
		return;
	n = resolver_lookup(name->host, name->port, found);
	if (n == 0)
		return;
	pthread_mutex_lock(&r->lock);
	if (n != name->n ||
	    memcmp(found, name->addresses, n * sizeof(found[0])) != 0) {
		memcpy(name->addresses, found, n * sizeof(found[0]));
		name->n = n;
		atomic_fetch_add(&r->generation, 1);
	}
	pthread_mutex_unlock(&r->lock);
}

static void *
resolver_thread(void *arg)
{
	struct resolver *r = arg;
	uint64_t last_ns = 0;
	struct timespec until;

	pthread_mutex_lock(&r->lock);
	while (!r->stop) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += RESOLVER_EVERY_S;
		pthread_cond_timedwait(&r->wake, &r->lock, &until);
		if (r->stop || clock_mono_ns() - last_ns < NS_PER_S)
			continue;
		pthread_mutex_unlock(&r->lock);
		for (unsigned i = 0; i < r->n; i++)
			resolver_refresh(r, &r->names[i]);
		last_ns = clock_mono_ns();
		pthread_mutex_lock(&r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

void
resolver_start(struct resolver *r)
{
	bool needed = false;

	for (unsigned i = 0; i < r->n; i++)
		needed |= !r->names[i].literal;
	if (needed)
		r->running =
		    pthread_create(&r->thread, NULL, resolver_thread, r) == 0;
}

unsigned
resolver_generation(const struct resolver *r)
{
	return atomic_load_explicit(&r->generation, memory_order_relaxed);
}

unsigned
resolver_get(struct resolver *r, unsigned name,
    struct sock_address to[RESOLVER_ADDRESSES_MAX])
{
	unsigned n;

	pthread_mutex_lock(&r->lock);
	n = r->names[name].n;
	memcpy(to, r->names[name].addresses, n * sizeof(to[0]));
	pthread_mutex_unlock(&r->lock);
	return n;
}

void
resolver_kick(struct resolver *r)
{
	pthread_mutex_lock(&r->lock);
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
}

void
resolver_free(struct resolver *r)
{
	if (r == NULL)
		return;
	if (r->running) {
		pthread_mutex_lock(&r->lock);
		r->stop = true;
		pthread_cond_signal(&r->wake);
		pthread_mutex_unlock(&r->lock);
		pthread_join(r->thread, NULL);
	}
	for (unsigned i = 0; i < r->n; i++)
		free(r->names[i].host);
	free(r->names);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->wake);
	free(r);
}
