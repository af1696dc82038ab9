/* Words and numbers that all reports share, and foreign bytes made fit to be
 * shown. All of it appends UTF-8 to a buffer. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include "base/buf.h"
#include "judge/verdict.h"

/* The character at p, of which n bytes (at least one) can be read, to *c.
 * Returns its bytes; what is no UTF-8 is one byte of U+FFFD. */
size_t text_char(const char *p, size_t n, uint32_t *c);
/* Appends s with U+FFFD in place of what is no UTF-8. */
void text_utf8(struct buf *to, const char *s);
/* As text_utf8, and controls (also those that turn the direction of writing)
 * become escapes that can be seen, such as \x1b. */
void text_clean(struct buf *to, const char *s);
/* Columns that n bytes of clean text take on a terminal. */
unsigned text_width(const char *s, size_t n);
/* Appends s cleaned in exactly width columns: cut with `..` or padded with
 * spaces. */
void text_field(struct buf *to, const char *s, unsigned width);
/* The same, cut without a sign that it is. */
void text_cut(struct buf *to, const char *s, unsigned width);
/* Appends s cleaned, broken at spaces to lines of at most width columns, each
 * indented; ends with a newline. Empty: nothing. */
void text_wrap(struct buf *to, const char *s, unsigned indent, unsigned width);

/* `pass`, `fail`, `inconclusive`, `not exercised`. */
const char *text_result(enum result r);
/* `12.0s`, `900ms`: for reading. */
void text_seconds(struct buf *to, double seconds);
/* A count in at most seven columns: 1234567, 12.3M. */
void text_count(struct buf *to, uint64_t n);
/* `<= 4`, `>= 95%`; nothing without a limit. */
void text_limit(struct buf *to, const struct expectation *x);
/* `9.1% to 16.2%`; nothing without an interval. */
void text_interval(struct buf *to, const struct expectation *x);
/* `94% strong, 6% inferred`; nothing when nothing was grouped. */
void text_grouping(struct buf *to, const double shares[GROUPINGS]);
/* The status as sent, or what happened in its place. */
void text_status(struct buf *to, const struct moment *m);
/* One attempt on one line, without newline. */
void
text_moment(struct buf *to, const struct moment *m, const struct verdict *v);
/* `GET /x, operation abc (strong, 5 attempts): what it did wrong`; raw. */
void text_offender(struct buf *to, const struct offender *o);

/* How many expectations count (all but those that a profile brought and nothing
 * met), and how many of them ended as r. */
unsigned text_counted(const struct verdict *v);
unsigned text_ended(const struct verdict *v, enum result r);
/* The whole in one line: `verdict: fail (2 of 7 expectations failed)`. */
void text_verdict(struct buf *to, const struct verdict *v);

#endif
