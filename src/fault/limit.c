#include "fault/limit.h"

/* Tokens are counted in units of 1 / per_ns, so that refilling by whole ns
 * loses nothing. */
struct limit_bucket {
	unsigned __int128 level;
	uint64_t last_ns;
	bool begun;
};

struct limit_window {
	uint64_t start_ns, n;
	bool begun;
};

/* The times of the last requests, from `first` up to but without `end`, each
 * at its number modulo the quota. */
struct limit_log {
	uint64_t first, end;
	uint64_t at_ns[];
};

size_t
limit_state_size(const struct limit *l)
{
	switch (l->algorithm) {
	case LIMIT_TOKEN_BUCKET:
		return sizeof(struct limit_bucket);
	case LIMIT_FIXED_WINDOW:
		return sizeof(struct limit_window);
	case LIMIT_SLIDING_WINDOW:
		break;
	}
	return sizeof(struct limit_log) +
	       (size_t)l->requests * sizeof(uint64_t);
}

static uint64_t
limit_up(unsigned __int128 a, uint64_t b)
{
	return (uint64_t)((a + b - 1) / b);
}

static struct limit_verdict
limit_refuse(uint64_t retry_ns)
{
	return (
	    struct limit_verdict){ .retry_ns = retry_ns, .reset_ns = retry_ns };
}

static struct limit_verdict
limit_take_token(const struct limit *l, struct limit_bucket *b, uint64_t now)
{
	unsigned __int128 full = (unsigned __int128)l->burst * l->per_ns;

	if (!b->begun) {
		*b = (struct limit_bucket){ full, now, true };
	} else if (now > b->last_ns) {
		b->level += (unsigned __int128)(now - b->last_ns) * l->requests;
		if (b->level > full)
			b->level = full;
		b->last_ns = now;
	}
	if (b->level < l->per_ns)
		return limit_refuse(
		    limit_up(l->per_ns - b->level, l->requests));
	b->level -= l->per_ns;
	return (struct limit_verdict){ .admitted = true,
		.remaining = (uint64_t)(b->level / l->per_ns),
		.reset_ns = limit_up(full - b->level, l->requests) };
}

static struct limit_verdict
limit_take_window(const struct limit *l, struct limit_window *w, uint64_t now)
{
	uint64_t left;

	if (!w->begun || now >= w->start_ns + l->per_ns)
		*w = (struct limit_window){ now, 0, true };
	left = w->start_ns + l->per_ns - now;
	if (w->n >= l->requests)
		return limit_refuse(left);
	w->n++;
	return (struct limit_verdict){ .admitted = true,
		.remaining = l->requests - w->n,
		.reset_ns = left };
}

static struct limit_verdict
limit_take_log(const struct limit *l, struct limit_log *g, uint64_t now)
{
	while (g->first < g->end &&
	       g->at_ns[g->first % l->requests] + l->per_ns <= now)
		g->first++;
	if (g->end - g->first >= l->requests)
		return limit_refuse(
		    g->at_ns[g->first % l->requests] + l->per_ns - now);
	g->at_ns[g->end++ % l->requests] = now;
	return (struct limit_verdict){ .admitted = true,
		.remaining = l->requests - (g->end - g->first),
		.reset_ns = l->per_ns };
}

struct limit_verdict
limit_take(const struct limit *l, void *state, uint64_t now_ns)
{
	switch (l->algorithm) {
	case LIMIT_TOKEN_BUCKET:
		return limit_take_token(l, state, now_ns);
	case LIMIT_FIXED_WINDOW:
		return limit_take_window(l, state, now_ns);
	case LIMIT_SLIDING_WINDOW:
		break;
	}
	return limit_take_log(l, state, now_ns);
}
