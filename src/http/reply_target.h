/* References to this server's own resources, for Location and Link. */
#ifndef HTTP_REPLY_TARGET_H
#define HTTP_REPLY_TARGET_H

#include "http/reply_job.h"

/* A query parameter that says that a request follows an injected redirect;
 * behind it stands a number, which hop it is. The proxy takes it away before
 * the upstream sees it. */
#define REPLY_TARGET_MARK "brownout-hop="

/* Each appends a reference to j->to, in ASCII and without quotes or angle
 * brackets. */
/* What was asked for: its path. */
void reply_target_here(struct reply_job *j);
/* What was asked for, with its query and the mark of a first hop: who follows
 * is let through, so that following ends. */
void reply_target_again(struct reply_job *j);
/* The root of this server, with scheme and host as far as known. */
void reply_target_server(struct reply_job *j);

#endif
