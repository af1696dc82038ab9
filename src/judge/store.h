/*
 * What the judge keeps of each attempt: 128 bytes, so that a million operations
 * fit in memory (recovery.md 4.12). Beyond its limit the store halves the share
 * of operations that it keeps, by a hash, so that an operation stays whole.
 */
#ifndef JUDGE_STORE_H
#define JUDGE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "judge/map.h"
#include "record/record.h"

/* Where an operation's key came from: identity's ladder as records carry it. */
enum source {
	SOURCE_NONE,
	SOURCE_SDK,
	SOURCE_KEY,
	SOURCE_HEADER,
	SOURCE_TRACE,
	SOURCE_PRINT
};

#define ATTEMPT_NONE UINT32_MAX

enum { ATTEMPT_OK = 1, ATTEMPT_EARLY = 2 };

struct attempt {
	uint64_t t, end; /* first byte in; last byte out or abort */
	uint64_t resp;   /* first byte out, RECORD_NONE */
	uint64_t retry_after, deadline; /* ns, RECORD_NONE */
	uint64_t client, op, conn;
	uint64_t print;   /* fingerprint: client, method, target, body */
	uint64_t filters; /* bit per method-and-path filter that it passes */
	uint32_t path, key, auth; /* hashes */
	uint32_t text;            /* the id's text in the pool, 0: none */
	uint32_t next, in_op;     /* set by grouping: next attempt, operation */
	uint32_t nth;
	uint16_t status, upstream_status, rule, phase;
	uint16_t flags, announced;
	uint8_t method; /* index into store.methods */
	uint8_t outcome, upstream, source;
	uint8_t role;  /* enum role, set by grouping */
	uint8_t marks; /* ATTEMPT_* */
};

enum { STORE_CHUNK = 1 << 14, STORE_METHODS = 64, STORE_PATHS = 1 << 14 };

struct store {
	struct attempt **chunks;
	uint32_t n, n_chunks, max;
	uint64_t below; /* attempts whose sample hash is below are kept */
	uint64_t dropped;
	char *methods[STORE_METHODS];
	unsigned n_methods;
	struct map path_at; /* hash to index into paths */
	char **paths;
	uint32_t n_paths;
	char *pool; /* ids as text, NUL-terminated */
	uint32_t pool_n, pool_cap;
};

void store_init(struct store *s, uint32_t max_attempts);
void store_clear(struct store *s);
/* What is kept of r; filters and ok are the caller's judgement. */
struct attempt store_attempt(const struct record *r, uint64_t filters, bool ok);
/* Copies a, made of r, in, unless it falls outside the sample. */
void
store_add(struct store *s, const struct attempt *a, const struct record *r);
/* The share of the operations kept. */
double store_share(const struct store *s);
/* The hash that decides whether an attempt's operation is in a sample. */
uint64_t store_sample_hash(const struct attempt *a);
const char *store_path(const struct store *s, const struct attempt *a);

static inline struct attempt *
store_at(const struct store *s, uint32_t i)
{
	return &s->chunks[i / STORE_CHUNK][i % STORE_CHUNK];
}

/* When the attempt's answer allows the next one: RECORD_NONE without
 * Retry-After. */
static inline uint64_t
attempt_due(const struct attempt *a)
{
	if (a->retry_after == RECORD_NONE)
		return RECORD_NONE;
	return (a->resp != RECORD_NONE ? a->resp : a->end) + a->retry_after;
}

static inline bool
attempt_ok(const struct attempt *a)
{
	return a->marks & ATTEMPT_OK;
}

#endif
