/*
 * A strict scanner for one line of JSON (RFC 8259), over memory alone. Only
 * UTF-8 is taken. The escapes \u0080 to \u00ff are read as single bytes, as
 * json_put writes what is not UTF-8, unless the line is of others; any other \u
 * escape as its character.
 */
#ifndef RECORD_JSON_SCAN_H
#define RECORD_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/* A line being scanned, from p to end. */
struct json_scan {
	const char *p, *end;
	bool foreign; /* \u0080 to \u00ff are characters as well */
};

/*
 * Each skips white space, takes what its name says and returns true; false when
 * something else stands there. After false the place is undefined but for
 * json_scan_char and json_scan_null, which then take nothing.
 */
bool json_scan_char(struct json_scan *j, char c);
bool json_scan_null(struct json_scan *j);
bool json_scan_bool(struct json_scan *j, bool *vp);
/* A whole number from 0; no fraction, no exponent. */
bool json_scan_u64(struct json_scan *j, uint64_t *vp);
/* 1 to 16 hex digits in quotes. */
bool json_scan_hex(struct json_scan *j, uint64_t *vp);
/* The same over a string already read. */
bool json_scan_hex_text(struct span s, uint64_t *vp);
/* Seconds from 0 to ns: exact with up to 9 decimals, rounded beyond. More
 * than 146 years are taken for so many. */
#define JSON_SCAN_LONGEST (UINT64_C(1) << 62)
bool json_scan_seconds(struct json_scan *j, uint64_t *nsp);
/* An RFC 3339 time, up to 9 decimals, as ns since 1970. */
bool json_scan_time(struct json_scan *j, int64_t *wall_nsp);
/* A string's bytes, appended to text with a NUL behind. text must have room for
 * one byte more than the line, so that nothing in it moves. */
bool json_scan_string(struct json_scan *j, struct buf *text, struct span *sp);
/* The same; a number too, as it is written. */
bool json_scan_text(struct json_scan *j, struct buf *text, struct span *sp);
/* Any value. text as above, left as it was. */
bool json_scan_skip(struct json_scan *j, struct buf *text);
/* Whether only white space is left. */
bool json_scan_end(struct json_scan *j);

#endif
