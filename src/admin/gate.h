/* Who may talk to the admin API. Pure. */
#ifndef ADMIN_GATE_H
#define ADMIN_GATE_H

#include <stdbool.h>

#include "base/span.h"

struct gate {
	const char *token;        /* NULL: none is asked for */
	const char *const *hosts; /* further names in Host */
	unsigned n_hosts;
};

/*
 * Whether a Host (RFC 9110 7.2; with or without port) is ours: a loopback name
 * or address, the local address of the connection (as text without port, "" for
 * none), or one of the gate's. Any other is a name that someone else made to
 * point at us (DNS rebinding).
 */
bool gate_host(const struct gate *g, struct span host, struct span local);
/* The same for an Origin (RFC 6454 7), which browsers send with what pages of
 * others make them send. */
bool gate_origin(const struct gate *g, struct span origin, struct span local);
/* Whether an Authorization value is `Bearer TOKEN` (RFC 6750 2.1) with the
 * gate's token; takes as long for a wrong one as for the right one. */
bool gate_token(const struct gate *g, struct span authorization);

#endif
