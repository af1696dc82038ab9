/* The rows of options.def with what they do. Private to options*.c. */
#ifndef CLI_OPTIONS_SET_H
#define CLI_OPTIONS_SET_H

#include "cli/options.h"

enum option_kind {
	OPTION_STRING,
	OPTION_FLAG,
	OPTION_DURATION,
	OPTION_SIZE,
	OPTION_CALL, /* a function takes the value */
	OPTION_LIST  /* and of a list each */
};

struct option_row {
	const char *name;
	int letter;
	enum option_kind kind;
	size_t offset;
	const char *(*set)(struct options *o, const char *value);
	const char *argument, *fallback, *example, *help;
};

extern const struct option_row option_rows[];
extern const unsigned option_n_rows;

/* Forgets the values of a list. */
void option_reset(struct options *o, unsigned row);

#endif
