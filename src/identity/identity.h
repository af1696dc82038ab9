/* Who asks, and which attempts belong to one operation: keys from a request's
 * head, and how sure they are. */
#ifndef IDENTITY_IDENTITY_H
#define IDENTITY_IDENTITY_H

#include <stdint.h>

#include "http/facts.h"

struct identity_conf; /* scenario/scenario.h */

/* The rung of the ladder that gave the operation's key, and with it the
 * confidence (recovery.md 4.2). */
enum op_source {
	OP_NONE, /* nothing to pair by: aggregate */
	OP_SDK,  /* an SDK's invocation id, with attempt number: exact; without:
		    strong */
	OP_IDEMPOTENCY_KEY, /* strong */
	OP_HEADER,          /* a configured field: strong */
	OP_TRACE,           /* trace id + method + target: strong */
	OP_FINGERPRINT      /* client, method, target (the judge adds the body's
			       hash): inferred */
};

enum confidence { CONF_EXACT, CONF_STRONG, CONF_INFERRED, CONF_AGGREGATE };

struct identity {
	uint64_t client; /* never 0 */
	uint64_t op;     /* never 0 unless source is OP_NONE */
	enum op_source source;
	uint32_t announced; /* attempt number that the client itself announced,
			       from 1; 0: none */
	struct span text; /* the operation's id as the client wrote it, borrowed
			     from the head; empty for a fingerprint */
	struct span idempotency_key; /* of Idempotency-Key or a known variant,
					whatever the source; empty without */
};

/*
 * Pure: the keys of a request by the ladders of conf (an empty ladder: the
 * default one of DESIGN.md section 6). key is the run's SipHash key, so that
 * journals hold no raw addresses or tokens. facts needs head, path, query,
 * host, client, client_text and tls_subject.
 */
struct identity identity_of(const struct identity_conf *conf,
    const struct facts *facts, const uint64_t key[2]);
/* The name for a source as in the journal: `sdk`, `idempotency-key`, `header`,
 * `traceparent`, `fingerprint`, `none`. */
const char *op_source_name(enum op_source s);
enum confidence op_confidence(enum op_source s, uint32_t announced);

#endif
