/* A growing byte buffer with a limit given at birth: what a peer drives can
 * never grow without bound. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/span.h"

struct buf {
	char *data;
	size_t n, cap, max;
	bool overflow; /* something did not fit; the content is what fitted
			  whole */
};

/* An empty buffer that refuses to grow beyond max bytes. Allocates nothing yet.
 */
void buf_init(struct buf *b, size_t max);
/* The same, with all of cap's bytes there at once and at a multiple of align, a
 * power of two. It stays there until it grows beyond them. */
void buf_init_aligned(struct buf *b, size_t max, size_t cap, size_t align);
/* Frees the memory; the buffer is empty and usable again. */
void buf_clear(struct buf *b);
/* Room for n more bytes at data + n, or NULL (and overflow) beyond the limit.
 * The caller advances b->n. */
char *buf_reserve(struct buf *b, size_t n);
/* Appends; what would pass the limit is not appended at all and sets overflow.
 */
void buf_put_grow(struct buf *b, const void *p, size_t n);
static inline void
buf_put(struct buf *b, const void *p, size_t n)
{
	if (n > b->cap - b->n) {
		buf_put_grow(b, p, n);
	} else if (n > 0) {
		memcpy(b->data + b->n, p, n);
		b->n += n;
	}
}
void buf_puts(struct buf *b, const char *s);
static inline void
buf_span(struct buf *b, struct span s)
{
	buf_put(b, s.p, s.n);
}
void buf_putc(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t v);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
/* Drops n bytes from the front. */
void buf_drain(struct buf *b, size_t n);
/* Moves the content out as a NUL-terminated string that the caller frees; the
 * buffer is empty afterwards. */
char *buf_take(struct buf *b);

static inline struct span
buf_view(const struct buf *b)
{
	return (struct span){ b->data, b->n };
}

#endif
