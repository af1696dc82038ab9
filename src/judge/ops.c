#include "judge/ops.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/xalloc.h"
#include "judge/chain.h"
#include "judge/stats.h"

enum {
	OPS_SLACK = 5 * NS_PER_MS, /* an end is noted a little late */
	OPS_REPLAY_GAP = 50 * NS_PER_MS
};

struct grouping_work {
	struct ops *ops;
	const struct store *s;
	const struct control *c;
	struct map by_id;
	struct map lasting; /* prints whose ids outlive a failure */
	struct map open;    /* of each print without id: what ends last */
	struct chain chain;
	uint32_t cap;
};

static uint32_t
ops_begin(struct grouping_work *w, uint32_t at, enum grouping grouping)
{
	struct ops *ops = w->ops;
	struct attempt *a = store_at(w->s, at);

	if (ops->n == w->cap) {
		w->cap = w->cap > 0 ? w->cap + w->cap / 2 : 1024;
		ops->v = xreallocarray(ops->v, w->cap, sizeof(*ops->v));
	}
	ops->v[ops->n] = (struct op){
		.first = at,
		.last = at,
		.n = 1,
		.tries = 1,
		.waiting = MAP_NONE,
		.grouping = (uint8_t)grouping,
		.ok_end = attempt_ok(a) ? a->end : RECORD_NONE,
		.open_until = a->end,
	};
	a->role = ROLE_FIRST;
	a->in_op = ops->n;
	return ops->n++;
}

static bool
ops_continues(const struct attempt *p, const struct attempt *a)
{
	if (p->status >= 300 && p->status < 400)
		return true;
	if (p->status == 401 || p->status == 407)
		return p->auth != a->auth;
	return p->status == 417 && (p->flags & RECORD_HAS_EXPECT) &&
	       !(a->flags & RECORD_HAS_EXPECT);
}

/* A reused connection died without a byte and the transport tried again on
 * another one by itself. */
static bool
ops_is_replay(const struct attempt *p, const struct attempt *a)
{
	return p->resp == RECORD_NONE && p->outcome != OUTCOME_CLIENT_CLOSED &&
	       p->nth > 1 && a->conn != p->conn &&
	       (a->t <= p->end || a->t - p->end < OPS_REPLAY_GAP);
}

static enum role
ops_role(struct op *o, const struct attempt *p, const struct attempt *a)
{
	if (ops_continues(p, a))
		return ROLE_CONTINUATION;
	if (o->open_until > a->t + OPS_SLACK)
		return ROLE_HEDGE;
	if (o->ok_end != RECORD_NONE)
		return ROLE_REPEAT;
	if (!(o->marks & OP_REPLAYED) && ops_is_replay(p, a)) {
		o->marks |= OP_REPLAYED;
		return ROLE_REPLAY;
	}
	return a->flags & RECORD_RESUME ? ROLE_RESUME : ROLE_RETRY;
}

static void
ops_join(struct grouping_work *w, uint32_t op, uint32_t at)
{
	struct op *o = &w->ops->v[op];
	struct attempt *a = store_at(w->s, at), *p = store_at(w->s, o->last);

	a->role = (uint8_t)ops_role(o, p, a);
	if (a->role == ROLE_CONTINUATION)
		o->ok_end = RECORD_NONE;
	a->in_op = op;
	p->next = at;
	o->last = at;
	o->n++;
	o->tries += a->role == ROLE_RETRY || a->role == ROLE_RESUME ||
		    a->role == ROLE_HEDGE;
	if (attempt_ok(a) && a->end < o->ok_end)
		o->ok_end = a->end;
	if (a->end > o->open_until)
		o->open_until = a->end;
}

/* Whether a is near enough to what failed that a repeat by itself would have
 * been seen after successes, too. */
static bool
ops_near(const struct grouping_work *w, uint32_t op, const struct attempt *a)
{
	const struct attempt *last = store_at(w->s, w->ops->v[op].last);

	return a->t <= last->end || a->t - last->end <= w->c->horizon;
}

/* Whether an attempt without an id continues an operation that has one: only
 * where equal requests do not follow each other by themselves. */
static bool
ops_lost_id(const struct grouping_work *w, uint32_t op, const struct attempt *a)
{
	const struct control *c = w->c;
	uint64_t n = c->after_ok[0] + c->after_ok[1];

	return n >= CONTROL_MIN && ops_near(w, op, a) &&
	       map_get(&w->lasting, a->print) == MAP_NONE &&
	       (c->repeats_ok[0] + c->repeats_ok[1]) * 100 <= n * CONTROL_SURE;
}

/* Counts a if it came while an equal one was open. */
static void
ops_overlap(struct grouping_work *w, uint32_t at)
{
	const struct attempt *a = store_at(w->s, at), *p;
	uint32_t *latest = map_at(&w->open, a->print);

	p = *latest != MAP_NONE ? store_at(w->s, *latest) : NULL;
	w->ops->overlapped += p != NULL && p->end > a->t + OPS_SLACK;
	if (p == NULL || a->end > p->end)
		*latest = at;
}

/* An attempt without a usable id. One whose body was not seen whole equals no
 * other for certain. */
static uint32_t
ops_chain(struct grouping_work *w, uint32_t at)
{
	struct attempt *a = store_at(w->s, at);
	bool ambiguous;
	uint32_t op;

	if (a->source == SOURCE_NONE || (a->flags & RECORD_REQ_INCOMPLETE) ||
	    control_hazard(w->c, 0) * 100 > CONTROL_UNUSABLE)
		return ops_begin(w, at, GROUPING_AGGREGATE);
	ops_overlap(w, at);
	op = chain_find(&w->chain, w->ops, w->s, a, &ambiguous);
	if (op != MAP_NONE && w->ops->v[op].grouping <= GROUPING_STRONG) {
		if (ops_lost_id(w, op, a))
			w->ops->v[op].grouping = GROUPING_INFERRED;
		else
			op = MAP_NONE;
	}
	if (op == MAP_NONE)
		return ops_begin(w, at, GROUPING_INFERRED);
	w->ops->chained++;
	w->ops->ambiguous += ambiguous;
	if (ambiguous)
		w->ops->v[op].marks |= OP_AMBIGUOUS;
	ops_join(w, op, at);
	return op;
}

static enum grouping
ops_grouping(const struct attempt *a)
{
	return a->source == SOURCE_SDK && a->announced > 0 ? GROUPING_EXACT
							   : GROUPING_STRONG;
}

/* A new id: a new operation, unless the very same request failed just before
 * and such repeats do not happen by themselves; then the id has changed. */
static uint32_t
ops_new_id(struct grouping_work *w, uint32_t at)
{
	struct attempt *a = store_at(w->s, at);
	bool ambiguous;
	uint32_t op = MAP_NONE;

	if (!(a->flags & RECORD_REQ_INCOMPLETE) &&
	    map_get(&w->lasting, a->print) == MAP_NONE &&
	    control_tells(w->c, a))
		op = chain_find(&w->chain, w->ops, w->s, a, &ambiguous);
	if (op == MAP_NONE || !ops_near(w, op, a))
		return ops_begin(w, at, ops_grouping(a));
	w->ops->chained++;
	w->ops->ambiguous += ambiguous;
	w->ops->v[op].marks |= OP_KEY_CHANGED | (ambiguous ? OP_AMBIGUOUS : 0);
	w->ops->v[op].grouping = GROUPING_INFERRED;
	ops_join(w, op, at);
	return op;
}

static uint32_t
ops_by_id(struct grouping_work *w, uint32_t at)
{
	struct attempt *a = store_at(w->s, at);
	uint32_t *known = map_at(&w->by_id, hash_mix(a->op + a->source)), op;

	op = *known;
	if (op != MAP_NONE && chain_in_window(&w->chain,
				  store_at(w->s, w->ops->v[op].last), a->t))
		ops_join(w, op, at);
	else
		op = ops_new_id(w, at);
	*known = op;
	return op;
}

/* Which requests were sent again under the id that they had. What a transport
 * sends again by itself says nothing of that. */
static void
ops_find_lasting(struct grouping_work *w, const uint32_t *order, uint32_t n)
{
	struct map latest = { 0 };

	for (uint32_t i = 0; i < n; i++) {
		const struct attempt *a = store_at(w->s, order[i]), *p;
		uint32_t *at;

		if (!control_keyed(w->c, a))
			continue;
		at = map_at(&latest, hash_mix(a->op + a->source));
		p = *at != MAP_NONE ? store_at(w->s, *at) : NULL;
		*at = order[i];
		if (p != NULL && !attempt_ok(p) && a->t >= p->end &&
		    a->print == p->print && !ops_is_replay(p, a) &&
		    chain_in_window(&w->chain, p, a->t))
			*map_at(&w->lasting, a->print) = 1;
	}
	map_clear(&latest);
}

void
ops_group(struct ops *ops, const struct store *s, const uint32_t *order,
    uint32_t n, const struct control *c, uint64_t window)
{
	struct grouping_work w = {
		.ops = ops, .s = s, .c = c, .chain = { .window = window }
	};

	*ops = (struct ops){ 0 };
	ops_find_lasting(&w, order, n);
	for (uint32_t i = 0; i < n; i++) {
		struct attempt *a = store_at(s, order[i]);
		uint32_t op;

		a->next = ATTEMPT_NONE;
		a->marks &= ATTEMPT_OK;
		if (control_keyed(c, a))
			op = ops_by_id(&w, order[i]);
		else
			op = ops_chain(&w, order[i]);
		if (!attempt_ok(a) && !(a->flags & RECORD_REQ_INCOMPLETE))
			chain_wait(&w.chain, ops, s, op);
	}
	map_clear(&w.by_id);
	map_clear(&w.lasting);
	map_clear(&w.open);
	map_clear(&w.chain.heads);
}

/* How long clients wait before a first retry that nobody told them the time of:
 * what all but 1 % of them wait, at least 1 s. */
static uint64_t
ops_first_wait(const struct ops *ops, const struct store *s)
{
	struct sample waits = { 0 };
	uint64_t wait;

	for (uint32_t i = 0; i < ops->n; i++) {
		const struct attempt *a = store_at(s, ops->v[i].first), *next;

		if (a->next == ATTEMPT_NONE || a->retry_after != RECORD_NONE)
			continue;
		next = store_at(s, a->next);
		if (next->role == ROLE_RETRY && next->t > a->end)
			sample_add(&waits, (double)(next->t - a->end));
	}
	sample_sort(&waits);
	wait = (uint64_t)stats_quantile(&waits, 0.99);
	sample_clear(&waits);
	return wait > NS_PER_S ? wait : NS_PER_S;
}

/* Since when an operation without success counts as given up; RECORD_NONE:
 * cannot be known by `end`. */
static uint64_t
ops_quiet_at(const struct store *s, const struct op *o, uint64_t first_wait,
    uint64_t end)
{
	const struct attempt *last = store_at(s, o->last), *p = NULL;
	uint64_t due = attempt_due(last), gap = NS_PER_S, quiet;

	if (due != RECORD_NONE) {
		if (due + NS_PER_S > end)
			return RECORD_NONE;
		quiet = due + 30u * (uint64_t)NS_PER_S;
		return quiet < end ? quiet : end;
	}
	for (uint32_t i = o->first; i != o->last; i = store_at(s, i)->next)
		p = store_at(s, i);
	if (p == NULL)
		gap = first_wait;
	else if (last->t > p->end && 3 * (last->t - p->end) > gap)
		gap = 3 * (last->t - p->end);
	quiet = o->open_until + gap;
	return quiet <= end ? quiet : RECORD_NONE;
}

void
ops_close(struct ops *ops, const struct store *s, uint64_t end)
{
	uint64_t first_wait = ops_first_wait(ops, s);

	for (uint32_t i = 0; i < ops->n; i++) {
		struct op *o = &ops->v[i];

		o->quiet_at = RECORD_NONE;
		if (o->ok_end != RECORD_NONE) {
			o->marks |= OP_DONE | OP_OK;
			continue;
		}
		o->quiet_at = ops_quiet_at(s, o, first_wait, end);
		if (o->quiet_at != RECORD_NONE)
			o->marks |= OP_DONE;
	}
}
