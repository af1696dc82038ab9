#include "cli/cli.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#define COMMAND(name) extern const struct command command_##name;
#include "cli/commands.def"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "cli/commands.def"
#undef COMMAND
	NULL
};

int
cli_usage(const struct command *c, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "brownout %s: ", c->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nusage: brownout %s\nTry 'brownout %s --help'.\n",
	    c->usage, c->name);
	return EXIT_USAGE;
}
