#include "record/pairing.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/xalloc.h"

enum {
	PAIRING_SLOTS = 1 << 10, /* at first */
	PAIRING_MAX = 200000,
	/* Open attempts of one fingerprint; the one that ended first makes
	 * room for another. */
	PAIRING_SAME = 16,
	PAIRING_WINDOW_S = 120,
	/* A full table of which nothing has expired is not searched again
	 * for so long. */
	PAIRING_FULL_S = 10,
	PAIRING_FINGERPRINT = 5 /* OP_FINGERPRINT, the last op_source */
};

/* The last attempt of an operation. */
struct pairing_last {
	uint64_t key;  /* 0: a free slot */
	uint64_t told; /* when its answer began, else its end */
	uint64_t t_end;
	uint64_t due; /* RECORD_NONE: it was told no time */
	uint64_t expires;
	uint64_t tolerance;
	uint64_t auth;
	uint32_t attempt;
	uint16_t status;
	bool expect;
};

/* An open-addressed table with linear probing; entries of one key may stand in
 * it several times. */
struct pairing_table {
	struct pairing_conf conf;
	struct pairing_last *slots;
	uint64_t n_slots; /* a power of two */
	uint64_t n;
	uint64_t overflow;
	uint64_t sweep_at; /* when looking for expired ones may help again */
};

struct pairing_table *
pairing_new(const struct pairing_conf *conf)
{
	struct pairing_table *t = xcalloc(1, sizeof(*t));

	t->conf = *conf;
	pairing_set_window(t, conf->window_ns);
	if (t->conf.max == 0)
		t->conf.max = PAIRING_MAX;
	t->n_slots = PAIRING_SLOTS;
	t->slots = xcalloc(t->n_slots, sizeof(*t->slots));
	return t;
}

void
pairing_free(struct pairing_table *t)
{
	if (t == NULL)
		return;
	free(t->slots);
	free(t);
}

void
pairing_set_window(struct pairing_table *t, uint64_t window_ns)
{
	t->conf.window_ns =
	    window_ns != 0 ? window_ns : (uint64_t)PAIRING_WINDOW_S * NS_PER_S;
}

uint64_t
pairing_overflow(const struct pairing_table *t)
{
	return t->overflow;
}

bool
pairing_success(const struct record *r)
{
	return r->status >= 100 && r->status < 400 &&
	       (r->flags & RECORD_TRUNCATED) == 0 &&
	       r->outcome != OUTCOME_CLIENT_CLOSED;
}

uint64_t
pairing_tolerance(uint64_t retry_after_ns, bool date)
{
	uint64_t tolerance = retry_after_ns / 100;

	if (tolerance < 50 * NS_PER_MS)
		tolerance = 50 * NS_PER_MS;
	return tolerance + (date ? NS_PER_S : 0);
}

static uint64_t
pairing_key(const struct record *r)
{
	uint64_t key = r->op;

	if (r->op_source == PAIRING_FINGERPRINT)
		key = hash_mix(key ^ hash_mix(r->body_hash));
	return key != 0 ? key : 1;
}

static uint64_t
pairing_next(const struct pairing_table *t, uint64_t i)
{
	return (i + 1) & (t->n_slots - 1);
}

static uint64_t
pairing_home(const struct pairing_table *t, uint64_t key)
{
	return hash_mix(key) & (t->n_slots - 1);
}

/* A free slot for a key. */
static struct pairing_last *
pairing_place(struct pairing_table *t, uint64_t key)
{
	uint64_t i = pairing_home(t, key);

	while (t->slots[i].key != 0)
		i = pairing_next(t, i);
	return &t->slots[i];
}

/* Moves all that has not expired to a table of n_slots. */
static void
pairing_rebuild(struct pairing_table *t, uint64_t n_slots, uint64_t now)
{
	struct pairing_last *old = t->slots;
	uint64_t n_old = t->n_slots;

	t->slots = xcalloc(n_slots, sizeof(*t->slots));
	t->n_slots = n_slots;
	t->n = 0;
	for (uint64_t i = 0; i < n_old; i++)
		if (old[i].key != 0 && old[i].expires >= now) {
			*pairing_place(t, old[i].key) = old[i];
			t->n++;
		}
	free(old);
}

/* Whether there is room for one more; drops the expired, then grows. */
static bool
pairing_make_room(struct pairing_table *t, uint64_t now)
{
	if (t->n < t->n_slots / 4 * 3 && t->n < t->conf.max)
		return true;
	if (now >= t->sweep_at) {
		pairing_rebuild(t, t->n_slots, now);
		t->sweep_at = now + (t->n < t->conf.max ? 1 : PAIRING_FULL_S) *
					(uint64_t)NS_PER_S;
	}
	if (t->n >= t->conf.max)
		return false;
	if (t->n >= t->n_slots / 2)
		pairing_rebuild(t, t->n_slots * 2, now);
	return true;
}

/* Takes an entry out and closes the gap, so that no probe ends before what it
 * looks for. */
static void
pairing_remove(struct pairing_table *t, struct pairing_last *last)
{
	uint64_t hole = (uint64_t)(last - t->slots), i = hole;

	for (;;) {
		uint64_t home;

		i = pairing_next(t, i);
		if (t->slots[i].key == 0)
			break;
		home = pairing_home(t, t->slots[i].key);
		if (((i - home) & (t->n_slots - 1)) <
		    ((i - hole) & (t->n_slots - 1)))
			continue;
		t->slots[hole] = t->slots[i];
		hole = i;
	}
	t->slots[hole].key = 0;
	t->n--;
}

/* Whether a record can be the next attempt of an operation known by its
 * fingerprint alone: the last one had ended, and the request is the same. Other
 * credentials after 401 or 407 and no Expect after 417 make another request. */
static bool
pairing_continues(const struct pairing_last *last, const struct record *r)
{
	if (last->t_end > r->t_first)
		return false;
	if (last->status == 401 || last->status == 407)
		return last->auth == r->auth_hash;
	if (last->status == 417)
		return last->expect == ((r->flags & RECORD_HAS_EXPECT) != 0);
	return true;
}

static uint64_t
pairing_ready(const struct pairing_last *last)
{
	return last->due != RECORD_NONE ? last->due : last->t_end;
}

/* The open operations of a record's key. */
struct pairing_found {
	struct pairing_last *best;   /* the one it continues, or NULL */
	struct pairing_last *oldest; /* the one that ended first, or NULL */
	unsigned n;
};

static struct pairing_found
pairing_find(struct pairing_table *t, uint64_t key, const struct record *r)
{
	struct pairing_found found = { NULL, NULL, 0 };
	bool keyed = r->op_source != PAIRING_FINGERPRINT;
	uint64_t i = pairing_home(t, key);

	for (; t->slots[i].key != 0; i = pairing_next(t, i)) {
		struct pairing_last *last = &t->slots[i];

		if (last->key != key)
			continue;
		found.n++;
		if (found.oldest == NULL || last->t_end < found.oldest->t_end)
			found.oldest = last;
		if (last->expires < r->t_first ||
		    !(keyed || pairing_continues(last, r)))
			continue;
		if (found.best == NULL ||
		    pairing_ready(last) < pairing_ready(found.best))
			found.best = last;
	}
	return found;
}

/* When an operation ends for want of another attempt. */
static uint64_t
pairing_expires(const struct pairing_table *t, const struct record *r)
{
	uint64_t window = t->conf.window_ns, wait = r->retry_after_ns;

	if (wait == RECORD_NONE)
		return r->t_end + window;
	if (wait > UINT64_MAX / 8)
		return UINT64_MAX;
	wait = 2 * wait + (uint64_t)10 * NS_PER_S;
	return r->t_end + (wait > window ? wait : window);
}

uint64_t
pairing_due(const struct record *r)
{
	if (r->retry_after_ns == RECORD_NONE || r->t_resp == RECORD_NONE ||
	    (r->flags & RECORD_SHADOW) != 0)
		return RECORD_NONE;
	if (r->retry_after_ns >= RECORD_NONE - r->t_resp)
		return RECORD_NONE - 1;
	return r->t_resp + r->retry_after_ns;
}

static struct pairing
pairing_compare(const struct pairing_table *t, const struct pairing_last *last,
    const struct record *r)
{
	struct pairing p = { last->attempt + 1, RECORD_NONE, RECORD_NONE,
		false };

	/* a hedge knew of no answer: it waited for nothing */
	if (r->t_first < last->told)
		return p;
	if (r->t_first >= last->t_end)
		p.gap_ns = r->t_first - last->t_end;
	p.due_ns = last->due;
	if (p.due_ns != RECORD_NONE)
		p.early =
		    r->t_first + last->tolerance + t->conf.noise_ns < p.due_ns;
	return p;
}

static void
pairing_note(const struct pairing_table *t, struct pairing_last *last,
    const struct record *r, uint64_t key, uint32_t attempt)
{
	*last = (struct pairing_last){
		.key = key,
		.told = r->t_resp < r->t_end ? r->t_resp : r->t_end,
		.t_end = r->t_end,
		.due = pairing_due(r),
		.expires = pairing_expires(t, r),
		.tolerance = pairing_tolerance(
		    r->retry_after_ns, (r->flags & RECORD_RETRY_DATE) != 0),
		.auth = r->auth_hash,
		.attempt = attempt,
		.status = r->status,
		.expect = (r->flags & RECORD_HAS_EXPECT) != 0,
	};
}

struct pairing
pairing_add(struct pairing_table *t, const struct record *r)
{
	struct pairing p = { 1, RECORD_NONE, RECORD_NONE, false };
	bool keyed = r->op_source != PAIRING_FINGERPRINT;
	struct pairing_found found;
	uint64_t key;

	if (r->op == 0) {
		p.attempt = 0;
		return p;
	}
	key = pairing_key(r);
	found = pairing_find(t, key, r);
	if (found.best != NULL) {
		p = pairing_compare(t, found.best, r);
		if (keyed || !pairing_success(r))
			pairing_note(t, found.best, r, key, p.attempt);
		else
			pairing_remove(t, found.best);
		return p;
	}
	if (!keyed && pairing_success(r))
		return p;
	/* an expired or surplus one of the same key makes room */
	if (found.oldest != NULL &&
	    (found.n >= PAIRING_SAME || found.oldest->expires < r->t_first)) {
		pairing_note(t, found.oldest, r, key, 1);
	} else if (pairing_make_room(t, r->t_first)) {
		pairing_note(t, pairing_place(t, key), r, key, 1);
		t->n++;
	} else {
		t->overflow++;
	}
	return p;
}
