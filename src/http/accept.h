/* Choosing a media type by Accept (RFC 9110 12.5.1). */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include "base/span.h"
#include "http/head.h"

/*
 * The index of the offer ("text/html") that the request likes best, the first
 * of equals. Without Accept, or when none is acceptable, the first one: an
 * answer beats none (RFC 9110 15.5.7).
 */
unsigned
accept_choose(const struct head *h, const struct span *offers, unsigned n);

#endif
