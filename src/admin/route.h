/* Which function answers a request to the admin API. Pure. */
#ifndef ADMIN_ROUTE_H
#define ADMIN_ROUTE_H

#include <stdbool.h>

#include "base/span.h"

struct api_call;

struct route {
	const char *method, *path;
	void (*answer)(struct api_call *call);
	bool open; /* no token is asked for */
};

extern const struct route routes[];
extern const unsigned n_routes;

enum { ROUTE_ALLOW = 64 };

/*
 * The route of a method and a path; HEAD goes as GET. *tailp gets what stands
 * for the star. NULL: allow holds the methods that the path knows (RFC 9110
 * 10.2.1), "" when it knows none, which is a 404.
 */
const struct route *route_find(struct span method, struct span path,
    struct span *tailp, char allow[ROUTE_ALLOW]);

#endif
