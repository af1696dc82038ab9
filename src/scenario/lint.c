/* Warnings: what a scenario says that cannot matter. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "scenario/inject.h"
#include "scenario/loader.h"

/* A rule that no draw lets fire. */
static bool
lint_is_off(const struct rule *r)
{
	return r->select.kind == SELECT_RATE && r->select.rate_from == 0 &&
	       r->select.rate_to == 0;
}

static void
lint_rules_off(struct loader *l)
{
	for (unsigned i = 0; i < l->s->n_rules; i++) {
		const struct rule *r = l->s->rules[i];

		if (lint_is_off(r))
			node_warn(&l->r, node_get(l->sources[i].node, "rate"),
			    "rule \"%s\" never fires: its rate is 0%%",
			    r->name);
		if (!l->sources[i].connection && r->n_choices == 0 &&
		    r->inject.n_faults == 0)
			node_warn(&l->r, l->sources[i].node,
			    "rule \"%s\" injects nothing", r->name);
	}
}

/* The first of v[from..to) that hides b, or NULL. */
static const struct rule *
lint_hider(struct rule *const *v, unsigned to, const struct rule *b)
{
	for (unsigned i = 0; i < to; i++)
		if (shadow_hides(v[i], b))
			return v[i];
	return NULL;
}

/* For each rule: in how many phases it stands, in how many it is hidden, and
 * by which rule first. */
struct lint_hidden {
	unsigned phases, hidden;
	const struct rule *by;
};

/* The rules of one phase against those before them. Rules that hold in every
 * phase are compared with each other once, by the first phase. */
static void
lint_phase(const struct phase *p, unsigned n_common, struct lint_hidden *to,
    struct rule **total)
{
	unsigned own = p->n_rules - n_common, n_total = 0;

	for (unsigned i = 0; i < p->n_rules; i++) {
		struct rule *r = p->rules[i];
		struct lint_hidden *h = &to[r->index];
		const struct rule *by = NULL;

		h->phases++;
		if (i < own || n_total > 0)
			by = lint_hider(total, n_total, r);
		if (by != NULL) {
			h->hidden++;
			if (h->by == NULL)
				h->by = by;
		}
		if (i < own && shadow_is_total(r))
			total[n_total++] = r;
	}
}

static void
lint_common(struct loader *l, struct lint_hidden *to, struct rule **total)
{
	unsigned n_total = 0;

	for (unsigned i = 0; i < l->n_common; i++) {
		struct rule *r = l->common[i];
		const struct rule *by = lint_hider(total, n_total, r);

		if (by != NULL) {
			to[r->index].by = by;
			to[r->index].hidden = UINT32_MAX;
		}
		if (shadow_is_total(r))
			total[n_total++] = r;
	}
}

static void
lint_hidden_rules(struct loader *l)
{
	struct scenario *s = l->s;
	struct lint_hidden *h = xcalloc(s->n_rules, sizeof(*h));
	struct rule **total = xcalloc(s->n_rules, sizeof(*total));

	for (unsigned i = 0; i < s->n_phases; i++)
		lint_phase(&s->phases[i], l->n_common, h, total);
	lint_common(l, h, total);
	for (unsigned i = 0; i < s->n_rules; i++)
		if (h[i].by != NULL && h[i].hidden >= h[i].phases)
			node_warn(&l->r, l->sources[i].node,
			    "rule \"%s\" is never reached: rule \"%s\" at line "
			    "%u takes all of its requests",
			    s->rules[i]->name, h[i].by->name, h[i].by->line);
	free(total);
	free(h);
}

/* Rules of its own that may fire. */
static bool
lint_acts(const struct loader *l, const struct phase *p)
{
	for (unsigned i = 0; i < p->n_rules; i++)
		if (!lint_is_off(p->rules[i]))
			return true;
	(void)l;
	return p->n_connections > 0;
}

static void
lint_phases(struct loader *l)
{
	const struct scenario *s = l->s;
	bool any = false;

	for (unsigned i = 0; i < s->n_phases; i++) {
		const struct phase *p = &s->phases[i];
		bool own = p->n_rules > l->n_common ||
			   p->n_connections > l->n_common_connections;
		bool before =
		    i > 0 && (p[-1].n_rules > l->n_common ||
				 p[-1].n_connections > l->n_common_connections);

		any |= lint_acts(l, p);
		if (own && !lint_acts(l, p))
			node_warn(&l->r,
			    &(struct node){ .line = p->line, .col = p->col },
			    "phase \"%s\" changes nothing: none of its rules "
			    "can fire",
			    p->name);
		else if (!own && i > 0 && !before)
			node_warn(&l->r,
			    &(struct node){ .line = p->line, .col = p->col },
			    "phase \"%s\" changes nothing: it is the same as "
			    "the one before",
			    p->name);
	}
	if (!any && !s->request_headers)
		node_warn(&l->r, &(struct node){ .line = 1, .col = 1 },
		    "no rule can fire: every request passes");
}

/* Whether a rule's faults answer with one of the scope's codes. */
static bool
lint_answers(const struct inject *inject, const struct expect_scope *scope)
{
	for (unsigned i = 0; i < inject->n_faults; i++) {
		unsigned status = inject_status(&inject->faults[i]);

		for (unsigned j = 0; j < scope->n_status; j++)
			if (status == scope->status[j])
				return true;
	}
	return scope->n_status == 0 && inject->n_faults > 0;
}

static bool
lint_waits(const struct inject *inject)
{
	for (unsigned i = 0; i < inject->n_faults; i++)
		if (inject_tells_wait(&inject->faults[i]))
			return true;
	return false;
}

/* Whether a rule can give an expectation what it speaks of. */
static bool
lint_feeds(const struct rule *r, const struct expect *e)
{
	bool wait = e->check == CHECK_retry_after;

	if (lint_is_off(r))
		return false;
	for (unsigned i = 0; i < r->n_choices; i++) {
		const struct inject *inject = &r->choices[i].inject;

		if (lint_answers(inject, &e->scope) &&
		    (!wait || lint_waits(inject)))
			return true;
	}
	return r->n_choices == 0 && lint_answers(&r->inject, &e->scope) &&
	       (!wait || lint_waits(&r->inject));
}

/* Checks that say something about traffic without a fault too. */
static bool
lint_needs_fault(const struct expect *e)
{
	switch (e->check) {
	case CHECK_success:
	case CHECK_amplification:
	case CHECK_retry_ratio:
	case CHECK_peak_rate:
	case CHECK_key:
	case CHECK_connection:
	case CHECK_wasted:
	case CHECK_give_up:
	case CHECK_settle:
		return e->scope.n_status > 0 || e->scope.rule >= 0;
	default:
		return true;
	}
}

/* Whether some phase of the scope plays a rule that feeds the expectation. */
static bool
lint_is_fed(const struct scenario *s, const struct expect *e)
{
	int only = e->scope.after >= 0 ? e->scope.after : e->scope.phase;

	for (unsigned i = 0; i < s->n_phases; i++) {
		const struct phase *p = &s->phases[i];

		if (only >= 0 && i != (unsigned)only)
			continue;
		for (unsigned j = 0; j < p->n_rules + p->n_connections; j++) {
			const struct rule *r =
			    j < p->n_rules ? p->rules[j]
					   : p->connections[j - p->n_rules];

			if ((e->scope.rule < 0 ||
				r->index == (unsigned)e->scope.rule) &&
			    lint_feeds(r, e))
				return true;
		}
	}
	return s->request_headers && e->scope.rule < 0;
}

/* Why nothing is seen after the phase that the expectation names, or NULL: what
 * comes after it ends where faults begin again. */
static const char *
lint_after(const struct scenario *s, const struct expect *e)
{
	const struct phase *next;

	if (e->scope.after < 0)
		return NULL;
	if ((unsigned)e->scope.after + 1 == s->n_phases)
		return "nothing is played after that phase";
	next = &s->phases[e->scope.after + 1];
	return next->n_rules + next->n_connections > 0
		   ? "the phase after that one has rules, too"
		   : NULL;
}

static void
lint_expects(struct loader *l)
{
	const struct scenario *s = l->s;

	for (unsigned i = 0; i < s->n_expects; i++) {
		const struct expect *e = &s->expects[i];
		struct node at = { .line = e->line, .col = e->col };
		const char *why = lint_after(s, e);

		if (why != NULL)
			node_warn(&l->r, &at, "\"%s\" is never exercised: %s",
			    e->name, why);
		else if (lint_needs_fault(e) && !lint_is_fed(s, e))
			node_warn(&l->r, &at,
			    "\"%s\" is never exercised: no rule of %s does "
			    "what it speaks of",
			    e->name,
			    e->scope.phase >= 0 || e->scope.after >= 0
				? "that phase"
				: "the scenario");
	}
}

void
lint(struct loader *l)
{
	lint_rules_off(l);
	lint_hidden_rules(l);
	lint_phases(l);
	lint_expects(l);
}
