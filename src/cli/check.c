/* `brownout check`: what is wrong with scenarios and configurations, without
 * playing them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "scenario/load.h"
#include "scenario/schema.h"
#include "scenario/source.h"
#include "scenario/yaml.h"

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
check_scenario(const char *file)
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

/* A configuration stands alone here, without what the command line adds; the
 * scenario that it names is checked with it. */
static int
check_config(const char *file)
{
	char name[] = "check", option[] = "--config";
	char *argv[] = { name, option, (char *)file, NULL };
	int status = EXIT_USAGE;
	struct options o;

	fflush(stdout);
	if (options_read(&o, &command_check, 3, argv) != -1) {
		printf("%s: ok (a configuration)\n", file);
		status =
		    o.scenario != NULL ? check_scenario(o.scenario) : EXIT_PASS;
	}
	options_clear(&o);
	return status;
}

/* Whether a key may stand at the top of a scenario. */
static bool
check_is_scenario_key(const struct node *key)
{
	const struct grammar *g = &load_grammar;

	for (unsigned i = 0; i < g->n_parts; i++)
		if (node_is(key, g->parts[i].name))
			return true;
	return params_find(&g->set, key->text) != NULL;
}

/* Whether more keys are a configuration's alone than a scenario's alone. */
static bool
check_looks_configured(const struct node *root)
{
	int balance = 0;

	if (root == NULL || root->kind != NODE_MAP)
		return false;
	for (size_t i = 0; i < root->n; i++) {
		const struct node *key = node_key(root, i);

		balance += options_find(key->text.p) != -1;
		balance -= check_is_scenario_key(key);
	}
	return balance > 0;
}

static int
check_file(const char *file)
{
	struct diags quiet = { 0 };
	struct reader r = { .arena = arena_new(), .diags = &quiet };
	struct span text = { NULL, 0 };
	bool configured = false;

	text.p = source_read(&r, file, &text.n);
	if (text.p != NULL && source_check(&r, text))
		configured = check_looks_configured(yaml_parse(&r, text));
	diags_clear(&quiet);
	arena_free(r.arena);
	return configured ? check_config(file) : check_scenario(file);
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
	.summary = "Tell what is wrong with scenarios and configurations",
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
