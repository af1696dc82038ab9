/* The table at the end of a run. */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <stdbool.h>

#include "base/buf.h"
#include "judge/verdict.h"

/*
 * Appends the verdict as text of at most 80 columns: phases, rules,
 * expectations with value, limit, n, 95 % interval and grouping, the evidence
 * of what failed, and one last line with the verdict. With colours it holds
 * terminal escapes; whether to is a terminal and NO_COLOR is unset, the caller
 * finds out. Controls in names and paths are shown as escapes.
 */
void terminal_put(struct buf *to, const struct verdict *v, bool colours);

#endif
