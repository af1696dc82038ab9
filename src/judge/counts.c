/* How often operations are tried and how they end: attempts, give_up, success
 * (recovery.md 4.6). */
#include "judge/line.h"
#include "judge/load.h"
#include "judge/measures.h"
#include "scenario/checks.h"

void
judge_attempts(struct bench *b, const struct entry *e)
{
	const struct check_attempts *c = e->e->conf;
	struct expectation *x = line_new(b, e, NULL);
	struct tally t = { 0 };
	uint32_t most = 0;
	uint64_t n;

	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];

		if (entry_failure(b, e, op) == NULL)
			continue;
		if (op->grouping == GROUPING_AGGREGATE) {
			t.unpaired++;
			continue;
		}
		if (op->tries <= c->max && !(op->marks & OP_DONE)) {
			t.censored++;
			continue;
		}
		tally_seen(&t, op->grouping);
		most = op->tries > most ? op->tries : most;
		if (op->tries > c->max)
			tally_bad(&t, b, i, op->grouping, NULL, op->tries,
			    "%u attempts", op->tries);
	}
	n = tally_n(&t);
	line_cases(b, x, &t, (struct amount){ .unit = AMOUNT_PLAIN });
	x->limit = quantity(UNIT_COUNT, (double)c->max);
	x->has_interval = false;
	if (n > 0) {
		x->value = quantity(UNIT_COUNT, most);
		line_add(x, "counted are those with more than %lld attempts",
		    (long long)c->max);
	}
}

/* Counts operations in place that are over; bad are those without success. */
static void
counts_ends(
    struct bench *b, const struct entry *e, struct tally *t, bool under_fault)
{
	bool exercised = false;

	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];
		bool here = false;

		BENCH_EACH(b, op, a)
		{
			here = here || entry_met(b, e, a);
			exercised = exercised || entry_touched(b, e, a);
		}
		if (!here)
			continue;
		if (op->grouping == GROUPING_AGGREGATE &&
		    !(op->marks & OP_OK)) {
			t->unpaired++;
			continue;
		}
		if (!(op->marks & OP_DONE)) {
			t->censored++;
			continue;
		}
		tally_seen(t, op->grouping);
		if (!(op->marks & OP_OK))
			tally_bad(t, b, i, op->grouping, NULL, op->tries,
			    "gave up after %u attempt%s", op->tries,
			    op->tries == 1 ? "" : "s");
	}
	if (under_fault && !exercised) {
		tally_clear(t);
		*t = (struct tally){ 0 };
	}
}

void
judge_give_up(struct bench *b, const struct entry *e)
{
	const struct check_amount *c = e->e->conf;
	struct expectation *x = line_new(b, e, NULL);
	struct tally t = { .by_absence = true };
	struct amount max;

	amount_parse(c->max, &max);
	counts_ends(b, e, &t, true);
	line_cases(b, x, &t, max);
}

/* Whether success was put to a test: a fault was met, or none was planned that
 * leaves a record. */
static bool
counts_tested(const struct bench *b, const struct entry *e)
{
	const struct expect_scope *s = &e->e->scope;

	if (s->after >= 0)
		return load_fault_met(b, e, s->after);
	if (s->phase >= 0 ? b->scenario->phases[s->phase].n_rules == 0
			  : b->scenario->n_rules == 0)
		return true;
	for (uint32_t i = 0; i < b->n; i++)
		if (entry_touched(b, e, bench_attempt(b, b->order[i])))
			return true;
	return false;
}

void
judge_success(struct bench *b, const struct entry *e)
{
	const struct check_share *c = e->e->conf;
	struct expectation *x = line_new(b, e, NULL);
	struct tally t = { .by_absence = true };

	if (counts_tested(b, e))
		counts_ends(b, e, &t, false);
	line_share(b, x, &t, c->min / 1e9);
}
