/* The options that `run` and `serve` share: one table (options.def) for the
 * command line, the configuration file, --help and conf/brownout.yaml. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "admin/access_log.h"
#include "base/arena.h"
#include "base/diag.h"
#include "cli/cli.h"
#include "proxy/proxy.h"

enum {
	OPTIONS_LISTENS_MAX = 32,
	OPTIONS_UPSTREAMS_MAX = 64,
	OPTIONS_HOSTS_MAX = 32,
	OPTIONS_MAX = 80
};

/* Strings live in the arena. */
struct options {
	struct arena *arena;
	struct proxy_conf proxy;
	struct sock_address listens[OPTIONS_LISTENS_MAX];
	bool listen_tls[OPTIONS_LISTENS_MAX];
	const char *upstreams[OPTIONS_UPSTREAMS_MAX];
	struct tls_pair tls_pairs[OPTIONS_LISTENS_MAX];
	const char *admin_hosts[OPTIONS_HOSTS_MAX];
	unsigned n_certs, n_keys, n_admin_hosts;
	const char *config, *scenario, *journal, *report, *ready_file;
	const char *replay;
	const char *access_log, *access_log_format;
	const char *admin, *admin_token_file;
	const char *client_auth;
	enum access_format access_format;
	char origin_url[160];
	uint64_t for_ns; /* 0: as long as the scenario */
	uint64_t seed;
	double time_scale;
	bool has_seed, origin, shadow, quiet, require_upstream, force;
	/* By row of the table: the values given, one a line; NULL: none. */
	const char *given[OPTIONS_MAX];
};

/* Help on all of them. */
void options_help(FILE *to);
/* The annotated configuration file: every option with its default. */
void options_example(FILE *to);

/*
 * Reads argv[1..] and the configuration file that it names into o; what the
 * command line says beats the file. Returns the index of the first argument
 * that is no option, or -1 after a message. options_clear frees in any case.
 */
int
options_read(struct options *o, const struct command *c, int argc, char **argv);
void options_clear(struct options *o);
/* Completes and checks what was read; false with messages in diags. */
bool options_complete(struct options *o, struct diags *diags);

/* For who reads values from elsewhere: the row of a name, or -1; all names in
 * the order of rows. */
int options_find(const char *name);
unsigned options_names(const char *to[OPTIONS_MAX]);
bool options_is_list(unsigned row);
/* Sets one value; NULL, or what is wrong with it. */
const char *options_set(struct options *o, unsigned row, const char *value);
/* Whether the rows differ, by what was given. */
bool
options_differ(const struct options *a, const struct options *b, unsigned row);

#endif
