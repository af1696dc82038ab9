#include "cli/ctl_http.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "net/address.h"

enum { CTL_HEAD_MAX = 64 << 10, CTL_BODY_MAX = 64 << 20, CTL_TIMEOUT_S = 30 };

static int
ctl_connect_to(int family, const struct sockaddr *to, socklen_t n)
{
	struct timeval limit = { .tv_sec = CTL_TIMEOUT_S };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, to, n) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* A name with its port: looked up. */
static int
ctl_connect_name(const char *address, const char **whyp)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *a;
	const char *colon = strrchr(address, ':');
	char *host = colon != NULL
			 ? xstrndup(address, (size_t)(colon - address))
			 : xstrdup(address);
	int r = getaddrinfo(
	    host, colon != NULL ? colon + 1 : "9900", &hints, &list);
	int fd = -1;

	free(host);
	if (r != 0) {
		*whyp = gai_strerror(r);
		return -1;
	}
	for (a = list; a != NULL && fd == -1; a = a->ai_next)
		fd = ctl_connect_to(a->ai_family, a->ai_addr, a->ai_addrlen);
	*whyp = strerror(errno);
	freeaddrinfo(list);
	return fd;
}

static int
ctl_connect(const char *address, const char **whyp)
{
	struct sock_address a;
	int fd;

	if (address_parse(span_str(address), &a) != NULL)
		return ctl_connect_name(address, whyp);
	fd = ctl_connect_to(a.u.sa.sa_family, &a.u.sa, a.n);
	*whyp = strerror(errno);
	return fd;
}

static bool
ctl_send(int fd, struct span s)
{
	while (s.n > 0) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		s.p += n;
		s.n -= (size_t)n;
	}
	return true;
}

/* HTTP/1.0: the answer ends with the connection and comes without chunks. */
static bool
ctl_ask(int fd, const struct ctl_request *r, const char *host)
{
	struct buf b;
	bool good;

	buf_init(&b, CTL_BODY_MAX);
	buf_printf(
	    &b, "%s %s HTTP/1.0\r\nHost: %s\r\n", r->method, r->path, host);
	if (r->token != NULL)
		buf_printf(&b, "Authorization: Bearer %s\r\n", r->token);
	buf_printf(&b, "Content-Length: %zu\r\n\r\n", r->body.n);
	buf_span(&b, r->body);
	good = !b.overflow && ctl_send(fd, buf_view(&b));
	buf_clear(&b);
	return good;
}

/* Cuts the head off what has come; false: it is not complete yet. */
static bool
ctl_head(struct ctl_answer *a)
{
	const char *end = memmem(a->body.data, a->body.n, "\r\n\r\n", 4);

	if (end == NULL)
		return false;
	if (a->body.n > 12 && memcmp(a->body.data, "HTTP/1.", 7) == 0)
		a->status = (unsigned)strtoul(a->body.data + 9, NULL, 10);
	buf_drain(&a->body, (size_t)(end - a->body.data) + 4);
	return true;
}

/* Reads the answer; NULL, or what is wrong with it. */
static const char *
ctl_read(int fd, const struct ctl_request *r, struct ctl_answer *a)
{
	bool headless = true;
	ssize_t n;
	char *to;

	for (;;) {
		if (!headless && a->status == 200 && r->take != NULL) {
			if (!r->take(r->arg, buf_view(&a->body)))
				return NULL;
			a->body.n = 0;
		}
		to = buf_reserve(&a->body, 16384);
		if (to == NULL)
			return "an answer too large to be ours";
		n = recv(fd, to, 16384, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return strerror(errno);
		if (n == 0)
			break;
		a->body.n += (size_t)n;
		if (headless && ctl_head(a))
			headless = false;
	}
	return headless || a->status == 0 ? "no HTTP answer" : NULL;
}

bool
ctl_http(
    const struct ctl_request *r, struct ctl_answer *a, char *why, size_t whyn)
{
	const char *address = r->address, *what = NULL;
	int fd;

	*a = (struct ctl_answer){ .status = 0 };
	buf_init(&a->body, CTL_BODY_MAX);
	if (strncmp(address, "http://", 7) == 0)
		address += 7;
	fd = ctl_connect(address, &what);
	if (fd != -1) {
		what = NULL;
		if (!ctl_ask(fd, r,
			strncmp(address, "unix:", 5) == 0 ? "localhost"
							  : address))
			what = strerror(errno);
		else
			what = ctl_read(fd, r, a);
		close(fd);
	}
	if (what == NULL)
		return true;
	snprintf(why, whyn, "%s: %s", address, what);
	buf_clear(&a->body);
	return false;
}
