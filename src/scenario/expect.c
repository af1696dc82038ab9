/* The list of the checks and the rows that they share. */
#include "scenario/expect.h"

#include <stddef.h>

#include "scenario/amount.h"
#include "scenario/check_rows.h"

#define CHECK(name) extern const struct check_type check_##name;
#include "scenario/checks.def"
#undef CHECK

const struct check_type *const check_types[CHECK_IDS] = {
#define CHECK(name) [CHECK_##name] = &check_##name,
#include "scenario/checks.def"
#undef CHECK
};

const char *
check_limit(const void *conf)
{
	const struct check_amount *c = conf;

	return amount_is_limit(c->max) ? NULL
				       : "expected a count such as 0 or a "
					 "share such as 1%";
}

const char *
check_times(const void *conf)
{
	const struct check_amount *c = conf;

	return amount_is_multiple(c->max) ? NULL
					  : "expected a multiple such as 1.5x";
}

static const struct param limit_rows[] = {
	{ .name = "max",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct check_amount, max),
	    .help = "at most so many cases (0) or this share of them (1%)",
	    .flags = PARAM_SCALAR | PARAM_REQUIRED },
};
const struct param_set check_limit_set = {
	.rows = limit_rows,
	.n_rows = CHECK_N(limit_rows),
	.size = sizeof(struct check_amount),
	.given = offsetof(struct check_amount, given),
	.check = check_limit,
};

static const struct param times_rows[] = {
	{ .name = "max",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct check_amount, max),
	    .help = "at most this multiple (1.5x)",
	    .flags = PARAM_SCALAR | PARAM_REQUIRED },
};
const struct param_set check_times_set = {
	.rows = times_rows,
	.n_rows = CHECK_N(times_rows),
	.size = sizeof(struct check_amount),
	.given = offsetof(struct check_amount, given),
	.check = check_times,
};

static const char *
check_range(const void *conf)
{
	const struct check_range *c = conf;

	if (c->given == (CHECK_RANGE_MIN | CHECK_RANGE_MAX) && c->min > c->max)
		return "min is above max";
	return NULL;
}

static const struct param range_rows[] = {
	{ .name = "min",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct check_range, min),
	    .help = "at least so long" },
	{ .name = "max",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct check_range, max),
	    .help = "at most so long" },
};
const struct param_set check_range_set = {
	.rows = range_rows,
	.n_rows = CHECK_N(range_rows),
	.size = sizeof(struct check_range),
	.given = offsetof(struct check_range, given),
	.check = check_range,
};

static const char *
check_count(const void *conf)
{
	const struct check_count *c = conf;

	if (c->given == (CHECK_RANGE_MIN | CHECK_RANGE_MAX) && c->min > c->max)
		return "min is above max";
	return NULL;
}

static const struct param count_rows[] = {
	{ .name = "min",
	    .type = PARAM_INT,
	    .offset = offsetof(struct check_count, min),
	    .max = INT32_MAX,
	    .help = "at least so many" },
	{ .name = "max",
	    .type = PARAM_INT,
	    .offset = offsetof(struct check_count, max),
	    .max = INT32_MAX,
	    .help = "at most so many" },
};
const struct param_set check_count_set = {
	.rows = count_rows,
	.n_rows = CHECK_N(count_rows),
	.size = sizeof(struct check_count),
	.given = offsetof(struct check_count, given),
	.check = check_count,
};

static const struct param share_rows[] = {
	{ .name = "min",
	    .type = PARAM_RATE,
	    .offset = offsetof(struct check_share, min),
	    .help = "at least this share (95%)",
	    .flags = PARAM_SCALAR | PARAM_REQUIRED },
};
const struct param_set check_share_set = {
	.rows = share_rows,
	.n_rows = CHECK_N(share_rows),
	.size = sizeof(struct check_share),
	.given = offsetof(struct check_share, given),
};
