#include "judge/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "judge/profile.h"

/* Their client cannot use what it got. */
static const char *const spoiling[] = { "malformed", "corrupt", "close",
	"hang" };

static bool
intake_same(struct pattern **a, unsigned n, struct pattern **b, unsigned m)
{
	if (n != m)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (!span_eq(pattern_text(a[i]), pattern_text(b[i])))
			return false;
	return true;
}

/* The filter bit of a scope; INTAKE_FILTERS when there are too many. */
static int
intake_filter(struct intake *in, const struct expect_scope *s)
{
	if (s->n_methods == 0 && s->n_paths == 0)
		return -1;
	for (int i = 0; i < in->n_filters; i++) {
		const struct expect_scope *f = in->filters[i];

		if (intake_same(
			f->methods, f->n_methods, s->methods, s->n_methods) &&
		    intake_same(f->paths, f->n_paths, s->paths, s->n_paths))
			return i;
	}
	if (in->n_filters == INTAKE_FILTERS)
		return INTAKE_FILTERS;
	in->filters[in->n_filters] = s;
	return in->n_filters++;
}

/* Whether the scenario itself says something about that check for everything:
 * then the profile need not. */
static bool
intake_said(const struct scenario *s, enum check_id check)
{
	for (unsigned i = 0; i < s->n_expects; i++) {
		const struct expect_scope *scope = &s->expects[i].scope;

		if (s->expects[i].check == check && scope->phase < 0 &&
		    scope->after < 0 && scope->rule < 0 &&
		    scope->n_status == 0 && scope->n_methods == 0 &&
		    scope->n_paths == 0)
			return true;
	}
	return false;
}

static void
intake_entries(struct intake *in)
{
	const struct scenario *s = in->scenario;
	const struct expect *implied;
	unsigned n;

	implied = profile_expects(s->verdict.profile, &n);
	in->entries = xcalloc(s->n_expects + n + 1, sizeof(*in->entries));
	for (unsigned i = 0; i < s->n_expects; i++)
		in->entries[in->n_entries++] = (struct entry){
			.e = &s->expects[i],
			.filter = intake_filter(in, &s->expects[i].scope),
		};
	for (unsigned i = 0; i < n; i++)
		if (!intake_said(s, implied[i].check))
			in->entries[in->n_entries++] = (struct entry){
				.e = &implied[i], .filter = -1, .implied = true
			};
}

void
intake_init(
    struct intake *in, const struct scenario *s, const struct judge_options *o)
{
	*in = (struct intake){ .scenario = s };
	for (unsigned i = 0; i < o->n_faults && i < 256; i++)
		for (unsigned k = 0; k < 4; k++)
			if (strcmp(o->faults[i], spoiling[k]) == 0)
				in->spoiling[i / 64] |= (uint64_t)1 << i % 64;
	intake_entries(in);
}

void
intake_clear(struct intake *in)
{
	free(in->entries);
}

static bool
intake_any(struct pattern **patterns, unsigned n, struct span text)
{
	for (unsigned i = 0; i < n; i++)
		if (pattern_match(patterns[i], text))
			return true;
	return false;
}

static bool intake_match(const struct match *m, const struct record *r);

static bool
intake_cond(const struct cond *c, const struct record *r)
{
	bool one = false;

	switch (c->kind) {
	case COND_METHOD:
		return intake_any(c->patterns, c->n_patterns, r->method);
	case COND_PATH:
		return intake_any(c->patterns, c->n_patterns, r->path);
	case COND_HOST:
		return intake_any(c->patterns, c->n_patterns, r->host);
	case COND_ANY:
	case COND_NOT:
		for (unsigned i = 0; i < c->n_alternatives; i++)
			one = one || intake_match(&c->alternatives[i], r);
		return (c->kind == COND_ANY) == one;
	default:
		return false;
	}
}

static bool
intake_match(const struct match *m, const struct record *r)
{
	for (unsigned i = 0; i < m->n_conds; i++)
		if (!intake_cond(&m->conds[i], r))
			return false;
	return true;
}

bool
intake_ignored(const struct intake *in, const struct record *r)
{
	const struct identity_conf *id = &in->scenario->identity;

	for (unsigned i = 0; i < id->n_ignore; i++)
		if (intake_match(&id->ignore[i], r))
			return true;
	return false;
}

uint64_t
intake_filters(const struct intake *in, const struct record *r)
{
	uint64_t bits = 0;

	for (int i = 0; i < in->n_filters; i++) {
		const struct expect_scope *f = in->filters[i];

		if ((f->n_methods == 0 ||
			intake_any(f->methods, f->n_methods, r->method)) &&
		    (f->n_paths == 0 ||
			intake_any(f->paths, f->n_paths, r->path)))
			bits |= (uint64_t)1 << i;
	}
	return bits;
}

static bool
intake_spoilt(const struct intake *in, const struct record *r)
{
	return r->fault != RECORD_NO_FAULT &&
	       (in->spoiling[r->fault / 64] >> r->fault % 64 & 1) &&
	       r->outcome == OUTCOME_INJECTED;
}

bool
intake_ok(const struct intake *in, const struct record *r)
{
	if (r->outcome == OUTCOME_CLIENT_CLOSED ||
	    r->outcome == OUTCOME_REFUSED || (r->flags & RECORD_TRUNCATED) ||
	    intake_spoilt(in, r))
		return false;
	if (r->status >= 100 && r->status < 400)
		return true;
	return r->outcome == OUTCOME_PASSED && r->status >= 400 &&
	       r->status < 500 && r->status != 408 && r->status != 421 &&
	       r->status != 425 && r->status != 429 && r->status != 444 &&
	       r->status != 499;
}
