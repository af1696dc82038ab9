/*
 * Which rules of a phase could match a path: compiled once, so that a request
 * asks few rules however many there are. Rules are found by what their path
 * patterns begin with and, where many begin alike, by what they end with.
 * A filter only: it may name rules that do not match, never leave one out.
 */
#ifndef DECIDE_INDEX_H
#define DECIDE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"

struct index;

/* For rules in order of trial, which are borrowed. */
struct index *index_new(struct rule *const *rules, unsigned n);
void index_free(struct index *x);

/* Sorted lists of positions, merged as they are read. */
enum { INDEX_LISTS = 24 };
struct index_list {
	const uint32_t *at, *end;
};
struct index_walk {
	struct index_list lists[INDEX_LISTS];
	unsigned n;
};

/* The candidates for a path, as positions in rules, each once, rising. */
void index_find(const struct index *x, struct span path, struct index_walk *w);
/* The next candidate; UINT32_MAX at the end. */
uint32_t index_next(struct index_walk *w);

#endif
