/* Memory that lives and dies together: everything a scenario owns. Nothing is
 * freed alone. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
/* Frees the arena and all that came from it; NULL is fine. */
void arena_free(struct arena *a);
/* Zeroed memory for n objects of that size, aligned for any type. Aborts when
 * there is none. */
void *arena_calloc(struct arena *a, size_t n, size_t size);
/* A NUL-terminated copy of n bytes. */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_strdup(struct arena *a, const char *s);

#endif
