/* `brownout ctl`: talks to the admin API of a running brownout. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "cli/ctl_http.h"
#include "cli/ctl_show.h"

static int ctl_command(int argc, char **argv);

extern const struct command command_ctl;

const struct command command_ctl = {
	.name = "ctl",
	.usage = "ctl [options] VERB [ARGUMENT]",
	.summary = "Talk to the admin API of a running brownout",
	.help =
	    "  status           what is played, in which phase, armed or off\n"
	    "  rules            what each rule did\n"
	    "  off, on          the kill switch: everything passes, or not\n"
	    "  start, stop, pause, resume, next\n"
	    "                   the scenario's clock\n"
	    "  put FILE         play another scenario; - reads standard input\n"
	    "  patch RULE       change a rule, see --rate, --enable, "
	    "--disable\n"
	    "  verdict          the verdict so far\n"
	    "  attempts [N]     the last attempts\n"
	    "  events           what happens, until interrupted\n"
	    "\n"
	    "      --admin ADDR       where it is (127.0.0.1:9900); unix:PATH\n"
	    "      --token-file FILE  the token of --admin-token-file\n"
	    "      --rate RATE        of patch: a rate such as 50%\n"
	    "      --enable, --disable  of patch\n"
	    "      --expires TIME     of patch, off, on: goes back by itself\n"
	    "      --json             the API's answer as it is\n"
	    "\n"
	    "Exit status: 0 done, 2 refused or bad usage, 4 nobody answers.\n"
	    "\n"
	    "Example:\n"
	    "  brownout ctl put story.yaml\n"
	    "  brownout ctl patch throttle-search --rate 10% --expires 30s\n"
	    "  brownout ctl off\n",
	.run = ctl_command,
};

enum ctl_argument { CTL_NONE, CTL_NEEDED, CTL_POSSIBLE };

struct ctl_verb {
	const char *name, *method, *path;
	enum ctl_argument argument;
	void (*show)(const json_t *answer);
};

static const struct ctl_verb ctl_verbs[] = {
	{ "status", "GET", "/v1/scenario", CTL_NONE, ctl_show_state },
	{ "rules", "GET", "/v1/rules", CTL_NONE, ctl_show_rules },
	{ "off", "POST", "/v1/off", CTL_NONE, ctl_show_state },
	{ "on", "POST", "/v1/on", CTL_NONE, ctl_show_state },
	{ "start", "POST", "/v1/scenario/start", CTL_NONE, ctl_show_state },
	{ "stop", "POST", "/v1/scenario/stop", CTL_NONE, ctl_show_state },
	{ "pause", "POST", "/v1/scenario/pause", CTL_NONE, ctl_show_state },
	{ "resume", "POST", "/v1/scenario/resume", CTL_NONE, ctl_show_state },
	{ "next", "POST", "/v1/scenario/next", CTL_NONE, ctl_show_state },
	{ "put", "PUT", "/v1/scenario", CTL_NEEDED, ctl_show_state },
	{ "patch", "PATCH", "/v1/rules/", CTL_NEEDED, ctl_show_rule },
	{ "verdict", "GET", "/v1/verdict", CTL_NONE, ctl_show_verdict },
	{ "attempts", "GET", "/v1/attempts", CTL_POSSIBLE, ctl_show_attempts },
	{ "events", "GET", "/v1/events", CTL_NONE, NULL },
};

struct ctl {
	const struct ctl_verb *verb;
	const char *admin, *token_file, *argument, *rate, *expires;
	int enabled; /* -1: not said */
	bool json;
};

static const struct option ctl_options[] = {
	{ "admin", required_argument, NULL, 'a' },
	{ "token-file", required_argument, NULL, 't' },
	{ "rate", required_argument, NULL, 'r' },
	{ "expires", required_argument, NULL, 'x' },
	{ "enable", no_argument, NULL, 'e' },
	{ "disable", no_argument, NULL, 'd' },
	{ "json", no_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 },
};

/* Reads a whole file, `-`: standard input. NULL after a message. */
static char *
ctl_file(const char *name, size_t *np)
{
	FILE *f = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	struct buf b;
	char *to;
	size_t n = 1;
	bool good;

	if (f == NULL) {
		log_error("%s: %s", name, strerror(errno));
		return NULL;
	}
	buf_init(&b, 16 << 20);
	while (n > 0 && (to = buf_reserve(&b, 65536)) != NULL) {
		n = fread(to, 1, 65536, f);
		b.n += n;
	}
	good = ferror(f) == 0 && !b.overflow;
	if (!good)
		log_error(
		    "%s: %s", name, b.overflow ? "too large" : strerror(errno));
	if (f != stdin)
		fclose(f);
	*np = b.n;
	to = buf_take(&b);
	if (good)
		return to;
	free(to);
	return NULL;
}

/* The body that the verb sends; NULL after a message. */
static char *
ctl_body(const struct ctl *c, size_t *np)
{
	json_t *body;
	char *text;

	*np = 0;
	if (strcmp(c->verb->name, "put") == 0)
		return ctl_file(c->argument, np);
	if (strcmp(c->verb->method, "GET") == 0)
		return xstrdup("");
	body = json_object();
	if (c->rate != NULL)
		json_object_set_new(body, "rate", json_string(c->rate));
	if (c->enabled != -1)
		json_object_set_new(body, "enabled", json_boolean(c->enabled));
	if (c->expires != NULL)
		json_object_set_new(body, "expires", json_string(c->expires));
	text = json_object_size(body) > 0 ? json_dumps(body, JSON_COMPACT)
					  : xstrdup("");
	json_decref(body);
	*np = strlen(text);
	return text;
}

/* The path with its argument, escaped (RFC 3986 2.1). */
static char *
ctl_path(const struct ctl *c)
{
	struct buf b;

	buf_init(&b, 65536);
	buf_puts(&b, c->verb->path);
	if (strcmp(c->verb->name, "attempts") == 0 && c->argument != NULL)
		buf_puts(&b, "?limit=");
	else if (strcmp(c->verb->name, "patch") != 0)
		return buf_take(&b);
	for (const char *p = c->argument; p != NULL && *p != '\0'; p++) {
		if (strchr("/?#% ", *p) != NULL || (unsigned char)*p < 0x21 ||
		    (unsigned char)*p > 0x7e)
			buf_printf(&b, "%%%02X", (unsigned char)*p);
		else
			buf_putc(&b, *p);
	}
	return buf_take(&b);
}

/* The first line of a file. NULL after a message. */
static char *
ctl_token(const char *file)
{
	size_t n;
	char *text = ctl_file(file, &n);

	if (text != NULL)
		text[strcspn(text, "\r\n")] = '\0';
	return text;
}

static bool
ctl_print(void *arg, struct span piece)
{
	(void)arg;
	return fwrite(piece.p, 1, piece.n, stdout) == piece.n &&
	       fflush(stdout) == 0;
}

static int
ctl_told(const struct ctl *c, struct ctl_answer *a)
{
	json_t *value = json_loadb(a->body.data, a->body.n, 0, NULL);

	if (a->status != 200) {
		ctl_show_error(a->status, value);
		if (c->json)
			ctl_print(NULL, buf_view(&a->body));
	} else if (c->json || value == NULL || c->verb->show == NULL) {
		ctl_print(NULL, buf_view(&a->body));
	} else {
		c->verb->show(value);
	}
	json_decref(value);
	if (a->status == 200)
		return fflush(stdout) == 0 ? EXIT_PASS : EXIT_ENVIRONMENT;
	return a->status >= 500 ? EXIT_ENVIRONMENT : EXIT_USAGE;
}

static int
ctl_do(const struct ctl *c, struct ctl_request *r)
{
	struct ctl_answer answer;
	char why[512];
	int status;

	r->address = c->admin;
	r->method = c->verb->method;
	if (c->verb->show == NULL)
		r->take = ctl_print;
	if (!ctl_http(r, &answer, why, sizeof(why))) {
		log_error("%s", why);
		return EXIT_ENVIRONMENT;
	}
	status = ctl_told(c, &answer);
	buf_clear(&answer.body);
	return status;
}

static int
ctl_run(const struct ctl *c)
{
	struct ctl_request r = { .address = NULL };
	char *path = ctl_path(c), *body = ctl_body(c, &r.body.n), *token = NULL;
	int status = EXIT_USAGE;

	if (body != NULL && c->token_file != NULL)
		token = ctl_token(c->token_file);
	if (body != NULL && (c->token_file == NULL || token != NULL)) {
		r.body.p = body;
		r.path = path;
		r.token = token;
		status = ctl_do(c, &r);
	}
	free(path);
	free(body);
	free(token);
	return status;
}

static bool
ctl_read_options(struct ctl *c, int argc, char **argv)
{
	int got;

	opterr = 0;
	optind = 1;
	while ((got = getopt_long(argc, argv, "", ctl_options, NULL)) != -1) {
		if (got == 'a')
			c->admin = optarg;
		else if (got == 't')
			c->token_file = optarg;
		else if (got == 'r')
			c->rate = optarg;
		else if (got == 'x')
			c->expires = optarg;
		else if (got == 'e' || got == 'd')
			c->enabled = got == 'e';
		else if (got == 'j')
			c->json = true;
		else
			return false;
	}
	return true;
}

static const struct ctl_verb *
ctl_find(const char *name)
{
	for (size_t i = 0; i < sizeof(ctl_verbs) / sizeof(ctl_verbs[0]); i++)
		if (strcmp(ctl_verbs[i].name, name) == 0)
			return &ctl_verbs[i];
	return NULL;
}

static int
ctl_unknown(const char *verb)
{
	const char *known[CLI_KNOWN_MAX];
	char text[CLI_NEAREST];
	size_t n = sizeof(ctl_verbs) / sizeof(ctl_verbs[0]);

	for (size_t i = 0; i < n; i++)
		known[i] = ctl_verbs[i].name;
	return cli_usage(&command_ctl, "unknown verb '%s'%s", verb,
	    cli_nearest(text, verb, known, n));
}

static int
ctl_command(int argc, char **argv)
{
	struct ctl c = { .admin = "127.0.0.1:9900", .enabled = -1 };
	bool patch;

	if (!ctl_read_options(&c, argc, argv))
		return cli_bad_option(
		    &command_ctl, argv[optind - 1], ctl_options);
	if (optind == argc)
		return cli_usage(&command_ctl, "no verb");
	c.verb = ctl_find(argv[optind]);
	if (c.verb == NULL)
		return ctl_unknown(argv[optind]);
	c.argument = argv[optind + 1];
	if (c.verb->argument == CTL_NEEDED && c.argument == NULL)
		return cli_usage(
		    &command_ctl, "%s needs an argument", c.verb->name);
	if (c.argument != NULL &&
	    (c.verb->argument == CTL_NONE || optind + 2 < argc))
		return cli_usage(
		    &command_ctl, "unexpected argument '%s'", argv[argc - 1]);
	patch = strcmp(c.verb->name, "patch") == 0;
	if (patch && c.rate == NULL && c.enabled == -1)
		return cli_usage(
		    &command_ctl, "patch needs --rate, --enable or --disable");
	if (!patch && (c.rate != NULL || c.enabled != -1))
		return cli_usage(&command_ctl,
		    "--rate, --enable and --disable go with patch");
	if (c.expires != NULL && !patch && strcmp(c.verb->name, "on") != 0 &&
	    strcmp(c.verb->name, "off") != 0)
		return cli_usage(
		    &command_ctl, "--expires goes with patch, off and on");
	return ctl_run(&c);
}
