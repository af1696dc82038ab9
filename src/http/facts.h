/* What the pure layers (match, decide, faults, identity) may know of one
 * request. Borrowed from the exchange. */
#ifndef HTTP_FACTS_H
#define HTTP_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/span.h"
#include "http/head.h"

/* A client address: 4 or 16 significant bytes, none for a unix socket. */
struct address {
	uint8_t bytes[16];
	uint8_t n;
};

enum proto { PROTO_H1, PROTO_H2 };

struct facts {
	const struct head *head;
	struct span path, query, host;
	struct address client;
	struct span client_text; /* the address as text, without port; "unix"
				    for a unix socket */
	struct span sni,
	    tls_subject; /* empty without TLS, without a client certificate */
	enum proto proto;
	bool tls, grpc, websocket;
	uint64_t conn, nth; /* connection id; this is its nth request, from 1 */
	uint64_t client_key; /* from identity */
	uint64_t op_key;
	uint8_t op_source; /* enum op_source (identity/identity.h) */
	uint32_t attempt;  /* nth try of the operation as far as known at the
			      head, from 1 */
	uint64_t now_ns;   /* monotonic */
	uint64_t start_ns; /* monotonic, when the scenario's clock started */
	uint64_t wall_ns;  /* wall clock, to write dates only */
};

/* A path up to so many bytes tells requests apart by itself. */
enum { FACTS_PATH_MAX = 1024 };

/* A keyed hash of the target: 0 where the path is all of it, so that the usual
 * request need not pay for it. */
static inline uint64_t
facts_target_hash(const struct facts *f, const uint64_t key[2])
{
	struct span target = f->head->target;

	if (target.n == f->path.n && target.n <= FACTS_PATH_MAX)
		return 0;
	return hash_sip(key, target.p, target.n) | 1;
}

#endif
