/* `brownout origin`: the embedded upstream alone. */
#include "origin/origin.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/ready.h"
#include "net/address.h"

static int origin_command(int argc, char **argv);

const struct command command_origin = {
	.name = "origin",
	.usage = "origin [-l ADDR] [--ready-file FILE]",
	.summary = "Run the embedded upstream alone",
	.help =
	    "  -l, --listen ADDR    where to listen (127.0.0.1:8081); port 0\n"
	    "                       takes a free one, unix:PATH a socket\n"
	    "      --ready-file F   write F once listening: pid and address\n"
	    "\n"
	    "It serves until SIGINT or SIGTERM. GET / lists what it answers.\n"
	    "\n"
	    "Example:\n"
	    "  brownout origin -l 127.0.0.1:8081 &\n"
	    "  curl http://127.0.0.1:8081/orders -d lamp\n",
	.run = origin_command,
};

static int
origin_command(int argc, char **argv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "ready-file", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	const char *listen = "127.0.0.1:8081", *ready = NULL, *why;
	char problem[256];
	struct origin *o;
	struct sock_address address;
	sigset_t stop;
	int c, sig;

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, "l:", options, NULL)) != -1) {
		if (c == '?')
			return cli_bad_option(
			    &command_origin, argv[optind - 1], options);
		*(c == 'l' ? &listen : &ready) = optarg;
	}
	if (optind < argc)
		return cli_usage(
		    &command_origin, "unexpected '%s'", argv[optind]);
	why = address_parse(span_str(listen), &address);
	if (why != NULL)
		return cli_usage(
		    &command_origin, "--listen %s: %s", listen, why);
	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	o = origin_start(listen, problem, sizeof(problem));
	if (o == NULL) {
		log_error("%s: %s", listen, problem);
		return EXIT_ENVIRONMENT;
	}
	listen = origin_address(o);
	if (ready != NULL && !ready_write(ready, &listen, 1, NULL)) {
		origin_stop(o);
		return EXIT_ENVIRONMENT;
	}
	printf("origin listens on %s\n", listen);
	fflush(stdout);
	sigwait(&stop, &sig);
	origin_stop(o);
	return EXIT_PASS;
}
