#include "admin/route.h"

#include <stdio.h>
#include <string.h>

#include "admin/api.h"

const struct route routes[] = {
#define ROUTE(method, path, function, open) \
	{ #method, path, api_##function, open },
#include "admin/routes.def"
#undef ROUTE
};

const unsigned n_routes = sizeof(routes) / sizeof(routes[0]);

static bool
route_matches(const struct route *r, struct span path, struct span *tailp)
{
	size_t n = strlen(r->path);

	*tailp = (struct span){ NULL, 0 };
	if (r->path[n - 1] != '*')
		return span_eq(span_str(r->path), path);
	n--;
	if (path.n <= n || memcmp(path.p, r->path, n) != 0)
		return false;
	*tailp = (struct span){ path.p + n, path.n - n };
	return memchr(tailp->p, '/', tailp->n) == NULL;
}

static void
route_allow(char allow[ROUTE_ALLOW], const char *method)
{
	size_t n = strlen(allow);

	snprintf(allow + n, ROUTE_ALLOW - n, "%s%s%s", n > 0 ? ", " : "",
	    method, strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

const struct route *
route_find(struct span method, struct span path, struct span *tailp,
    char allow[ROUTE_ALLOW])
{
	if (span_eq(method, SPAN("HEAD")))
		method = SPAN("GET");
	allow[0] = '\0';
	for (unsigned i = 0; i < n_routes; i++) {
		if (!route_matches(&routes[i], path, tailp))
			continue;
		if (span_eq(span_str(routes[i].method), method))
			return &routes[i];
		route_allow(allow, routes[i].method);
	}
	return NULL;
}
