/*
 * The structures of one worker of the proxy. A client connection has at most
 * one exchange at a time (pipelined requests wait in its buffer); an exchange
 * has at most one upstream connection at a time; a backend has at most one
 * exchange. They point at each other, and one door parts them: exchange_end.
 */
#ifndef PROXY_INTERNAL_H
#define PROXY_INTERNAL_H

#include <stdatomic.h>

#include "base/clock.h"
#include "base/hash.h"
#include "decide/decide.h"
#include "http/date.h"
#include "http/facts.h"
#include "http/forward.h"
#include "http/h1.h"
#include "http/reply.h"
#include "net/conn.h"
#include "net/listener.h"
#include "net/resolver.h"
#include "net/worker.h"
#include "proxy/proxy.h"
#include "record/record.h"

struct exchange;
struct faults;
struct faults_conn;
struct faults_one;

/* A server that requests are forwarded to, as configured. Read-only. */
struct server {
	const char *url;
	char *host;             /* name for Host, SNI and verification */
	char *authority;        /* host:port as in the URL */
	unsigned name;          /* in the resolver */
	struct tls_client *tls; /* NULL: plain; shared, owned by the proxy */
	struct health *health;  /* shared, owned by the proxy */
};

/* What all workers together know of a server. */
struct health {
	_Atomic uint64_t down_until_ns, connects, errors;
};

/* One address of a server in one worker: its health and idle connections. */
struct endpoint {
	const struct server *server;
	struct sock_address address;
	uint64_t down_until_ns; /* left alone till then */
	struct backend *idle;   /* most recently used first */
	unsigned n_idle;
};

/* A connection to an upstream. */
struct backend {
	struct conn conn; /* first: a conn is its backend */
	struct pworker *pw;
	const struct server *server;
	struct endpoint *endpoint; /* NULL: its address is gone, do not pool */
	struct exchange *x;        /* NULL: idle, or ended */
	struct backend *next, *prev; /* among the idle of its endpoint */
	struct backend *all_next, *all_prev;
	struct timeout timeout;
	struct h1_scan scan;
	uint64_t uses; /* requests sent on it */
	bool connecting;
};

/* A connection from a client. */
struct client {
	struct conn conn; /* first: a conn is its client */
	struct pworker *pw;
	struct exchange *x;         /* NULL: between requests */
	struct client *next, *prev; /* all of the worker */
	struct timeout timeout;
	uint64_t id, nth;
	uint64_t t_accept_ns;
	struct address address;
	char address_text[INET6_ADDRSTRLEN];
	uint64_t t_first_ns; /* first byte of the request being read */
	bool tls, processing, half_closed;
	bool waits; /* a fault holds it back: it has not been started */
	struct faults_conn *trouble; /* NULL: nothing was decided for it */
	uint64_t half_sent; /* bytes sent when the FIN came, or last looked */
	uint64_t half_since_ns; /* since when that has not moved */
};

/* Why an exchange ended; each has a text for journal and log. */
enum end_why {
	END_DONE,            /* a response was delivered whole */
	END_CLIENT_GONE,     /* the client left first: 499 */
	END_REFUSED,         /* we refused the request */
	END_UPSTREAM_FAILED, /* an error response of ours, or a cut one */
	END_INJECTED_CLOSE,  /* a fault closed the connection */
	END_SHUTDOWN         /* the proxy was stopped */
};

/* Where an exchange stands. What may happen in each is in exchange.c. */
enum x_state {
	X_READING,    /* the request's head is arriving */
	X_ASKING,     /* request hooks run, a fault waits */
	X_CONNECTING, /* to an upstream, or waiting for one */
	X_SENT,       /* the request is on its way; no final head yet */
	X_HOLDING,    /* a response head is held back by a fault */
	X_RELAYING,   /* the response is on its way */
	X_TUNNEL,     /* 101: bytes both ways */
	X_DRAINING, /* the response is out, the request's body is not all in */
	X_HANGING,  /* a fault lets the client wait for nothing */
	X_ENDED
};

/* One direction of a body: how much of it has passed. */
struct flow {
	enum framing framing;
	uint64_t left;  /* FRAMING_LENGTH: bytes still to come */
	uint64_t bytes; /* payload so far */
	bool done;
	bool decoding; /* chunked is in use and needs clearing */
	struct h1_chunked chunked;
};

/* One request and its response. All before `req` is zero at its start. */
struct exchange {
	struct pworker *pw;
	struct exchange *next_free;
	struct client *client;
	struct backend *up;  /* NULL: not connected, or done with it */
	struct block *block; /* holds the request's head */
	enum x_state state;
	struct h1_scan scan;
	enum framing out_framing; /* of the response towards the client */
	struct play *play;        /* a reference, while plan is in use */
	struct plan plan;
	struct faults *faults; /* NULL: nothing is armed */
	unsigned tries;        /* upstream connections tried */
	bool retried;          /* a stale pooled connection was replaced */
	bool request_sent;     /* some byte may have reached the upstream */
	bool request_broken;   /* the upstream takes no more of it */
	bool response_begun;   /* some byte of an answer came */
	bool head_sent;        /* the final response's head is out */
	bool client_close;     /* the client's connection ends after this */
	bool discard;          /* the upstream's response is thrown away */
	bool continued;        /* the client was told to send its body */
	bool acted;        /* an ending fault or an interim one did something */
	bool has_identity; /* facts' client and operation keys are set */
	bool noted;        /* its record is being filled */
	enum upstream_use upstream_use;
	int upstream_ok;     /* for decide_done: 0, 1, -1 */
	uint64_t out_before; /* client conn's bytes sent before this */
	uint64_t t_left_ns;  /* the client's FIN, 0 without */
	struct hash_stream body_hash;
	struct flow request, response;
	struct facts facts;
	struct record record;
	struct head req;
	struct head resp; /* points into the upstream's input: only while it
			   * is being looked at, but for its numbers */
};

/* What a play wants to be told of connections. */
struct faults_conn_needs {
	bool rules;    /* it has some for them */
	bool hello;    /* and they need a TLS client's hello */
	bool counters; /* some rule counts per connection */
};

/* What one worker owns. */
struct pworker {
	struct worker w;
	struct proxy *proxy;
	const struct proxy_conf *conf;
	pthread_t thread;
	struct listener *listeners;
	struct timeout_class client_head, client_body, client_idle,
	    client_write, client_half, connect, first_byte, upstream_idle,
	    pool_idle, tunnel_idle, mirror, accept_pause;
	struct timer drain_timer;
	struct client *clients;
	struct backend *backends;
	struct mirror *mirrors;
	struct exchange *free_exchanges;
	unsigned n_free_exchanges;
	struct faults *free_faults;
	unsigned n_free_faults;
	struct endpoint **endpoints;
	unsigned n_endpoints, next_endpoint, generation;
	unsigned n_idle;
	struct play *play; /* this worker's reference */
	struct faults_conn_needs conn_needs;
	uint16_t play_number;          /* of that play, for its records */
	struct ring *ring;             /* NULL: nobody reads records */
	bool recording;                /* somebody does now */
	struct tls_server *tls_server; /* this worker's reference */
	struct timer lag_timer;
	struct reply reply; /* for the proxy's own errors */
	struct buf target;  /* for a request's changed target */
	uint64_t n_conns_made;
	uint64_t t0_ns; /* when the run's clock was 0 */
	int64_t wall0_ns;
	uint64_t key[2]; /* hashes identities; follows from the seed */
	bool draining, started;
	char date[DATE_LEN];
	int64_t date_s;
	/* counters: written by this thread only, read by any */
	_Atomic uint64_t n_connections, n_active, n_requests, n_refused,
	    n_connects, n_upstream_errors, n_retries, lag_sum_ns;
	_Atomic uint64_t n_lags[PROXY_LAGS];
	_Atomic uint64_t n_outcomes[PROXY_OUTCOMES];
	_Atomic uint64_t n_statuses[PROXY_STATUSES]; /* 0: no answer */
};

struct proxy {
	const struct proxy_conf *conf;
	struct sock_address *addresses;
	int *fds; /* [listen * threads + worker] */
	struct server *servers;
	unsigned n_servers;
	struct resolver *resolver;
	struct health *healths;        /* one a server */
	struct tls_server *tls_server; /* under lock */
	struct tls_made *made;         /* NULL: no TLS */
	struct tls_client *tls_client;
	struct pworker *workers;
	struct ring **rings;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	unsigned n_running;   /* under lock */
	struct play *play;    /* under lock: what workers should use, */
	uint16_t play_number; /* what its records say, */
	bool recording;       /* and whether there shall be any */
	uint64_t t0_ns;
	int64_t wall0_ns;
	atomic_bool drain, stop;
};

static inline void
count(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter,
	    atomic_load_explicit(counter, memory_order_relaxed) + 1,
	    memory_order_relaxed);
}

/* flow.c: payload from one connection's input towards the other */
enum flow_result { FLOW_MORE, FLOW_DONE, FLOW_BAD };
struct flow_out {
	struct buf *framed; /* to send first: appended to */
	struct span direct; /* then payload straight from the input */
	struct span tail;   /* then this */
};
void flow_init(struct flow *f, enum framing framing, uint64_t length);
void flow_clear(struct flow *f);
/*
 * Takes what of `in` belongs to this body and leaves in *o what to send for
 * it under the framing `out` (FRAMING_NONE: nothing, it is dropped). o->direct
 * points into in. hash, when not NULL, sees the payload.
 */
enum flow_result flow_take(struct flow *f, struct block *in, enum framing out,
    struct hash_stream *hash, struct flow_out *o);
/* The same into a buffer, unframed; bounds gets the offset (uint64_t, of the
 * payload so far) of each chunk's end. */
enum flow_result flow_decode(struct flow *f, struct block *in,
    struct hash_stream *hash, struct buf *to, struct buf *bounds);
/* Appends what ends a body under that framing. */
void flow_finish(struct flow *f, enum framing out, struct buf *to);
/* Sends *o on c, nothing when it is empty. */
void flow_send(struct conn *c, const struct flow_out *o);

/* client.c */
void client_accept(struct listener *l, int fd, const struct sock_address *peer);
/* Its first byte may be read: at accept, after the hello, or when a fault has
 * let it wait long enough. */
void client_start(struct client *c);
/* Looks at what has arrived: parses, starts exchanges, feeds bodies. */
void client_process(struct client *c);
/* The client's exchange is over and the connection goes on. */
void client_next(struct client *c);
/* Sets whether to read, by what can be done with bytes now. */
void client_update_reading(struct client *c);
/* What the client's one time limit is about. */
enum client_wait { WAIT_NOTHING, WAIT_IDLE, WAIT_BODY, WAIT_WRITE };
void client_wait(struct client *c, enum client_wait what);
/* No more requests: answers what has been sent, ends what is idle. */
void client_drain(struct client *c);
/* Ends the connection: lingering close, or a reset after what was sent. */
void client_finish(struct client *c, enum conn_end how);

/* exchange.c */
struct exchange *exchange_new(struct client *c);
/* A head that never came: gives it back unrecorded. */
void exchange_drop(struct exchange *x);
/* Its connection is about to end, and it was told: whether it minds. */
void late_watch(struct client *c);
/* A head that is not to be had: answers and closes. */
void exchange_refuse(struct exchange *x, const struct h1_error *e);
/* The request's head is complete: decides and acts. */
void exchange_begin(struct exchange *x);
/* Request hooks are through: forwards the request. */
void exchange_forward(struct exchange *x);
/* A final response of our own; the connection goes on unless x->client_close
 * or the registry says so. */
void exchange_reply(struct exchange *x, struct reply *reply);
/* The proxy's own error response, or a cut when a head is already out. */
void exchange_error(
    struct exchange *x, unsigned status, enum end_why why, const char *cause);
/* Whether the connection cannot go on after this response (RFC 9112 9.3). */
bool exchange_must_close(const struct exchange *x);
/* The client went away. */
void exchange_client_gone(struct exchange *x, const char *cause);
/* Bytes of the request's body may have come. */
void exchange_client_bytes(struct exchange *x);
/* The client's output has drained. */
void exchange_client_written(struct exchange *x);
/* The response is complete; the request may not be. */
void exchange_response_done(struct exchange *x);
/* The one exit door. */
void exchange_end(struct exchange *x, enum end_why why, enum conn_end how);

/* request.c: the upstream leg of the request */
void request_connect(struct exchange *x);
void request_connected(struct exchange *x);
void request_pump(struct exchange *x);
/* Sends `out` and what of the body has come. */
void request_move(struct exchange *x, struct buf *out);
void request_broken(struct exchange *x);
/* Sets the time limits by who has to do something now. */
void request_turn(struct exchange *x);
/* (Re)starts the upstream's one time limit. */
void request_wait(struct exchange *x, struct timeout_class *class);
/* The upstream connection failed before a response began. */
void request_failed(struct exchange *x, unsigned status, const char *cause);
/* Parts exchange and backend: pooled when reuse, else closed. */
void request_detach(struct exchange *x, bool reuse);

/* response.c: from the upstream to the client */
void response_readable(struct backend *b);
void response_pump(struct exchange *x);
/* The head was held back (by a delay): send it now. */
void response_release(struct exchange *x);

/* tunnel.c */
void tunnel_start(struct exchange *x);
void tunnel_pump(struct exchange *x);
void tunnel_client_end(struct exchange *x);
void tunnel_upstream_end(struct exchange *x);

/* upstream.c */
/* A connected backend from the pool, a connecting one, or NULL: *statusp and
 * *causep say why not. */
struct backend *
upstream_get(struct exchange *x, unsigned *statusp, const char **causep);
void upstream_put(struct backend *b);
/* The next address in turn, or NULL: none resolves. */
struct endpoint *upstream_choose(struct pworker *pw);
/* A socket that is connecting (or connected) to e, or -1. A connection that
 * failed at once is told by *connectingp false and the socket's error. */
int upstream_dial(struct pworker *pw, struct endpoint *e, bool *connectingp);
/* Its address refused or did not answer: others are tried first. */
void upstream_mark_down(struct backend *b);
void upstream_mark_up(struct backend *b);
void upstream_close_idle(struct pworker *pw);
void upstream_clear(struct pworker *pw);

/* mirror.c: the second copy of a duplicated request */
void mirror_keep(struct exchange *x, const struct flow_out *o);
/* The request is out whole: sends its copy. */
void mirror_send(struct exchange *x);
void mirror_clear(struct pworker *pw);

/* faults.c: steps of the armed faults into actions */
void faults_arm(struct exchange *x);
/* Runs request hooks from where they stand; ends in exchange_forward, a
 * reply, a close, or a wait. */
void faults_request(struct exchange *x);
/* The same for response hooks; true: the head may go out (edited or not). */
bool faults_response(struct exchange *x);
/* upstream: served: the upstream has answered. */
void faults_served(struct exchange *x);
/* The exchange is about to end or to be answered by the proxy itself: counts
 * the faults that did not happen. */
void faults_settle(struct exchange *x, enum end_why why);
void faults_clear(struct exchange *x);
/* Whether a fault did anything to this exchange: one that ends it may only have
 * let it pass (a quota that was not used up). */
bool faults_happened(const struct exchange *x);
/* The fault that the response and the journal name: the one that ends the
 * exchange, or the first that changes it; NULL: none did anything. */
const struct faults_one *faults_named(const struct exchange *x);
/* Takes from the record what faults of other rules than the named one missed:
 * it would count as that rule's. */
void faults_forget_missed(struct exchange *x, const struct armed *named);
/* Whether a fault lets the client wait at this moment. */
bool faults_waiting(const struct exchange *x);
/* Whether bodies of that side pass through a fault. */
bool faults_on_body(const struct exchange *x, enum side side);
/* A body through the faults: like flow_take, but in may be NULL or empty and
 * is called for the last piece of an empty body too. */
enum flow_result faults_body(
    struct exchange *x, enum side side, struct block *in, struct flow_out *o);
/* Whether a body has been taken from its source whole, though a fault may
 * still have some of it. */
bool faults_source_done(const struct exchange *x, enum side side);
/* A fault holds that body back: nothing is to be taken from its source. */
bool faults_holding(const struct exchange *x, enum side side);
/* After what faults_body left was sent: true when a fault ended the exchange
 * with it. */
bool faults_ended(struct exchange *x);
/* Where a copy of the request is kept for its second sending; NULL: none is
 * wanted. */
struct buf *faults_copy(struct exchange *x);
/* The copy could not be sent after all. */
void faults_not_twice(struct exchange *x);
/* The head as edited by faults. */
void faults_write_head(
    struct exchange *x, struct forward_response *how, struct buf *to);

/* faults_conn.c: faults of a connection */
struct faults_conn_needs faults_conn_needs(const struct scenario *s);
/* Decides and acts; true: it is to be served now. */
bool faults_conn_begin(struct client *c);
void faults_conn_closed(struct client *c);

/* note.c: what becomes of an exchange in the journal */
/* Fills facts and, when somebody reads, the record's beginning. */
void note_begin(struct exchange *x);
/* Client and operation keys into the facts, once. */
void note_identity(struct exchange *x);
void note_request_end(struct exchange *x);
/* What the head, as sent to the client, tells it to wait. */
void note_retry_after(struct exchange *x, struct span head, uint64_t ns);
void note_response_head(struct exchange *x, unsigned status, bool close);
void note_end(struct exchange *x, enum end_why why);

/* release.c: while the play is off, ends the waits that faults have begun */
void release_clients(struct pworker *pw);

/* worker.c */
void pworker_init(struct pworker *pw, struct proxy *p, unsigned id);
void pworker_start(struct pworker *pw);
/* Joins the thread and frees everything. */
void pworker_clear(struct pworker *pw);
struct span pworker_date(struct pworker *pw);
void pworker_check_drained(struct pworker *pw);

/* proxy.c */
/* The play that workers should use, with a reference for the caller. */
struct play *proxy_play(struct proxy *p, uint16_t *numberp, bool *recordingp);
/* The certificates likewise; NULL: no TLS. */
struct tls_server *proxy_tls(struct proxy *p);
void proxy_worker_ended(struct proxy *p);

#endif
