/* Rules that can never act, because an earlier one always ends the exchange
 * first. A "no" here may only mean "cannot tell". */
#include <string.h>

#include "base/rng.h"
#include "scenario/inject.h"
#include "scenario/loader.h"

/* Whether b's text is in a path tree: a is `X/` `**`. */
static bool
shadow_tree(struct span a, struct span b)
{
	return a.n > 3 && memcmp(a.p + a.n - 3, "/**", 3) == 0 &&
	       memchr(a.p, '*', a.n - 2) == NULL && b.n > a.n - 3 &&
	       memcmp(a.p, b.p, a.n - 3) == 0 && b.p[a.n - 3] == '/';
}

/* Whether every string that b matches is matched by a. */
static bool
shadow_pattern(const struct pattern *a, const struct pattern *b)
{
	struct span ta = pattern_text(a), tb = pattern_text(b);
	struct span la = pattern_literal(a), lb = pattern_literal(b);

	if (span_eq(ta, tb))
		return true;
	if (pattern_kind(b) == PATTERN_EXACT)
		return pattern_match(a, tb);
	if (pattern_kind(a) == PATTERN_EXACT ||
	    pattern_kind(b) == PATTERN_REGEX)
		return false;
	if (pattern_kind(a) == PATTERN_PREFIX)
		return lb.n >= la.n &&
		       (la.n == 0 || memcmp(la.p, lb.p, la.n) == 0);
	return pattern_kind(a) == PATTERN_GLOB && lb.n >= la.n &&
	       shadow_tree(ta, tb);
}

static bool
shadow_patterns(const struct cond *a, const struct cond *b)
{
	for (unsigned i = 0; i < b->n_patterns; i++) {
		bool covered = false;

		for (unsigned j = 0; j < a->n_patterns && !covered; j++)
			covered =
			    shadow_pattern(a->patterns[j], b->patterns[i]);
		if (!covered)
			return false;
	}
	return b->n_patterns > 0;
}

static bool
shadow_named(const struct cond *a, const struct cond *b)
{
	bool same = a->kind == COND_HEADER ? span_caseeq(a->name, b->name)
					   : span_eq(a->name, b->name);

	if (!same || a->absent != b->absent)
		return false;
	return a->absent || a->present || shadow_patterns(a, b);
}

static bool
shadow_net(const struct cond *a, const struct address *net, unsigned bits)
{
	for (unsigned i = 0; i < a->n_nets; i++) {
		const struct address *wide = &a->nets[i];
		unsigned w = a->net_bits[i], whole = w / 8, rest = w % 8;

		if (wide->n != net->n || w > bits ||
		    memcmp(wide->bytes, net->bytes, whole) != 0)
			continue;
		if (rest == 0 || ((wide->bytes[whole] ^ net->bytes[whole]) >>
				     (8 - rest)) == 0)
			return true;
	}
	return false;
}

static bool shadow_match(const struct match *a, const struct match *b);

/* Whether condition a holds whenever condition b does. */
static bool
shadow_cond(const struct cond *a, const struct cond *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case COND_HEADER:
	case COND_QUERY:
	case COND_COOKIE:
		return shadow_named(a, b);
	case COND_CLIENT:
		for (unsigned i = 0; i < b->n_nets; i++)
			if (!shadow_net(a, &b->nets[i], b->net_bits[i]))
				return false;
		return true;
	case COND_PROTOCOL:
		return (b->protocols & ~a->protocols) == 0;
	case COND_BODY_SIZE:
	case COND_ATTEMPT:
		return a->min <= b->min && a->max >= b->max;
	case COND_ANY:
	case COND_NOT:
		return false;
	default:
		return shadow_patterns(a, b);
	}
}

/* Whether a holds for every request that match b takes. */
static bool
shadow_implied(const struct cond *a, const struct match *b)
{
	for (unsigned i = 0; i < b->n_conds; i++)
		if (shadow_cond(a, &b->conds[i]))
			return true;
	for (unsigned i = 0; a->kind == COND_ANY && i < a->n_alternatives; i++)
		if (shadow_match(&a->alternatives[i], b))
			return true;
	return false;
}

static bool
shadow_match(const struct match *a, const struct match *b)
{
	for (unsigned i = 0; i < a->n_conds; i++)
		if (!shadow_implied(&a->conds[i], b))
			return false;
	return true;
}

/* Interim codes let the exchange go on; 101 skips what asks for no upgrade. */
static bool
shadow_ends(const struct inject *inject)
{
	unsigned status;

	if (inject->ends == NULL)
		return false;
	status = inject_status(&inject->faults[inject->n_faults - 1]);
	return strcmp(inject->ends->name, "status") != 0 || status >= 200;
}

/* Faults that judge by themselves whether it is time to refuse. */
static bool
shadow_may_pass(const struct inject *inject)
{
	static const char *const names[] = { "rate_limit", "overload",
		"redirect", "reset_stream", "goaway", "grpc" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(inject->ends->name, names[i]) == 0)
			return true;
	return false;
}

bool
shadow_is_total(const struct rule *r)
{
	const struct select *s = &r->select;
	uint64_t sum = 0;

	if (s->limit != 0)
		return false;
	for (unsigned i = 0; i < r->n_choices; i++) {
		const struct inject *inject = &r->choices[i].inject;

		if (!shadow_ends(inject) || shadow_may_pass(inject))
			return false;
		sum += r->choices[i].rate;
	}
	if (r->n_choices > 0)
		return sum == RATE_ONE;
	if (!shadow_ends(&r->inject) || shadow_may_pass(&r->inject))
		return false;
	return s->kind == SELECT_ALWAYS ||
	       (s->kind == SELECT_RATE && s->rate_from == RATE_ONE &&
		   s->rate_to == RATE_ONE) ||
	       (s->kind == SELECT_EVERY && s->every == 1);
}

bool
shadow_hides(const struct rule *a, const struct rule *b)
{
	return shadow_match(&a->match, &b->match);
}
