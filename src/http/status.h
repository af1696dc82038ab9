/* The status registry: what each code means and what a response with it must
 * look like. The rows are status.def. */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What follows the head of a response with the code. */
enum status_body {
	STATUS_BODY_NONE,  /* never a byte, no Content-Length: 1xx, 204, 304 */
	STATUS_BODY_EMPTY, /* Content-Length: 0: 205 */
	STATUS_BODY_NOTE,  /* what happened, and whether it is temporary */
	STATUS_BODY_LINK,  /* a short hypertext note that links the Location, if
			      any */
	STATUS_BODY_LIST,  /* the representations to choose from: 300 */
	STATUS_BODY_PART,  /* the bytes asked for: 206 */
	STATUS_BODY_MULTI, /* a WebDAV multistatus document: 207, 208 */
	STATUS_BODY_SILENT /* no response at all: 444, 499 */
};

/* Whether a client may send the same request again unchanged, without anybody's
 * help; `when` says on what condition. */
enum status_retry {
	STATUS_RETRY_NEVER,
	STATUS_RETRY_BLIND,
	STATUS_RETRY_WAIT,      /* after Retry-After, else with backoff */
	STATUS_RETRY_CONNECTION /* on another connection */
};

/* The five documents that brownout's list of codes was drawn from. */
enum status_seed {
	STATUS_SEED_GUIDE = 1 << 0,
	STATUS_SEED_RFC2616 = 1 << 1,
	STATUS_SEED_MDN = 1 << 2,
	STATUS_SEED_PLESK = 1 << 3,
	STATUS_SEED_CLOUD = 1 << 4
};
enum { STATUS_SEEDS = 5, STATUS_MIN = 100, STATUS_MAX = 999 };

struct status {
	uint16_t code;  /* 0: the plain row of a class */
	uint8_t seeds;  /* bits of enum status_seed */
	uint8_t body;   /* enum status_body */
	uint8_t retry;  /* enum status_retry */
	bool official;  /* in the IANA registry; `source` is its RFC, else who
			   uses it */
	bool interim;   /* 1xx that a final response follows; not 101 */
	bool closes;    /* the connection ends with it */
	bool cacheable; /* heuristically, RFC 9110 15.1 */
	bool temporary; /* the condition passes by itself */
	bool idempotent_only; /* a retry needs an idempotent method or a key */
	bool neutral;         /* clients differ in good faith: judge neither */
	const char *reason, *source;
	const char *when; /* the condition of a retry, or what to do
			     instead */
	/* The rest may be NULL: nothing to say. */
	const char *required; /* fields it must have, comma-separated */
	const char *usual;    /* fields it often has, likewise */
	const char *detail;   /* a sentence for the note: what happened */
	const char *note; /* where the documents disagree: what brownout does
			     and why */
};

/* The registry's row of a code, or NULL for one that it does not have. */
const struct status *status_find(unsigned code);
/* The row of a code, else the plain row of its class (RFC 9110 15: a client
 * takes an unknown code for x00; beyond 599 for a server's error). */
const struct status *status_rules(unsigned code);
/* All rows in order of their codes. */
const struct status *status_all(size_t *n);

/* Names as in `brownout codes --json`. */
const char *status_class_name(unsigned code);
const char *status_body_name(enum status_body b);
const char *status_retry_name(enum status_retry r);
/* The document behind bit number i, 0 .. STATUS_SEEDS - 1. */
const char *status_seed_name(unsigned i);

#endif
