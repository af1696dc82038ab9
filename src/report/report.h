/*
 * A verdict as files: report.html, report.json, junit.xml and report.md. The
 * bytes come from pure functions (html.h, json.h, junit.h, markdown.h); this is
 * the only one of the folder that opens a file.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>

#include "base/diag.h"
#include "judge/verdict.h"
#include "scenario/scenario.h"

/* Makes dir and its parents where they are missing. False with a message in
 * diags when there is no such directory in the end, or none to write to. */
bool report_make_dir(const char *dir, struct diags *diags);

/*
 * Writes the four files to dir, which is made if it is missing. Each appears
 * whole or not at all: it is written beside and then renamed. scenario is the
 * one that v is about. False with a message in diags for each file that could
 * not be written; the others are there.
 */
bool report_write_dir(const char *dir, const struct verdict *v,
    const struct scenario *scenario, struct diags *diags);

#endif
