#include "http/ratelimit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/clock.h"

#define S ((uint64_t)NS_PER_S)

static void
writes_the_drafts_structured_fields(void **state)
{
	const struct ratelimit r = { .policy = SPAN("a\"b\\c\x01"),
		.quota = 100,
		.window_ns = 60 * S,
		.remaining = 0,
		.reset_ns = 29 * S + 1 };
	struct lines l = { 0 };

	(void)state;
	ratelimit_add(&l, &r);
	assert_int_equal(l.n, 2);
	assert_true(span_eq(
	    l.v[0], SPAN("RateLimit-Policy: \"a\\\"b\\\\c\";q=100;w=60")));
	assert_true(
	    span_eq(l.v[1], SPAN("RateLimit: \"a\\\"b\\\\c\";r=0;t=30")));
	lines_clear(&l);
}

static void
keeps_to_fifteen_digits(void **state)
{
	const struct ratelimit r = { .policy = SPAN("p"),
		.quota = UINT64_MAX,
		.window_ns = S,
		.remaining = 1 };
	struct lines l = { 0 };

	(void)state;
	ratelimit_add(&l, &r);
	assert_true(span_eq(
	    l.v[0], SPAN("RateLimit-Policy: \"p\";q=999999999999999;w=1")));
	lines_clear(&l);
}

static void
writes_the_older_family(void **state)
{
	const struct ratelimit r = { .policy = SPAN("p"),
		.quota = 100,
		.window_ns = 60 * S,
		.remaining = 7,
		.reset_ns = S / 2 };
	struct lines l = { 0 };

	(void)state;
	x_ratelimit_add(&l, &r, 1000 * S + S / 4, false);
	x_ratelimit_add(&l, &r, 1000 * S, true);
	assert_int_equal(l.n, 6);
	assert_true(span_eq(l.v[0], SPAN("X-RateLimit-Limit: 100")));
	assert_true(span_eq(l.v[1], SPAN("X-RateLimit-Remaining: 7")));
	assert_true(span_eq(l.v[2], SPAN("X-RateLimit-Reset: 1001")));
	assert_true(span_eq(l.v[5], SPAN("X-RateLimit-Reset: 1")));
	lines_clear(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_drafts_structured_fields),
		cmocka_unit_test(keeps_to_fifteen_digits),
		cmocka_unit_test(writes_the_older_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
