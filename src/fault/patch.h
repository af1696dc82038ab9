/* Changes inside a body: values at JSON pointers (RFC 6901), pieces of text. */
#ifndef FAULT_PATCH_H
#define FAULT_PATCH_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"
#include "fault/param.h"

/*
 * Appends body with the patches made. A name that begins with `/` is a JSON
 * pointer: its value becomes the given one (read as JSON if it is JSON, else a
 * string; null removes it), a last reference token that is missing in an
 * object is added, `-` appends to an array. Any other name is text, each
 * occurrence of which becomes the value. Returns NULL, or why nothing was done
 * and nothing appended (a static sentence).
 */
const char *
patch_body(const struct param_pairs *patches, struct span body, struct buf *to);

/* Whether any of the patches is a JSON pointer. */
bool patch_is_json(const struct param_pairs *patches);

#endif
