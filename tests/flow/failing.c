/*
 * Preloaded into brownout by flow tests: the Nth call of one function on a
 * thread other than the first fails once, with the errno that the test chose
 * (FAIL_CALL, FAIL_AT, FAIL_ERRNO), and the file FAIL_TOLD says so.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int failing_n;

static bool
failing_now(const char *call)
{
	const char *which = getenv("FAIL_CALL"), *at = getenv("FAIL_AT");
	int fd;

	if (which == NULL || strcmp(which, call) != 0 ||
	    syscall(SYS_gettid) == getpid() ||
	    atomic_fetch_add(&failing_n, 1) + 1 != strtol(at, NULL, 10))
		return false;
	fd = open(getenv("FAIL_TOLD"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	errno = (int)strtol(getenv("FAIL_ERRNO"), NULL, 10);
	return true;
}

#define FAILING(type, name, params, args)                               \
	type name params;                                               \
	type name params                                                \
	{                                                               \
		static type(*_Atomic real) params;                      \
                                                                        \
		if (failing_now(#name))                                 \
			return -1;                                      \
		if (real == NULL)                                       \
			real = (type(*) params)dlsym(RTLD_NEXT, #name); \
		return real args;                                       \
	}

FAILING(
    ssize_t, recv, (int fd, void *p, size_t n, int flags), (fd, p, n, flags))
FAILING(ssize_t, send, (int fd, const void *p, size_t n, int flags),
    (fd, p, n, flags))
FAILING(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags),
    (fd, m, flags))
FAILING(int, accept4, (int fd, struct sockaddr *a, socklen_t *n, int flags),
    (fd, a, n, flags))
FAILING(
    int, connect, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
FAILING(int, epoll_ctl, (int fd, int op, int of, struct epoll_event *e),
    (fd, op, of, e))
FAILING(
    int, socket, (int family, int type, int protocol), (family, type, protocol))
