/* The verdict as a page to look at together. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "base/buf.h"
#include "judge/verdict.h"
#include "scenario/scenario.h"

/* Appends report.html: one page without anything outside of it; its data is
 * the JSON of json_put. */
void html_put(
    struct buf *to, const struct verdict *v, const struct scenario *scenario);

#endif
