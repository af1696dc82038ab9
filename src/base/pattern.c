#include "base/pattern.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/glob.h"
#include "base/regex.h"
#include "base/xalloc.h"

struct pattern {
	enum pattern_kind kind;
	bool nocase;
	struct span text; /* owned */
	struct glob *glob;
	struct regex *regex;
};

static bool
pattern_compile(
    struct pattern *p, char sep, char *why, size_t whyn, size_t *atp)
{
	const char *sentence = NULL;

	if (p->kind == PATTERN_REGEX) {
		struct span s = { p->text.p + 1, p->text.n - 1 };

		p->regex = regex_new(s, p->nocase, why, whyn, atp);
		++*atp;
		return p->regex != NULL;
	}
	p->glob = glob_new(p->text, sep, p->nocase, &sentence, atp);
	if (p->glob == NULL) {
		snprintf(why, whyn, "%s", sentence);
		return false;
	}
	if (glob_is_prefix(p->glob))
		p->kind = PATTERN_PREFIX;
	return true;
}

static enum pattern_kind
pattern_look(struct span text)
{
	if (text.p[0] == '~')
		return PATTERN_REGEX;
	return memchr(text.p, '*', text.n) != NULL ? PATTERN_GLOB
						   : PATTERN_EXACT;
}

struct pattern *
pattern_new(struct span text, char sep, bool nocase, char *why, size_t whyn,
    size_t *atp)
{
	struct pattern *p;

	*atp = 0;
	if (text.n == 0 || (text.n == 1 && text.p[0] == '~')) {
		snprintf(why, whyn, "an empty %s",
		    text.n == 0 ? "pattern" : "regular expression");
		return NULL;
	}
	p = xcalloc(1, sizeof(*p));
	p->kind = pattern_look(text);
	p->nocase = nocase;
	p->text = (struct span){ xstrndup(text.p, text.n), text.n };
	if (p->kind == PATTERN_EXACT || pattern_compile(p, sep, why, whyn, atp))
		return p;
	pattern_free(p);
	return NULL;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	glob_free(p->glob);
	regex_free(p->regex);
	free((char *)p->text.p);
	free(p);
}

bool
pattern_match(const struct pattern *p, struct span s)
{
	switch (p->kind) {
	case PATTERN_EXACT:
		return p->nocase ? span_caseeq(p->text, s)
				 : span_eq(p->text, s);
	case PATTERN_PREFIX:
	case PATTERN_GLOB:
		return glob_match(p->glob, s);
	case PATTERN_REGEX:
		break;
	}
	return regex_match(p->regex, s);
}

enum pattern_kind
pattern_kind(const struct pattern *p)
{
	return p->kind;
}

struct span
pattern_literal(const struct pattern *p)
{
	if (p->kind == PATTERN_REGEX)
		return (struct span){ p->text.p, 0 };
	return p->kind == PATTERN_EXACT ? p->text : glob_literal(p->glob);
}

struct span
pattern_text(const struct pattern *p)
{
	return p->text;
}
