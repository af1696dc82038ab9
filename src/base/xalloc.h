/* Allocation that cannot fail: no memory is not an error a proxy can handle, so
 * it aborts with a message. */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stddef.h>

/* As malloc, calloc, reallocarray, strdup and strndup; the caller owns and
 * frees what is returned. */
void *xmalloc(size_t n) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *
xreallocarray(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *
xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
/* A formatted string, owned by the caller. */
char *xasprintf(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), malloc, returns_nonnull));

#endif
