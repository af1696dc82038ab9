/* What the endpoints of the embedded upstream answer; routes.c says which is
 * where. n is the number in the path, 0 without one. */
#ifndef ORIGIN_ANSWER_H
#define ORIGIN_ANSWER_H

#include <jansson.h>
#include <stdint.h>

#include "origin/routes.h"

/* Sends a JSON answer; takes the value over. */
void answer_json(struct evhttp_request *req, int status, json_t *value);

void answer_health(struct routes *, struct evhttp_request *, int64_t n);
void answer_bytes(struct routes *, struct evhttp_request *, int64_t n);
void answer_stream(struct routes *, struct evhttp_request *, int64_t n);
void answer_sse(struct routes *, struct evhttp_request *, int64_t n);
void answer_echo(struct routes *, struct evhttp_request *, int64_t n);
void answer_status(struct routes *, struct evhttp_request *, int64_t n);
void answer_delay(struct routes *, struct evhttp_request *, int64_t n);
void answer_order(struct routes *, struct evhttp_request *, int64_t n);
void answer_book(struct routes *, struct evhttp_request *, int64_t n);
void answer_reset(struct routes *, struct evhttp_request *, int64_t n);
void answer_search(struct routes *, struct evhttp_request *, int64_t n);

#endif
