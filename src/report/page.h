/* The page's parts, as built from report.html, report.css and the scripts by
 * embed.py: what stands before the title, between title and noscript text,
 * between that and the data, and after the data. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

enum { PAGE_PARTS = 4 };

/* UTF-8, NUL-terminated. */
extern const char *const page_parts[PAGE_PARTS];

#endif
