/* The upstream gets the request twice, as when a network or a proxy repeats it;
 * the client sees one answer. */
#include "fault/fault.h"

struct duplicate_conf {
	bool on;
	uint32_t given;
};

static const char *
duplicate_check(const void *conf)
{
	const struct duplicate_conf *c = conf;

	return c->on ? NULL : "duplicate: false does nothing; leave it out";
}

static const struct param duplicate_rows[] = {
	{ .name = "on",
	    .type = PARAM_BOOL,
	    .offset = offsetof(struct duplicate_conf, on),
	    .help = "true",
	    .flags = PARAM_REQUIRED | PARAM_SCALAR },
};

const struct fault_type fault_duplicate = {
	.name = "duplicate",
	.summary = "the upstream gets the request twice, the client one answer",
	.class = FAULT_CHANGES,
	.params = { PARAM_ROWS(duplicate_rows),
	    .size = sizeof(struct duplicate_conf),
	    .given = offsetof(struct duplicate_conf, given),
	    .check = duplicate_check },
	.twice = true,
};
