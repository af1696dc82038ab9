/* The verdict for a pull request. */
#ifndef REPORT_MARKDOWN_H
#define REPORT_MARKDOWN_H

#include "base/buf.h"
#include "judge/verdict.h"

/* Appends GitHub's Markdown: the verdict, a table of the expectations, and
 * folded details. Nothing that a client sent can become markup, a link or a
 * mention. Stays under the 65,536 characters of a comment. */
void markdown_put(struct buf *to, const struct verdict *v);

#endif
