/*
 * A bounded table of small states by 64-bit key, shared by all threads: what a
 * fault remembers of each client. 64 shards with a lock each; eight places to
 * a set, and the longest unused one makes room, so it cannot grow and forgets
 * the oldest first.
 */
#ifndef FAULT_KEYED_H
#define FAULT_KEYED_H

#include <stddef.h>
#include <stdint.h>

struct keyed;

/* Room for about max keys (rounded up), each with size zeroed bytes, which are
 * allocated when a place is first used. */
struct keyed *keyed_new(size_t max, size_t size);
void keyed_free(struct keyed *t);
/* The state of a key, zeroed when the key is new, with its shard locked until
 * keyed_unlock. Never NULL. */
void *keyed_lock(struct keyed *t, uint64_t key, uint64_t now_ns);
/* The same for a key that is known; NULL, and nothing locked, when not. */
void *keyed_lock_known(struct keyed *t, uint64_t key);
void keyed_unlock(struct keyed *t, uint64_t key);

#endif
