/*
 * Counters by (id, key) for millions of keys: a bounded hash table shared by
 * all workers. Its shards have a lock each, held for the few instructions of
 * one count. An entry that was not touched for its idle time counts as never
 * seen. When a shard is full of live entries a new key is refused and counted
 * as overflow: never another key's counter.
 *
 * Keys are 64 bits that a keyed hash made, so a peer cannot aim at a shard; two
 * keys share a counter when all 64 bits of (id, key) collide.
 */
#ifndef DECIDE_TABLE_H
#define DECIDE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct table;
struct table_shard;

/* A counter. Zeroed when the key is new. gen counts how often it began anew,
 * by the owner's wish or because it had been idle. */
struct count {
	uint64_t n;
	uint32_t gen;
	uint32_t flags; /* the owner's */
};

/* A counter, locked until table_put. */
struct table_ref {
	struct count *count; /* NULL: the table is full, nothing is locked */
	struct table_shard *shard;
};

struct table_stats {
	uint64_t entries, /* live or not yet swept */
	    max, overflow;
};

/* At most max entries; memory grows with use. */
struct table *table_new(uint64_t max);
void table_free(struct table *t);
/* The counter of (id, key), made when it is new. idle_ns: 0 never expires. */
struct table_ref table_get(struct table *t, uint64_t id, uint64_t key,
    uint64_t now_ns, uint64_t idle_ns);
void table_put(struct table_ref ref);
/* Forgets a counter, if there is one. */
void table_drop(struct table *t, uint64_t id, uint64_t key);
struct table_stats table_stats(struct table *t);

#endif
