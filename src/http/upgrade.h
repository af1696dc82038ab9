/* The answer to a websocket handshake (RFC 6455 4.2.2). */
#ifndef HTTP_UPGRADE_H
#define HTTP_UPGRADE_H

#include "base/span.h"

enum { WEBSOCKET_ACCEPT_LEN = 28 };

/* Sec-WebSocket-Accept for a Sec-WebSocket-Key; no NUL. */
void websocket_accept(struct span key, char to[WEBSOCKET_ACCEPT_LEN]);

#endif
