/*
 * Parameters as rows of a table: the one description that serves the YAML
 * loader, `explain`, the JSON schema and the reference page. A row says where a
 * value lands in a struct; nothing about a parameter is written anywhere else.
 */
#ifndef FAULT_PARAM_H
#define FAULT_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum param_type {
	PARAM_BOOL,      /* bool */
	PARAM_INT,       /* int64_t in [min, max] */
	PARAM_DURATION,  /* uint64_t ns in [min, max] (max 0: no limit) */
	PARAM_RATE,      /* uint32_t parts per billion */
	PARAM_SIZE,      /* uint64_t bytes in [min, max] */
	PARAM_BANDWIDTH, /* uint64_t bytes per second, > 0 */
	PARAM_STRING,    /* const char *, in the arena */
	PARAM_ENUM,  /* int: index into names; an unknown word is an error with
			"did you mean" */
	PARAM_CODE,  /* int64_t: a status code 100..999 */
	PARAM_PAIRS, /* struct param_pairs: an ordered mapping of strings */
	PARAM_LIST,  /* struct param_list of elements described by sub */
	PARAM_MAP    /* a struct at offset, described by sub */
};

/* An ordered mapping; a value may be a string or null (NULL). */
struct param_pairs {
	struct param_pair {
		const char *name, *value;
	} * v;
	size_t n;
};

struct param_list {
	void *v; /* n elements of sub->size bytes; of scalars: the scalar type
		    itself */
	size_t n;
};

enum {
	PARAM_REQUIRED = 1,
	/* a plain (or list, for PARAM_LIST) value in place of the mapping lands
	 * here: `timeout: 30s` for `timeout: {for: 30s}` */
	PARAM_SCALAR = 2,
	/* of a fault that ends the exchange: may also stand beside the fault's
	 * own key in `inject`: `{status: 503, retry_after: 3s}` */
	PARAM_BESIDE = 4
};

struct param {
	const char *name;
	enum param_type type;
	size_t offset;
	int64_t min, max;
	const char *fallback; /* the default, written as in a file and read by
				 the same reader; NULL: zero */
	const char *help;     /* one line for schema, explain and reference */
	const char *const *names;    /* PARAM_ENUM: NULL-terminated */
	const struct param_set *sub; /* PARAM_MAP, PARAM_LIST */
	unsigned flags;
};

/* The rows of a set and their number. */
#define PARAM_ROWS(r) .rows = (r), .n_rows = sizeof(r) / sizeof((r)[0])

/*
 * A mapping: its rows, the size of the struct it fills, and where the struct
 * has its uint32_t of bits "row i was written in the file". exclusive: at most
 * one of the rows whose bits are set there may be given. `check` sees the
 * filled struct and says what is impossible about it as a sentence (static or
 * NULL when fine).
 */
struct param_set {
	const struct param *rows;
	unsigned n_rows;
	size_t size;
	size_t given; /* offsetof the uint32_t */
	uint32_t exclusive;
	const char *(*check)(const void *conf);
};

/* Elements of a list of scalars: one row at offset 0 and no `given`. */
extern const struct param_set param_durations; /* uint64_t ns */
extern const struct param_set param_strings;   /* const char * */
extern const struct param_set param_codes;     /* int64_t */

/* What is wrong with pairs (or strings) as field lines, or NULL: names are
 * tokens (RFC 9110 5.6.2), values hold no control characters. */
const char *param_check_fields(const struct param_pairs *pairs);
const char *param_check_names(const struct param_list *names);
/* Whether a text (NULL: none) holds what no field value or reason phrase may:
 * control characters, line breaks. */
bool param_has_controls(const char *s);
/* Whether a name is Content-Length or Transfer-Encoding. */
bool param_is_framing(const char *name);

#endif
