/*
 * One attempt, as it ended: what the journal writes and the judge reads. Fixed
 * part plus four strings, made once by the exchange and handed over through the
 * worker's ring. Times are ns on the run's monotonic clock since its start.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum outcome {
	OUTCOME_PASSED,
	OUTCOME_INJECTED,
	OUTCOME_CLIENT_CLOSED,
	OUTCOME_UPSTREAM_ERROR,
	OUTCOME_REFUSED
};
enum upstream_use { UPSTREAM_NONE, UPSTREAM_SENT, UPSTREAM_DONE };

enum {
	RECORD_SHADOW =
	    1 << 0, /* the fault was decided and recorded, not injected */
	RECORD_CLOSE_SENT =
	    1 << 1, /* we announced Connection: close in this response */
	RECORD_TRUNCATED = 1 << 2, /* the response the client got was cut */
	RECORD_REQ_INCOMPLETE =
	    1 << 3, /* the request's body had not arrived whole */
	RECORD_RESUME =
	    1 << 4, /* Range with If-Match, If-Range or If-None-Match */
	RECORD_HAS_EXPECT = 1 << 5, /* Expect: 100-continue */
	RECORD_BYPASSED = 1 << 6,   /* a fault came too late */
	RECORD_SKIPPED = 1 << 7,    /* a fault did not apply to this request */
	RECORD_TLS = 1 << 8,
	RECORD_HAS_KEY = 1 << 9,    /* an Idempotency-Key (or known variant) was
				       sent; key_hash is valid */
	RECORD_RETRY_DATE = 1 << 10 /* the Retry-After that we sent was an
				       HTTP-date */
};

#define RECORD_NONE UINT64_MAX /* a time or duration that does not apply */
enum {
	RECORD_NO_RULE = 0xffff,
	RECORD_NO_PHASE = 0xffff,
	RECORD_NO_FAULT = 0xff
};

struct record {
	uint64_t t_first;    /* first byte of the request */
	uint64_t t_req_end;  /* last byte of its body; RECORD_NONE without a
				body, or when it never came */
	uint64_t t_resp;     /* first byte of our (final) response written: L;
				RECORD_NONE without one */
	uint64_t t_end;      /* last byte of the response, or the abort */
	int64_t wall_ns;     /* wall clock at t_first */
	uint64_t client, op; /* keyed hashes; op 0: none */
	/* target_hash 0: the path is all of the target, and whole */
	uint64_t target_hash, body_hash, auth_hash, key_hash;
	uint64_t conn;           /* connection id, unique in the run */
	uint64_t draw_n;         /* the rule's draw number, 0 without a rule */
	uint64_t retry_after_ns; /* as instructed by what we sent; RECORD_NONE
				    without */
	uint64_t deadline_ns;    /* declared by the client (grpc-timeout, ...);
				    RECORD_NONE without */
	uint64_t delay_ns;       /* injected */
	uint64_t bytes_in, bytes_out; /* on the client's connection: body bytes
					 in, all bytes out */
	uint32_t nth; /* this was the nth request of its connection, from 1 */
	uint32_t
	    announced; /* attempt number announced by the client, 0: none */
	uint32_t flags;
	uint16_t status; /* as sent; 499 and 444 when closed; 0: nothing was
			    sent and nobody closed */
	uint16_t upstream_status; /* 0: none */
	uint16_t rule, phase;     /* indices into the scenario; RECORD_NO_RULE,
				     RECORD_NO_PHASE */
	uint16_t play;     /* which scenario of this run, as writer_play counts
			      them; the first is 0 */
	uint8_t fault;     /* index into fault_types; RECORD_NO_FAULT */
	uint8_t outcome;   /* enum outcome */
	uint8_t upstream;  /* enum upstream_use */
	uint8_t op_source; /* enum op_source */
	uint8_t proto;     /* enum proto */
	uint8_t minor;     /* HTTP/1.minor */
	const char *cause; /* why it ended so: a static sentence such as
			      "client", "connect timeout"; may be NULL */
	struct span method, path,
	    host; /* path is the target as received without query, cut at
		     RECORD_TEXT_MAX */
	/* for access logs alone, when one is kept: User-Agent and Referer */
	struct span agent, referer;
	uint8_t peer[16]; /* the client's address: peer_n bytes of it, 4 or 16;
			     0 for a unix socket */
	uint8_t peer_n;
	struct span plan;    /* bytes of up to RECORD_ARMED_MAX record_armed,
				unaligned, where rule and draw_n do not tell all
				that was decided */
	struct span op_text; /* the operation's id as text when it has one (else
				the hash is printed) */
};

enum {
	RECORD_TEXT_MAX = 1024,
	RECORD_ARMED_MAX = 8,
	RECORD_NO_CHOICE = 0xffff
};

/* One of the rules that fired together. */
struct record_armed {
	uint64_t n, draw; /* the rule's draw number, and what was drawn */
	uint32_t rule;    /* as in struct record */
	uint32_t choice;  /* of its alternatives; RECORD_NO_CHOICE without */
};

#endif
