/* The fields of a reply: how one is put, and which ones a code requires. */
#ifndef HTTP_REPLY_FIELDS_H
#define HTTP_REPLY_FIELDS_H

#include "http/reply_job.h"

/* Whether a line of the spec has that name; *value then is its value. */
bool
reply_given(const struct reply_job *j, struct span name, struct span *value);
/* Puts a field, unless the spec has one of that name. */
void reply_put(struct reply_job *j, struct span name, struct span value);
/* The same in steps: when begin returns true the caller puts the value into
 * j->to, then the end. */
bool reply_begin(struct reply_job *j, struct span name);
void reply_end(struct reply_job *j);

/* Puts what the code requires beyond Date, fit for this very request. */
void reply_code_fields(struct reply_job *j);

#endif
