/* HTTP dates (RFC 9110 5.6.7). */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum { DATE_LEN = 29 };

/* Writes `Sun, 06 Nov 1994 08:49:37 GMT` for a time in seconds since 1970;
 * exactly DATE_LEN bytes, no NUL. */
void date_write(int64_t unix_s, char to[DATE_LEN]);
/* Reads the three formats of RFC 9110 (IMF-fixdate, RFC 850, asctime); false
 * when it is none of them. A year of two digits is one of 1970 to 2069. */
bool date_read(struct span s, int64_t *unix_sp);

#endif
