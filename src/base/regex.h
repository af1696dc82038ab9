/* Regular expressions by PCRE2 with JIT and bounded effort. Used through
 * pattern.h. */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct regex;

/* Compiles text. NULL with a sentence in why and the offset of the mistake in
 * *atp. */
struct regex *
regex_new(struct span text, bool nocase, char *why, size_t whyn, size_t *atp);
void regex_free(struct regex *r);
/* Whether it occurs in s; false too when that takes more than a few
 * milliseconds to find out. Any thread. */
bool regex_match(const struct regex *r, struct span s);

#endif
