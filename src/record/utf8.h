/* UTF-8 (RFC 3629): what is a character and what is not. */
#ifndef RECORD_UTF8_H
#define RECORD_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes (1 to 4) of the character that begins at p, of which n bytes, at least
 * one, can be read; 0 when it is none: cut, overlong, a surrogate, too large.
 */
size_t utf8_length(const char *p, size_t n);
/* Writes the character and returns its bytes; c is a scalar value. */
size_t utf8_put(char to[4], uint32_t c);

#endif
