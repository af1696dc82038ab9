/* Repeats that may do harm: unsafe retries and idempotency keys (recovery.md
 * 4.6). */
#include <string.h>
#include <strings.h>

#include "judge/line.h"
#include "judge/measures.h"
#include "judge/reaction.h"
#include "http/head.h"

static const char *const severity_names[] = { "confirmed", "probable",
	"benign" };

static bool
safety_unsafe_method(const struct bench *b, const struct attempt *a)
{
	return !method_idempotent(span_str(b->store->methods[a->method]));
}

/* Any later attempt of the operation for the same thing, whoever sent it:
 * retry, hedge or the transport. */
static struct attempt *
safety_repeat(const struct bench *b, const struct attempt *p)
{
	struct attempt *a;

	for (a = bench_next(b, p); a != NULL; a = bench_next(b, a))
		if (a->role != ROLE_CONTINUATION)
			return a;
	return NULL;
}

/* Whether a later attempt reached the upstream as well. */
static bool
safety_sent_again(const struct bench *b, const struct attempt *p)
{
	struct attempt *a;

	for (a = bench_next(b, p); a != NULL; a = bench_next(b, a))
		if (a->role != ROLE_CONTINUATION &&
		    a->upstream != UPSTREAM_NONE)
			return true;
	return false;
}

static void
safety_case(struct bench *b, struct tally *t, const struct op *op,
    const struct attempt *p, enum severity limit)
{
	enum severity grade = reaction_severity(p);
	struct attempt *a = safety_repeat(b, p);
	uint32_t at = (uint32_t)(op - b->ops.v);

	if (op->grouping == GROUPING_AGGREGATE) {
		t->unpaired++;
		return;
	}
	if (a == NULL && !(op->marks & OP_DONE)) {
		t->censored++;
		return;
	}
	tally_seen(t, op->grouping);
	if (a == NULL || (p->key != 0 && a->key == p->key))
		return;
	if (grade == SEVERITY_CONFIRMED && !safety_sent_again(b, p))
		grade = SEVERITY_PROBABLE;
	if (grade > limit)
		return;
	tally_bad(t, b, at, op->grouping, a, SEVERITY_BENIGN + 1 - grade,
	    "%s sent again after %u (%s): %s", b->store->methods[p->method],
	    p->status,
	    a->role == ROLE_REPLAY ? "by the transport" : role_name(a->role),
	    severity_names[grade]);
}

void
judge_unsafe_retry(struct bench *b, const struct entry *e)
{
	const struct check_unsafe *c = e->e->conf;
	struct expectation *x = line_new(b, e, NULL);
	enum severity limit = (enum severity)c->severity;
	struct tally t = { 0 };
	struct amount max;

	amount_parse(c->max != NULL ? c->max : "0", &max);
	x->n_of = "failures";
	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];

		BENCH_EACH(b, op, a)
		if (entry_failed(b, e, a) && safety_unsafe_method(b, a) &&
		    reaction_severity(a) <= limit)
			safety_case(b, &t, op, a, limit);
	}
	line_cases(b, x, &t, max);
	if (x->status == RESULT_NOT_EXERCISED)
		line_add(x,
		    "no POST, PATCH or the like failed so that its "
		    "repeat would be %s",
		    severity_names[limit]);
}

static bool
safety_listed(const struct bench *b, const struct param_list *methods,
    const struct attempt *a)
{
	const char *const *v = methods->v;

	for (size_t i = 0; i < methods->n; i++)
		if (strcasecmp(v[i], b->store->methods[a->method]) == 0)
			return true;
	return false;
}

static void
safety_required(
    struct bench *b, const struct entry *e, const struct check_key *c)
{
	struct expectation *x = line_new(b, e, "required");
	struct tally t = { 0 };

	x->n_of = "requests";
	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);

		if (!entry_place(b, e, a) || !safety_listed(b, &c->required, a))
			continue;
		tally_seen(&t, GROUPING_EXACT);
		if (a->key == 0)
			tally_bad(&t, b, a->in_op, GROUPING_EXACT, a, 1,
			    "%s without a key", b->store->methods[a->method]);
	}
	line_cases(b, x, &t, (struct amount){ .unit = AMOUNT_PLAIN });
}

static void
safety_stable(struct bench *b, const struct entry *e)
{
	struct expectation *x = line_new(b, e, "stable");
	const struct control *c = &b->control;
	struct tally t = { 0 };
	bool blind = false;

	x->n_of = "retries";
	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];
		const struct attempt *p = NULL;

		BENCH_EACH(b, op, a)
		{
			blind =
			    blind || (a->key != 0 && entry_failed(b, e, a) &&
					 !control_tells(c, a));
			if (p != NULL && p->key != 0 && entry_failed(b, e, p) &&
			    role_is_retry(a->role)) {
				tally_seen(&t, op->grouping);
				if (a->key != p->key)
					tally_bad(&t, b, i, op->grouping, a, 1,
					    a->key == 0
						? "the retry has no key"
						: "the retry has another key");
			}
			p = a;
		}
	}
	line_cases(b, x, &t, (struct amount){ .unit = AMOUNT_PLAIN });
	if (x->status != RESULT_NOT_EXERCISED || !blind)
		return;
	if (control_hazard(c, 1) * 100 > CONTROL_SURE)
		line_end(x, RESULT_INCONCLUSIVE,
		    "equal requests come again by themselves, so that a "
		    "changed key cannot be seen");
	else if (c->under_keys > 0)
		line_end(x, RESULT_INCONCLUSIVE,
		    "equal requests came under other keys, and too few "
		    "succeeded to tell whether they come by themselves");
}

/* Whatever the operations are told apart by: a key stands for one request of
 * its client. */
static void
safety_unique(struct bench *b, const struct entry *e)
{
	struct expectation *x = line_new(b, e, "unique");
	struct map latest = { 0 };
	struct tally t = { 0 };

	x->n_of = "requests";
	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]), *p;
		uint32_t *at;

		if (a->key == 0 || (a->flags & RECORD_REQ_INCOMPLETE))
			continue;
		at = map_at(&latest, hash_mix(a->client ^ hash_mix(a->key)));
		p = *at != MAP_NONE ? bench_attempt(b, *at) : NULL;
		*at = b->order[i];
		if (!entry_place(b, e, a))
			continue;
		tally_seen(&t, GROUPING_EXACT);
		if (p != NULL && p->print != a->print &&
		    a->role != ROLE_CONTINUATION)
			tally_bad(&t, b, a->in_op, GROUPING_EXACT, a, 1,
			    "the key was used before for another request");
	}
	map_clear(&latest);
	line_cases(b, x, &t, (struct amount){ .unit = AMOUNT_PLAIN });
}

void
judge_key(struct bench *b, const struct entry *e)
{
	const struct check_key *c = e->e->conf;

	if (c->required.n > 0)
		safety_required(b, e, c);
	if (c->stable)
		safety_stable(b, e);
	if (c->unique)
		safety_unique(b, e);
}
