#include "net/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
address_port(struct span s, in_port_t *portp)
{
	unsigned long port = 0;

	if (s.n == 0 || s.n > 5)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		port = port * 10 + (unsigned long)(s.p[i] - '0');
	}
	*portp = htons((in_port_t)port);
	return port <= 65535;
}

static const char *
address_unix(struct span path, struct sock_address *a)
{
	if (path.n == 0)
		return "expected a path after unix:";
	if (path.n >= sizeof(a->u.un.sun_path))
		return "the path of a unix socket is limited to 107 bytes";
	a->u.un.sun_family = AF_UNIX;
	memcpy(a->u.un.sun_path, path.p, path.n);
	a->u.un.sun_path[path.n] = '\0';
	a->n = sizeof(a->u.un);
	return NULL;
}

static const char *
address_inet(struct span host, in_port_t port, struct sock_address *a)
{
	char text[INET6_ADDRSTRLEN];

	if (host.n == 0 || span_caseeq(host, SPAN("localhost")))
		host = SPAN("127.0.0.1");
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct span){ host.p + 1, host.n - 2 };
	if (host.n >= sizeof(text))
		return "expected an IP address";
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	if (inet_pton(AF_INET, text, &a->u.in.sin_addr) == 1) {
		a->u.in.sin_family = AF_INET;
		a->u.in.sin_port = port;
		a->n = sizeof(a->u.in);
		return NULL;
	}
	if (inet_pton(AF_INET6, text, &a->u.in6.sin6_addr) == 1) {
		a->u.in6.sin6_family = AF_INET6;
		a->u.in6.sin6_port = port;
		a->n = sizeof(a->u.in6);
		return NULL;
	}
	return "expected an IP address such as 127.0.0.1:8080 or [::1]:8080";
}

const char *
address_parse(struct span text, struct sock_address *a)
{
	const char *colon;
	struct span host = { text.p, 0 }, port = text;
	in_port_t number;

	memset(a, 0, sizeof(*a));
	if (text.n > 5 && memcmp(text.p, "unix:", 5) == 0)
		return address_unix((struct span){ text.p + 5, text.n - 5 }, a);
	colon = memrchr(text.p, ':', text.n);
	if (colon != NULL) {
		host.n = (size_t)(colon - text.p);
		port = (struct span){ colon + 1, text.n - host.n - 1 };
	}
	if (!address_port(port, &number))
		return "expected ADDRESS:PORT, such as 127.0.0.1:8080, or "
		       "unix:PATH";
	return address_inet(host, number, a);
}

const char *
address_host(const struct sock_address *a, char to[ADDRESS_TEXT])
{
	to[0] = '\0';
	if (a->u.sa.sa_family == AF_INET)
		inet_ntop(AF_INET, &a->u.in.sin_addr, to, ADDRESS_TEXT);
	else if (a->u.sa.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &a->u.in6.sin6_addr, to, ADDRESS_TEXT);
	else
		memcpy(to, "unix", 5);
	return to;
}

const char *
address_text(const struct sock_address *a, char to[ADDRESS_TEXT])
{
	char host[ADDRESS_TEXT];

	address_host(a, host);
	if (a->u.sa.sa_family == AF_INET)
		snprintf(to, ADDRESS_TEXT, "%.64s:%u", host,
		    ntohs(a->u.in.sin_port));
	else if (a->u.sa.sa_family == AF_INET6)
		snprintf(to, ADDRESS_TEXT, "[%.64s]:%u", host,
		    ntohs(a->u.in6.sin6_port));
	else
		snprintf(to, ADDRESS_TEXT, "unix:%s", a->u.un.sun_path);
	return to;
}

bool
address_is_loopback(const struct sock_address *a)
{
	if (a->u.sa.sa_family == AF_INET)
		return ntohl(a->u.in.sin_addr.s_addr) >> 24 == 127;
	if (a->u.sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&a->u.in6.sin6_addr);
	return true;
}
