/*
 * HTTP/1.1 bytes to messages (RFC 9112). Pure: bytes in, spans out.
 *
 * llhttp reads field sections. Start lines are read here, because llhttp knows
 * only the methods of its list and a proxy must pass unknown ones (RFC 9110
 * 9.1); chunks too, see h1_chunked.c. What llhttp leaves open (bare line ends,
 * folding, empty names, limits, Host, conflicting framing) is checked here.
 */
#ifndef HTTP_H1_H
#define HTTP_H1_H

#include <llhttp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/head.h"

enum h1_result { H1_MORE, H1_DONE, H1_BAD };

/* Why a message was refused: the status to answer with and a sentence. */
struct h1_error {
	unsigned status; /* 400 and others to a client; 502 for an upstream's */
	const char *why;
};

struct h1_limits {
	size_t line_max;   /* the request line: 414 beyond */
	size_t field_max;  /* one field line: 431 */
	size_t head_max;   /* the whole head: 431 */
	unsigned n_fields; /* <= HEAD_FIELDS_MAX: 431 */
};

/*
 * How far a head has been looked at, so that a head that comes byte by byte
 * is not scanned again from its start. Zeroed at the start of each message; h
 * must stay the same meanwhile, for it keeps what was read of the start line.
 */
struct h1_scan {
	size_t
	    skip;  /* bytes of the empty line before a request (RFC 9112 2.2) */
	size_t at; /* every byte before is checked */
	size_t line;      /* where the current line begins */
	size_t fields;    /* where the first field line begins */
	bool first;       /* the start line is complete and good */
	const char *base; /* where the input was at the last call */
};

/*
 * Reads the head at the front of in, which may grow between calls but not
 * move its bytes' meaning. H1_DONE: h is filled and points into in; the
 * message's bytes begin at in + scan->skip and the body at h->raw's end.
 * H1_BAD: e says why; it is found at the same byte however the input was cut.
 */
enum h1_result h1_request(struct h1_scan *scan, struct span in,
    const struct h1_limits *limits, struct head *h, struct h1_error *e);

/*
 * The same for a response to a request with that method. Folded fields
 * (RFC 9112 5.2) are unfolded in place, hence the writable input.
 */
enum h1_result h1_response(struct h1_scan *scan, char *in, size_t n,
    const struct h1_limits *limits, struct span method, struct head *h,
    struct h1_error *e);

/* Used by the two above and by tests: the start lines without their CRLF. */
bool h1_request_line(struct span line, struct head *h, struct h1_error *e);
bool h1_status_line(struct span line, struct head *h, struct h1_error *e);
/* Whether bytes could begin a request line: said at once, because what is not
 * HTTP (a TLS hello) may never send a line end. */
bool h1_method_begins(struct span part);
/* Decides h->framing, length, keep_alive, upgrade, expect from the fields. */
bool h1_request_framing(struct head *h, struct h1_error *e);
bool
h1_response_framing(struct head *h, struct span method, struct h1_error *e);
/* Whether a Host value or an authority is valid (RFC 9110 7.2): no user
 * information, no path, a port of digits. */
bool h1_host_valid(struct span host);

/*
 * Reads a section of field lines that ends with an empty line into h: names,
 * values, ids. False when it is malformed or has more than max fields.
 */
bool h1_section(struct span section, struct head *h, unsigned max);

/*
 * The chunked coding (RFC 9112 7.1), undone. Extensions are dropped and
 * bounded; trailers are collected, without those that would change framing
 * or routing, as lines ready to send.
 */
struct h1_chunked {
	int state;
	unsigned digits;     /* of the size being read */
	uint64_t left;       /* payload bytes of this chunk still to come */
	uint64_t bytes;      /* payload so far */
	uint64_t chunks;     /* whole chunks so far, without the last one */
	size_t extension;    /* bytes of extensions of the current chunk */
	struct buf trailers; /* raw; once done, the lines that may pass */
	bool done;
	const char *why; /* H1_BAD: a sentence */
};

/* Where decoded payload goes; chunk is called after each whole chunk. */
struct h1_sink {
	void (*data)(void *arg, struct span payload);
	void (*chunk)(void *arg);
	void *arg;
};

void h1_chunked_init(struct h1_chunked *c);
void h1_chunked_clear(struct h1_chunked *c);
/*
 * Feeds bytes; *usedp is how many belonged to this body. H1_DONE: the body and
 * its trailers are complete, what follows is the next message.
 */
enum h1_result h1_chunked_feed(struct h1_chunked *c, struct span in,
    const struct h1_sink *sink, size_t *usedp);

/* Longest text that h1_chunk_open writes: 16 digits and CRLF. */
enum { H1_CHUNK_OPEN = 18 };
/* Writes the size line of a chunk of n > 0 bytes; returns its length. */
size_t h1_chunk_open(char to[H1_CHUNK_OPEN], size_t n);

#endif
