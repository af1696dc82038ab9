/*
 * The proxy as a whole: workers with their listeners, upstreams, and the play
 * that decides. main's thread makes it, tells it to drain, and joins it.
 */
#ifndef PROXY_PROXY_H
#define PROXY_PROXY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "decide/decide.h"
#include "http/h1.h"
#include "net/address.h"
#include "net/tls.h"
#include "record/ring.h"

/* Durations in ns. proxy_conf_init gives the defaults. */
struct proxy_timeouts {
	uint64_t client_head;   /* from its first byte, however they trickle */
	uint64_t client_body;   /* between bytes of a request's body */
	uint64_t client_idle;   /* between requests */
	uint64_t client_write;  /* a client that does not read */
	uint64_t client_half;   /* a client that sent FIN and may have gone */
	uint64_t linger;        /* reading on after the last response */
	uint64_t connect;       /* to an upstream, with its TLS handshake */
	uint64_t first_byte;    /* of a response, since the request was sent */
	uint64_t upstream_idle; /* between bytes of a response */
	uint64_t pool_idle;     /* an upstream connection without work */
	uint64_t tunnel_idle;   /* after 101 */
	uint64_t upstream_down; /* a refused upstream is left alone */
	uint64_t drain;         /* SIGTERM waits at most so long */
};

struct proxy_conf {
	struct sock_address *listens;
	bool *listen_tls; /* per listen: TLS or plain */
	unsigned n_listens;
	const char *const *upstreams; /* URLs */
	unsigned n_upstreams;
	unsigned threads;
	struct tls_server_conf tls_server; /* n_pairs 0: no TLS */
	struct tls_client_conf tls_client;
	struct proxy_timeouts timeouts;
	struct h1_limits limits;
	unsigned pool_max;           /* idle upstream connections per worker */
	uint64_t keepalive_requests; /* of one client connection; 0: no end */
	const char *upstream_host; /* Host for upstreams; NULL: the client's */
	bool journal;              /* have rings: records can be made */
	bool note_agents;          /* records hold User-Agent and Referer */
	bool measure_lag;          /* for proxy_stats.lags */
};

void proxy_conf_init(struct proxy_conf *conf);

struct proxy;

/*
 * Opens the listeners and looks the upstreams' names up. NULL with messages
 * when the configuration is wrong; *busyp tells that instead the system said
 * no (address in use: exit 4). conf must outlive the proxy.
 */
struct proxy *
proxy_new(const struct proxy_conf *conf, struct diags *diags, bool *busyp);
/* Starts the workers. play: what is decided by, a reference is taken; t0_ns:
 * when the run's clock was 0. */
void proxy_start(struct proxy *p, struct play *play, uint64_t t0_ns);
/* Stops accepting and closes idle connections; requests in flight end. */
void proxy_drain(struct proxy *p);
/* Ends everything now. */
void proxy_stop(struct proxy *p);
/* Waits for the workers, which end when drained or stopped. True when they
 * have; false when timeout_ns passed first. */
bool proxy_wait(struct proxy *p, uint64_t timeout_ns);
/* After proxy_wait said true. */
void proxy_free(struct proxy *p);

/* Swaps what decides; in-flight requests keep the old play. number: the `play`
 * of its records (writer_play). recording: whether records are made at all
 * (only with conf.journal; the first play is recorded). */
void proxy_set_play(
    struct proxy *p, struct play *play, uint16_t number, bool recording);
/* The play was switched off: who is made to wait by a fault passes now. */
void proxy_release(struct proxy *p);
/* Swaps the certificates: new connections get them. False with messages, and
 * nothing has changed. Only for a proxy that has TLS. */
bool proxy_set_tls(
    struct proxy *p, const struct tls_server_conf *conf, struct diags *diags);

/* The real addresses, n_listens of them. */
const struct sock_address *proxy_address(const struct proxy *p, unsigned i);
unsigned proxy_workers(const struct proxy *p);
/* The ring of each worker's records; NULL without journal. */
struct ring *proxy_ring(const struct proxy *p, unsigned worker);
/* Whether some upstream accepts a connection now (waits up to timeout_ns). */
bool proxy_upstream_reachable(struct proxy *p, uint64_t timeout_ns);

enum {
	PROXY_OUTCOMES = OUTCOME_REFUSED + 1,
	PROXY_STATUSES = 1000,
	PROXY_LAGS = 12
};

/* Sums over the workers, for reports and metrics. */
struct proxy_stats {
	uint64_t connections, active, requests, refused;
	uint64_t upstream_connects, upstream_errors, retries;
	uint64_t outcomes[PROXY_OUTCOMES]; /* of exchanges that are over */
	uint64_t statuses[PROXY_STATUSES]; /* likewise; 0: no answer */
	/* How late the loops were, looked at five times a second: times within
	 * proxy_lag_bounds[i] but not within the bound before. */
	uint64_t lags[PROXY_LAGS], lag_sum_ns;
};
extern const uint64_t proxy_lag_bounds[PROXY_LAGS - 1]; /* ns */
void proxy_stats(const struct proxy *p, struct proxy_stats *to);

/* An upstream as configured, and what the workers know of it. */
struct proxy_upstream {
	const char *url;
	bool up; /* it is not being left alone */
	uint64_t connects, errors;
};
unsigned proxy_upstreams(const struct proxy *p);
struct proxy_upstream
proxy_upstream(const struct proxy *p, unsigned i, uint64_t now_ns);

#endif
