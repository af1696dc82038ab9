#ifndef TESTS_READING_H
#define TESTS_READING_H

#include <stdlib.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "record/journal.h"

/* A journal's reader with all that it needs. */
struct reading {
	struct record r;
	struct journal_header h;
	uint64_t lost;
	struct buf text;
	const char *why;
};

static int
setup(void **state)
{
	struct reading *in = xcalloc(1, sizeof(*in));

	buf_init(&in->text, 1 << 20);
	*state = in;
	return 0;
}

static int
teardown(void **state)
{
	struct reading *in = *state;

	buf_clear(&in->text);
	free(in);
	return 0;
}

#endif
