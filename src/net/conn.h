/*
 * A connection: bytes in and out of a socket, plain or TLS behind the same
 * calls. It knows nothing of HTTP. Events are edge-triggered (a level costs the
 * kernel a second look at each socket, 3 % of a request) and reading can be
 * paused (back-pressure); writing goes straight to the kernel and only what
 * the kernel does not take is kept, so a healthy connection owns no output.
 *
 * The owner embeds a conn, gets `on_event`, and ends it with conn_finish or
 * conn_kill; the owner's `on_closed` is called on a later turn of the loop,
 * when nothing on the stack can hold the object any more.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/span.h"
#include "net/block.h"
#include "net/timer.h"

struct worker;
struct tls;

enum conn_event {
	CONN_READABLE,  /* bytes or the end may be had by conn_fill */
	CONN_WRITTEN,   /* all output has been taken by the kernel again */
	CONN_CONNECTED, /* connect (and the TLS handshake) succeeded */
	CONN_FAILED, /* connect or handshake failed, or a write did: `error` */
	CONN_HELLO,  /* the handshake stopped there; conn_start goes on */
	CONN_GONE    /* while on hold: the peer closed */
};

enum conn_fill { FILL_BYTES, FILL_NOTHING, FILL_END, FILL_ERROR };

struct conn_out; /* bytes that the kernel did not take yet */

struct conn {
	int fd;
	struct worker *worker;
	struct event ev_read, ev_write;
	struct tls *tls; /* NULL: plain */
	void (*on_event)(struct conn *c, enum conn_event what);
	void (*on_closed)(struct conn *c);
	/* NULL, or told (without TLS) of what comes after conn_finish with FIN,
	 * when the peer has all that was sent; the bytes are then dropped. */
	void (*on_late)(struct conn *c, struct span bytes);
	struct block *in;
	struct conn_out *out, *out_last;
	size_t out_n;
	uint64_t n_sent, n_received; /* payload bytes, without TLS's own */
	struct timer end_timer;      /* waits for the kernel to send the rest */
	struct timeout look;         /* whether a reset came with the bytes */
	struct conn *next_dead;
	int error; /* errno of what failed; 0 with TLS: see why */
	const char *why;
	bool reading, writing, connecting, handshaking;
	bool unread;  /* the socket or TLS may hold more, and no event will
			 come for it */
	bool hung_up; /* the kernel told of the peer's FIN */
	bool eof;     /* the peer will send no more */
	bool failed;  /* nothing more can be sent */
	bool ended;   /* conn_finish or conn_kill was called */
	bool on_hold;
	bool no_notify; /* the owner's wish: TLS ends without close_notify */
	bool shutting;  /* close_notify and FIN wait for the kernel */
	bool end_rst, end_flushed;
	int end_queued; /* bytes that the kernel still had, when last looked */
	uint64_t end_by_ns, end_step_ns, end_stall_ns, end_linger_ns;
};

/* Takes over a connected (or connecting) non-blocking socket. */
void conn_init(struct conn *c, struct worker *w, int fd);
/* TLS on top: the handshake runs before CONN_CONNECTED. Takes over tls. */
void conn_start_tls(struct conn *c, struct tls *tls);
/* Waits for connect(2) (if connecting) and the handshake, then
 * CONN_CONNECTED or CONN_FAILED; again after CONN_HELLO: goes on. */
void conn_start(struct conn *c, bool connecting);

/* Nothing is read or written any more, until the peer closes (CONN_GONE) or
 * the owner ends it. Only before conn_start or at CONN_HELLO. */
void conn_hold(struct conn *c);

/* Whether CONN_READABLE is wanted. Resuming delivers what TLS holds back. */
void conn_read_enable(struct conn *c, bool on);

/* Reads no more for now, although CONN_READABLE has told of something. */
void conn_read_later(struct conn *c);

/* One read into c->in (a block is taken when there is none). FILL_NOTHING
 * when there was nothing or the block is full. */
enum conn_fill conn_fill(struct conn *c);
/* Gives the block back when all its bytes have been consumed. */
void conn_release(struct conn *c);

/* Sends; what the kernel does not take is copied and sent later. After a
 * failure it does nothing: c->failed is set, CONN_FAILED is not delivered for
 * a call that the owner just made. */
void conn_send(struct conn *c, const struct iovec *iov, unsigned n);
static inline bool
conn_blocked(const struct conn *c)
{
	return c->out != NULL;
}

/* No more output: FIN after what was sent, over TLS close_notify and FIN. */
void conn_shutdown_write(struct conn *c);

/*
 * Ends the connection once all output has left this machine (the kernel's
 * send queue is empty): with FIN, or with a reset that then cuts nothing off.
 * The cut point that a scenario names is true. A peer that takes nothing for
 * stall_ns while we have output, or then for linger_ns while the kernel has,
 * is given up; with FIN, what it still sends is read for linger_ns.
 */
enum conn_end { CONN_END_FIN, CONN_END_RST };
void conn_finish(
    struct conn *c, enum conn_end how, uint64_t stall_ns, uint64_t linger_ns);
/* Ends it now, dropping output; reset: the peer gets RST. */
void conn_kill(struct conn *c, bool reset);

/* After conn_fill said FILL_END: whether the peer closed both ways, as far as
 * the system can tell (unix sockets can; over TCP a FIN says less, but what is
 * sent then is answered by a reset). */
bool conn_peer_gone(const struct conn *c);

#endif
