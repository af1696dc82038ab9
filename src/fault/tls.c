/* What can go wrong with a TLS connection before, and after, its bytes. */
#include "fault/connection.h"

struct tls_conf {
	int kind; /* enum connection_tls */
	uint64_t hold;
	uint32_t given;
};

struct connection_tls_fault
connection_tls_of(const void *conf)
{
	const struct tls_conf *c = conf;

	return (struct connection_tls_fault){ (enum connection_tls)c->kind,
		c->hold };
}

static const char *
tls_check(const void *conf)
{
	const struct tls_conf *c = conf;

	return (c->given & 2) != 0 && c->kind != TLS_HANDSHAKE_STALL
		   ? "only handshake_stall lasts for a time"
		   : NULL;
}

static const char *const tls_kinds[] = { "expired", "wrong_host", "self_signed",
	"handshake_stall", "handshake_reset", "no_close_notify", NULL };

static const struct param tls_rows[] = {
	{ .name = "kind",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct tls_conf, kind),
	    .help = "what is wrong with the certificate, the handshake or the "
		    "end",
	    .names = tls_kinds,
	    .flags = PARAM_REQUIRED | PARAM_SCALAR },
	{ .name = "for",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct tls_conf, hold),
	    .fallback = "30s",
	    .help = "of handshake_stall: until the connection ends" },
};

const struct fault_type fault_tls = {
	.name = "tls",
	.summary = "the certificate is bad, or the handshake or the end goes "
		   "wrong",
	.class = FAULT_CONNECTION,
	.params = { PARAM_ROWS(tls_rows), .size = sizeof(struct tls_conf),
	    .given = offsetof(struct tls_conf, given), .check = tls_check },
};
