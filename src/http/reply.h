/* A response made here: an injected status or the proxy's own error. Built as
 * bytes, in one pass, by the registry's rules. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/facts.h"
#include "http/retry_after.h"

/* What the maker of a reply wants beyond what the registry prescribes. Zeroed:
 * the registry's own form. */
struct reply_spec {
	unsigned status;
	struct span reason; /* empty: the registry's */
	struct span body;   /* with has_body: in place of the registry's note */
	bool has_body;
	struct span content_type; /* empty: by Accept, or for a given body
				     text/plain or application/json by look */
	const struct span
	    *lines; /* further field lines "Name: value", without CRLF */
	unsigned n_lines;
	struct span mark; /* value of X-Brownout; empty: none */
	struct span what; /* a sentence for the note: what happened; empty: the
			     registry's */
};

struct reply {
	unsigned status;
	bool close;   /* the connection ends after this reply */
	bool upgrade; /* 101: the connection is a dead tunnel afterwards */
	uint64_t retry_after_ns; /* what the fields tell the client to wait;
				    RETRY_AFTER_NONE without */
	size_t head_n;  /* raw up to here is the head, the rest the body */
	struct buf raw; /* everything as sent on HTTP/1.1 */
};

/*
 * Fills r for this request: status line, Date, the fields that the code
 * requires (RFC 9110 15 and the registry), a note as JSON, HTML or text by
 * Accept where a body may be, none for HEAD, 204, 205, 304, 1xx, not even a
 * given one. A line of the spec stands in place of the registry's field of that
 * name. `close` is set by the registry (408, ...), when keep is false, when a
 * line says `Connection: close`, or when lines break the framing (another
 * Content-Length, a Transfer-Encoding); a Connection field says so (RFC 9112
 * 9.6), also keep-alive to HTTP/1.0. An interim response (100, 102, 103) closes
 * nothing. 444 and 499 have no bytes: raw is empty and close set. What the
 * caller has to see to: no 1xx to HTTP/1.0, 101 only to a request with
 * head->upgrade. facts->head may be NULL for a request that did not parse.
 * A zeroed r is fine; its memory is used again by the next call.
 */
void reply_make(struct reply *r, const struct reply_spec *spec,
    const struct facts *facts, bool keep);
void reply_clear(struct reply *r);

#endif
