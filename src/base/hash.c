#include "base/hash.h"

#include <string.h>

static uint64_t
hash_rotl(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

/* Little-endian whatever the machine is: a hash is part of a journal. */
static uint64_t
hash_load(const unsigned char *p, size_t n)
{
	uint64_t x = 0;

	while (n-- > 0)
		x = x << 8 | p[n];
	return x;
}

static uint64_t
hash_load8(const unsigned char *p)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return x;
#else
	return hash_load(p, 8);
#endif
}

static void
hash_sip_rounds(uint64_t v[4], int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = hash_rotl(v[1], 13) ^ v[0];
		v[3] = hash_rotl(v[3], 16) ^ v[2];
		v[0] = hash_rotl(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = hash_rotl(v[1], 17) ^ v[2];
		v[3] = hash_rotl(v[3], 21) ^ v[0];
		v[2] = hash_rotl(v[2], 32);
	}
}

static void
hash_sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	hash_sip_rounds(v, 2);
	v[0] ^= word;
}

uint64_t
hash_sip(const uint64_t key[2], const void *p, size_t n)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575u,
		key[1] ^ 0x646f72616e646f6du, key[0] ^ 0x6c7967656e657261u,
		key[1] ^ 0x7465646279746573u };
	const unsigned char *at = p;
	size_t left = n;

	for (; left >= 8; at += 8, left -= 8)
		hash_sip_word(v, hash_load8(at));
	hash_sip_word(v, (uint64_t)n << 56 | hash_load(at, left));
	v[2] ^= 0xff;
	hash_sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t
hash_name(const void *p, size_t n)
{
	const unsigned char *at = p;
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ at[i]) * 0x100000001b3u;
	return h;
}

/*
 * Four lanes take the words of the body in turn, each by a folded 64 x 64
 * multiplication: no lane waits for another, so a body is hashed at memory
 * speed, where SipHash would cost as much as forwarding it.
 */
static uint64_t
hash_fold(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

void
hash_stream_init(struct hash_stream *s, const uint64_t key[2])
{
	for (unsigned i = 0; i < 4; i++)
		s->v[i] = hash_mix(key[i & 1] + 0x9e3779b97f4a7c15u * (i + 1));
	s->tail = 0;
	s->n = 0;
}

static void
hash_stream_word(struct hash_stream *s, uint64_t word)
{
	static const uint64_t odd[4] = { 0xa0761d6478bd642fu,
		0xe7037ed1a0b428dbu, 0x8ebc6af09c88c6e3u, 0x589965cc75374cc3u };
	unsigned lane = (unsigned)(s->n >> 3) & 3;

	s->v[lane] = hash_fold(s->v[lane] ^ word, odd[lane]) + word;
}

void
hash_stream_add(struct hash_stream *s, const void *p, size_t n)
{
	const unsigned char *at = p;

	for (; n > 0 && (s->n & 7) != 0; n--, s->n++) {
		s->tail |= (uint64_t)*at++ << (8 * (s->n & 7));
		if ((s->n & 7) == 7) {
			hash_stream_word(s, s->tail);
			s->tail = 0;
		}
	}
	for (; n >= 8; n -= 8, at += 8, s->n += 8)
		hash_stream_word(s, hash_load8(at));
	for (; n > 0; n--, s->n++)
		s->tail |= (uint64_t)*at++ << (8 * (s->n & 7));
}

uint64_t
hash_stream_end(struct hash_stream *s)
{
	uint64_t x = hash_mix(s->n) ^ s->tail;

	for (unsigned i = 0; i < 4; i++)
		x = hash_mix(x + s->v[i]) ^ hash_rotl(s->v[i], 23);
	return hash_mix(x);
}
