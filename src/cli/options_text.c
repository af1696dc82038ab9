/* The table of options as people read it: help, and an annotated file. */
#include <stdio.h>
#include <string.h>

#include "cli/options_set.h"

enum { OPTIONS_COLUMN = 34 };

static void
options_help_row(FILE *to, const struct option_row *row)
{
	const char *fallback = row->kind != OPTION_FLAG ? row->fallback : NULL;
	int n = row->letter != 0 ? fprintf(to, "  -%c, ", row->letter)
				 : fprintf(to, "      ");

	n += fprintf(to, "--%s%s%s ", row->name,
	    row->argument[0] != '\0' ? " " : "", row->argument);
	if (n > OPTIONS_COLUMN) {
		fputc('\n', to);
		n = 0;
	}
	fprintf(to, "%*s%s", OPTIONS_COLUMN - n, "", row->help);
	if (fallback != NULL)
		fprintf(to, " (%s)", fallback);
	if (row->kind == OPTION_LIST)
		fputs("; repeatable", to);
	fputc('\n', to);
}

void
options_help(FILE *to)
{
	for (unsigned i = 0; i < option_n_rows; i++)
		options_help_row(to, &option_rows[i]);
}

static void
options_example_row(FILE *to, const struct option_row *row)
{
	const char *value =
	    row->fallback != NULL ? row->fallback : row->example;

	fprintf(to, "\n# %s%s\n", row->help,
	    row->kind == OPTION_LIST ? "; one, or a list" : "");
	fprintf(to, "%s%s: %s\n", row->fallback != NULL ? "" : "#", row->name,
	    value);
}

void
options_example(FILE *to)
{
	fputs(
	    "# brownout: every option of run and serve with its default. What "
	    "has none is\n# commented out, with an example. The command line "
	    "(--listen, ...) beats this\n# file. Paths are relative to where "
	    "brownout is started.\n",
	    to);
	for (unsigned i = 0; i < option_n_rows; i++)
		if (strcmp(option_rows[i].name, "config") != 0)
			options_example_row(to, &option_rows[i]);
}
