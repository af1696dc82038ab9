/* Foreign text within XML, HTML and Markdown. */
#ifndef REPORT_MARKUP_H
#define REPORT_MARKUP_H

#include "base/buf.h"

/* Appends s as character data or attribute value of XML 1.0 and HTML: cleaned,
 * without the characters that XML forbids, < > & " ' escaped. */
void markup_xml(struct buf *to, const char *s);
/* Appends s as one line of GitHub's Markdown, fit for a table's cell: no
 * markup, links, mentions or HTML can come out of it. */
void markup_markdown(struct buf *to, const char *s);

#endif
