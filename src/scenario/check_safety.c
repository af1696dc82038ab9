/* Parameters of the checks about how often and how safely a client repeats
 * itself (recovery.md 4.6). */
#include <stddef.h>

#include "scenario/amount.h"
#include "scenario/check_rows.h"
#include "scenario/expect.h"

#define CHECK(name) extern const struct check_type check_##name;
#include "scenario/checks.def"
#undef CHECK

static const char *const severities[] = { "confirmed", "probable", "benign",
	NULL };
static const char *const policies[] = { "allowed", "never", NULL };

static const struct param attempts_rows[] = {
	{ .name = "max",
	    .type = PARAM_INT,
	    .offset = offsetof(struct check_attempts, max),
	    .min = 1,
	    .max = INT32_MAX,
	    .help = "attempts of one operation, the first included",
	    .flags = PARAM_SCALAR | PARAM_REQUIRED },
};
const struct check_type check_attempts = {
	.name = "attempts",
	.summary = "the client stops after so many attempts",
	.params = { .rows = attempts_rows,
	    .n_rows = CHECK_N(attempts_rows),
	    .size = sizeof(struct check_attempts),
	    .given = offsetof(struct check_attempts, given) },
};

static const char *
check_unsafe_conf(const void *conf)
{
	const struct check_unsafe *c = conf;

	return amount_is_limit(c->max) ? NULL
				       : "expected a count such as 0 or a "
					 "share such as 1%";
}
static const struct param unsafe_rows[] = {
	{ .name = "max",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct check_unsafe, max),
	    .fallback = "0",
	    .help = "repeats of a POST, PATCH or unknown method without a key",
	    .flags = PARAM_SCALAR },
	{ .name = "severity",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct check_unsafe, severity),
	    .fallback = "probable",
	    .help = "count those of this severity and worse",
	    .names = severities },
};
const struct check_type check_unsafe_retry = {
	.name = "unsafe_retry",
	.summary = "what must not happen twice is not sent twice",
	.params = { .rows = unsafe_rows,
	    .n_rows = CHECK_N(unsafe_rows),
	    .size = sizeof(struct check_unsafe),
	    .given = offsetof(struct check_unsafe, given),
	    .check = check_unsafe_conf },
};

static const struct param_set method_set = {
	.rows = (const struct param[]){ { .name = "method",
	    .type = PARAM_STRING,
	    .help = "a method such as POST" } },
	.n_rows = 1,
	.size = sizeof(const char *),
};
static const struct param key_rows[] = {
	{ .name = "required",
	    .type = PARAM_LIST,
	    .offset = offsetof(struct check_key, required),
	    .help = "methods that must carry an idempotency key",
	    .sub = &method_set },
	{ .name = "stable",
	    .type = PARAM_BOOL,
	    .offset = offsetof(struct check_key, stable),
	    .help = "a retry carries the key of the first attempt" },
	{ .name = "unique",
	    .type = PARAM_BOOL,
	    .offset = offsetof(struct check_key, unique),
	    .help = "a key is not used again for another request" },
};
static const char *
check_key_conf(const void *conf)
{
	const struct check_key *c = conf;

	return c->required.n > 0 || c->stable || c->unique
		   ? NULL
		   : "nothing to check: give required, stable or unique";
}
const struct check_type check_key = {
	.name = "key",
	.summary = "idempotency keys are sent and kept",
	.params = { .rows = key_rows,
	    .n_rows = CHECK_N(key_rows),
	    .size = sizeof(struct check_key),
	    .given = offsetof(struct check_key, given),
	    .check = check_key_conf },
};

static const struct param retry_rows[] = {
	{ .name = "policy",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct check_retry, policy),
	    .help = "`never`: the same request must not come again",
	    .names = policies,
	    .flags = PARAM_SCALAR },
	{ .name = "at_least",
	    .type = PARAM_INT,
	    .offset = offsetof(struct check_retry, at_least),
	    .min = 1,
	    .max = INT32_MAX,
	    .help = "retries that the client must try" },
	{ .name = "for",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_retry, share),
	    .help = "share of the operations for which it must",
	    .sub = &check_share_set },
};
static const char *
check_retry_conf(const void *conf)
{
	const struct check_retry *c = conf;

	if (c->policy == RETRY_NEVER && c->at_least > 0)
		return "never and at_least contradict each other";
	if (c->policy == RETRY_ALLOWED && c->at_least == 0)
		return "nothing to check: give never or at_least";
	return NULL;
}
const struct check_type check_retry = {
	.name = "retry",
	.summary = "what may be tried again is, what must not is not",
	.params = { .rows = retry_rows,
	    .n_rows = CHECK_N(retry_rows),
	    .size = sizeof(struct check_retry),
	    .given = offsetof(struct check_retry, given),
	    .check = check_retry_conf },
};

const struct check_type check_give_up = {
	.name = "give_up",
	.summary = "few operations end without success",
	.params = { .rows = (const struct param[]){ { .name = "max",
			.type = PARAM_STRING,
			.offset = offsetof(struct check_amount, max),
			.help = "share (1%) or number of operations",
			.flags = PARAM_SCALAR | PARAM_REQUIRED } },
	    .n_rows = 1,
	    .size = sizeof(struct check_amount),
	    .given = offsetof(struct check_amount, given),
	    .check = check_limit },
};

static const struct param connection_rows[] = {
	{ .name = "reuse_after_close",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_connection, reuse_after_close),
	    .help = "requests on a connection after Connection: close or a "
		    "cut response (RFC 9112 9.6)",
	    .sub = &check_limit_set },
	{ .name = "repeat_on_same",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_connection, repeat_on_same),
	    .help = "repeats of a 408 or 421 on the same connection",
	    .sub = &check_limit_set },
	{ .name = "new_per_op",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_connection, new_per_op),
	    .help = "new connections per operation as a multiple of the "
		    "baseline's",
	    .sub = &check_times_set },
};
static const char *
check_connection_conf(const void *conf)
{
	const struct check_connection *c = conf;

	return c->given != 0 ? NULL
			     : "nothing to check: give reuse_after_close, "
			       "repeat_on_same or new_per_op";
}
const struct check_type check_connection = {
	.name = "connection",
	.summary = "connections are used as the protocol allows",
	.params = { .rows = connection_rows,
	    .n_rows = CHECK_N(connection_rows),
	    .size = sizeof(struct check_connection),
	    .given = offsetof(struct check_connection, given),
	    .check = check_connection_conf },
};

const struct check_type check_wasted = {
	.name = "wasted",
	.summary = "few attempts are work for nobody",
	.params = { .rows = (const struct param[]){ { .name = "max",
			.type = PARAM_STRING,
			.offset = offsetof(struct check_amount, max),
			.help = "share of the attempts (5%) that were "
				"aborted after the upstream had them, came "
				"past their deadline or after a sibling's "
				"success",
			.flags = PARAM_SCALAR | PARAM_REQUIRED } },
	    .n_rows = 1,
	    .size = sizeof(struct check_amount),
	    .given = offsetof(struct check_amount, given),
	    .check = check_limit },
};
