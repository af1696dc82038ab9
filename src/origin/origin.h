/*
 * The embedded upstream of demos and tests: a small HTTP/1.1 service on a
 * thread of its own (libevent's evhttp; the slow path, plain code). It knows
 * nothing of faults: everything it answers is correct.
 */
#ifndef ORIGIN_ORIGIN_H
#define ORIGIN_ORIGIN_H

#include <stddef.h>

struct origin;

/*
 * Listens on addr (as address_parse reads it: `127.0.0.1:0`, `unix:PATH`) and
 * serves from a new thread. A socket file that nobody listens on any more is
 * replaced.
 * NULL when that is impossible, with a sentence in why (whyn bytes). The caller
 * ends it with origin_stop.
 */
struct origin *origin_start(const char *addr, char *why, size_t whyn);
/* The address really in use, in the form of addr, port 0 replaced. Lives as
 * long as the origin. */
const char *origin_address(const struct origin *o);
/* Closes every connection, ends the thread, removes the socket file and frees;
 * NULL is fine. */
void origin_stop(struct origin *o);

#endif
