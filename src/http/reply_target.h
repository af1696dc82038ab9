/* References to this server's own resources, for Location and Link. */
#ifndef HTTP_REPLY_TARGET_H
#define HTTP_REPLY_TARGET_H

#include "http/reply_job.h"

/* Each appends a reference to j->to, in ASCII and without quotes or angle
 * brackets. */
/* What was asked for: its path. */
void reply_target_here(struct reply_job *j);
/*
 * The same resource under another spelling, one letter of the path escaped (RFC
 * 3986 6.2.2.2: equivalent). It works at any upstream, and a rule for the exact
 * path does not meet it again, so that following ends. A path without letters
 * gets an empty query or an `&` instead.
 */
void reply_target_elsewhere(struct reply_job *j);
/* The root of this server, with scheme and host as far as known. */
void reply_target_server(struct reply_job *j);

#endif
