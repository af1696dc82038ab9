/* What is wrong with a user's file, option or scenario: every problem with its
 * position. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stddef.h>
#include <stdio.h>

enum diag_level { DIAG_ERROR, DIAG_WARNING };

struct diag {
	enum diag_level level;
	char *file;         /* NULL: not about a file */
	unsigned line, col; /* from 1; 0: the whole file */
	char *text;
};

/* A list of problems in the order found; owns its strings. Zero-initialised is
 * empty. */
struct diags {
	struct diag *v;
	size_t n, n_errors;
};

void diags_clear(struct diags *d);
void diags_add(struct diags *d, enum diag_level level, const char *file,
    unsigned line, unsigned col, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* Prints each as `file:line:column: [warning: ]text`, sorted by position within
 * a file. */
void diags_print(struct diags *d, FILE *to);
/* The candidate nearest to word (edit distance <= 1/3 of its length, at least
 * 1), or NULL: for "did you mean". */
const char *
diag_nearest(const char *word, const char *const *candidates, size_t n);

#endif
