/* What holds for the keys of every mapping: single words, each once. */
#ifndef SCENARIO_KEYS_H
#define SCENARIO_KEYS_H

#include "scenario/node.h"

/* Tells of keys that are no text, are empty, merge (`<<`), or occur twice, and
 * leaves those pairs out of the mapping. */
void keys_check(struct reader *r, struct node *map);

#endif
