/* The commands: one file each, one line in commands.def. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>

/* Exit statuses, the same for every command; precedence 2 > 4 > 1 > 3. */
enum exit_status {
	EXIT_PASS = 0,
	EXIT_FAIL = 1,         /* an expectation failed */
	EXIT_USAGE = 2,        /* bad usage, configuration or scenario */
	EXIT_INCONCLUSIVE = 3, /* none failed, one was not settled */
	EXIT_ENVIRONMENT = 4   /* could not run */
};

struct command {
	const char *name;
	const char *usage;         /* "run [options] SCENARIO" */
	const char *summary;       /* one line */
	const char *help;          /* the options and at least one example */
	void (*options)(FILE *to); /* prints more options before it, or NULL */
	/* argv[0] is the command's name; returns an exit status. */
	int (*run)(int argc, char **argv);
};

extern const struct command *const commands[];

enum { CLI_NEAREST = 96, CLI_KNOWN_MAX = 128 };

/*
 * A usage error on stderr with a hint at --help: returns EXIT_USAGE, so that
 * a command can end with `return cli_usage(&command_x, "...")`.
 */
int cli_usage(const struct command *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for a word of the command line that getopt_long did not take, with
 * the nearest of known (ended by a NULL name). */
struct option;
int cli_bad_option(
    const struct command *c, const char *word, const struct option *known);
/* `; did you mean "..."?` for a word beside n known ones, or "", in text. */
const char *cli_nearest(char text[CLI_NEAREST], const char *word,
    const char *const *known, size_t n);

#endif
