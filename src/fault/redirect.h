/* The mark that a redirect leaves in the target, so that the chain can end. */
#ifndef FAULT_REDIRECT_H
#define FAULT_REDIRECT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"
#include "http/reply_target.h"

/* A query parameter `brownout-hop=N`: this is the Nth hop of a chain. */
#define REDIRECT_MARK REPLY_TARGET_MARK

/* Whether a request with this query follows a redirect of ours. */
bool redirect_marked(struct span query);

/*
 * Appends target without the mark, as the upstream is to see it. False, and
 * nothing appended, when there is no mark: the target goes on as it is.
 */
bool redirect_strip(struct span target, struct buf *to);

#endif
