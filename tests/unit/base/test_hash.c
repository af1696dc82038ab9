#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"

/* The key 00 01 .. 0f of the paper's appendix. */
static const uint64_t key[2] = { 0x0706050403020100u, 0x0f0e0d0c0b0a0908u };

static void
siphash_gives_the_vectors_of_its_authors(void **state)
{
	static const struct {
		size_t n;
		uint64_t hash;
	} cases[] = {
		{ 0, 0x726fdb47dd0e0e31u },
		{ 1, 0x74f839c593dc67fdu },
		{ 7, 0xab0200f58b01d137u },
		{ 8, 0x93f5f5799a932462u },
		{ 15, 0xa129ca6149be45e5u },
		{ 63, 0x958a324ceb064572u },
	};
	unsigned char in[64];

	(void)state;
	for (unsigned i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)i;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(hash_sip(key, in, cases[i].n) == cases[i].hash);
}

static void
names_hash_by_fnv_1a(void **state)
{
	(void)state;
	assert_true(hash_name("", 0) == 0xcbf29ce484222325u);
	assert_true(hash_name("a", 1) == 0xaf63dc4c8601ec8cu);
	assert_true(hash_name("foobar", 6) == 0x85944171f73967e8u);
}

static uint64_t
hash_in_pieces(const unsigned char *p, size_t n, size_t piece)
{
	struct hash_stream s;

	hash_stream_init(&s, key);
	for (size_t at = 0; at < n; at += piece)
		hash_stream_add(&s, p + at, n - at < piece ? n - at : piece);
	return hash_stream_end(&s);
}

static void
a_stream_hashes_alike_however_it_is_cut(void **state)
{
	unsigned char in[200];

	(void)state;
	for (unsigned i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 7);
	for (size_t n = 0; n <= sizeof(in); n++)
		for (size_t piece = 1; piece < 20; piece++)
			assert_true(hash_in_pieces(in, n, piece) ==
				    hash_in_pieces(in, n, sizeof(in)));
}

static void
a_stream_tells_bytes_order_length_and_key_apart(void **state)
{
	unsigned char in[64] = { 0 };
	const uint64_t other[2] = { 1, 2 };
	struct hash_stream s;
	uint64_t zero = hash_in_pieces(in, 64, 64), seen[64 * 8];
	unsigned n = 0;

	(void)state;
	assert_true(zero != hash_in_pieces(in, 63, 64));
	for (unsigned bit = 0; bit < 64 * 8; bit++) {
		in[bit / 8] = (unsigned char)(1u << bit % 8);
		seen[n++] = hash_in_pieces(in, 64, 64);
		in[bit / 8] = 0;
	}
	for (unsigned i = 0; i < n; i++) {
		assert_true(seen[i] != zero);
		for (unsigned j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
	}
	hash_stream_init(&s, other);
	hash_stream_add(&s, in, 64);
	assert_true(hash_stream_end(&s) != zero);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_gives_the_vectors_of_its_authors),
		cmocka_unit_test(names_hash_by_fnv_1a),
		cmocka_unit_test(a_stream_hashes_alike_however_it_is_cut),
		cmocka_unit_test(
		    a_stream_tells_bytes_order_length_and_key_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
