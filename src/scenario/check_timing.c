/* Parameters of the checks about when a client comes back: retry_after,
 * backoff, timeout (recovery.md 4.5, 4.7). */
#include <stddef.h>

#include "scenario/amount.h"
#include "scenario/check_rows.h"
#include "scenario/expect.h"

#define CHECK(name) extern const struct check_type check_##name;
#include "scenario/checks.def"
#undef CHECK

static const char *const scopes[] = { "operation", "path", "client", NULL };
static const char *const permissions[] = { "allowed", "forbidden", NULL };
static const char *const shapes[] = { "any", "constant", "linear", "growing",
	"exponential", NULL };
static const char *const jitters[] = { "none", "weak", "moderate", "strong",
	NULL };

static const char *
check_retry_after_conf(const void *conf)
{
	const struct check_retry_after *c = conf;

	if ((c->given & (RETRY_AFTER_EARLY | RETRY_AFTER_HONOURED)) == 0 &&
	    c->give_up == GIVE_UP_ALLOWED)
		return "nothing to check: give early, honoured or give_up";
	return amount_is_multiple(c->late) ? NULL
					   : "late: expected a multiple such "
					     "as 1.5x";
}

static const struct param retry_after_rows[] = {
	{ .name = "early",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_retry_after, early),
	    .help = "retries before Retry-After was over",
	    .sub = &check_limit_set },
	{ .name = "honoured",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_retry_after, honoured),
	    .help = "share of the retries told to wait that waited",
	    .sub = &check_share_set },
	{ .name = "late",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct check_retry_after, late),
	    .fallback = "1.5x",
	    .help = "tell how many waited longer than this multiple" },
	{ .name = "scope",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct check_retry_after, scope),
	    .fallback = "operation",
	    .help = "whose requests the wait forbids: of the operation, of the "
		    "client to that path, of the client",
	    .names = scopes },
	{ .name = "give_up",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct check_retry_after, give_up),
	    .fallback = "allowed",
	    .help = "whether not coming back at all is fine",
	    .names = permissions },
};
const struct check_type check_retry_after = {
	.name = "retry_after",
	.summary = "the client waits as told before it comes back",
	.params = { .rows = retry_after_rows,
	    .n_rows = CHECK_N(retry_after_rows),
	    .size = sizeof(struct check_retry_after),
	    .given = offsetof(struct check_retry_after, given),
	    .check = check_retry_after_conf },
};

static const struct param jitter_rows[] = {
	{ .name = "min",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct check_jitter, min),
	    .help = "at least so much spread between clients",
	    .names = jitters,
	    .flags = PARAM_SCALAR | PARAM_REQUIRED },
};
static const struct param_set jitter_set = {
	.rows = jitter_rows,
	.n_rows = CHECK_N(jitter_rows),
	.size = sizeof(struct check_jitter),
	.given = offsetof(struct check_jitter, given),
};

static const char *
check_backoff_conf(const void *conf)
{
	const struct check_backoff *c = conf;

	return c->given != 0 ? NULL
			     : "nothing to check: give shape, first, cap, "
			       "jitter or min_wait";
}

static const struct param backoff_rows[] = {
	{ .name = "shape",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct check_backoff, shape),
	    .help = "how the waits develop; growing takes linear and "
		    "exponential too",
	    .names = shapes,
	    .flags = PARAM_SCALAR },
	{ .name = "first",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_backoff, first),
	    .help = "the wait before the first retry (median)",
	    .sub = &check_range_set },
	{ .name = "cap",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_backoff, cap),
	    .help = "the longest wait",
	    .sub = &check_range_set },
	{ .name = "jitter",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_backoff, jitter),
	    .help = "spread of the waits",
	    .sub = &jitter_set },
	{ .name = "min_wait",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct check_backoff, min_wait),
	    .help = "no wait may be shorter" },
};
const struct check_type check_backoff = {
	.name = "backoff",
	.summary = "waits without Retry-After grow and are spread",
	.params = { .rows = backoff_rows,
	    .n_rows = CHECK_N(backoff_rows),
	    .size = sizeof(struct check_backoff),
	    .given = offsetof(struct check_backoff, given),
	    .check = check_backoff_conf },
};

static const char *
check_timeout_conf(const void *conf)
{
	const struct check_timeout *c = conf;

	return c->given != 0 ? NULL : "nothing to check: give p50, p99 or hung";
}

static const struct param timeout_rows[] = {
	{ .name = "p50",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_timeout, p50),
	    .help = "median time after which the client gives up waiting",
	    .sub = &check_range_set },
	{ .name = "p99",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_timeout, p99),
	    .help = "time within which 99 % have given up waiting",
	    .sub = &check_range_set },
	{ .name = "hung",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_timeout, hung),
	    .help = "requests that were still waiting when the stall ended",
	    .sub = &check_limit_set },
};
const struct check_type check_timeout = {
	.name = "timeout",
	.summary = "the client gives up on an answer that does not come",
	.params = { .rows = timeout_rows,
	    .n_rows = CHECK_N(timeout_rows),
	    .size = sizeof(struct check_timeout),
	    .given = offsetof(struct check_timeout, given),
	    .check = check_timeout_conf },
};
