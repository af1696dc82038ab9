/* `brownout serve`: stays up; scenarios come and go. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/options.h"
#include "cli/session.h"

static int serve_command(int argc, char **argv);

const struct command command_serve = {
	.name = "serve",
	.usage = "serve [-c FILE] [options]",
	.summary = "Stay up; scenarios come and go through the admin API",
	.options = options_help,
	.help =
	    "      --example                   print a configuration file with "
	    "every option\n"
	    "\n"
	    "SIGHUP reads the configuration again and plays its scenario anew; "
	    "what is\nwrong changes nothing. SIGUSR1: everything passes from "
	    "now on (`ctl on` arms\nagain). SIGUSR2 opens journal and access "
	    "log anew. SIGTERM drains and ends.\n"
	    "\n"
	    "Example:\n"
	    "  brownout serve -u http://127.0.0.1:3000 &\n"
	    "  brownout ctl put scenarios/status.yaml\n"
	    "  brownout ctl off\n",
	.run = serve_command,
};

struct serve {
	struct session session;
	struct options o;
	int argc;
	char **argv;
	bool configured; /* what is played came from the configuration */
};

/* Which options can be changed while it runs; all others are told of. */
static bool
serve_can_change(const char *name)
{
	static const char *const names[] = { "scenario", "tls-cert", "tls-key",
		"tls-client-ca", "tls-client-auth", "tls-min", "config" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void
serve_tell_fixed(const struct options *old, const struct options *new)
{
	const char *names[OPTIONS_MAX];
	unsigned n = options_names(names);

	for (unsigned i = 0; i < n; i++)
		if (options_differ(old, new, i) && !serve_can_change(names[i]))
			log_warn(
			    "%s has changed; that needs a restart", names[i]);
}

static bool
serve_complete(struct options *o)
{
	struct diags diags = { .v = NULL };
	bool good = options_complete(o, &diags);

	diags_print(&diags, stderr);
	diags_clear(&diags);
	if (o->admin == NULL)
		o->admin = "127.0.0.1:9900";
	else if (strcmp(o->admin, "off") == 0)
		o->admin = NULL;
	return good;
}

/* Certificates, if the proxy has any; false after a message. */
static bool
serve_certificates(struct serve *v, const struct options *new)
{
	struct diags diags = { .v = NULL };
	bool good;

	if (v->o.n_certs == 0 || new->n_certs == 0) {
		if (v->o.n_certs != new->n_certs)
			log_warn("TLS on or off needs a restart");
		return true;
	}
	good = proxy_set_tls(v->session.proxy, &new->proxy.tls_server, &diags);
	diags_print(&diags, stderr);
	diags_clear(&diags);
	return good;
}

/* What the configuration says to play; one that never said anything leaves
 * alone what came through the API. */
static void
serve_scenario(
    struct serve *v, const struct options *new, struct scenario *scenario)
{
	unsigned version;

	if (new->scenario == NULL && !v->configured) {
		scenario_free(scenario);
		log_info("SIGHUP: read again");
		return;
	}
	v->configured = new->scenario != NULL;
	version = control_play(v->session.control, scenario);
	log_info("SIGHUP: playing %s now (version %u)",
	    new->scenario != NULL ? new->scenario : "nothing", version);
}

/* All of it is good before anything changes. */
static bool
serve_apply(struct serve *v, const struct options *new)
{
	struct scenario *scenario = session_load(new->scenario);

	if (scenario == NULL)
		return false;
	if (!serve_certificates(v, new)) {
		scenario_free(scenario);
		return false;
	}
	serve_tell_fixed(&v->o, new);
	serve_scenario(v, new, scenario);
	return true;
}

static void
serve_reload(struct serve *v)
{
	struct options new;

	if (options_read(&new, &command_serve, v->argc, v->argv) == -1 ||
	    !serve_complete(&new) || !serve_apply(v, &new))
		log_error("SIGHUP: nothing has changed");
	options_clear(&new);
}

static void
serve_loop(struct serve *v)
{
	struct session *s = &v->session;
	int sig;

	for (;;) {
		sig = session_wait(s);
		if (sig == SIGHUP)
			serve_reload(v);
		else if (sig != 0)
			return;
		if (v->o.for_ns > 0 &&
		    clock_mono_ns() - s->t0_ns >= v->o.for_ns)
			return;
	}
}

static int
serve_play(struct serve *v)
{
	struct session *s = &v->session;
	struct scenario *scenario;
	int status;

	session_begin(s, &v->o);
	scenario = session_load(v->o.scenario);
	v->configured = v->o.scenario != NULL;
	if (scenario == NULL)
		return EXIT_USAGE;
	status = session_open(s, scenario);
	if (status == EXIT_PASS)
		status = session_start(s, scenario);
	else
		scenario_free(scenario);
	if (status == EXIT_PASS) {
		serve_loop(v);
		session_drain(s);
		session_verdict(s);
	}
	session_close(s);
	return status;
}

static int
serve_command(int argc, char **argv)
{
	struct serve v = {
		.argc = argc, .argv = argv, .session = { .serves = true }
	};
	int status = EXIT_USAGE, at;

	if (argc == 2 && strcmp(argv[1], "--example") == 0) {
		options_example(stdout);
		return fflush(stdout) == 0 ? EXIT_PASS : EXIT_ENVIRONMENT;
	}
	at = options_read(&v.o, &command_serve, argc, argv);
	if (at != -1 && at < argc)
		status = cli_usage(
		    &command_serve, "unexpected argument '%s'", argv[at]);
	else if (at != -1 && (v.o.replay != NULL || v.o.force))
		status =
		    cli_usage(&command_serve, "--replay is for `run` alone");
	else if (at != -1 && serve_complete(&v.o))
		status = serve_play(&v);
	options_clear(&v.o);
	return status;
}
