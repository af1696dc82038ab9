/* The bytes of a scenario before YAML: reading a file with care, and refusing
 * what is not UTF-8 text. */
#ifndef SCENARIO_SOURCE_H
#define SCENARIO_SOURCE_H

#include "scenario/node.h"

enum { SOURCE_MAX = 8 * 1024 * 1024 };

/* Reads a whole regular file of at most SOURCE_MAX bytes; what is a directory,
 * a FIFO, unreadable, too large or changes meanwhile is a problem and NULL. The
 * text is in the arena, NUL-terminated, its length in *np. */
const char *source_read(struct reader *r, const char *file, size_t *np);
/* Whether the bytes are UTF-8 text without NUL and control characters; else a
 * problem at the first that is not. */
bool source_check(struct reader *r, struct span text);

#endif
