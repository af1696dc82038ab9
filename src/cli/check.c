/* `brownout check`: what is wrong with scenario files, without playing them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"

extern const struct command command_check;

static void
check_tell(const char *file, const struct scenario *s)
{
	unsigned n = s->n_phases;

	printf("%s: ok (%u phase%s, %u rule%s, %u expectation%s)\n", file, n,
	    n == 1 ? "" : "s", s->n_rules, s->n_rules == 1 ? "" : "s",
	    s->n_expects, s->n_expects == 1 ? "" : "s");
}

static int
check_file(const char *file)
{
	struct diags diags = { 0 };
	struct scenario *s = scenario_load(file, &diags);

	fflush(stdout);
	diags_print(&diags, stderr);
	diags_clear(&diags);
	if (s == NULL)
		return EXIT_USAGE;
	check_tell(file, s);
	scenario_free(s);
	return EXIT_PASS;
}

static int
check_schema(void)
{
	char *text = schema_text();

	fputs(text, stdout);
	free(text);
	return fflush(stdout) == 0 ? EXIT_PASS : EXIT_ENVIRONMENT;
}

static int
check_run(int argc, char **argv)
{
	int status = EXIT_PASS, first = 1;

	if (argc == 2 && strcmp(argv[1], "--schema") == 0)
		return check_schema();
	if (first < argc && strcmp(argv[first], "--") == 0)
		first++;
	else if (first < argc && argv[first][0] == '-')
		return cli_usage(
		    &command_check, "unknown option '%s'", argv[first]);
	if (first == argc)
		return cli_usage(&command_check, "no file is named");
	for (int i = first; i < argc; i++)
		if (check_file(argv[i]) != EXIT_PASS)
			status = EXIT_USAGE;
	return status;
}

const struct command command_check = {
	.name = "check",
	.usage = "check FILE...",
	.summary = "tell what is wrong with scenario files",
	.help =
	    "Every problem is printed to stderr as file:line:column: what is "
	    "wrong.\nWarnings tell of what cannot matter; they do not fail.\n\n"
	    "  --schema   print the JSON schema of the scenario language, for "
	    "editors\n\n"
	    "Exit status: 0 all files are good, 2 one is not.\n\n"
	    "Example:\n"
	    "  brownout check scenarios/*.yaml\n",
	.run = check_run,
};
