/*
 * The one reader of mappings: walks a node by a table of rows (fault/param.h)
 * into a struct.
 */
#ifndef SCENARIO_PARAMS_H
#define SCENARIO_PARAMS_H

#include "fault/param.h"
#include "scenario/node.h"

enum { PARAMS_ROWS_MAX = 32 };

/* Which rows were written, and where. */
struct params_given {
	const struct node *keys[PARAMS_ROWS_MAX]; /* NULL: by its value alone */
	const struct node *values[PARAMS_ROWS_MAX];
};

/* A key whose value is no parameter: who reads the mapping reads it too. */
struct part {
	const char *name, *help;
	const char *schema; /* the definition of its value in the JSON schema */
	unsigned flags;     /* PARAM_REQUIRED */
};

/* Beside the flags of fault/param.h: a list of one may be written without its
 * brackets. */
enum { PARAMS_ONE = 1 << 16 };

/* A mapping of the language: rows and parts, and what to say of any other key
 * ("unknown key of a phase"). */
struct grammar {
	const char *what;
	struct param_set set;
	const struct part *parts;
	unsigned n_parts;
};

/*
 * Reads n by set into to (set->size zeroed bytes): defaults, then what is
 * written, then what must and must not be written. False with at least one
 * problem. what names n in messages.
 */
bool params_read(struct reader *r, const struct node *n,
    const struct param_set *set, const char *what, void *to);

/* The same in steps, for who gathers the rows from several places: first
 * defaults; then params_row for each pair that belongs to the set (or
 * params_short for a value in place of the mapping); then finish, which tells
 * of missing and exclusive rows and, unless to is NULL, asks the set's check.
 */
void params_defaults(struct reader *r, const struct param_set *set, void *to);
/* The row of that name, or NULL. */
const struct param *params_find(const struct param_set *set, struct span name);
bool params_row(struct reader *r, const struct node *key,
    const struct node *value, const struct param_set *set,
    const struct param *row, struct params_given *given, void *to);
bool params_short(struct reader *r, const struct node *n,
    const struct param_set *set, const char *what, struct params_given *given,
    void *to);
bool params_finish(struct reader *r, const struct node *n,
    const struct param_set *set, const struct params_given *given, void *to);

/* The pairs of a mapping, each by its row; other keys that are not parts are
 * problems. */
bool params_rows(struct reader *r, const struct node *n,
    const struct grammar *g, struct params_given *given, void *to);

/* Reads the rows of a mapping of the language, and tells of keys that are
 * neither rows nor parts and of parts that are missing. given may be NULL. */
bool params_map(struct reader *r, const struct node *n, const struct grammar *g,
    struct params_given *given, void *to);

/* A list of plain values: its set has one row and no room for `given`. */
bool params_is_bare(const struct param_set *set);
/* The bits of the rows that were written. */
uint32_t params_bits(const struct param_set *set, const void *conf);

#endif
