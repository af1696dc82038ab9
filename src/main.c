/* The command table: finds the command, prints help, nothing else. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static void
usage(FILE *to)
{
	fputs("usage: brownout COMMAND [options]\n\n"
	      "A fault-injection reverse proxy that judges how clients "
	      "recover.\n\n",
	    to);
	for (const struct command *const *c = commands; *c != NULL; c++)
		fprintf(to, "  %-9s %s\n", (*c)->name, (*c)->summary);
	fputs("\n'brownout COMMAND --help' tells more, with examples.\n", to);
}

static int
unknown(const char *name)
{
	const char *known[CLI_KNOWN_MAX];
	char text[CLI_NEAREST];
	size_t n = 0;

	for (; commands[n] != NULL; n++)
		known[n] = commands[n]->name;
	fprintf(stderr, "brownout: unknown command '%s'%s\n", name,
	    cli_nearest(text, name, known, n));
	usage(stderr);
	return EXIT_USAGE;
}

static bool
wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static int
run(int argc, char **argv)
{
	const struct command *const *c;

	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return EXIT_PASS;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("brownout " BROWNOUT_VERSION);
		return EXIT_PASS;
	}
	for (c = commands; *c != NULL; c++) {
		if (strcmp(argv[1], (*c)->name) != 0)
			continue;
		if (!wants_help(argc - 1, argv + 1))
			return (*c)->run(argc - 1, argv + 1);
		printf("usage: brownout %s\n\n%s.\n\n", (*c)->usage,
		    (*c)->summary);
		if ((*c)->options != NULL)
			(*c)->options(stdout);
		fputs((*c)->help, stdout);
		return EXIT_PASS;
	}
	return unknown(argv[1]);
}

/* A reader that left has read enough; a full disk has lost something. */
static int
settle_output(int status)
{
	bool failed;

	errno = 0;
	failed = fflush(stdout) != 0 || ferror(stdout) != 0;
	if (!failed || errno == EPIPE)
		return status;
	fprintf(stderr, "brownout: standard output: %s\n",
	    errno != 0 ? strerror(errno) : "it could not be written");
	return status == EXIT_PASS ? EXIT_ENVIRONMENT : status;
}

int
main(int argc, char **argv)
{
	return settle_output(run(argc, argv));
}
