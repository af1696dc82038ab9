/* Field lines "Name: value" being put together for a reply: their text in one
 * buffer that is reused, and spans into it. */
#ifndef HTTP_LINES_H
#define HTTP_LINES_H

#include "base/buf.h"
#include "base/span.h"

enum { LINES_MAX = 32 };

/* The first n of v are reply_spec.lines. Zeroed is empty. */
struct lines {
	struct buf text;
	struct span v[LINES_MAX];
	unsigned n;
};

/* No lines; the memory is kept for the next ones. */
void lines_reset(struct lines *l);
/* Frees the memory; the list is empty and usable again. */
void lines_clear(struct lines *l);
/* Begins the line `name: ` (what is put into the returned buffer is its value)
 * and ends it. More than LINES_MAX lines are a bug. */
struct buf *lines_begin(struct lines *l, struct span name);
void lines_end(struct lines *l);
/* A whole line; text is copied. */
void lines_add(struct lines *l, struct span name, struct span value);
/* The name and the value of a line; a line without colon is all name. */
void lines_split(struct span line, struct span *name, struct span *value);

#endif
