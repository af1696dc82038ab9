#include "scenario/cond_keys.h"

#include <stddef.h>

#include "scenario/scenario.h"

static const struct part conds_parts[] = {
	[COND_METHOD] = { "method", "GET, or a list of methods", "patterns" },
	[COND_PATH] = { "path",
	    "the target's path without its query: exact, a glob (* within a "
	    "segment, ** across) or ~regex",
	    "patterns" },
	[COND_HOST] = { "host", "glob over the Host, with or without port",
	    "patterns" },
	[COND_HEADER] = { "header",
	    "fields of the request: a glob for the value, true: is there, "
	    "false: is not",
	    "named" },
	[COND_QUERY] = { "query", "parameters of the query, as header",
	    "named" },
	[COND_COOKIE] = { "cookie", "cookies, as header", "named" },
	[COND_CLIENT] = { "client", "addresses or networks (CIDR)", "strings" },
	[COND_SNI] = { "sni", "glob over the TLS server name", "patterns" },
	[COND_PROTOCOL] = { "protocol", "h1, h2, grpc or websocket",
	    "protocols" },
	[COND_CONTENT_TYPE] = { "content_type",
	    "glob over the request's media type", "patterns" },
	[COND_BODY_SIZE] = { "body_size", "size of the request's body",
	    "body_size" },
	[COND_ATTEMPT] = { "attempt", "which try of its operation it is",
	    "attempt" },
	[COND_ANY] = { "any", "one of these matches holds", "matches" },
	[COND_NOT] = { "not", "none of these matches holds", "matches" },
};

const struct grammar conds_grammar = {
	.what = "unknown match key",
	.parts = conds_parts,
	.n_parts = sizeof(conds_parts) / sizeof(conds_parts[0]),
};

static const char *const conds_protocols[] = { "h1", "h2", "grpc", "websocket",
	NULL };
const struct param conds_protocol_row = {
	.name = "protocol", .type = PARAM_ENUM, .names = conds_protocols
};

static const char *
conds_check_range(const void *conf)
{
	const struct conds_range *c = conf;

	if (c->given == 0)
		return "nothing is asked: give min or max";
	if (c->given == (CONDS_MIN | CONDS_MAX) && c->min.size > c->max.size)
		return "min is above max";
	return NULL;
}

static const struct param conds_size_rows[] = {
	{ .name = "min",
	    .type = PARAM_SIZE,
	    .offset = offsetof(struct conds_range, min),
	    .help = "at least so many bytes" },
	{ .name = "max",
	    .type = PARAM_SIZE,
	    .offset = offsetof(struct conds_range, max),
	    .help = "at most so many bytes" },
};
const struct param_set conds_size_set = {
	PARAM_ROWS(conds_size_rows),
	.size = sizeof(struct conds_range),
	.given = offsetof(struct conds_range, given),
	.check = conds_check_range,
};

static const struct param conds_attempt_rows[] = {
	{ .name = "min",
	    .type = PARAM_INT,
	    .offset = offsetof(struct conds_range, min),
	    .min = 1,
	    .max = INT32_MAX,
	    .help = "from this try on" },
	{ .name = "max",
	    .type = PARAM_INT,
	    .offset = offsetof(struct conds_range, max),
	    .min = 1,
	    .max = INT32_MAX,
	    .help = "up to this try" },
};
const struct param_set conds_attempt_set = {
	PARAM_ROWS(conds_attempt_rows),
	.size = sizeof(struct conds_range),
	.given = offsetof(struct conds_range, given),
	.check = conds_check_range,
};
