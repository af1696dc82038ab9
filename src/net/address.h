/* Where to listen or connect: text to socket addresses and back. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <netinet/in.h>

#include "base/span.h"

struct sock_address {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} u;
	socklen_t n;
};

/* Longest text: `unix:` and a path, or `[v6]:port`. */
enum { ADDRESS_TEXT = 128 };

/*
 * `127.0.0.1:8080`, `[::1]:8080`, `:8080` (loopback), `8080`, `localhost:8080`,
 * `unix:PATH`: an address to listen on; no names are resolved but localhost.
 * NULL, or what is wrong with it as a static sentence.
 */
const char *address_parse(struct span text, struct sock_address *a);
/* As above, without the port of unix sockets; returns to. */
const char *address_text(const struct sock_address *a, char to[ADDRESS_TEXT]);
/* The address without its port: for X-Forwarded-For; "unix" for a socket. */
const char *address_host(const struct sock_address *a, char to[ADDRESS_TEXT]);
bool address_is_loopback(const struct sock_address *a);

#endif
