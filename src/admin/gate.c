#include "admin/gate.h"

#include <stdint.h>
#include <string.h>

/* Without the port and the brackets of IPv6. */
static struct span
gate_name(struct span host)
{
	const char *end;

	if (host.n > 0 && host.p[0] == '[') {
		end = memchr(host.p, ']', host.n);
		if (end == NULL)
			return (struct span){ host.p, 0 };
		return (struct span){ host.p + 1, (size_t)(end - host.p) - 1 };
	}
	end = memchr(host.p, ':', host.n);
	if (end != NULL)
		host.n = (size_t)(end - host.p);
	if (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	return host;
}

/* An address of 127.0.0.0/8 in its usual form. */
static bool
gate_is_loopback(struct span name)
{
	unsigned dots = 0, value = 0, digits = 0;

	if (span_caseeq(name, SPAN("localhost")) || span_eq(name, SPAN("::1")))
		return true;
	if (name.n < 4 || memcmp(name.p, "127.", 4) != 0)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c == '.') {
			if (digits == 0)
				return false;
			dots++;
			value = digits = 0;
		} else if (c >= '0' && c <= '9' && digits < 3) {
			value = value * 10 + (unsigned)(c - '0');
			digits++;
		} else {
			return false;
		}
		if (value > 255)
			return false;
	}
	return dots == 3 && digits > 0;
}

bool
gate_host(const struct gate *g, struct span host, struct span local)
{
	struct span name;

	if (host.n == 0)
		return false;
	name = gate_name(host);
	if (name.n == 0)
		return false;
	if (gate_is_loopback(name) || (local.n > 0 && span_caseeq(name, local)))
		return true;
	for (unsigned i = 0; i < g->n_hosts; i++)
		if (span_caseeq(name, span_str(g->hosts[i])))
			return true;
	return false;
}

bool
gate_origin(const struct gate *g, struct span origin, struct span local)
{
	static const struct span schemes[] = { { "http://", 7 },
		{ "https://", 8 } };

	for (size_t i = 0; i < 2; i++)
		if (origin.n > schemes[i].n &&
		    memcmp(origin.p, schemes[i].p, schemes[i].n) == 0)
			return gate_host(g,
			    (struct span){ origin.p + schemes[i].n,
				origin.n - schemes[i].n },
			    local);
	return false;
}

bool
gate_token(const struct gate *g, struct span authorization)
{
	size_t n = strlen(g->token);
	struct span given;
	uint8_t differ;

	if (authorization.n < 7 ||
	    strncasecmp(authorization.p, "bearer ", 7) != 0)
		return false;
	given = span_trim(
	    (struct span){ authorization.p + 7, authorization.n - 7 });
	differ = given.n != n;
	for (size_t i = 0; i < given.n; i++)
		differ |= (uint8_t)(given.p[i] ^ g->token[i < n ? i : n]);
	return differ == 0;
}
