/*
 * An open-loop load generator: requests leave at a set rate whether or not
 * earlier ones have been answered, and each is timed from the moment when it
 * was due. A closed loop (wrk) sends less while the server is slow and so
 * hides exactly what p99 is asked about.
 *
 *     load ADDRESS PORT PATH RATE SECONDS CONNECTIONS
 *
 * Prints one JSON object; times in microseconds. Those of "wire" are from just
 * before a request was sent to when the kernel had the answer, by its own
 * stamp: without what this program itself was late. A request that was late
 * because no connection was free still counts from when it was due. The first
 * tenth of the requests warms up and is not counted.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ULL

struct conn {
	int fd;
	uint64_t due;  /* when its request should have left, ns */
	uint64_t sent; /* ns of the wall clock: when it did, or should have if
			* the server kept all connections busy */
	size_t have;
	char buf[8192];
};

struct load {
	struct sockaddr_in to;
	char request[1024];
	size_t request_len;
	double rate;
	uint64_t begin; /* ns, CLOCK_MONOTONIC */
	uint64_t want;  /* requests in all */
	uint64_t sent;
	uint64_t done;
	uint64_t errors;
	uint64_t other;  /* answers that were not 2xx */
	uint32_t *times; /* microseconds from due to answered */
	uint32_t *wire;  /* and from sent to received */
	size_t n_times;
	int poll;
	int timer;
	struct conn *conns;
	struct conn **idle;
	int n_idle;
	bool starved; /* requests wait for a connection */
};

static uint64_t
ns_of(struct timespec ts)
{
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

static uint64_t
clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ns_of(ts);
}

static uint64_t
now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static void
conn_open(struct load *load, struct conn *conn)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = conn };
	int one = 1;

	conn->have = 0;
	conn->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (conn->fd < 0 || connect(conn->fd, (struct sockaddr *)&load->to,
				sizeof(load->to)) < 0)
		fail("connect");
	fcntl(conn->fd, F_SETFL, O_NONBLOCK);
	setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(conn->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one));
	if (epoll_ctl(load->poll, EPOLL_CTL_ADD, conn->fd, &ev) < 0)
		fail("epoll_ctl");
	load->idle[load->n_idle++] = conn;
}

static void
conn_lost(struct load *load, struct conn *conn)
{
	load->errors++;
	load->done++;
	close(conn->fd);
	conn_open(load, conn);
}

static uint64_t
due_of(const struct load *load, uint64_t i)
{
	return load->begin + (uint64_t)((double)i * SECOND / load->rate);
}

/* Sends what is due as far as connections are free. */
static void
send_due(struct load *load)
{
	while (load->sent < load->want && load->n_idle > 0 &&
	       due_of(load, load->sent) <= now_ns()) {
		struct conn *conn = load->idle[--load->n_idle];

		conn->due = due_of(load, load->sent++);
		conn->sent = clock_ns(CLOCK_REALTIME);
		if (load->starved)
			conn->sent -= now_ns() - conn->due;
		if (send(conn->fd, load->request, load->request_len,
			MSG_NOSIGNAL) != (ssize_t)load->request_len)
			conn_lost(load, conn);
	}
	load->starved = load->n_idle == 0;
}

/* The length of the response in buf, 0 if it is not whole yet. */
static size_t
response_len(const struct conn *conn)
{
	const char *end = memmem(conn->buf, conn->have, "\r\n\r\n", 4);
	const char *field;
	size_t head;

	if (end == NULL)
		return 0;
	head = (size_t)(end - conn->buf) + 4;
	field = strcasestr(conn->buf, "\r\ncontent-length:");
	if (field == NULL || field > end)
		fail("an answer without Content-Length");
	head += strtoul(field + 17, NULL, 10);
	return conn->have >= head ? head : 0;
}

static void
answered(struct load *load, struct conn *conn, uint64_t received)
{
	uint64_t took = now_ns() - conn->due;

	if (load->done++ >= load->want / 10) {
		load->wire[load->n_times] =
		    (uint32_t)((received - conn->sent) / 1000);
		load->times[load->n_times++] = (uint32_t)(took / 1000);
	}
	if (conn->buf[9] != '2')
		load->other++;
	conn->have = 0;
	load->idle[load->n_idle++] = conn;
}

/* recv, and when the kernel had the last of it. */
static ssize_t
receive_stamped(struct conn *conn, uint64_t *received)
{
	char control[CMSG_SPACE(sizeof(struct timespec))];
	struct iovec iov = { conn->buf + conn->have,
		sizeof(conn->buf) - 1 - conn->have };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(conn->fd, &msg, 0);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	struct timespec stamp;

	*received = clock_ns(CLOCK_REALTIME);
	if (c != NULL && c->cmsg_type == SCM_TIMESTAMPNS) {
		memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
		*received = ns_of(stamp);
	}
	return n;
}

static void
receive(struct load *load, struct conn *conn)
{
	uint64_t received;
	ssize_t n = receive_stamped(conn, &received);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		conn_lost(load, conn);
		return;
	}
	conn->have += (size_t)n;
	conn->buf[conn->have] = '\0';
	if (response_len(conn) != 0)
		answered(load, conn, received);
}

static void
wait_until(struct load *load, uint64_t due)
{
	struct itimerspec at = { .it_value = { .tv_sec = (time_t)(due / SECOND),
				     .tv_nsec = (long)(due % SECOND) } };
	struct epoll_event events[64];
	int n;

	if (load->sent < load->want && load->n_idle > 0)
		timerfd_settime(load->timer, TFD_TIMER_ABSTIME, &at, NULL);
	n = epoll_wait(load->poll, events, 64, 5000);
	if (n == 0) {
		fprintf(stderr, "load: no answer for 5 s\n");
		exit(1);
	}
	for (int i = 0; i < n; i++)
		if (events[i].data.ptr != NULL)
			receive(load, events[i].data.ptr);
		else if (read(load->timer, &(uint64_t){ 0 }, 8) < 0 &&
			 errno != EAGAIN)
			fail("timerfd");
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Sorts them. */
static void
print_times(uint32_t *times, size_t n)
{
	qsort(times, n, sizeof(*times), compare);
	printf("\"min\": %u, \"p50\": %u, \"p99\": %u, \"max\": %u", times[0],
	    times[(n - 1) / 2], times[(size_t)((double)(n - 1) * 0.99)],
	    times[n - 1]);
}

static void
print_result(struct load *load)
{
	printf("{\"done\": %llu, \"errors\": %llu, \"other\": %llu, ",
	    (unsigned long long)load->done, (unsigned long long)load->errors,
	    (unsigned long long)load->other);
	print_times(load->times, load->n_times);
	printf(", \"wire\": {");
	print_times(load->wire, load->n_times);
	printf("}}\n");
}

static void
load_init(struct load *load, char **argv, int n_conns)
{
	struct epoll_event ev = { .events = EPOLLIN };

	prctl(PR_SET_TIMERSLACK, 1UL);
	load->to.sin_family = AF_INET;
	load->to.sin_port = htons((uint16_t)atoi(argv[2]));
	inet_pton(AF_INET, argv[1], &load->to.sin_addr);
	load->request_len =
	    (size_t)snprintf(load->request, sizeof(load->request),
		"GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", argv[3]);
	load->rate = atof(argv[4]);
	load->want = (uint64_t)(load->rate * atof(argv[5]));
	load->poll = epoll_create1(0);
	load->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	epoll_ctl(load->poll, EPOLL_CTL_ADD, load->timer, &ev);
	load->times = calloc(load->want + 1, sizeof(*load->times));
	load->wire = calloc(load->want + 1, sizeof(*load->wire));
	load->conns = calloc((size_t)n_conns, sizeof(*load->conns));
	load->idle = calloc((size_t)n_conns, sizeof(*load->idle));
	if (load->times == NULL || load->wire == NULL || load->conns == NULL ||
	    load->idle == NULL)
		fail("calloc");
	for (int i = 0; i < n_conns; i++)
		conn_open(load, &load->conns[i]);
	load->begin = now_ns() + SECOND / 100;
}

int
main(int argc, char **argv)
{
	struct load load = { 0 };

	if (argc != 7) {
		fprintf(stderr, "usage: load ADDRESS PORT PATH RATE SECONDS "
				"CONNECTIONS\n");
		return 2;
	}
	load_init(&load, argv, atoi(argv[6]));
	while (load.done < load.want) {
		send_due(&load);
		wait_until(&load, due_of(&load, load.sent));
	}
	print_result(&load);
	return 0;
}
