/* Edits to a response head before it is written: what `headers` and `body`
 * faults ask for, in the order asked. */
#ifndef HTTP_EDIT_H
#define HTTP_EDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "http/head.h"

/* The fields of a response in the order they will be sent; a list that faults
 * may change at will. */
struct head_edit {
	unsigned status;
	struct span reason;
	struct edit_line {
		struct span name, value;
	} * lines;
	unsigned n, cap;
	bool framing_changed; /* the body's length is no longer the upstream's:
				 send chunked (or until close) */
	bool no_date;         /* Date was removed: none is to be made up */
	bool has_length; /* with framing_changed: the new length is known */
	uint64_t length;
	struct buf text; /* owns the names and values that edits added */
};

/* The fields of h that are to be sent (hop-by-hop ones already left out). */
void edit_init(struct head_edit *e, const struct head *h);
void edit_clear(struct head_edit *e);
/* Replaces the first field of that name and removes its repeats, or appends it.
 * Text is copied; it must not be text of this edit's own lines. */
void edit_set(struct head_edit *e, struct span name, struct span value);
void edit_add(struct head_edit *e, struct span name, struct span value);
void edit_remove(struct head_edit *e, struct span name);

#endif
