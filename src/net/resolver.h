/*
 * Names of upstreams to addresses, on a thread of its own: no loop ever waits
 * for DNS. Names are looked up again every so often and when asked to.
 */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include <stdbool.h>
#include <stdint.h>

#include "net/address.h"

enum { RESOLVER_ADDRESSES_MAX = 16 };

struct resolver;

struct resolver *resolver_new(void);
/* Stops the thread and frees everything. NULL is fine. */
void resolver_free(struct resolver *r);

/*
 * Adds a name (or an IP address, or with port 0 a `unix:` path) and looks it
 * up once, waiting. Returns its number. Only before resolver_start.
 */
unsigned resolver_add(struct resolver *r, const char *host, uint16_t port);
/* Starts refreshing; not needed (and no thread) when all are addresses. */
void resolver_start(struct resolver *r);

/* Any thread. Changes whenever any name's addresses change. */
unsigned resolver_generation(const struct resolver *r);
/* Any thread. Copies the addresses of one name; 0: it does not resolve. */
unsigned resolver_get(struct resolver *r, unsigned name,
    struct sock_address to[RESOLVER_ADDRESSES_MAX]);
/* Any thread. Looks all names up again soon, at most once a second. */
void resolver_kick(struct resolver *r);

#endif
