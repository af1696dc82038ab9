/* The table of options as people read it: help, and an annotated file. */
#include <stdio.h>
#include <string.h>

#include "cli/options_set.h"

enum { OPTIONS_COLUMN = 34, OPTIONS_WIDTH = 80 };

/* Words from the column of the help on, broken before the line's end. */
static void
options_wrap(FILE *to, const char *text)
{
	int at = OPTIONS_COLUMN;

	while (*text != '\0') {
		int n = (int)strcspn(text, " ");

		if (at > OPTIONS_COLUMN && at + n >= OPTIONS_WIDTH)
			at = fprintf(to, "\n%*s", OPTIONS_COLUMN, "") - 1;
		at += fprintf(
		    to, "%s%.*s", at > OPTIONS_COLUMN ? " " : "", n, text);
		text += n + (text[n] == ' ');
	}
	fputc('\n', to);
}

static void
options_help_row(FILE *to, const struct option_row *row)
{
	const char *fallback = row->kind != OPTION_FLAG ? row->fallback : NULL;
	char text[256];
	int n = row->letter != 0 ? fprintf(to, "  -%c, ", row->letter)
				 : fprintf(to, "      ");

	n += fprintf(to, "--%s%s%s ", row->name,
	    row->argument[0] != '\0' ? " " : "", row->argument);
	if (n > OPTIONS_COLUMN) {
		fputc('\n', to);
		n = 0;
	}
	snprintf(text, sizeof(text), "%s%s%s%s%s", row->help,
	    fallback != NULL ? " (" : "", fallback != NULL ? fallback : "",
	    fallback != NULL ? ")" : "",
	    row->kind == OPTION_LIST ? "; repeatable" : "");
	fprintf(to, "%*s", OPTIONS_COLUMN - n, "");
	options_wrap(to, text);
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
