/* Keyed and plain hashing: SipHash-2-4 where a peer chooses the input, a mixer
 * for numbers we made ourselves. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-2-4 (Aumasson, Bernstein 2012) under a 128-bit key. */
uint64_t hash_sip(const uint64_t key[2], const void *p, size_t n);

/* A 64-bit FNV-1a of bytes under a start value: names to numbers, stable for
 * ever (it is part of a decision). */
uint64_t hash_name(const void *p, size_t n);

/* The splitmix64 finaliser: a bijection in which each input bit reaches each
 * output bit. */
static inline uint64_t
hash_mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebu;
	x ^= x >> 31;
	return x;
}

/* A running hash of a streamed body: order-sensitive, independent of how the
 * bytes were cut. */
struct hash_stream {
	uint64_t v[4];
	uint64_t tail;
	uint64_t n;
};
void hash_stream_init(struct hash_stream *s, const uint64_t key[2]);
void hash_stream_add(struct hash_stream *s, const void *p, size_t n);
uint64_t hash_stream_end(struct hash_stream *s);

#endif
