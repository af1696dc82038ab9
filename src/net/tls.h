/*
 * TLS for connections (OpenSSL): contexts made once and shared by all workers,
 * and the state of one connection. The loop never waits in here.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/diag.h"
#include "base/span.h"

/* A listener's side: certificates by SNI, ALPN, tickets, client checks. */
struct tls_server;
/* A certificate with its key, as PEM files. */
struct tls_pair {
	const char *cert, *key; /* key NULL: in the same file */
};
enum tls_client_auth {
	TLS_CLIENT_NONE,
	TLS_CLIENT_OPTIONAL,
	TLS_CLIENT_REQUIRED
};
struct tls_made;
struct tls_server_conf {
	const struct tls_pair *pairs; /* the first is the default */
	unsigned n_pairs;
	bool self_signed;     /* without pairs: one made for localhost */
	const char *fault_ca; /* where to write the CA of what is made; NULL:
				 nowhere */
	const struct tls_made *made; /* with self_signed, and for bad ones */
	const char *client_ca;       /* PEM file; with client_auth */
	enum tls_client_auth client_auth;
	const char *min_version; /* "1.2" or "1.3"; NULL: 1.2 */
	bool h2;                 /* offer h2 by ALPN besides http/1.1 */
};
/* NULL with a message in diags when a file is missing or wrong. */
struct tls_server *
tls_server_new(const struct tls_server_conf *conf, struct diags *diags);
/* References are counted: connections hold one each, so a server can be
 * replaced while they go on. The last free frees. */
struct tls_server *tls_server_ref(struct tls_server *s);
void tls_server_free(struct tls_server *s);

/* What a server shows: its own certificate, or one of the bad ones that faults
 * ask for. */
enum tls_cert {
	TLS_CERT_OWN,
	TLS_CERT_EXPIRED,
	TLS_CERT_WRONG_HOST,
	TLS_CERT_SELF_SIGNED,
	TLS_CERTS
};
/* Makes the bad ones of each certificate, once; before a connection of another
 * thread asks for them. */
void tls_server_make_bad(struct tls_server *s);

/* The upstream's side: verification is on unless switched off. */
struct tls_client;
struct tls_client_conf {
	const char *ca;         /* PEM file; NULL: the system's */
	const char *cert, *key; /* a client certificate; NULL: none */
	const char *name;       /* expected in place of the host */
	bool insecure;          /* no verification */
};
struct tls_client *
tls_client_new(const struct tls_client_conf *conf, struct diags *diags);
void tls_client_free(struct tls_client *c);

/* One connection's state. host: for SNI and verification. */
struct tls;
struct tls *tls_accept(struct tls_server *s, int fd);
struct tls *tls_connect(struct tls_client *c, int fd, const char *host);
void tls_free(struct tls *t);

enum tls_io {
	TLS_OK,
	TLS_WANT_READ,
	TLS_WANT_WRITE,
	TLS_END,
	TLS_FAILED,
	TLS_HELLO /* the client's hello is here, as tls_stop_at_hello asked */
};

/* One step of the handshake; TLS_FAILED: *whyp says why, in words that stay. A
 * client that speaks plain HTTP is recognised: tls_plain_http. */
enum tls_io tls_handshake(struct tls *t, const char **whyp);
bool tls_plain_http(const struct tls *t);
/* A server's handshake stops when it has read the client's hello; tls_sni is
 * known then. The next tls_handshake goes on. */
void tls_stop_at_hello(struct tls *t);
/* There: shows that certificate, and no session is resumed. False: it was not
 * made. */
bool tls_show(struct tls *t, enum tls_cert what);
/* Reads or writes up to n bytes; TLS_OK stores how many. What once said
 * TLS_END or TLS_FAILED to a reader says so for ever. */
enum tls_io tls_read(struct tls *t, void *to, size_t n, size_t *donep);
enum tls_io tls_write(struct tls *t, const void *p, size_t n, size_t *donep);
/* Whether decrypted bytes, or the end, wait inside, of which the socket knows
 * nothing. */
bool tls_pending(const struct tls *t);
/* Sends close_notify. TLS_WANT_WRITE: call again when the socket takes more. */
enum tls_io tls_close_notify(struct tls *t);

/* After the handshake: what was negotiated. Spans live as long as t. */
struct span tls_sni(const struct tls *t);
struct span tls_subject(const struct tls *t); /* verified client certificate */
struct span tls_alpn(const struct tls *t);

#endif
