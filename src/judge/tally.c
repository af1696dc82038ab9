/* Counting cases, and keeping the worst as evidence. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "judge/line.h"

void
tally_seen(struct tally *t, enum grouping g)
{
	t->seen[g]++;
}

static char *
tally_text(const char *fmt, va_list ap)
{
	struct buf text;

	buf_init(&text, 512);
	buf_vprintf(&text, fmt, ap);
	return buf_take(&text);
}

void
tally_bad(struct tally *t, const struct bench *b, uint32_t op, enum grouping g,
    const struct attempt *at, double weight, const char *fmt, ...)
{
	struct evidence *to = NULL;
	va_list ap;

	(void)b;
	t->bad[g]++;
	for (unsigned i = 0; i < t->n_worst; i++)
		if (t->worst[i].op == op) {
			if (t->worst[i].weight >= weight)
				return;
			to = &t->worst[i];
		}
	if (to == NULL && t->n_worst < OFFENDERS_MAX)
		to = &t->worst[t->n_worst++];
	for (unsigned i = 0; to == NULL && i < t->n_worst; i++)
		if (t->worst[i].weight < weight)
			to = &t->worst[i];
	if (to == NULL)
		return;
	free(to->what);
	va_start(ap, fmt);
	*to = (struct evidence){ .op = op,
		.at = at,
		.weight = weight,
		.what = tally_text(fmt, ap) };
	va_end(ap);
}

void
tally_clear(struct tally *t)
{
	for (unsigned i = 0; i < t->n_worst; i++)
		free(t->worst[i].what);
	*t = (struct tally){ 0 };
}

uint64_t
tally_n(const struct tally *t)
{
	return t->seen[0] + t->seen[1] + t->seen[2] + t->seen[3];
}

uint64_t
tally_n_bad(const struct tally *t)
{
	return t->bad[0] + t->bad[1] + t->bad[2] + t->bad[3];
}

static double
tally_gap(const struct attempt *p, const struct attempt *a)
{
	return a->t > p->end ? bench_s(a->t - p->end) : 0;
}

static struct moment
tally_moment(const struct attempt *p, const struct attempt *a, uint32_t number)
{
	uint64_t due = p != NULL ? attempt_due(p) : RECORD_NONE;

	return (struct moment){
		.t = bench_s(a->t),
		.end = bench_s(a->end),
		.retry_after = a->retry_after == RECORD_NONE
				   ? -1
				   : bench_s(a->retry_after),
		.due = due == RECORD_NONE ? -1 : bench_s(due),
		.gap = p == NULL ? -1 : tally_gap(p, a),
		.number = number,
		.status = a->status,
		.upstream_status = a->upstream_status,
		.rule = a->rule,
		.phase = a->phase,
		.outcome = a->outcome,
		.upstream = a->upstream,
		.role = a->role,
		.early = a->marks & ATTEMPT_EARLY,
	};
}

/* The time line: all of it, or its first and last attempts. */
static void
tally_line(const struct bench *b, const struct op *op, const struct attempt *at,
    struct offender *o)
{
	const struct attempt *p = NULL;
	uint32_t number = 0, half = MOMENTS_MAX / 2;

	o->moments = xcalloc(MOMENTS_MAX, sizeof(*o->moments));
	BENCH_EACH(b, op, a)
	{
		number++;
		if (op->n <= MOMENTS_MAX || number <= half ||
		    number > op->n - half) {
			struct moment *m = &o->moments[o->n_moments++];

			*m = tally_moment(p, a, number);
			m->offends = a == at;
		}
		p = a;
	}
}

static char *
tally_op_name(const struct bench *b, const struct op *op)
{
	const struct attempt *first = bench_attempt(b, op->first);

	BENCH_EACH(b, op, a)
	if (a->text != 0)
		return xstrdup(b->store->pool + a->text);
	return xasprintf("%016llx",
	    (unsigned long long)(first->op != 0 ? first->op : first->print));
}

static void
tally_offender(const struct bench *b, struct evidence *e, struct offender *o)
{
	const struct op *op = &b->ops.v[e->op];
	const struct attempt *first = bench_attempt(b, op->first);

	*o = (struct offender){
		.op = tally_op_name(b, op),
		.method = xstrdup(b->store->methods[first->method]),
		.path = xstrdup(store_path(b->store, first)),
		.grouping = op->grouping,
		.n_attempts = op->n,
		.what = e->what,
	};
	snprintf(o->client, sizeof(o->client), "%016llx",
	    (unsigned long long)first->client);
	tally_line(b, op, e->at, o);
	e->what = NULL;
}

static int
tally_order(const void *a, const void *b)
{
	const struct evidence *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return (x->op > y->op) - (x->op < y->op);
}

void
line_evidence(struct bench *b, struct expectation *x, struct tally *t)
{
	uint64_t n = tally_n(t);

	x->n = n;
	x->n_offending = tally_n_bad(t);
	for (int g = 0; g < GROUPINGS; g++)
		x->grouping[g] = n > 0 ? (double)t->seen[g] / (double)n : 0;
	qsort(t->worst, t->n_worst, sizeof(*t->worst), tally_order);
	for (unsigned i = 0; i < t->n_worst; i++)
		tally_offender(
		    b, &t->worst[i], &x->offenders[x->n_offenders++]);
	t->n_worst = 0;
}
