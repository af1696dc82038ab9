/* The answers of the admin API. A call comes in with its path, query and body
 * and goes out with a status and a text; none of it knows of HTTP's wire. */
#ifndef ADMIN_API_H
#define ADMIN_API_H

#include <jansson.h>

#include "admin/control.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/span.h"

struct admin;

struct api_call {
	struct admin *admin;
	struct control *control;
	uint64_t now_ns;
	struct span path;   /* without its query */
	const char *tail;   /* what stands for the star, decoded */
	const char *limit;  /* the query's, or NULL */
	const char *accept; /* the field, or "" */
	struct span body;
	/* the answer */
	unsigned status;
	const char *type;   /* Content-Type */
	const char *policy; /* Content-Security-Policy, or NULL */
	struct buf text;
	bool stream; /* the answer goes on: events_open took it */
};

#define ROUTE(method, path, function, open) \
	void api_##function(struct api_call *call);
#include "admin/routes.def"
#undef ROUTE

/* Answers with a JSON value, which is consumed. */
void api_json(struct api_call *call, unsigned status, json_t *value);
/* {"error": error, "reason": ...} */
void api_error(struct api_call *call, unsigned status, const char *error,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Reads the body as a JSON object; an empty one is {}. NULL: has answered. */
json_t *api_object(struct api_call *call);
/* Reads a member that is a duration. False: has answered. 0 when it is not
 * there. */
bool api_duration(struct api_call *call, const json_t *object, const char *key,
    uint64_t *nsp);
/* A string, with U+FFFD in place of what is no UTF-8. */
json_t *api_string(const char *s);
/* Seconds, or null for UINT64_MAX. */
json_t *api_seconds(uint64_t ns);

/* What is played, as GET /v1/scenario tells it; brief: without its phases. */
json_t *api_state(struct control *control, uint64_t now_ns, bool brief);

#endif
