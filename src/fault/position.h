/* Cut points: where in an exchange `close` and `hang` act. */
#ifndef FAULT_POSITION_H
#define FAULT_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "fault/fault.h"
#include "fault/param.h"

enum position_point {
	POSITION_REQUEST_HEAD, /* the request's head has arrived */
	POSITION_REQUEST_BODY, /* its body has arrived whole */
	POSITION_RESPONSE_HEAD /* the response's head has been sent whole */
};

/* One of a point, {bytes: N}, {chunks: N}, {events: N}: after so much of the
 * response's body as the client sees it. */
struct position {
	int point; /* enum position_point */
	uint64_t bytes;
	int64_t chunks, events;
	uint32_t given;
};
enum {
	POSITION_POINT = 1,
	POSITION_BYTES = 2,
	POSITION_CHUNKS = 4,
	POSITION_EVENTS = 8
};

extern const struct param_set position_set;

/* Counts server-sent events (WHATWG HTML 9.2.6) over pieces of any size: a
 * block of lines that has a `data` field, up to and with its empty line.
 * Comments and blocks without data are no events. Zeroed at the start. */
struct sse {
	uint64_t n;     /* whole events so far */
	uint8_t at;     /* how much of "data" the line has matched; SSE_NO */
	uint8_t line_n; /* characters of the current line, at most 2 */
	bool data;      /* the block has a data field */
	bool crlf;      /* lines end in CR LF here */
	bool cr;        /* the last byte was CR */
	bool due;       /* the event is over but for the LF of its last CR */
};

/* Reads until `want` events are complete: returns how many bytes of s belong
 * to them, s.n when they are not complete yet (see e->n). */
size_t sse_feed(struct sse *e, struct span s, uint64_t want);

/* How far an exchange has come; zeroed at its start. */
struct position_state {
	struct sse sse;
	bool reached;
};

/* Whether the cut is at the request's head (a request without a body has its
 * end there too). */
bool position_at_request(const struct position *p, const struct facts *facts);
/*
 * Moves a piece up to the cut point. True when it is reached: nothing may
 * follow. When the body ends before, *missedp is set: it was too short.
 */
bool position_reached(const struct position *p, struct position_state *st,
    struct piece *piece, bool *missedp);

#endif
