/* Hold the request, then say that the upstream did not answer in time. */
#include <stdlib.h>

#include "base/xalloc.h"
#include "fault/fault.h"
#include "fault/retry.h"

struct timeout_conf {
	uint64_t hold;
	struct retry_conf retry_after;
	uint32_t given;
};

struct timeout_state {
	uint64_t until_ns;
};

static void *
timeout_shared_new(const void *conf)
{
	const struct timeout_conf *c = conf;

	return retry_new(&c->retry_after);
}

static void
timeout_shared_free(void *shared)
{
	retry_free(shared);
}

static struct step
timeout_on_request(struct fault *f)
{
	const struct timeout_conf *c = f->conf;
	struct timeout_state *st = f->state;
	struct span lines[2];
	struct lines text = { 0 };
	struct reply_spec spec = { .status = 504, .lines = lines };
	struct step step;

	if (st->until_ns == 0)
		st->until_ns = f->facts->now_ns + c->hold;
	if (f->facts->now_ns < st->until_ns)
		return step_wait(st->until_ns);
	retry_add(f->shared, f, RETRY_AFTER_NONE, &text, lines, &spec.n_lines);
	step = fault_reply(f, &spec);
	retry_told(f->shared, f);
	lines_clear(&text);
	return step;
}

static bool
timeout_early(void *shared, const struct facts *facts)
{
	return retry_early(shared, facts) > 0;
}

static bool
timeout_by_client(const void *conf)
{
	const struct timeout_conf *c = conf;

	return c->retry_after.enforce;
}

static const char *
timeout_check(const void *conf)
{
	const struct timeout_conf *c = conf;

	return retry_check(&c->retry_after);
}

static const struct param timeout_rows[] = {
	{ .name = "for",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct timeout_conf, hold),
	    .help = "how long the client waits for its 504",
	    .flags = PARAM_REQUIRED | PARAM_SCALAR },
	{ .name = "retry_after",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct timeout_conf, retry_after),
	    .help = "how long the client is told to wait then",
	    .sub = &retry_set,
	    .flags = PARAM_BESIDE },
};

const struct fault_type fault_timeout = {
	.name = "timeout",
	.summary = "nothing comes for this long, then a 504",
	.class = FAULT_ENDS,
	.params = { PARAM_ROWS(timeout_rows),
	    .size = sizeof(struct timeout_conf),
	    .given = offsetof(struct timeout_conf, given),
	    .check = timeout_check },
	.state_size = sizeof(struct timeout_state),
	.shared_new = timeout_shared_new,
	.shared_free = timeout_shared_free,
	.on_request = timeout_on_request,
	.early = timeout_early,
	.by_client = timeout_by_client,
};
