/*
 * JSON text by plain appends that cost a few ns each (RFC 8259).
 *
 * A string of foreign bytes becomes valid JSON that json_scan reads back equal:
 * what is UTF-8 stands as it is, each byte that is not stands as one of \u0080
 * to \u00ff.
 */
#ifndef RECORD_JSON_PUT_H
#define RECORD_JSON_PUT_H

#include <stdint.h>
#include <string.h>

#include "base/span.h"

/* Room that a value may take, a string of n bytes with its quotes. */
enum { JSON_NUMBER_MAX = 32, JSON_TIME_MAX = 32 };
#define JSON_STRING_MAX(n) (6 * (n) + 2)

/* Each writes at `to`, where there must be room, and returns the end. */
#define JSON_LIT(to, lit) \
	((char *)memcpy((to), (lit), sizeof(lit) - 1) + sizeof(lit) - 1)
char *json_put_u64(char *to, uint64_t v);
/* 16 hex digits in quotes: what a double could not hold. */
char *json_put_hex(char *to, uint64_t v);
/* ns as seconds, exact, without zeros at the end: `0.0015`. */
char *json_put_seconds(char *to, uint64_t ns);
/* ns since 1970 as an RFC 3339 time in UTC, to the microsecond, in quotes. */
char *json_put_time(char *to, int64_t wall_ns);
char *json_put_string(char *to, struct span s);

#endif
