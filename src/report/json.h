/* The verdict as JSON: report.json, and the data of the page. The members are
 * documented in README.md. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <jansson.h>

#include "base/buf.h"
#include "judge/verdict.h"
#include "scenario/scenario.h"

/* The version of the format: a member is never renamed or given another meaning
 * without a new one. */
enum { JSON_REPORT_VERSION = 1 };

/* The whole as a tree that the caller owns (json_decref). scenario is the one
 * that the verdict is about. */
json_t *json_report(const struct verdict *v, const struct scenario *scenario);
/* Appends it as text, for files and programs: short values indented, series
 * one a line. */
void json_put(
    struct buf *to, const struct verdict *v, const struct scenario *scenario);
/* Appends it as ASCII that may stand within a <script> of an HTML page. */
void json_put_inline(
    struct buf *to, const struct verdict *v, const struct scenario *scenario);

#endif
