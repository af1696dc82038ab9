/* Records of every kind, for tests that write and read them. */
#ifndef TESTS_RECORDS_H
#define TESTS_RECORDS_H

#include "base/rng.h"
#include "record/journal.h"

static const char *const records_phases[] = { "baseline", "out \"age\"",
	"caf\xc3\xa9" };
static const char *const records_rules[] = { "throttle-search", "lost\\reply",
	"x", "" };
static const char *const records_faults[] = { "status", "close" };
static const struct journal_names records_names = { records_phases,
	records_rules, records_faults, 3, 4, 2, 0 };

/* Bytes that a peer might send, nasty ones among them. */
static struct span
records_bytes(struct rng *rng, char *to, size_t max)
{
	static const char nasty[] = "\"\\\n\t\x01\x7f\xc3\xa9\xff\xe2\x82\xac/";
	size_t n = rng_upto(rng, max + 1);
	uint64_t kind = rng_upto(rng, 3);

	for (size_t i = 0; i < n; i++)
		to[i] = kind == 0   ? (char)('a' + rng_upto(rng, 26))
			: kind == 1 ? nasty[rng_upto(rng, sizeof(nasty) - 1)]
				    : (char)rng_upto(rng, 256);
	return (struct span){ to, n };
}

static uint64_t
records_maybe(struct rng *rng, uint64_t none, uint64_t max)
{
	return rng_upto(rng, 3) == 0 ? none : rng_upto(rng, max);
}

/* Up to RECORD_ARMED_MAX rules that fired. */
static struct span
records_plan(struct rng *rng, char *to)
{
	size_t n = rng_upto(rng, 2) * rng_upto(rng, RECORD_ARMED_MAX + 1);

	for (size_t i = 0; i < n; i++) {
		struct record_armed a = { .n = rng_next(rng),
			.draw = rng_next(rng),
			.rule = (uint32_t)rng_upto(rng, 4),
			.choice = (uint32_t)records_maybe(
			    rng, RECORD_NO_CHOICE, RECORD_NO_CHOICE) };

		memcpy(to + i * sizeof(a), &a, sizeof(a));
	}
	return (struct span){ to, n * sizeof(struct record_armed) };
}

/* A record whose strings lie in text, 4 * RECORD_TEXT_MAX bytes. */
static inline struct record
records_random(struct rng *rng, char *text)
{
	static const char *const causes[] = { NULL, "client",
		"connect \"timeout\"" };
	struct record r = {
		.t_first = rng_upto(rng, 1000000000000),
		.t_req_end = records_maybe(rng, RECORD_NONE, 1000000000000),
		.t_resp = records_maybe(rng, RECORD_NONE, 1000000000000),
		.wall_ns = 1700000000000000000 +
			   (int64_t)rng_upto(rng, 1u << 30) * 1000,
		.client = rng_next(rng),
		.op = records_maybe(rng, 0, UINT64_MAX),
		.target_hash = records_maybe(rng, 0, UINT64_MAX),
		.body_hash = records_maybe(rng, 0, UINT64_MAX),
		.auth_hash = records_maybe(rng, 0, UINT64_MAX),
		.key_hash = records_maybe(rng, 0, UINT64_MAX),
		.conn = rng_next(rng),
		.draw_n = records_maybe(rng, 0, UINT64_MAX),
		.retry_after_ns = records_maybe(rng, RECORD_NONE, 100000000000),
		.deadline_ns = records_maybe(rng, RECORD_NONE, 100000000000),
		.delay_ns = records_maybe(rng, 0, 1000000000),
		.bytes_in = rng_next(rng),
		.bytes_out = rng_next(rng),
		.nth = (uint32_t)rng_next(rng),
		.announced = (uint32_t)records_maybe(rng, 0, UINT32_MAX),
		.flags = (uint32_t)rng_upto(rng, RECORD_RETRY_DATE * 2),
		.status = (uint16_t)rng_upto(rng, 1000),
		.upstream_status = (uint16_t)rng_upto(rng, 1000),
		.rule = (uint16_t)records_maybe(rng, RECORD_NO_RULE, 4),
		.phase = (uint16_t)records_maybe(rng, RECORD_NO_PHASE, 3),
		.fault = (uint8_t)records_maybe(rng, RECORD_NO_FAULT, 2),
		.outcome = (uint8_t)rng_upto(rng, OUTCOME_REFUSED + 1),
		.upstream = (uint8_t)rng_upto(rng, UPSTREAM_DONE + 1),
		.op_source = (uint8_t)rng_upto(rng, 6),
		.proto = (uint8_t)rng_upto(rng, 2),
		.minor = (uint8_t)rng_upto(rng, 2),
		.cause = causes[rng_upto(rng, 3)],
	};

	r.t_end = r.t_first + rng_upto(rng, 100000000000);
	r.method = records_bytes(rng, text, 10);
	r.path = records_bytes(rng, text + RECORD_TEXT_MAX, RECORD_TEXT_MAX);
	r.host = records_bytes(rng, text + 2 * RECORD_TEXT_MAX, 60);
	if (r.op == 0)
		r.op_source = 0;
	else
		r.op_text = records_bytes(
		    rng, text + 3 * RECORD_TEXT_MAX, rng_upto(rng, 2) * 64);
	r.plan = records_plan(rng, text + 3 * RECORD_TEXT_MAX + 256);
	return r;
}

#endif
