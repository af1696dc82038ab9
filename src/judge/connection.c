/* Connection rules and wasted work (recovery.md 4.6; RFC 9112 9.6). */
#include <math.h>

#include "judge/line.h"
#include "judge/measures.h"
#include "scenario/checks.h"

/* What has been seen on each connection: the attempt after which it was not to
 * be used any more. */
static void
connection_reuse(struct bench *b, const struct entry *e, struct amount max)
{
	struct expectation *x = line_new(b, e, "reuse_after_close");
	struct map closed = { 0 };
	struct tally t = { 0 };

	x->n_of = "connections";
	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]), *p;
		uint32_t *at = map_at(&closed, a->conn);

		p = *at != MAP_NONE ? bench_attempt(b, *at) : NULL;
		if (p != NULL && a->nth > p->nth && a->t >= p->end) {
			tally_bad(&t, b, a->in_op, GROUPING_EXACT, a, 1,
			    "request %u on a connection that was to end with "
			    "request %u",
			    a->nth, p->nth);
			*at = MAP_NONE;
			continue;
		}
		if (!(a->flags & (RECORD_CLOSE_SENT | RECORD_TRUNCATED)) ||
		    !entry_met(b, e, a) || *at != MAP_NONE)
			continue;
		tally_seen(&t, GROUPING_EXACT);
		*at = b->order[i];
	}
	map_clear(&closed);
	line_cases(b, x, &t, max);
}

/* A 408 or 421 calls for another connection (RFC 9110 15.5.9, 15.5.20). */
static void
connection_repeat(struct bench *b, const struct entry *e, struct amount max)
{
	struct expectation *x = line_new(b, e, "repeat_on_same");
	struct tally t = { 0 };

	x->n_of = "retries";
	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];

		BENCH_EACH(b, op, p)
		{
			const struct attempt *a = bench_next(b, p);

			if ((p->status != 408 && p->status != 421) ||
			    !entry_failed(b, e, p) || a == NULL ||
			    a->role == ROLE_CONTINUATION)
				continue;
			tally_seen(&t, op->grouping);
			if (a->conn == p->conn)
				tally_bad(&t, b, i, op->grouping, a, 1,
				    "%u tried again on the same connection",
				    p->status);
		}
	}
	line_cases(b, x, &t, max);
}

struct connection_count {
	uint64_t fresh, ops;
};

static double
connection_rate(const struct connection_count *c)
{
	return c->ops > 0 ? (double)c->fresh / (double)c->ops : -1;
}

/* New connections per operation, against the baseline's. */
static void
connection_new(struct bench *b, const struct entry *e, struct amount max)
{
	struct expectation *x = line_new(b, e, "new_per_op");
	struct connection_count here = { 0 }, base = { 0 };
	double usual, now;

	x->limit = quantity(UNIT_TIMES, max.value);
	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);
		bool fresh = a->nth == 1, first = a->role == ROLE_FIRST;

		if (a->t >= b->baseline.from && a->t < b->baseline.to &&
		    entry_filter(e, a)) {
			base.fresh += fresh;
			base.ops += first;
		}
		if (entry_place(b, e, a)) {
			here.fresh += fresh;
			here.ops += first;
		}
	}
	usual = connection_rate(&base);
	now = connection_rate(&here);
	x->n = here.ops;
	if (here.ops == 0)
		line_end(x, RESULT_NOT_EXERCISED, "no operation began here");
	else if (base.ops < b->min_samples || base.fresh == 0)
		line_end(x, RESULT_INCONCLUSIVE,
		    "no new connections in the baseline to compare with");
	else if (here.ops < b->min_samples)
		line_end(x, RESULT_INCONCLUSIVE, "too few samples");
	else {
		double half = STATS_Z95 * now / usual /
			      (here.fresh > 0 ? (double)here.fresh : 1);

		line_number(b, x, quantity(UNIT_TIMES, now / usual),
		    (struct interval){ now / usual - half, now / usual + half },
		    x->limit, true);
	}
}

void
judge_connection(struct bench *b, const struct entry *e)
{
	const struct check_connection *c = e->e->conf;
	struct amount max;

	amount_parse(c->reuse_after_close.max, &max);
	if (c->given & CONNECTION_REUSE)
		connection_reuse(b, e, max);
	amount_parse(c->repeat_on_same.max, &max);
	if (c->given & CONNECTION_REPEAT)
		connection_repeat(b, e, max);
	amount_parse(c->new_per_op.max, &max);
	if (c->given & CONNECTION_NEW)
		connection_new(b, e, max);
}

/* Why an attempt was work for nobody, or NULL. */
static const char *
connection_waste(const struct bench *b, const struct op *op,
    const struct attempt *first, const struct attempt *a)
{
	(void)b;
	if (a->outcome == OUTCOME_CLIENT_CLOSED && a->upstream != UPSTREAM_NONE)
		return "aborted after the upstream had it";
	if (first->deadline != RECORD_NONE && a->t > first->t + first->deadline)
		return "begun after its deadline";
	if (a->role == ROLE_HEDGE && op->ok_end != RECORD_NONE &&
	    op->ok_end < a->end && a->upstream != UPSTREAM_NONE)
		return "finished after its sibling had succeeded";
	return NULL;
}

void
judge_wasted(struct bench *b, const struct entry *e)
{
	const struct check_amount *c = e->e->conf;
	struct expectation *x = line_new(b, e, NULL);
	struct tally t = { 0 };
	bool exercised = false;
	struct amount max;

	amount_parse(c->max, &max);
	x->n_of = "attempts";
	x->limit = quantity(
	    max.unit == AMOUNT_SHARE ? UNIT_SHARE : UNIT_COUNT, max.value);
	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];
		const struct attempt *first = bench_attempt(b, op->first);

		BENCH_EACH(b, op, a)
		{
			const char *why;

			exercised = exercised || entry_touched(b, e, a);
			if (!entry_place(b, e, a))
				continue;
			tally_seen(&t, GROUPING_EXACT);
			why = connection_waste(b, op, first, a);
			if (why != NULL)
				tally_bad(
				    &t, b, i, GROUPING_EXACT, a, 1, "%s", why);
		}
	}
	if (!exercised) {
		tally_clear(&t);
		line_end(x, RESULT_NOT_EXERCISED, "no fault was met");
		return;
	}
	line_cases(b, x, &t, max);
}
