/* Must and must not retry (recovery.md 1.5, 4.6). */
#include "judge/line.h"
#include "judge/measures.h"
#include "judge/reaction.h"

/* Whether an identical repeat after this outcome is what `never` forbids: what
 * the entry names, else what the standards forbid. */
static bool
permission_forbidden(
    const struct bench *b, const struct entry *e, const struct attempt *a)
{
	const struct expect_scope *s = &e->e->scope;

	if (!entry_met(b, e, a))
		return false;
	if (s->n_status > 0)
		return true;
	if (s->rule >= 0)
		return a->outcome == OUTCOME_INJECTED;
	return !attempt_ok(a) && reaction_to(a) == REACT_NEVER;
}

static const struct attempt *
permission_repeat(const struct bench *b, const struct attempt *p)
{
	const struct attempt *a;

	for (a = bench_next(b, p); a != NULL; a = bench_next(b, a))
		if (a->role != ROLE_CONTINUATION && a->role != ROLE_REPLAY)
			return a;
	return NULL;
}

static void
permission_never(struct bench *b, const struct entry *e)
{
	struct expectation *x = line_new(b, e, NULL);
	struct tally t = { 0 };

	x->n_of = "answers";
	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];

		BENCH_EACH(b, op, p)
		{
			const struct attempt *a;

			if (!permission_forbidden(b, e, p))
				continue;
			a = permission_repeat(b, p);
			if (op->grouping == GROUPING_AGGREGATE)
				t.unpaired++;
			else if (a == NULL && !(op->marks & OP_DONE))
				t.censored++;
			else
				tally_seen(&t, op->grouping);
			if (a != NULL && op->grouping != GROUPING_AGGREGATE)
				tally_bad(&t, b, i, op->grouping, a, 1,
				    "sent again after %u", p->status);
		}
	}
	line_cases(b, x, &t, (struct amount){ .unit = AMOUNT_PLAIN });
}

static unsigned
permission_retries_after(const struct bench *b, const struct attempt *p)
{
	unsigned n = 0;

	for (const struct attempt *a = bench_next(b, p); a != NULL;
	     a = bench_next(b, a))
		n += role_is_retry(a->role);
	return n;
}

static void
permission_at_least(
    struct bench *b, const struct entry *e, const struct check_retry *c)
{
	struct expectation *x = line_new(b, e, NULL);
	double min = c->given & RETRY_FOR ? c->share.min / 1e9 : 1;
	struct tally t = { .by_absence = true };

	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];
		const struct attempt *p = entry_failure(b, e, op);
		unsigned n;
		bool good;

		if (p == NULL)
			continue;
		n = permission_retries_after(b, p);
		good = n >= c->at_least || (n > 0 && (op->marks & OP_OK));
		if (op->grouping == GROUPING_AGGREGATE)
			t.unpaired++;
		else if (!good && !(op->marks & OP_DONE))
			t.censored++;
		else
			tally_seen(&t, op->grouping);
		if (!good && (op->marks & OP_DONE) &&
		    op->grouping != GROUPING_AGGREGATE)
			tally_bad(&t, b, i, op->grouping, p, 1,
			    "%u retries after %u", n, p->status);
	}
	line_share(b, x, &t, min);
}

void
judge_retry(struct bench *b, const struct entry *e)
{
	const struct check_retry *c = e->e->conf;

	if (c->policy == RETRY_NEVER)
		permission_never(b, e);
	else
		permission_at_least(b, e, c);
}
