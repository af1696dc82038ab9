#include "decide/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/clock.h"

#define S ((uint64_t)NS_PER_S)

/* 10 s, three times 5 s, endless. */
static const struct phase endless[] = {
	{ .for_ns = 10 * S, .repeat = 1 },
	{ .for_ns = 5 * S, .repeat = 3 },
	{ .for_ns = 0, .repeat = 1 },
};

static const struct spot_row {
	uint64_t at;
	int phase;
	unsigned round;
	uint64_t into, left;
} spot_rows[] = {
	{ 0, 0, 0, 0, 10 * S },
	{ 10 * S - 1, 0, 0, 10 * S - 1, 1 },
	{ 10 * S, 1, 0, 0, 5 * S },
	{ 15 * S - 1, 1, 0, 5 * S - 1, 1 },
	{ 15 * S, 1, 1, 0, 5 * S },
	{ 22 * S, 1, 2, 2 * S, 3 * S },
	{ 25 * S - 1, 1, 2, 5 * S - 1, 1 },
	{ 25 * S, 2, 0, 0, UINT64_MAX },
	{ 1000000 * S, 2, 0, 999975 * S, UINT64_MAX },
};

static void
finds_phase_and_round(void **state)
{
	struct timeline t;

	(void)state;
	timeline_init(&t, endless, 3, 1);
	for (size_t i = 0; i < sizeof(spot_rows) / sizeof(spot_rows[0]); i++) {
		const struct spot_row *row = &spot_rows[i];
		struct spot s = timeline_at(&t, row->at);

		if (s.phase != row->phase || s.round != row->round ||
		    s.into_ns != row->into || s.left_ns != row->left)
			fail_msg("at %ju: phase %d round %u into %ju left %ju",
			    (uintmax_t)row->at, s.phase, s.round,
			    (uintmax_t)s.into_ns, (uintmax_t)s.left_ns);
	}
	timeline_clear(&t);
}

static void
is_over_after_the_last_round(void **state)
{
	struct timeline t;

	(void)state;
	timeline_init(&t, endless, 2, 1);
	assert_int_equal(timeline_at(&t, 25 * S - 1).phase, 1);
	assert_int_equal(timeline_at(&t, 25 * S).phase, -1);
	assert_int_equal(timeline_at(&t, UINT64_MAX).phase, -1);
	timeline_clear(&t);
}

static void
survives_lengths_beyond_all_time(void **state)
{
	const struct phase long_ones[] = {
		{ .for_ns = UINT64_MAX / 2, .repeat = 4000000000u },
		{ .for_ns = 5 * S, .repeat = 1 },
	};
	struct timeline t;

	(void)state;
	timeline_init(&t, long_ones, 2, 1);
	assert_int_equal(timeline_at(&t, UINT64_MAX - 1).phase, 0);
	timeline_clear(&t);
}

static void
stands_before_the_start_and_after_stop(void **state)
{
	struct timeline t;
	struct clock c = { 0 };

	(void)state;
	timeline_init(&t, endless, 3, 1);
	assert_int_equal(timeline_spot(&t, &c, 99 * S).phase, -1);
	c = clock_start(&c, 100 * S);
	assert_int_equal(timeline_spot(&t, &c, 100 * S).phase, 0);
	/* A worker's clock may be a little behind the starter's. */
	assert_int_equal(timeline_spot(&t, &c, 99 * S).phase, 0);
	c = clock_start(&c, 110 * S);
	assert_int_equal(timeline_spot(&t, &c, 111 * S).phase, 1);
	c.state = CLOCK_STOPPED;
	assert_int_equal(timeline_spot(&t, &c, 111 * S).phase, -1);
	c = clock_start(&c, 200 * S);
	assert_int_equal(timeline_spot(&t, &c, 201 * S).phase, 0);
	timeline_clear(&t);
}

static void
freezes_while_paused(void **state)
{
	struct timeline t;
	struct clock c = { 0 };

	(void)state;
	timeline_init(&t, endless, 3, 1);
	c = clock_start(&c, 100 * S);
	c = clock_pause(&c, &t, 103 * S);
	assert_int_equal(timeline_spot(&t, &c, 500 * S).into_ns, 3 * S);
	assert_int_equal(timeline_when(&t, &c, 10 * S), UINT64_MAX);
	c = clock_pause(&c, &t, 600 * S);
	assert_int_equal(timeline_spot(&t, &c, 700 * S).into_ns, 3 * S);
	c = clock_resume(&c, 1000 * S);
	assert_int_equal(timeline_spot(&t, &c, 1006 * S).into_ns, 9 * S);
	assert_int_equal(timeline_when(&t, &c, 10 * S), 1007 * S);
	c = clock_resume(&c, 1006 * S);
	assert_int_equal(timeline_spot(&t, &c, 1007 * S).phase, 1);
	timeline_clear(&t);
}

static void
next_skips_the_rounds_that_are_left(void **state)
{
	struct timeline t;
	struct clock c = { 0 };

	(void)state;
	timeline_init(&t, endless, 3, 1);
	c = clock_next(&c, &t, 50 * S);
	assert_int_equal(c.state, CLOCK_IDLE);
	c = clock_start(&c, 100 * S);
	c = clock_next(&c, &t, 104 * S);
	assert_int_equal(timeline_spot(&t, &c, 104 * S).phase, 1);
	assert_int_equal(timeline_spot(&t, &c, 105 * S).into_ns, S);
	c = clock_pause(&c, &t, 105 * S);
	c = clock_next(&c, &t, 106 * S);
	assert_int_equal(c.state, CLOCK_PAUSED);
	assert_int_equal(timeline_spot(&t, &c, 200 * S).phase, 2);
	assert_int_equal(timeline_spot(&t, &c, 200 * S).into_ns, 0);
	c = clock_next(&c, &t, 201 * S);
	assert_int_equal(timeline_spot(&t, &c, 202 * S).phase, -1);
	timeline_clear(&t);
}

static void
runs_faster_by_its_scale(void **state)
{
	struct timeline t;
	struct clock c = { 0 };
	uint64_t when;

	(void)state;
	timeline_init(&t, endless, 3, 20);
	c = clock_start(&c, 100 * S);
	assert_int_equal(timeline_spot(&t, &c, 100 * S + S / 4).into_ns, 5 * S);
	when = timeline_when(&t, &c, 10 * S);
	assert_int_equal(when, 100 * S + S / 2);
	assert_int_equal(timeline_spot(&t, &c, when).phase, 1);
	assert_int_equal(timeline_real(&t, 10 * S), S / 2);
	timeline_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_phase_and_round),
		cmocka_unit_test(is_over_after_the_last_round),
		cmocka_unit_test(survives_lengths_beyond_all_time),
		cmocka_unit_test(stands_before_the_start_and_after_stop),
		cmocka_unit_test(freezes_while_paused),
		cmocka_unit_test(next_skips_the_rounds_that_are_left),
		cmocka_unit_test(runs_faster_by_its_scale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
