#include "cli/cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"

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

const char *
cli_nearest(char text[CLI_NEAREST], const char *word, const char *const *known,
    size_t n)
{
	const char *near = diag_nearest(word, known, n);

	text[0] = '\0';
	if (near != NULL)
		snprintf(text, CLI_NEAREST, "; did you mean \"%s\"?", near);
	return text;
}

int
cli_bad_option(
    const struct command *c, const char *word, const struct option *known)
{
	char name[64], dashed[CLI_KNOWN_MAX][64], text[CLI_NEAREST];
	const char *names[CLI_KNOWN_MAX];
	size_t n = 0;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	for (; n < CLI_KNOWN_MAX && known[n].name != NULL; n++) {
		snprintf(dashed[n], sizeof(dashed[n]), "--%s", known[n].name);
		names[n] = dashed[n];
		if (strcmp(name, dashed[n]) == 0)
			return cli_usage(c,
			    known[n].has_arg == no_argument
				? "%s takes no value"
				: "%s wants a value",
			    name);
	}
	return cli_usage(c, "unknown or incomplete option '%s'%s", word,
	    cli_nearest(text, name, names, n));
}
