#include "judge/chain.h"

#include "base/clock.h"

/* An end is noted by us a little after the client saw it. */
enum { CHAIN_SLACK = 5 * NS_PER_MS, CHAIN_LOOK = 64 };

bool
chain_in_window(const struct chain *c, const struct attempt *last, uint64_t t)
{
	uint64_t window = c->window;

	if (last->retry_after != RECORD_NONE &&
	    2 * last->retry_after + 10u * (uint64_t)NS_PER_S > window)
		window = 2 * last->retry_after + 10u * (uint64_t)NS_PER_S;
	return t <= last->end || t - last->end <= window;
}

void
chain_wait(struct chain *c, struct ops *ops, const struct store *s, uint32_t op)
{
	struct op *o = &ops->v[op];
	uint32_t *head;

	if (o->marks & OP_LISTED)
		return;
	head = map_at(&c->heads, store_at(s, o->last)->print);
	o->waiting = *head;
	o->marks |= OP_LISTED;
	*head = op;
}

static bool
chain_stale(const struct chain *c, const struct store *s, const struct op *o,
    const struct attempt *a)
{
	const struct attempt *last = store_at(s, o->last);

	return o->ok_end != RECORD_NONE || !chain_in_window(c, last, a->t);
}

static uint64_t
chain_due(const struct attempt *last)
{
	uint64_t due = attempt_due(last);

	return due != RECORD_NONE ? due : last->end;
}

uint32_t
chain_find(struct chain *c, struct ops *ops, const struct store *s,
    const struct attempt *a, bool *ambiguous)
{
	uint32_t *link = map_at(&c->heads, a->print), best = MAP_NONE;
	uint64_t due, best_due = 0;
	int looked = 0, found = 0;

	while (*link != MAP_NONE && looked++ < CHAIN_LOOK) {
		struct op *o = &ops->v[*link];
		uint32_t op = *link;

		if (chain_stale(c, s, o, a)) {
			*link = o->waiting;
			o->marks &= (uint8_t)~OP_LISTED;
			continue;
		}
		link = &o->waiting;
		if (o->open_until > a->t + CHAIN_SLACK)
			continue;
		due = chain_due(store_at(s, o->last));
		if (found++ == 0 || due < best_due) {
			best = op;
			best_due = due;
		}
	}
	*ambiguous = found > 1;
	return best;
}
