/* Patterns over strings: globs (`*` within a segment, `**` across), exact text,
 * and `~regex` by PCRE2 with bounded effort. */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

enum pattern_kind {
	PATTERN_EXACT,  /* no meta characters */
	PATTERN_PREFIX, /* text followed by `**`, or by `*` where no separator
			   counts: whatever begins with the literal matches */
	/* Anything else with a star. A path and all below it is one, as it is
	 * not enough that a string begins with that path. */
	PATTERN_GLOB,
	PATTERN_REGEX
};

struct pattern;

/*
 * Compiles text. sep is the character that `*` does not cross ('/' for paths,
 * 0: none); nocase ignores ASCII case. With a separator, a `**` that is
 * a whole segment stands for none, one or many: `/a/` `**` `/b` written
 * together matches `/a/b`. A regular expression (after `~`) is looked for
 * anywhere in the string, as by grep, with bounded effort: what would take too
 * long does not match. Other characters, `?`, `[` and `\` among them, stand for
 * themselves. On error returns NULL, stores a sentence in why (whyn bytes) and
 * the byte offset of the mistake in *atp.
 */
struct pattern *pattern_new(struct span text, char sep, bool nocase, char *why,
    size_t whyn, size_t *atp);
void pattern_free(struct pattern *p);
/* Whether the whole of s matches (a regex: some part of it). Any thread. */
bool pattern_match(const struct pattern *p, struct span s);
enum pattern_kind pattern_kind(const struct pattern *p);
/*
 * What every match must begin with: the whole text of an EXACT one, the text of
 * a PREFIX one, "" for a regex. With nocase in the case as written, so compare
 * without case. To begin with it is enough only for a PREFIX one.
 */
struct span pattern_literal(const struct pattern *p);
struct span pattern_text(const struct pattern *p);

#endif
