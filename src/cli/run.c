/* `brownout run`: plays a scenario once, prints the verdict, exits. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/options.h"
#include "cli/session.h"

static int run_command(int argc, char **argv);

const struct command command_run = {
	.name = "run",
	.usage = "run [options] [SCENARIO]",
	.summary = "Play a scenario once, print the verdict, exit",
	.help = options_help,
	.run = run_command,
};

static int
run_command(int argc, char **argv)
{
	struct options o;
	int at = options_read(&o, &command_run, argc, argv);

	if (at == -1)
		return EXIT_USAGE;
	if (argc - at > 1)
		return cli_usage(
		    &command_run, "more than one scenario: '%s'", argv[at + 1]);
	return session_run(&o, at < argc ? argv[at] : NULL);
}
