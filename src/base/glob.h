/* Globs: literal text with `*` and `**`, matched in one pass whatever the text.
 * Used through pattern.h. */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct glob;

/* Compiles text as described at pattern_new; borrows text. NULL with a static
 * sentence in *whyp and the offset of the mistake in *atp. */
struct glob *glob_new(
    struct span text, char sep, bool nocase, const char **whyp, size_t *atp);
void glob_free(struct glob *g);
bool glob_match(const struct glob *g, struct span s);
/* The text before the first star that every match begins with. */
struct span glob_literal(const struct glob *g);
/* Whether beginning with the literal is enough to match. */
bool glob_is_prefix(const struct glob *g);

#endif
