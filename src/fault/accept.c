/* What can go wrong with a connection before its first byte. */
#include "fault/connection.h"

struct accept_conf {
	int kind; /* enum connection_accept */
	uint64_t hold, delay;
	uint32_t given;
};
enum { ACCEPT_GIVES_HOLD = 2, ACCEPT_GIVES_DELAY = 4 };

struct connection_accept_fault
connection_accept_of(const void *conf)
{
	const struct accept_conf *c = conf;
	uint64_t second = 1000000000;

	if ((c->given & ACCEPT_GIVES_DELAY) != 0)
		return (
		    struct connection_accept_fault){ ACCEPT_DELAY, c->delay };
	if (c->kind == ACCEPT_DELAY && (c->given & ACCEPT_GIVES_HOLD) == 0)
		return (struct connection_accept_fault){ ACCEPT_DELAY, second };
	return (struct connection_accept_fault){
		(enum connection_accept)c->kind, c->hold
	};
}

static const char *
accept_check(const void *conf)
{
	const struct accept_conf *c = conf;
	bool delay = (c->given & ACCEPT_GIVES_DELAY) != 0;

	if ((c->given & 1) == 0 && !delay)
		return "accept is one of reset, refuse, blackhole, delay";
	if ((c->given & ACCEPT_GIVES_HOLD) == 0)
		return NULL;
	if (delay || c->kind == ACCEPT_RESET || c->kind == ACCEPT_REFUSE)
		return "`for` goes with blackhole and delay; reset and refuse "
		       "come at once";
	return NULL;
}

static const char *const accept_kinds[] = { "reset", "refuse", "blackhole",
	"delay", NULL };

static const struct param accept_rows[] = {
	{ .name = "kind",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct accept_conf, kind),
	    .help = "what happens to the connection",
	    .names = accept_kinds,
	    .flags = PARAM_SCALAR },
	{ .name = "for",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct accept_conf, hold),
	    .help = "of delay: how long (1s without it); of blackhole: until "
		    "it ends (else when the client goes)" },
	{ .name = "delay",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct accept_conf, delay),
	    .help = "the short form of {kind: delay, for: ...}" },
};

const struct fault_type fault_accept = {
	.name = "accept",
	.summary = "the connection is reset, swallowed or late before any byte",
	.class = FAULT_CONNECTION,
	.params = { PARAM_ROWS(accept_rows), .size = sizeof(struct accept_conf),
	    .given = offsetof(struct accept_conf, given),
	    .exclusive = 1 | ACCEPT_GIVES_DELAY, .check = accept_check },
};
