/* `explain`'s time line: phases on an axis, each rule's rate as a bar. */
#ifndef CLI_EXPLAIN_TIME_H
#define CLI_EXPLAIN_TIME_H

#include "scenario/scenario.h"

/* Prints at most 80 columns. at_ns is marked on the axis (UINT64_MAX: nothing
 * is). */
void explain_time(const struct scenario *s, uint64_t at_ns);

#endif
