/*
 * What a proxy changes in a head on its way (RFC 9110 7.6): hop-by-hop fields
 * go, Via and X-Forwarded-* come, framing is announced anew. Everything else
 * is copied byte for byte, in runs of whole lines.
 */
#ifndef HTTP_FORWARD_H
#define HTTP_FORWARD_H

#include <stdbool.h>

#include "base/buf.h"
#include "http/edit.h"
#include "http/head.h"

/* What the proxy knows of a request that its head does not say. */
struct forward_request {
	struct span client; /* address for X-Forwarded-For */
	struct span scheme; /* "http" or "https", as the client came */
	struct span host; /* for a request that came without Host (HTTP/1.0) */
	struct span rewrite_host; /* in place of the client's; empty: keep */
	struct span target; /* empty: from the head (absolute-form reduced) */
};

/* Appends the head of h as the upstream is to see it. */
void forward_request(
    struct buf *to, const struct head *h, const struct forward_request *how);

/* How the body of a response reaches the client. */
struct forward_response {
	enum framing framing; /* towards the client */
	uint64_t length;      /* FRAMING_LENGTH: when the head has none */
	bool client_1_0;
	bool close;       /* announce Connection: close */
	bool drop_length; /* the head's Content-Length is no longer true */
	struct span date; /* for a response without Date: 29 bytes */
	struct span mark; /* value of X-Brownout; empty: none */
};

/* Appends the head of a response, or of an interim one (status < 200). */
void forward_response(
    struct buf *to, const struct head *h, const struct forward_response *how);
/* The same for a response that faults edited. */
void forward_edited(struct buf *to, const struct head_edit *e,
    const struct forward_response *how);

/* Appends the request head as a TRACE answer shows it: without the fields
 * that may hold secrets (RFC 9110 9.3.8). */
void forward_trace(struct buf *to, const struct head *h);

/*
 * Whether field i of h is for this hop only: Connection and what it names,
 * Keep-Alive, Proxy-Connection, TE, Transfer-Encoding, Upgrade. Fields that
 * routing and framing rest on are never taken for hop-by-hop, whatever a
 * Connection field names.
 */
bool forward_is_hop(const struct head *h, unsigned i);

#endif
