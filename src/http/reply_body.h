/* The body of a reply: what happened, in the form the client likes best. */
#ifndef HTTP_REPLY_BODY_H
#define HTTP_REPLY_BODY_H

#include "http/reply_job.h"

enum reply_form {
	REPLY_JSON,
	REPLY_HTML,
	REPLY_TEXT,
	REPLY_XML,  /* a multistatus document */
	REPLY_BYTES /* a part of a made-up text */
};

/* The form for this code and request; a content type that the spec asks for
 * decides, else Accept does (then *variesp is set). */
enum reply_form reply_body_form(const struct reply_job *j, bool *variesp);
/* Its media type, with a charset where the type has one. */
struct span reply_body_type(enum reply_form form);
/* Appends the body to j->to. */
void reply_body_put(struct reply_job *j, enum reply_form form);

#endif
