/* The options that `run` and `serve` share: one table for the command line. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "cli/cli.h"
#include "proxy/proxy.h"

enum { OPTIONS_LISTENS_MAX = 32, OPTIONS_UPSTREAMS_MAX = 64 };

struct options {
	struct proxy_conf proxy;
	struct sock_address listens[OPTIONS_LISTENS_MAX];
	bool listen_tls[OPTIONS_LISTENS_MAX];
	const char *upstreams[OPTIONS_UPSTREAMS_MAX];
	struct tls_pair tls_pairs[OPTIONS_LISTENS_MAX];
	unsigned n_certs, n_keys;
	const char *config, *journal, *report, *admin, *ready_file;
	const char *client_auth;
	char origin_url[160];
	uint64_t for_ns; /* 0: as long as the scenario */
	uint64_t seed;
	double time_scale;
	bool has_seed, origin, shadow, quiet, require_upstream;
};

/* Help on all of them, one line each. */
extern const char options_help[];

/*
 * Reads argv[1..] into o. Returns the index of the first argument that is no
 * option, or -1 after a message. Strings stay in argv.
 */
int options_read(struct options *o, const struct command *c, int argc,
    char **argv);
/* Completes and checks what was read; false with messages in diags. */
bool options_complete(struct options *o, struct diags *diags);

#endif
