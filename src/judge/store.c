#include "judge/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/xalloc.h"

enum { POOL_MAX = 64 << 20 };

void
store_init(struct store *s, uint32_t max_attempts)
{
	*s = (struct store){ .max = max_attempts, .below = UINT64_MAX };
	s->paths = xcalloc(STORE_PATHS, sizeof(*s->paths));
	s->pool_n = 1;
}

void
store_clear(struct store *s)
{
	for (uint32_t i = 0; i < s->n_chunks; i++)
		free(s->chunks[i]);
	for (unsigned i = 0; i < s->n_methods; i++)
		free(s->methods[i]);
	for (uint32_t i = 0; i < s->n_paths; i++)
		free(s->paths[i]);
	free(s->chunks);
	free(s->paths);
	free(s->pool);
	map_clear(&s->path_at);
}

static uint8_t
store_method(struct store *s, struct span m)
{
	unsigned i;

	for (i = 0; i < s->n_methods; i++)
		if (span_eq(span_str(s->methods[i]), m))
			return (uint8_t)i;
	if (i == STORE_METHODS - 1)
		m = SPAN("(other)");
	if (i == STORE_METHODS)
		return STORE_METHODS - 1;
	s->methods[s->n_methods++] = xstrndup(m.p != NULL ? m.p : "", m.n);
	return (uint8_t)i;
}

static uint32_t
store_intern_path(struct store *s, struct span path)
{
	uint32_t hash = (uint32_t)hash_name(path.p, path.n), *at;

	if (s->n_paths == STORE_PATHS)
		return hash;
	at = map_at(&s->path_at, hash);
	if (*at == MAP_NONE) {
		*at = s->n_paths;
		s->paths[s->n_paths++] =
		    xstrndup(path.p != NULL ? path.p : "", path.n);
	}
	return hash;
}

const char *
store_path(const struct store *s, const struct attempt *a)
{
	uint32_t i = map_get(&s->path_at, a->path);

	return i == MAP_NONE ? "(one of many)" : s->paths[i];
}

/* Where an id's text is kept, as evidence is told by it; 0: it has none, a long
 * one, or there is no room. */
static uint32_t
store_text(struct store *s, struct span text)
{
	uint32_t at = s->pool_n;

	if (text.n == 0 || text.n > 128 || at + text.n + 1 > POOL_MAX)
		return 0;
	if (at + text.n + 1 > s->pool_cap) {
		s->pool_cap = s->pool_cap > 0 ? s->pool_cap * 2 : 4096;
		s->pool = xreallocarray(s->pool, s->pool_cap, 1);
	}
	memcpy(s->pool + at, text.p, text.n);
	s->pool[at + text.n] = '\0';
	s->pool_n += (uint32_t)text.n + 1;
	return at;
}

uint64_t
store_sample_hash(const struct attempt *a)
{
	bool keyed = a->source >= SOURCE_SDK && a->source <= SOURCE_TRACE;

	return hash_mix(keyed ? a->op : a->print);
}

double
store_share(const struct store *s)
{
	return (double)s->below / (double)UINT64_MAX;
}

/* Too many: keep half of the operations. Requests that are all alike cannot be
 * halved; they go together. */
static void
store_thin(struct store *s)
{
	uint32_t kept = 0;

	s->below /= 2;
	for (uint32_t i = 0; i < s->n; i++) {
		struct attempt *a = store_at(s, i);

		if (store_sample_hash(a) < s->below)
			*store_at(s, kept++) = *a;
	}
	s->dropped += s->n - kept;
	s->n = kept;
}

static uint64_t
store_print(const struct record *r)
{
	uint64_t x = r->client;

	x = hash_mix(x ^ hash_name(r->method.p, r->method.n));
	x = hash_mix(x ^ hash_name(r->path.p, r->path.n));
	x = hash_mix(x + r->target_hash);
	return hash_mix(x + r->body_hash);
}

static uint16_t
store_clamp16(uint32_t v)
{
	return v > UINT16_MAX ? UINT16_MAX : (uint16_t)v;
}

/* A status went out, so its first byte did: journals written by others may
 * leave the time out. */
static uint64_t
store_resp(const struct record *r)
{
	if (r->t_resp != RECORD_NONE || r->status == 0 || r->status == 444 ||
	    r->status == 499)
		return r->t_resp;
	return r->t_end;
}

struct attempt
store_attempt(const struct record *r, uint64_t filters, bool ok)
{
	struct attempt a = {
		.t = r->t_first,
		.end = r->t_end,
		.resp = store_resp(r),
		.retry_after = r->retry_after_ns,
		.deadline = r->deadline_ns,
		.client = r->client,
		.op = r->op,
		.conn = r->conn,
		.print = store_print(r),
		.key = r->flags & RECORD_HAS_KEY
			   ? (uint32_t)hash_mix(r->key_hash) | 1
			   : 0,
		.auth = (uint32_t)hash_mix(r->auth_hash),
		.next = ATTEMPT_NONE,
		.in_op = ATTEMPT_NONE,
		.nth = r->nth,
		.status = r->status,
		.upstream_status = r->upstream_status,
		.rule = r->rule,
		.phase = r->phase,
		.flags = store_clamp16(r->flags),
		.announced = store_clamp16(r->announced),
		.outcome = r->outcome,
		.upstream = r->upstream,
		.source = r->op == 0 ? SOURCE_NONE : r->op_source,
		.filters = filters,
		.marks = ok ? ATTEMPT_OK : 0,
	};
	if (a.end == RECORD_NONE || a.end < a.t)
		a.end = a.t;
	return a;
}

void
store_add(struct store *s, const struct attempt *a, const struct record *r)
{
	uint64_t hash = store_sample_hash(a);
	struct attempt *to;

	while (s->n == s->max && hash < s->below)
		store_thin(s);
	if (hash >= s->below) {
		s->dropped++;
		return;
	}
	if (s->n == s->n_chunks * STORE_CHUNK) {
		s->chunks = xreallocarray(
		    s->chunks, s->n_chunks + 1, sizeof(*s->chunks));
		s->chunks[s->n_chunks++] =
		    xcalloc(STORE_CHUNK, sizeof(struct attempt));
	}
	assert(s->n < s->n_chunks * STORE_CHUNK);
	to = store_at(s, s->n++);
	*to = *a;
	to->method = store_method(s, r->method);
	to->path = store_intern_path(s, r->path);
	/* What went well is seldom named: half of the room is for the rest. */
	if (!attempt_ok(a) || s->pool_n < POOL_MAX / 2)
		to->text = store_text(s, r->op_text);
}
