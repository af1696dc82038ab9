/* What the acceptor has to know of the faults of a connection, which happen
 * before there is a request: `accept` and `tls`. */
#ifndef FAULT_CONNECTION_H
#define FAULT_CONNECTION_H

#include <stdint.h>

#include "fault/fault.h"

enum connection_accept {
	ACCEPT_RESET,     /* accepted, then reset at once */
	ACCEPT_REFUSE,    /* reset before a byte is read or written, as near to
			     a closed port as an open one can be */
	ACCEPT_BLACKHOLE, /* accepted; nothing is ever read or written */
	ACCEPT_DELAY      /* served as usual after a while */
};

enum connection_tls {
	TLS_EXPIRED,    /* a certificate of the past */
	TLS_WRONG_HOST, /* one for another name */
	TLS_SELF_SIGNED,
	TLS_HANDSHAKE_STALL, /* the handshake stops after the client's hello */
	TLS_HANDSHAKE_RESET, /* a reset in place of the server's hello */
	TLS_NO_CLOSE_NOTIFY  /* the end comes without close_notify (RFC 8446
				6.1) */
};

struct connection_accept_fault {
	enum connection_accept kind;
	uint64_t ns; /* ACCEPT_DELAY: how long; ACCEPT_BLACKHOLE: then it ends,
			0: when the client goes */
};
struct connection_tls_fault {
	enum connection_tls kind;
	uint64_t ns; /* TLS_HANDSHAKE_STALL: then it ends */
};

extern const struct fault_type fault_accept, fault_tls;

/* What the conf of an armed fault of type fault_accept (fault_tls) says. */
struct connection_accept_fault connection_accept_of(const void *conf);
struct connection_tls_fault connection_tls_of(const void *conf);

#endif
