#include "judge/profile.h"

#include <stddef.h>

#include "scenario/checks.h"

#define EVERYWHERE                                   \
	{                                            \
		.phase = -1, .after = -1, .rule = -1 \
	}

static const struct check_unsafe unsafe_probable = { .max = "0",
	.severity = SEVERITY_PROBABLE };
static const struct check_unsafe unsafe_benign = { .max = "0",
	.severity = SEVERITY_BENIGN };
static const struct check_connection connection_rules = {
	.reuse_after_close = { .max = "0" },
	.repeat_on_same = { .max = "0" },
	.given = CONNECTION_REUSE | CONNECTION_REPEAT
};
static const struct check_retry retry_never = { .policy = RETRY_NEVER,
	.given = RETRY_POLICY };
static const struct check_retry_after never_early = {
	.early = { .max = "0" }, .late = "1.5x", .given = RETRY_AFTER_EARLY
};
static const struct check_attempts five_attempts = { .max = 5, .given = 1 };
static const struct check_attempts three_attempts = { .max = 3, .given = 1 };
static const struct check_backoff growing_waits = { .shape = SHAPE_GROWING,
	.jitter = { .min = JITTER_WEAK },
	.given = BACKOFF_SHAPE | BACKOFF_JITTER };
static const struct check_amount ten_percent = { .max = "10%", .given = 1 };
static const struct check_herd small_herd = { .bin = 100000000,
	.within = 5000000000,
	.peak = { .max = "3x" },
	.given = 4 };
static const struct check_settle settle_soon = {
	.within = 30000000000, .rate = { .max = "1.2x" }, .given = 3
};
static const char *const post[] = { "POST" };
static const struct check_key keys = { .required = { .v = (void *)post,
					   .n = 1 },
	.stable = true,
	.given = KEY_REQUIRED | KEY_STABLE };

#define LINE(id, conf_)                                         \
	{                                                       \
		.name = #id " by profile", .scope = EVERYWHERE, \
		.check = CHECK_##id, .conf = &(conf_)           \
	}
#define RFC_LINES(unsafe)                                               \
	LINE(unsafe_retry, unsafe), LINE(connection, connection_rules), \
	    LINE(retry, retry_never)
#define API_LINES                                                      \
	LINE(retry_after, never_early), LINE(attempts, five_attempts), \
	    LINE(backoff, growing_waits)

static const struct expect rfc[] = { RFC_LINES(unsafe_probable) };
static const struct expect api_client[] = { RFC_LINES(unsafe_probable),
	API_LINES };
static const struct expect sre[] = { LINE(attempts, three_attempts),
	LINE(retry_ratio, ten_percent), LINE(herd, small_herd),
	LINE(settle, settle_soon) };
static const struct expect payments[] = { RFC_LINES(unsafe_benign), API_LINES,
	LINE(key, keys) };

#define N(v) (sizeof(v) / sizeof((v)[0]))
static const struct {
	const char *name;
	const struct expect *v;
	unsigned n;
} profiles[] = {
	[PROFILE_NONE] = { "", NULL, 0 },
	[PROFILE_RFC] = { "rfc", rfc, N(rfc) },
	[PROFILE_API_CLIENT] = { "api-client", api_client, N(api_client) },
	[PROFILE_SRE] = { "sre", sre, N(sre) },
	[PROFILE_PAYMENTS] = { "payments", payments, N(payments) },
};

const char *
profile_name(int profile)
{
	return profiles[profile].name;
}

const struct expect *
profile_expects(int profile, unsigned *np)
{
	*np = profiles[profile].n;
	return profiles[profile].v;
}
