#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/conn.h"
#include "net/tls_made.h"
#include "net/worker.h"

enum { RECORD = 1000, SNDBUF = 8192 };

/* A TLS connection between a conn in its loop and a client by hand. */
struct pair {
	struct worker w;
	struct tls_made *made;
	struct tls_server *server;
	SSL_CTX *ctx;
	struct conn c;
	SSL *client;
	int fd;
	bool connected, closed;
};

static void
told(struct conn *c, enum conn_event what)
{
	struct pair *p = c->worker->owner;

	p->connected |= what == CONN_CONNECTED;
}

static void
closed(struct conn *c)
{
	struct pair *p = c->worker->owner;

	p->closed = true;
}

static void
turn(struct pair *p)
{
	event_base_loop(p->w.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static void
pair_open(struct pair *p)
{
	int fds[2], size = SNDBUF;

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	p->fd = fds[1];
	p->client = SSL_new(p->ctx);
	SSL_set_fd(p->client, fds[1]);
	SSL_set_connect_state(p->client);
	p->c = (struct conn){ .on_event = told, .on_closed = closed };
	p->connected = p->closed = false;
	conn_init(&p->c, &p->w, fds[0]);
	conn_start_tls(&p->c, tls_accept(p->server, fds[0]));
	conn_start(&p->c, false);
	while (SSL_do_handshake(p->client) != 1 || !p->connected)
		turn(p);
}

static void
pair_close(struct pair *p)
{
	SSL_free(p->client);
	close(p->fd);
	while (!p->closed)
		turn(p);
}

/* Payload bytes until the end; *cleanp: whether that was a close_notify. */
static size_t
pair_read(struct pair *p, bool *cleanp)
{
	char buf[4096];
	size_t got = 0;
	int r, error;

	for (;;) {
		r = SSL_read(p->client, buf, sizeof(buf));
		if (r > 0) {
			got += (size_t)r;
			continue;
		}
		error = SSL_get_error(p->client, r);
		if (error != SSL_ERROR_WANT_READ) {
			*cleanp = error == SSL_ERROR_ZERO_RETURN;
			return got;
		}
		turn(p);
	}
}

static int
setup(void **state)
{
	static struct pair p;
	struct tls_server_conf conf = { .self_signed = true };
	struct diags diags = { .v = NULL };

	p = (struct pair){ .made = tls_made_new() };
	conf.made = p.made;
	p.server = tls_server_new(&conf, &diags);
	p.ctx = SSL_CTX_new(TLS_client_method());
	worker_init(&p.w, 0);
	p.w.owner = &p;
	worker_tick(&p.w);
	*state = &p;
	return 0;
}

static int
teardown(void **state)
{
	struct pair *p = *state;

	worker_clear(&p->w);
	SSL_CTX_free(p->ctx);
	tls_server_free(p->server);
	tls_made_free(p->made);
	return 0;
}

/* Each number of records that fit, one more each time: the last one leaves no
 * room for close_notify. */
static void
the_goodbye_waits_for_room_in_the_kernel(void **state)
{
	struct pair *p = *state;
	char data[RECORD] = "";
	struct iovec iov = { data, sizeof(data) };
	bool clean, full = false;
	unsigned waited = 0;

	for (unsigned n = 1; !full; n++) {
		pair_open(p);
		for (unsigned i = 0; i < n; i++)
			conn_send(&p->c, &iov, 1);
		full = conn_blocked(&p->c);
		conn_finish(&p->c, CONN_END_FIN, NS_PER_S, NS_PER_S);
		waited += !full && p->c.shutting;
		clean = false;
		assert_int_equal(pair_read(p, &clean), n * RECORD);
		assert_true(clean);
		pair_close(p);
	}
	assert_int_not_equal(waited, 0);
}

static void
an_end_without_goodbye_is_seen_as_such(void **state)
{
	struct pair *p = *state;
	char x = 'x';
	struct iovec iov = { &x, 1 };
	bool clean = true;

	pair_open(p);
	p->c.no_notify = true;
	conn_send(&p->c, &iov, 1);
	conn_finish(&p->c, CONN_END_FIN, NS_PER_S, NS_PER_S);
	assert_int_equal(pair_read(p, &clean), 1);
	assert_false(clean);
	pair_close(p);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    the_goodbye_waits_for_room_in_the_kernel, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    an_end_without_goodbye_is_seen_as_such, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
