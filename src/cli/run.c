/* `brownout run`: plays a scenario once, prints the verdict, exits. */
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "cli/session.h"

static int run_command(int argc, char **argv);

const struct command command_run = {
	.name = "run",
	.usage = "run [options] [SCENARIO]",
	.summary = "Play a scenario once, print the verdict, exit",
	.options = options_help,
	.help =
	    "\n"
	    "SIGINT and SIGTERM stop it; it drains and still prints the "
	    "verdict.\nSIGUSR1: everything passes from now on. SIGUSR2 opens "
	    "journal and access\nlog anew.\n"
	    "\n"
	    "Exit status: 0 every expectation passed, 1 one failed, 2 bad "
	    "usage "
	    "or\nscenario, 3 inconclusive or not exercised, 4 could not run.\n"
	    "\n"
	    "Example:\n"
	    "  brownout run --origin scenarios/status.yaml\n"
	    "  brownout run -u http://127.0.0.1:3000 --report out story.yaml\n"
	    "  brownout run --origin --replay journal.jsonl story.yaml\n",
	.run = run_command,
};

static int
run_play(struct options *o, int argc, char **argv, int at)
{
	struct diags diags = { .v = NULL };
	bool good;

	if (argc - at > 1)
		return cli_usage(
		    &command_run, "more than one scenario: '%s'", argv[at + 1]);
	if (o->force && o->replay == NULL)
		return cli_usage(&command_run, "--force is for --replay");
	good = options_complete(o, &diags);
	diags_print(&diags, stderr);
	diags_clear(&diags);
	if (o->admin != NULL && strcmp(o->admin, "off") == 0)
		o->admin = NULL;
	return good ? session_run(o, at < argc ? argv[at] : NULL) : EXIT_USAGE;
}

static int
run_command(int argc, char **argv)
{
	struct options o;
	int at = options_read(&o, &command_run, argc, argv);
	int status = at == -1 ? EXIT_USAGE : run_play(&o, argc, argv, at);

	options_clear(&o);
	return status;
}
