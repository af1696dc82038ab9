#include "decide/guard.h"

#include <string.h>

void
guard_init(struct guard_state *g, const struct guard *conf, uint64_t window_ns)
{
	memset(g, 0, sizeof(*g));
	g->conf = conf;
	g->window_ns = conf->stop_errors > 0 ? window_ns : 0;
	pthread_mutex_init(&g->lock, NULL);
}

void
guard_clear(struct guard_state *g)
{
	pthread_mutex_destroy(&g->lock);
}

void
guard_reset(struct guard_state *g)
{
	pthread_mutex_lock(&g->lock);
	g->first_ns = 0;
	memset(g->slices, 0, sizeof(g->slices));
	pthread_mutex_unlock(&g->lock);
	atomic_store(&g->credit, 0);
	atomic_store(&g->stopped, false);
}

static bool
guard_shares(const struct guard_state *g)
{
	return g->conf->max_share < RATE_ONE;
}

void
guard_request(struct guard_state *g)
{
	const int_fast64_t most = (int_fast64_t)GUARD_CREDIT_MAX * RATE_ONE;
	int_fast64_t was, now;

	if (!guard_shares(g))
		return;
	was = atomic_load_explicit(&g->credit, memory_order_relaxed);
	do {
		now = was + (int_fast64_t)g->conf->max_share;
		if (now > most)
			now = most;
	} while (!atomic_compare_exchange_weak_explicit(
	    &g->credit, &was, now, memory_order_relaxed, memory_order_relaxed));
}

/* Pays for one injection; false without the credit. */
static bool
guard_pay(struct guard_state *g)
{
	int_fast64_t was;

	if (!guard_shares(g))
		return true;
	was = atomic_load_explicit(&g->credit, memory_order_relaxed);
	while (was >= RATE_ONE)
		if (atomic_compare_exchange_weak_explicit(&g->credit, &was,
			was - RATE_ONE, memory_order_relaxed,
			memory_order_relaxed))
			return true;
	return false;
}

/* Takes a place among the active ones; false when all are taken. */
static bool
guard_occupy(struct guard_state *g)
{
	uint_fast64_t most = g->conf->max_active, was;

	was = atomic_load_explicit(&g->active, memory_order_relaxed);
	while (most == 0 || was < most)
		if (atomic_compare_exchange_weak_explicit(&g->active, &was,
			was + 1, memory_order_relaxed, memory_order_relaxed))
			return true;
	return false;
}

bool
guard_enter(struct guard_state *g)
{
	atomic_uint_fast64_t *held = &g->held_active;

	if (guard_occupy(g)) {
		if (guard_pay(g))
			return true;
		held = &g->held_share;
		guard_leave(g);
	}
	atomic_fetch_add_explicit(held, 1, memory_order_relaxed);
	return false;
}

void
guard_leave(struct guard_state *g)
{
	atomic_fetch_sub_explicit(&g->active, 1, memory_order_relaxed);
}

/* Whether the window that ends with slice `index` is sick. */
static bool
guard_sick(const struct guard_state *g, uint64_t index)
{
	uint64_t asked = 0, failed = 0;

	for (unsigned i = 0; i < GUARD_SLICES; i++) {
		const struct guard_slice *s = &g->slices[i];

		if (s->index + GUARD_SLICES <= index)
			continue;
		asked += s->asked;
		failed += s->failed;
	}
	return asked >= GUARD_MIN_SAMPLES &&
	       (unsigned __int128)failed * RATE_ONE >=
		   (unsigned __int128)asked * g->conf->stop_errors;
}

void
guard_upstream(struct guard_state *g, bool ok, uint64_t now_ns)
{
	uint64_t length = g->window_ns / GUARD_SLICES, index;
	struct guard_slice *s;

	if (g->window_ns == 0)
		return;
	if (length == 0)
		length = 1;
	index = now_ns / length;
	pthread_mutex_lock(&g->lock);
	if (g->first_ns == 0)
		g->first_ns = now_ns;
	s = &g->slices[index % GUARD_SLICES];
	if (s->index != index)
		*s = (struct guard_slice){ .index = index };
	s->asked++;
	s->failed += !ok;
	if (now_ns - g->first_ns >= g->window_ns && guard_sick(g, index))
		atomic_store_explicit(&g->stopped, true, memory_order_relaxed);
	pthread_mutex_unlock(&g->lock);
}
