/* A request from two strings, for tests of what looks at facts. */
#ifndef TESTS_UNIT_REQUEST_H
#define TESTS_UNIT_REQUEST_H

#include <assert.h>
#include <string.h>

#include "http/facts.h"

struct request {
	struct head head;
	struct facts facts;
};

/* line is "GET /path?query", fields "Name: value" lines; both are borrowed. */
static inline void
request_make(struct request *r, const char *line, const char *fields)
{
	const char *space = strchr(line, ' ');
	struct head *h = &r->head;

	assert(space != NULL);
	memset(r, 0, sizeof(*r));
	h->method = (struct span){ line, (size_t)(space - line) };
	h->target = span_str(space + 1);
	while (fields != NULL && *fields != '\0') {
		size_t n = strcspn(fields, "\n");
		const char *colon = memchr(fields, ':', n);
		struct field *f = &h->fields[h->n_fields++];

		assert(colon != NULL && h->n_fields <= HEAD_FIELDS_MAX);
		f->name = (struct span){ fields, (size_t)(colon - fields) };
		f->value = span_trim((struct span){
		    colon + 1, (size_t)(fields + n - colon - 1) });
		f->id = field_find(f->name);
		h->seen |= (uint64_t)1 << f->id;
		fields += n + (fields[n] == '\n');
	}
	r->facts = (struct facts){ .head = h,
		.path = target_path(h->target),
		.query = target_query(h->target),
		.host = SPAN("test.example"),
		.client = { { 192, 0, 2, 7 }, 4 },
		.client_text = SPAN("192.0.2.7"),
		.conn = 1,
		.nth = 1 };
}

#endif
