/* Single values: text of a node or of a default -> a member of a struct. */
#ifndef SCENARIO_SCALARS_H
#define SCENARIO_SCALARS_H

#include "fault/param.h"
#include "scenario/node.h"

/* Whether a type is a single value, and how large its member is. */
bool scalars_has(enum param_type type);
size_t scalars_size(enum param_type type);
/*
 * Reads n by row p into *to (the member itself, not the struct). False with a
 * problem; with r NULL without one. Strings go to the arena of the node.
 */
bool scalars_read(
    struct reader *r, const struct node *n, const struct param *p, void *to);
/* What a row takes, for messages: "a duration such as 250ms, 3s, 2m or 1h". */
const char *scalars_wanted(enum param_type type);

#endif
