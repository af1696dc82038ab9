#include "cli/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

const char options_help[] =
    "  -l, --listen ADDR       where to listen (127.0.0.1:8080); repeatable;\n"
    "                          [::1]:8080, 127.0.0.1:0, unix:PATH\n"
    "  -u, --upstream URL      where to forward; repeatable; http://, https://,\n"
    "                          unix:PATH\n"
    "      --origin            use the embedded origin as upstream\n"
    "      --for DURATION      stop after so long\n"
    "      --seed N            of all random decisions; beats the scenario's\n"
    "      --threads N         workers (1)\n"
    "      --journal FILE      one JSON line an attempt; - for stdout\n"
    "      --report DIR        report.html, report.json, junit.xml\n"
    "      --admin ADDR        control API and live page\n"
    "      --ready-file FILE   written once listening: addresses and pid\n"
    "      --require-upstream  exit 4 unless an upstream accepts at the start\n"
    "      --shadow            decide and record, inject nothing\n"
    "      --time-scale N      the phases' clock runs N times as fast\n"
    "  -c, --config FILE       the same options from a file\n"
    "  -q, --quiet             no progress\n"
    "      --tls-cert FILE     serve TLS on every address; repeatable, chosen\n"
    "                          by SNI; with --tls-key FILE\n"
    "      --tls-client-ca FILE, --tls-client-auth optional|required\n"
    "                          client certificates\n"
    "      --tls-min 1.2|1.3   lowest version\n"
    "      --upstream-ca FILE, --upstream-cert FILE, --upstream-key FILE,\n"
    "      --upstream-name NAME, --upstream-insecure\n"
    "                          TLS to https:// upstreams\n"
    "      --upstream-host H   Host field for upstreams (the client's)\n"
    "      --client-head-timeout, --client-body-timeout,\n"
    "      --client-idle-timeout, --client-write-timeout,\n"
    "      --half-close-timeout, --connect-timeout, --first-byte-timeout,\n"
    "      --upstream-idle-timeout, --pool-idle-timeout, --tunnel-timeout,\n"
    "      --upstream-down, --drain-timeout DURATION\n"
    "                          time limits\n";

/* What an option's value is, and where it goes. */
enum option_kind {
	OPTION_STRING,
	OPTION_FLAG,
	OPTION_DURATION,
	OPTION_SPECIAL
};

struct option_row {
	const char *name;
	enum option_kind kind;
	size_t offset;
};

#define AT(member) offsetof(struct options, member)

static const struct option_row option_rows[] = {
	{ "listen", OPTION_SPECIAL, 0 },
	{ "upstream", OPTION_SPECIAL, 0 },
	{ "seed", OPTION_SPECIAL, 0 },
	{ "threads", OPTION_SPECIAL, 0 },
	{ "time-scale", OPTION_SPECIAL, 0 },
	{ "tls-cert", OPTION_SPECIAL, 0 },
	{ "tls-key", OPTION_SPECIAL, 0 },
	{ "config", OPTION_STRING, AT(config) },
	{ "journal", OPTION_STRING, AT(journal) },
	{ "report", OPTION_STRING, AT(report) },
	{ "admin", OPTION_STRING, AT(admin) },
	{ "ready-file", OPTION_STRING, AT(ready_file) },
	{ "tls-client-ca", OPTION_STRING, AT(proxy.tls_server.client_ca) },
	{ "tls-client-auth", OPTION_STRING, AT(client_auth) },
	{ "tls-min", OPTION_STRING, AT(proxy.tls_server.min_version) },
	{ "upstream-ca", OPTION_STRING, AT(proxy.tls_client.ca) },
	{ "upstream-cert", OPTION_STRING, AT(proxy.tls_client.cert) },
	{ "upstream-key", OPTION_STRING, AT(proxy.tls_client.key) },
	{ "upstream-name", OPTION_STRING, AT(proxy.tls_client.name) },
	{ "upstream-host", OPTION_STRING, AT(proxy.upstream_host) },
	{ "upstream-insecure", OPTION_FLAG, AT(proxy.tls_client.insecure) },
	{ "origin", OPTION_FLAG, AT(origin) },
	{ "shadow", OPTION_FLAG, AT(shadow) },
	{ "quiet", OPTION_FLAG, AT(quiet) },
	{ "require-upstream", OPTION_FLAG, AT(require_upstream) },
	{ "for", OPTION_DURATION, AT(for_ns) },
	{ "client-head-timeout", OPTION_DURATION,
	    AT(proxy.timeouts.client_head) },
	{ "client-body-timeout", OPTION_DURATION,
	    AT(proxy.timeouts.client_body) },
	{ "client-idle-timeout", OPTION_DURATION,
	    AT(proxy.timeouts.client_idle) },
	{ "client-write-timeout", OPTION_DURATION,
	    AT(proxy.timeouts.client_write) },
	{ "half-close-timeout", OPTION_DURATION,
	    AT(proxy.timeouts.client_half) },
	{ "connect-timeout", OPTION_DURATION, AT(proxy.timeouts.connect) },
	{ "first-byte-timeout", OPTION_DURATION,
	    AT(proxy.timeouts.first_byte) },
	{ "upstream-idle-timeout", OPTION_DURATION,
	    AT(proxy.timeouts.upstream_idle) },
	{ "pool-idle-timeout", OPTION_DURATION, AT(proxy.timeouts.pool_idle) },
	{ "tunnel-timeout", OPTION_DURATION, AT(proxy.timeouts.tunnel_idle) },
	{ "upstream-down", OPTION_DURATION,
	    AT(proxy.timeouts.upstream_down) },
	{ "drain-timeout", OPTION_DURATION, AT(proxy.timeouts.drain) },
};

enum { OPTION_ROWS = sizeof(option_rows) / sizeof(option_rows[0]) };

static const char *
option_listen(struct options *o, const char *value)
{
	unsigned n = o->proxy.n_listens;

	if (n == OPTIONS_LISTENS_MAX)
		return "too many addresses to listen on";
	o->proxy.n_listens++;
	return address_parse(span_str(value), &o->listens[n]);
}

static const char *
option_upstream(struct options *o, const char *value)
{
	if (o->proxy.n_upstreams == OPTIONS_UPSTREAMS_MAX)
		return "too many upstreams";
	o->upstreams[o->proxy.n_upstreams++] = value;
	return NULL;
}

static const char *
option_seed(struct options *o, const char *value)
{
	char *end;

	o->seed = strtoull(value, &end, 10);
	o->has_seed = true;
	return *value >= '0' && *value <= '9' && *end == '\0' ?
	    NULL :
	    "expected a whole number";
}

static const char *
option_threads(struct options *o, const char *value)
{
	int64_t n;
	const char *why = units_int(span_str(value), 1, 256, &n);

	if (why == NULL)
		o->proxy.threads = (unsigned)n;
	return why;
}

static const char *
option_time_scale(struct options *o, const char *value)
{
	char *end;

	o->time_scale = strtod(value, &end);
	return *end == '\0' && o->time_scale >= 0.001 &&
		o->time_scale <= 1e6 ?
	    NULL :
	    "expected a number such as 10";
}

static const char *
option_tls_cert(struct options *o, const char *value)
{
	if (o->n_certs == OPTIONS_LISTENS_MAX)
		return "too many certificates";
	o->tls_pairs[o->n_certs++].cert = value;
	return NULL;
}

static const char *
option_tls_key(struct options *o, const char *value)
{
	if (o->n_keys == OPTIONS_LISTENS_MAX)
		return "too many keys";
	o->tls_pairs[o->n_keys++].key = value;
	return NULL;
}

/* OPTION_SPECIAL rows, in the order of the table. */
static const char *(*const option_specials[])(
    struct options *o, const char *value) = { option_listen, option_upstream,
	option_seed, option_threads, option_time_scale, option_tls_cert,
	option_tls_key };

static const char *
option_set(struct options *o, unsigned row, const char *value)
{
	char *at = (char *)o + option_rows[row].offset;

	switch (option_rows[row].kind) {
	case OPTION_STRING:
		*(const char **)(void *)at = value;
		return NULL;
	case OPTION_FLAG:
		*(bool *)at = true;
		return NULL;
	case OPTION_DURATION:
		return units_duration(
		    span_str(value), (uint64_t *)(void *)at);
	case OPTION_SPECIAL:
		return option_specials[row](o, value);
	}
	return NULL;
}

static int
option_short(int c)
{
	static const char letters[] = "lucq";
	static const char *const names[] = { "listen", "upstream", "config",
		"quiet" };
	const char *at = strchr(letters, c);

	for (unsigned i = 0; i < OPTION_ROWS; i++)
		if (strcmp(option_rows[i].name, names[at - letters]) == 0)
			return (int)i;
	return -1;
}

int
options_read(
    struct options *o, const struct command *c, int argc, char **argv)
{
	struct option longs[OPTION_ROWS + 1] = { { NULL, 0, NULL, 0 } };
	const char *why;
	int got, row;

	memset(o, 0, sizeof(*o));
	proxy_conf_init(&o->proxy);
	o->time_scale = 1;
	for (int i = 0; i < OPTION_ROWS; i++)
		longs[i] = (struct option){ option_rows[i].name,
			option_rows[i].kind == OPTION_FLAG ? no_argument :
							     required_argument,
			NULL, 256 + i };
	opterr = 0;
	optind = 1;
	while ((got = getopt_long(argc, argv, "l:u:c:q", longs, NULL)) != -1) {
		if (got == '?') {
			cli_usage(c, "unknown or incomplete option '%s'",
			    argv[optind - 1]);
			return -1;
		}
		row = got >= 256 ? got - 256 : option_short(got);
		why = option_set(o, (unsigned)row, optarg);
		if (why != NULL) {
			cli_usage(c, "--%s %s: %s", option_rows[row].name,
			    optarg, why);
			return -1;
		}
	}
	return optind;
}

static void
options_wrong(struct diags *diags, const char *text)
{
	diags_add(diags, DIAG_ERROR, NULL, 0, 0, "%s", text);
}

static void
options_tls(struct options *o, struct diags *diags)
{
	struct tls_server_conf *tls = &o->proxy.tls_server;

	tls->pairs = o->tls_pairs;
	tls->n_pairs = o->n_certs;
	if (o->n_keys > o->n_certs)
		options_wrong(diags, "--tls-key without --tls-cert");
	if (o->client_auth == NULL)
		tls->client_auth = tls->client_ca != NULL ?
		    TLS_CLIENT_REQUIRED :
		    TLS_CLIENT_NONE;
	else if (strcmp(o->client_auth, "optional") == 0)
		tls->client_auth = TLS_CLIENT_OPTIONAL;
	else if (strcmp(o->client_auth, "required") == 0)
		tls->client_auth = TLS_CLIENT_REQUIRED;
	else
		options_wrong(diags,
		    "--tls-client-auth: expected optional or required");
	if (tls->client_auth != TLS_CLIENT_NONE && tls->client_ca == NULL)
		options_wrong(
		    diags, "--tls-client-auth needs --tls-client-ca");
	if (tls->min_version != NULL && strcmp(tls->min_version, "1.2") != 0 &&
	    strcmp(tls->min_version, "1.3") != 0)
		options_wrong(diags, "--tls-min: expected 1.2 or 1.3");
}

bool
options_complete(struct options *o, struct diags *diags)
{
	struct proxy_conf *p = &o->proxy;

	if (p->n_listens == 0)
		option_listen(o, "127.0.0.1:8080");
	if (o->origin && p->n_upstreams > 0)
		options_wrong(
		    diags, "--origin is an upstream: leave out --upstream");
	if (!o->origin && p->n_upstreams == 0)
		options_wrong(diags,
		    "no upstream: name one with --upstream URL, or use "
		    "--origin to try things out");
	options_tls(o, diags);
	for (unsigned i = 0; i < p->n_listens; i++)
		o->listen_tls[i] = o->n_certs > 0;
	p->listens = o->listens;
	p->listen_tls = o->listen_tls;
	p->upstreams = o->upstreams;
	return diags->n_errors == 0;
}
