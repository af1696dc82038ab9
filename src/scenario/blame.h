/* Which of the written values a table's check speaks of. */
#ifndef SCENARIO_BLAME_H
#define SCENARIO_BLAME_H

#include "scenario/params.h"

/*
 * The node to point at for what set's check says about conf, which was read
 * from n: the value that the sentence names; else the one without which the
 * check would not say it, and in a list or mapping the element; else n.
 */
const struct node *blame_find(const struct node *n, const struct param_set *set,
    const struct params_given *given, const void *conf, const char *sentence);

#endif
