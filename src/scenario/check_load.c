/* Parameters of the checks about load and recovery: how much a client adds,
 * and how it comes back afterwards (recovery.md 4.6, 4.7). */
#include <stddef.h>

#include "scenario/amount.h"
#include "scenario/check_rows.h"
#include "scenario/expect.h"

#define CHECK(name) extern const struct check_type check_##name;
#include "scenario/checks.def"
#undef CHECK

static const struct param amplification_rows[] = {
	{ .name = "max",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct check_amount, max),
	    .help = "attempts per operation",
	    .flags = PARAM_SCALAR | PARAM_REQUIRED },
};
static const char *
check_factor(const void *conf)
{
	const struct check_amount *c = conf;

	return amount_is_factor(c->max) ? NULL
					: "expected a multiple such as 1.5x, "
					  "from 1 on";
}
static const struct param factor_rows[] = {
	{ .name = "max",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct check_amount, max),
	    .help = "at most this multiple (1.5x)",
	    .flags = PARAM_SCALAR | PARAM_REQUIRED },
};
/* Of what is never less than 1. */
static const struct param_set factor_set = {
	.rows = factor_rows,
	.n_rows = CHECK_N(factor_rows),
	.size = sizeof(struct check_amount),
	.given = offsetof(struct check_amount, given),
	.check = check_factor,
};
const struct check_type check_amplification = {
	.name = "amplification",
	.summary = "attempts per operation stay low on average",
	.params = { .rows = amplification_rows,
	    .n_rows = CHECK_N(amplification_rows),
	    .size = sizeof(struct check_amount),
	    .given = offsetof(struct check_amount, given),
	    .check = check_factor },
};

static const struct param retry_ratio_rows[] = {
	{ .name = "max",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct check_amount, max),
	    .help = "retries as a share of first attempts (20%)",
	    .flags = PARAM_SCALAR | PARAM_REQUIRED },
};
static const char *
check_ratio(const void *conf)
{
	const struct check_amount *c = conf;
	struct amount a;

	return amount_parse(c->max, &a) && a.unit != AMOUNT_TIMES &&
		       a.value <= 1
		   ? NULL
		   : "expected a share such as 20%";
}
const struct check_type check_retry_ratio = {
	.name = "retry_ratio",
	.summary = "retries stay a small share of the traffic",
	.params = { .rows = retry_ratio_rows,
	    .n_rows = CHECK_N(retry_ratio_rows),
	    .size = sizeof(struct check_amount),
	    .given = offsetof(struct check_amount, given),
	    .check = check_ratio },
};

static const char *
check_peak(const void *conf)
{
	const struct check_peak_rate *c = conf;

	return amount_is_multiple(c->max) ? NULL
					  : "expected a multiple such as 2x";
}
static const struct param peak_rate_rows[] = {
	{ .name = "max",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct check_peak_rate, max),
	    .help = "highest rate as a multiple of the baseline's",
	    .flags = PARAM_SCALAR | PARAM_REQUIRED },
	{ .name = "bin",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct check_peak_rate, bin),
	    .min = 100000000,
	    .max = 60000000000,
	    .fallback = "1s",
	    .help = "the rate is counted over so long" },
};
const struct check_type check_peak_rate = {
	.name = "peak_rate",
	.summary = "the request rate does not shoot up",
	.params = { .rows = peak_rate_rows,
	    .n_rows = CHECK_N(peak_rate_rows),
	    .size = sizeof(struct check_peak_rate),
	    .given = offsetof(struct check_peak_rate, given),
	    .check = check_peak },
};

static const struct param recover_rows[] = {
	{ .name = "within",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct check_recover, within),
	    .help = "time from the end of the phase to steady success",
	    .flags = PARAM_SCALAR },
	{ .name = "success",
	    .type = PARAM_RATE,
	    .offset = offsetof(struct check_recover, success),
	    .fallback = "99%",
	    .help = "what counts as success again" },
	{ .name = "hold",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct check_recover, hold),
	    .fallback = "5s",
	    .help = "how long it has to last" },
	{ .name = "lost",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_recover, lost),
	    .help = "operations open at the end of the phase that never "
		    "succeeded",
	    .sub = &check_limit_set },
};
static const char *
check_recover_conf(const void *conf)
{
	const struct check_recover *c = conf;

	return (c->given & (RECOVER_WITHIN | RECOVER_LOST)) != 0
		   ? NULL
		   : "nothing to check: give within or lost";
}
const struct check_type check_recover = {
	.name = "recover",
	.summary = "the client is back soon after the fault has ended",
	.params = { .rows = recover_rows,
	    .n_rows = CHECK_N(recover_rows),
	    .size = sizeof(struct check_recover),
	    .given = offsetof(struct check_recover, given),
	    .check = check_recover_conf },
};

static const struct param settle_rows[] = {
	{ .name = "within",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct check_settle, within),
	    .fallback = "30s",
	    .help = "by then the rate is back",
	    .flags = PARAM_SCALAR },
	{ .name = "rate",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_settle, rate),
	    .help = "rate as a multiple of the baseline's (1.2x)",
	    .sub = &check_times_set },
};
const struct check_type check_settle = {
	.name = "settle",
	.summary = "the load falls back to what it was before the fault",
	.params = { .rows = settle_rows,
	    .n_rows = CHECK_N(settle_rows),
	    .size = sizeof(struct check_settle),
	    .given = offsetof(struct check_settle, given) },
};

static const struct param herd_rows[] = {
	{ .name = "bin",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct check_herd, bin),
	    .min = 10000000,
	    .max = 10000000000,
	    .fallback = "100ms",
	    .help = "arrivals are counted in bins of this width" },
	{ .name = "within",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct check_herd, within),
	    .min = 100000000,
	    .max = 600000000000,
	    .fallback = "5s",
	    .help = "for so long after the end of the phase" },
	{ .name = "peak",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_herd, peak),
	    .help = "fullest bin as a multiple of the mean (3x)",
	    .sub = &factor_set,
	    .flags = PARAM_REQUIRED },
};
static const char *
check_herd_conf(const void *conf)
{
	const struct check_herd *c = conf;

	return c->within >= 10 * c->bin ? NULL
					: "within must hold at least ten bins";
}
const struct check_type check_herd = {
	.name = "herd",
	.summary = "clients do not all come back at the same moment",
	.params = { .rows = herd_rows,
	    .n_rows = CHECK_N(herd_rows),
	    .size = sizeof(struct check_herd),
	    .given = offsetof(struct check_herd, given),
	    .check = check_herd_conf },
};

static const struct param breaker_rows[] = {
	{ .name = "opens_after",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_breaker, opens_after),
	    .help = "failures in a row before the client stops calling",
	    .sub = &check_count_set },
	{ .name = "open_for",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_breaker, open_for),
	    .help = "how long it then stays away",
	    .sub = &check_range_set },
	{ .name = "probes",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct check_breaker, probes),
	    .help = "single requests that test the service meanwhile",
	    .sub = &check_count_set },
};
static const char *
check_breaker_conf(const void *conf)
{
	const struct check_breaker *c = conf;

	return c->given != 0
		   ? NULL
		   : "nothing to check: give opens_after, open_for or probes";
}
const struct check_type check_circuit_breaker = {
	.name = "circuit_breaker",
	.summary = "the client stops calling what keeps failing",
	.params = { .rows = breaker_rows,
	    .n_rows = CHECK_N(breaker_rows),
	    .size = sizeof(struct check_breaker),
	    .given = offsetof(struct check_breaker, given),
	    .check = check_breaker_conf },
};

const struct check_type check_success = {
	.name = "success",
	.summary = "operations end in success, retries included",
	.params = { .rows = (const struct param[]){ { .name = "min",
			.type = PARAM_RATE,
			.offset = offsetof(struct check_share, min),
			.help = "at least this share (99%)",
			.flags = PARAM_SCALAR | PARAM_REQUIRED } },
	    .n_rows = 1,
	    .size = sizeof(struct check_share),
	    .given = offsetof(struct check_share, given) },
};
