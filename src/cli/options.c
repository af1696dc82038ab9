#include "cli/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "cli/config.h"
#include "cli/options_set.h"

enum { OPTIONS_ARGS_MAX = 1024 };

/* An option as it stands on the command line. */
struct option_arg {
	unsigned row;
	const char *value;
};

int
options_find(const char *name)
{
	for (unsigned i = 0; i < option_n_rows; i++)
		if (strcmp(option_rows[i].name, name) == 0)
			return (int)i;
	return -1;
}

unsigned
options_names(const char *to[OPTIONS_MAX])
{
	for (unsigned i = 0; i < option_n_rows; i++)
		to[i] = option_rows[i].name;
	return option_n_rows;
}

bool
options_is_list(unsigned row)
{
	return option_rows[row].kind == OPTION_LIST;
}

bool
options_differ(const struct options *a, const struct options *b, unsigned row)
{
	const char *x = a->given[row], *y = b->given[row];

	if (x == NULL || y == NULL)
		return x != y;
	return strcmp(x, y) != 0;
}

static void
options_init(struct options *o)
{
	memset(o, 0, sizeof(*o));
	o->arena = arena_new();
	proxy_conf_init(&o->proxy);
	for (unsigned i = 0; i < option_n_rows; i++)
		if (option_rows[i].fallback != NULL &&
		    option_rows[i].kind != OPTION_LIST &&
		    options_set(o, i, option_rows[i].fallback) != NULL)
			abort();
}

void
options_clear(struct options *o)
{
	arena_free(o->arena);
	o->arena = NULL;
}

/* Splits argv into options and the rest. -1 after a message. */
static int
options_scan(const struct command *c, int argc, char **argv,
    struct option_arg args[OPTIONS_ARGS_MAX], unsigned *np)
{
	struct option longs[OPTIONS_MAX + 1] = { { NULL, 0, NULL, 0 } };
	char shorts[2 * OPTIONS_MAX + 1] = "";
	size_t n = 0;
	int got;

	for (unsigned i = 0; i < option_n_rows; i++) {
		const struct option_row *row = &option_rows[i];
		bool flag = row->kind == OPTION_FLAG;

		longs[i] = (struct option){ row->name,
			flag ? no_argument : required_argument, NULL,
			256 + (int)i };
		if (row->letter != 0)
			shorts[n++] = (char)row->letter;
		if (row->letter != 0 && !flag)
			shorts[n++] = ':';
	}
	opterr = 0;
	optind = 1;
	*np = 0;
	while ((got = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		unsigned row = 0;

		if (got == '?' || *np == OPTIONS_ARGS_MAX) {
			cli_bad_option(c, argv[optind - 1], longs);
			return -1;
		}
		while (got < 256 && option_rows[row].letter != got)
			row++;
		args[(*np)++] =
		    (struct option_arg){ got < 256 ? row : (unsigned)got - 256,
			    optarg != NULL ? optarg : "true" };
	}
	return optind;
}

static void
options_note(struct options *o, unsigned row, const char *value)
{
	char *text;

	if (o->given[row] == NULL || !options_is_list(row)) {
		o->given[row] = arena_strdup(o->arena, value);
		return;
	}
	text = xasprintf("%s\n%s", o->given[row], value);
	o->given[row] = arena_strdup(o->arena, text);
	free(text);
}

/* What the command line says about where to forward stands alone. */
static void
options_override(struct options *o, const bool *said)
{
	unsigned origin = (unsigned)options_find("origin");
	unsigned upstream = (unsigned)options_find("upstream");

	if (said[origin] && !said[upstream])
		option_reset(o, upstream);
	if (said[upstream] && !said[origin])
		o->origin = false;
}

static bool
options_apply(struct options *o, const struct command *c,
    const struct option_arg *args, unsigned n)
{
	bool said[OPTIONS_MAX] = { false };
	const char *why;

	for (unsigned i = 0; i < n; i++) {
		unsigned row = args[i].row;

		if (!said[row])
			option_reset(o, row);
		said[row] = true;
		why = options_set(o, row, args[i].value);
		if (why != NULL) {
			cli_usage(c, "--%s %s: %s", option_rows[row].name,
			    args[i].value, why);
			return false;
		}
		options_note(o, row, args[i].value);
	}
	options_override(o, said);
	return true;
}

static bool
options_from_file(struct options *o)
{
	struct diags diags = { 0 };
	bool good;

	if (o->config == NULL)
		return true;
	good = config_read(o, o->config, &diags);
	diags_print(&diags, stderr);
	diags_clear(&diags);
	return good;
}

int
options_read(struct options *o, const struct command *c, int argc, char **argv)
{
	struct option_arg *args = xcalloc(OPTIONS_ARGS_MAX, sizeof(*args));
	unsigned n, config = (unsigned)options_find("config");
	int at = options_scan(c, argc, argv, args, &n);

	options_init(o);
	for (unsigned i = 0; at != -1 && i < n; i++)
		if (args[i].row == config)
			o->config = args[i].value;
	if (at != -1 &&
	    (!options_from_file(o) || !options_apply(o, c, args, n)))
		at = -1;
	free(args);
	return at;
}

static void
options_wrong(struct diags *diags, const char *text)
{
	diags_add(diags, DIAG_ERROR, NULL, 0, 0, "%s", text);
}

/* A word that is one of two; which one, or -1. */
static int
options_choice(const char *word, const char *first, const char *second)
{
	if (strcmp(word, first) == 0)
		return 0;
	return strcmp(word, second) == 0 ? 1 : -1;
}

static bool
options_have_tls(const struct options *o)
{
	return o->n_certs > 0 || o->proxy.tls_server.self_signed;
}

static void
options_tls(struct options *o, struct diags *diags)
{
	struct tls_server_conf *tls = &o->proxy.tls_server;
	int auth = o->client_auth != NULL
		       ? options_choice(o->client_auth, "optional", "required")
		       : (tls->client_ca != NULL);

	tls->pairs = o->tls_pairs;
	tls->n_pairs = o->n_certs;
	if (o->n_keys > o->n_certs)
		options_wrong(diags, "--tls-key without --tls-cert");
	if (o->n_certs > 0 && tls->self_signed)
		options_wrong(
		    diags, "--tls-self-signed is for want of a --tls-cert");
	if (tls->fault_ca != NULL && !options_have_tls(o))
		options_wrong(diags,
		    "--tls-fault-ca needs --tls-cert or --tls-self-signed");
	if (auth == -1)
		options_wrong(
		    diags, "--tls-client-auth: expected optional or required");
	if (o->client_auth != NULL && tls->client_ca == NULL)
		options_wrong(diags, "--tls-client-auth needs --tls-client-ca");
	if (o->client_auth == NULL && tls->client_ca == NULL)
		tls->client_auth = TLS_CLIENT_NONE;
	else
		tls->client_auth =
		    auth == 0 ? TLS_CLIENT_OPTIONAL : TLS_CLIENT_REQUIRED;
	if (options_choice(tls->min_version, "1.2", "1.3") == -1)
		options_wrong(diags, "--tls-min: expected 1.2 or 1.3");
}

bool
options_complete(struct options *o, struct diags *diags)
{
	struct proxy_conf *p = &o->proxy;
	unsigned listen = (unsigned)options_find("listen");
	int format = options_choice(o->access_log_format, "json", "combined");

	if (p->n_listens == 0 &&
	    options_set(o, listen, option_rows[listen].fallback) != NULL)
		abort();
	if (o->origin && p->n_upstreams > 0)
		options_wrong(
		    diags, "--origin is an upstream: leave out --upstream");
	if (!o->origin && p->n_upstreams == 0)
		options_wrong(diags,
		    "no upstream: name one with --upstream URL, or use "
		    "--origin to try things out");
	if (format == -1)
		options_wrong(
		    diags, "--access-log-format: expected json or combined");
	o->access_format = format == 1 ? ACCESS_COMBINED : ACCESS_JSON;
	options_tls(o, diags);
	for (unsigned i = 0; i < p->n_listens; i++)
		o->listen_tls[i] = options_have_tls(o);
	p->listens = o->listens;
	p->listen_tls = o->listen_tls;
	p->upstreams = o->upstreams;
	p->note_agents = o->access_log != NULL;
	return diags->n_errors == 0;
}
