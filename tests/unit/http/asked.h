/* A request, the reply made for it, and what that reply says: for the tests of
 * the reply's files. */
#ifndef TESTS_UNIT_HTTP_ASKED_H
#define TESTS_UNIT_HTTP_ASKED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "http/reply.h"

/* Sun, 06 Nov 1994 08:49:37 GMT */
#define WALL 784111777000000000u

static struct head head;
static struct facts facts;
static struct reply reply;
static char text[65536]; /* the whole reply, NUL-terminated */

/* A request; fields end with NULL. */
static inline void
ask(const char *method, unsigned minor, const char *path,
    const char *const fields[][2])
{
	head = (struct head){ .method = span_str(method),
		.minor = minor,
		.target = span_str(path) };
	for (unsigned i = 0; fields != NULL && fields[i][0] != NULL; i++) {
		struct field *f = &head.fields[head.n_fields++];

		f->name = span_str(fields[i][0]);
		f->value = span_str(fields[i][1]);
		f->id = field_find(f->name);
		head.seen |= (uint64_t)1 << f->id;
	}
	facts = (struct facts){ .head = &head,
		.wall_ns = WALL,
		.host = SPAN("shop.example:8080"),
		.path = target_path(head.target),
		.query = target_query(head.target) };
}

static inline void
make(const struct reply_spec *spec, bool keep)
{
	reply_make(&reply, spec, &facts, keep);
	assert_true(reply.raw.n < sizeof(text));
	if (reply.raw.n > 0)
		memcpy(text, reply.raw.data, reply.raw.n);
	text[reply.raw.n] = '\0';
	assert_int_equal(reply.status, spec->status);
}

static inline void
make_plain(unsigned status)
{
	make(&(struct reply_spec){ .status = status }, true);
}

/* The value of the only field of that name, NULL without one. */
static inline const char *
value_of(const char *name)
{
	static char value[8192];
	size_t n = strlen(name);
	const char *found = NULL;
	const char *p = strstr(text, "\r\n");

	for (; p != NULL && p + 2 < text + reply.head_n - 2;
	     p = strstr(p + 2, "\r\n")) {
		const char *line = p + 2, *end = strstr(line, "\r\n");

		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		assert_null(found);
		found = value;
		snprintf(value, sizeof(value), "%.*s",
		    (int)(end - line - (long)n - 2), line + n + 2);
	}
	return found;
}

static inline void
expect_field(const char *name, const char *want)
{
	const char *got = value_of(name);

	if (want == NULL) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, want);
}

static inline const char *
body_of(void)
{
	return text + reply.head_n;
}

#endif
