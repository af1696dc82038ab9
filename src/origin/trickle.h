/*
 * Answers that take time: many bytes, many chunks, events, a delay. Each is an
 * object of its own that dies with its last byte or with its connection,
 * whichever is first.
 */
#ifndef ORIGIN_TRICKLE_H
#define ORIGIN_TRICKLE_H

#include <stdint.h>

struct event_base;
struct evbuffer;
struct evhttp_request;

/* Appends part i (from 0) of an answer to `to`. */
typedef void trickle_fn(struct evbuffer *to, uint64_t i, uint64_t arg);

struct trickle_plan {
	uint64_t parts;    /* how many; 0 is an empty body */
	uint64_t first_ms; /* wait before the head */
	uint64_t every_ms; /* wait between parts; 0: as fast as they are read */
	trickle_fn *part;
	uint64_t arg;
};

/* Answers req with 200 by plan; fields other than the framing are set by the
 * caller before. Takes over req. */
void trickle_start(struct event_base *base, struct evhttp_request *req,
    const struct trickle_plan *plan);

#endif
