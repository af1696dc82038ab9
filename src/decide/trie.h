/*
 * A compressed trie that is built once: which of many texts does this one begin
 * with (or, reversed, end with)? A node's children lie next to each other, so a
 * step is one memchr over their first bytes.
 */
#ifndef DECIDE_TRIE_H
#define DECIDE_TRIE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct trie;

/* A text and what it stands for. */
struct trie_key {
	struct span text;
	uint32_t value;
};

/* Sorts keys; the texts must differ and outlive the trie. */
struct trie *trie_new(struct trie_key *keys, unsigned n, bool reversed);
void trie_free(struct trie *t);

/* A walk along s: all keys that s begins (ends) with, shortest first. */
struct trie_walk {
	const struct trie *t;
	struct span s;
	uint32_t node;
	uint32_t depth; /* bytes of s that led here */
	bool over;
};
struct trie_walk trie_walk(const struct trie *t, struct span s);
/* The next key on the way: its value, and in w->depth its length. False at the
 * end. */
bool trie_step(struct trie_walk *w, uint32_t *valuep);

#endif
