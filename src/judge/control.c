/* Is a "retry" really a retry? How often equal requests follow each other
 * anyway (recovery.md 4.3), and whether ids name operations (4.2). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "judge/ops.h"
#include "judge/stats.h"

enum { SESSION_MIN = 3, TOGETHER_MIN = 5 };
#define CONTROL_HORIZON ((uint64_t)30 * NS_PER_S)

double
control_hazard(const struct control *c, int with_id)
{
	if (c->after_ok[with_id] == 0)
		return -1;
	return (double)c->repeats_ok[with_id] / (double)c->after_ok[with_id];
}

bool
control_tells(const struct control *c, const struct attempt *a)
{
	uint64_t n = c->method_ok[a->method];

	if (n >= CONTROL_MIN)
		return c->method_again[a->method] * 100 <= n * CONTROL_SURE;
	if (c->repeats_ok[1] * 100 > c->after_ok[1] * CONTROL_SURE)
		return false;
	return (c->new_keys && a->source == SOURCE_KEY) ||
	       (c->after_ok[1] >= CONTROL_MIN &&
		   c->failed_prints[a->method] >= CONTROL_MIN);
}

bool
control_keyed(const struct control *c, const struct attempt *a)
{
	return a->source >= SOURCE_SDK && a->source <= SOURCE_TRACE &&
	       !c->session[a->source];
}

static bool
control_same_op(const struct attempt *a, const struct attempt *b, bool keyed)
{
	return keyed && a->op == b->op;
}

/* The attempts in order of their ends. */
struct control_end {
	uint64_t t;
	uint32_t at;
};

static int
control_by_end(const void *x, const void *y)
{
	const struct control_end *a = x, *b = y;

	if (a->t != b->t)
		return a->t < b->t ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static struct control_end *
control_ends(const struct store *s, const uint32_t *order, uint32_t n)
{
	struct control_end *ends = xcalloc((size_t)n + 1, sizeof(*ends));

	for (uint32_t i = 0; i < n; i++)
		ends[i] = (struct control_end){ store_at(s, order[i])->end,
			order[i] };
	qsort(ends, n, sizeof(*ends), control_by_end);
	return ends;
}

/* What is looked at: attempts that ended in [from, to), the horizon before its
 * end. */
struct control_walk {
	struct control *c;
	const struct store *s;
	const struct control_end *ends;
	uint32_t *before; /* of ends: the one with the same print before it */
	struct map last;  /* of each print: what ended since its last request */
	uint64_t from, to;
};

/* Request a is the first equal one since these have ended. */
static void
control_follow(struct control_walk *w, const struct attempt *a)
{
	bool keyed = control_keyed(w->c, a);
	uint32_t *at = map_at(&w->last, a->print);

	for (uint32_t i = *at; i != MAP_NONE; i = w->before[i]) {
		const struct attempt *p = store_at(w->s, w->ends[i].at);

		if (p->end < w->from || p->end + w->c->horizon > w->to ||
		    a->t - p->end > w->c->horizon ||
		    control_same_op(a, p, keyed))
			continue;
		w->c->repeats_ok[keyed] += attempt_ok(p);
		w->c->repeats_failure[keyed] += !attempt_ok(p);
		w->c->method_again[p->method] += keyed && attempt_ok(p);
	}
	*at = MAP_NONE;
}

/* Counts, for each attempt that ended in [from, to), whether an equal request
 * of another operation came within the horizon. Those that were open together
 * are followed by the same one. */
static void
control_count(struct control *c, const struct store *s, const uint32_t *order,
    uint32_t n, uint64_t from, uint64_t to)
{
	struct control_end *ends = control_ends(s, order, n);
	struct control_walk w = { .c = c,
		.s = s,
		.ends = ends,
		.before = xcalloc((size_t)n + 1, sizeof(*w.before)),
		.from = from,
		.to = to };
	uint32_t ended = 0;

	memset(c->after_ok, 0, sizeof(c->after_ok));
	memset(c->repeats_ok, 0, sizeof(c->repeats_ok));
	memset(c->after_failure, 0, sizeof(c->after_failure));
	memset(c->repeats_failure, 0, sizeof(c->repeats_failure));
	memset(c->method_ok, 0, sizeof(c->method_ok));
	memset(c->method_again, 0, sizeof(c->method_again));
	for (uint32_t i = 0; i < n; i++) {
		const struct attempt *a = store_at(s, order[i]);
		bool keyed = control_keyed(c, a);

		for (; ended < n && ends[ended].t <= a->t &&
		       ends[ended].at != order[i];
		     ended++) {
			uint32_t *at =
			    map_at(&w.last, store_at(s, ends[ended].at)->print);

			w.before[ended] = *at;
			*at = ended;
		}
		control_follow(&w, a);
		if (a->end >= from && a->end + c->horizon <= to) {
			c->after_ok[keyed] += attempt_ok(a);
			c->after_failure[keyed] += !attempt_ok(a);
			c->method_ok[a->method] += keyed && attempt_ok(a);
		}
	}
	map_clear(&w.last);
	free(w.before);
	free(ends);
}

/* Whether the request of b may follow a under the same id in good faith: a
 * redirect, credentials, or the rest of a body. */
static bool
control_continues(const struct attempt *a, const struct attempt *b)
{
	return (a->status >= 300 && a->status < 400) || a->status == 401 ||
	       a->status == 407 || (b->flags & RECORD_RESUME);
}

/* What is held against the ids of one source. */
struct control_ids {
	uint64_t pairs;     /* requests that followed another of the same id */
	uint64_t other;     /* ... and were for something else */
	uint64_t again;     /* ... after success; whoever repeats what the
			       upstream refused is only stubborn */
	uint64_t ids_again; /* ids of those */
};

/* An id that comes with other requests, or again and again after success, names
 * a session or a trace. An Idempotency-Key is believed: its reuse is a finding
 * of its own. */
static bool
control_is_session(const struct control_ids *c)
{
	return (c->other >= SESSION_MIN && c->other * 100 > c->pairs) ||
	       (c->again > SESSION_MIN * c->ids_again &&
		   c->again * 5 > c->pairs);
}

static void
control_sessions(
    struct control *c, const struct store *s, const uint32_t *order, uint32_t n)
{
	struct control_ids ids[SOURCE_PRINT + 1] = { 0 };
	struct map last = { 0 }, again = { 0 };

	for (uint32_t i = 0; i < n; i++) {
		struct attempt *a = store_at(s, order[i]), *p;
		struct control_ids *k = &ids[a->source];
		uint32_t *at, *seen;

		if (a->source < SOURCE_SDK || a->source > SOURCE_TRACE)
			continue;
		at = map_at(&last, a->op);
		p = *at != MAP_NONE ? store_at(s, *at) : NULL;
		*at = order[i];
		if (p == NULL || control_continues(p, a) ||
		    ((p->flags | a->flags) & RECORD_REQ_INCOMPLETE))
			continue;
		k->pairs++;
		k->other += a->print != p->print;
		if (!attempt_ok(p) || p->status >= 400)
			continue;
		k->again++;
		seen = map_at(&again, a->op);
		k->ids_again += *seen == MAP_NONE;
		*seen = 1;
	}
	for (int k = SOURCE_SDK; k <= SOURCE_TRACE; k++)
		c->session[k] = k != SOURCE_KEY && control_is_session(&ids[k]);
	map_clear(&last);
	map_clear(&again);
}

/* Where the keys of equal requests stand among all keys. */
struct control_place {
	uint32_t first, last, n;
};

/* Whether the keys of equal requests stand so near each other that it is no
 * chance: by the sum of their ranges, against mean and variance of the range of
 * k places of `all`. */
static void
control_together(
    struct control *c, const struct control_place *v, uint32_t n, uint32_t all)
{
	double short_of = 0, variance = 0;

	for (uint32_t i = 0; i < n; i++) {
		double k = v[i].n, range = v[i].last - v[i].first;

		if (v[i].n < 2)
			continue;
		c->under_keys++;
		short_of += (k - 1) / (k + 1) - range / (all + 1.0);
		variance += 2 * (k - 1) / ((k + 1) * (k + 1) * (k + 2));
	}
	c->new_keys = c->under_keys >= TOGETHER_MIN &&
		      short_of > STATS_Z999 * sqrt(variance);
}

/* A client that makes a new key for each attempt may never succeed: then no
 * success tells how often equal requests come by themselves. But they would
 * come at any time, and its attempts come one soon after the other. */
static void
control_new_keys(
    struct control *c, const struct store *s, const uint32_t *order, uint32_t n)
{
	struct map known = { 0 }, prints = { 0 };
	struct control_place *v = NULL;
	uint32_t n_prints = 0, cap = 0, keys = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct attempt *a = store_at(s, order[i]);
		uint32_t *at;

		if (a->source != SOURCE_KEY ||
		    (a->flags & RECORD_REQ_INCOMPLETE))
			continue;
		at = map_at(&known, a->op);
		if (*at != MAP_NONE)
			continue;
		*at = keys++;
		at = map_at(&prints, a->print);
		if (*at == MAP_NONE) {
			if (n_prints == cap) {
				cap = cap > 0 ? cap * 2 : 64;
				v = xreallocarray(v, cap, sizeof(*v));
			}
			*at = n_prints;
			v[n_prints++] = (struct control_place){ .first = keys };
		}
		v[*at].last = keys;
		v[*at].n++;
	}
	control_together(c, v, n_prints, keys);
	map_clear(&known);
	map_clear(&prints);
	free(v);
}

static void
control_failures(
    struct control *c, const struct store *s, const uint32_t *order, uint32_t n)
{
	struct map seen = { 0 };

	for (uint32_t i = 0; i < n; i++) {
		const struct attempt *a = store_at(s, order[i]);
		uint32_t *at;

		if (attempt_ok(a) || !control_keyed(c, a))
			continue;
		at = map_at(&seen, a->print);
		c->failed_prints[a->method] += *at == MAP_NONE;
		*at = 1;
	}
	map_clear(&seen);
}

void
control_measure(struct control *c, const struct store *s, const uint32_t *order,
    uint32_t n, uint64_t window, uint64_t from, uint64_t to)
{
	uint64_t end;

	*c = (struct control){ 0 };
	if (n == 0)
		return;
	control_sessions(c, s, order, n);
	control_new_keys(c, s, order, n);
	control_failures(c, s, order, n);
	c->horizon = window < CONTROL_HORIZON ? window : CONTROL_HORIZON;
	if (to > from && (to - from) / 2 >= c->horizon) {
		control_count(c, s, order, n, from, to);
		if (c->after_ok[0] + c->after_ok[1] >= CONTROL_MIN)
			return;
	}
	end = store_at(s, order[n - 1])->end;
	if (end / 2 < c->horizon)
		c->horizon = end / 2;
	control_count(c, s, order, n, 0, end);
}
