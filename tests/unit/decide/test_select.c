#include "decide/select.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/clock.h"

enum { MILLION = 1000000, PERCENT = RATE_ONE / 100 };

static const uint64_t seeds[] = { 0, 1, 42, 0xdeadbeefcafe, UINT64_MAX };
enum { SEEDS = sizeof(seeds) / sizeof(seeds[0]) };

static const uint32_t rates[] = { 0, 1000, PERCENT / 10, PERCENT, 20 * PERCENT,
	333333333, 99 * PERCENT, RATE_ONE - 1, RATE_ONE };
enum { RATES = sizeof(rates) / sizeof(rates[0]) };

/* Half the width of the interval that holds 99.9 % of binomial counts. */
static double
half_width(double n, double p)
{
	return 3.2905 * sqrt(n * p * (1 - p)) + 1;
}

static void
a_million_draws_keep_their_rate(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SEEDS; i++) {
		for (unsigned r = 0; r < RATES; r++) {
			struct select s = { .kind = SELECT_RATE };
			struct draw d = { .seed = seeds[i], .rule = 7 };
			double p = (double)rates[r] / RATE_ONE;
			unsigned fired = 0;

			while (d.n++ < MILLION)
				fired += select_fires(&d, &s, rates[r], false);
			if (fabs(fired - p * MILLION) > half_width(MILLION, p))
				fail_msg("seed %ju rate %g: %u fired",
				    (uintmax_t)seeds[i], p, fired);
			if (rates[r] == 0)
				assert_int_equal(fired, 0);
			if (rates[r] == RATE_ONE)
				assert_int_equal(fired, MILLION);
		}
	}
}

static void
even_is_exact_to_one_at_each_prefix(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SEEDS; i++) {
		for (unsigned r = 0; r < RATES; r++) {
			struct select s = { .kind = SELECT_RATE,
				.even = true,
				.rate_from = rates[r],
				.rate_to = rates[r] };
			struct draw d = { .seed = seeds[i], .rule = 7 };
			uint64_t fired = 0;

			while (d.n++ < 100000) {
				int64_t off;

				fired += select_fires(&d, &s, rates[r], false);
				off = (int64_t)(fired * RATE_ONE) -
				      (int64_t)(d.n * rates[r]);
				if (off <= -RATE_ONE || off >= RATE_ONE)
					fail_msg("%ju of %ju at %u ppb",
					    (uintmax_t)fired, (uintmax_t)d.n,
					    rates[r]);
			}
		}
	}
}

static void
even_rules_do_not_march_in_step(void **state)
{
	struct select s = { .kind = SELECT_RATE,
		.even = true,
		.rate_from = 10 * PERCENT,
		.rate_to = 10 * PERCENT };
	bool first[10] = { false };
	unsigned different = 0;

	(void)state;
	for (uint64_t rule = 1; rule <= 50; rule++) {
		struct draw d = { .seed = 1, .rule = rule, .n = 1 };

		while (!select_even(&d, &s, 10 * PERCENT))
			d.n++;
		first[d.n - 1] = true;
	}
	for (unsigned i = 0; i < 10; i++)
		different += first[i];
	assert_true(different >= 5);
}

/* The rate of a ramp: from, to, position in a phase of 10 s. */
static const struct ramp_row {
	uint32_t from, to;
	uint64_t into_s, for_s;
	uint32_t want;
} ramp_rows[] = {
	{ 0, 60 * PERCENT, 0, 10, 0 },
	{ 0, 60 * PERCENT, 5, 10, 30 * PERCENT },
	{ 0, 60 * PERCENT, 10, 10, 60 * PERCENT },
	{ 60 * PERCENT, 0, 5, 20, 45 * PERCENT },
	{ 100 * PERCENT, 0, 10, 10, 0 },
	{ 20 * PERCENT, 20 * PERCENT, 3, 10, 20 * PERCENT },
	{ 20 * PERCENT, 80 * PERCENT, 3, 0, 20 * PERCENT },
};

static void
ramps_are_linear_over_the_phase(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ramp_rows) / sizeof(ramp_rows[0]); i++) {
		const struct ramp_row *row = &ramp_rows[i];
		struct select s = { .kind = SELECT_RATE,
			.rate_from = row->from,
			.rate_to = row->to };

		assert_int_equal(select_rate(&s, row->into_s * NS_PER_S,
				     row->for_s * NS_PER_S),
		    row->want);
	}
}

static void
a_ramp_fires_by_the_rate_of_the_moment(void **state)
{
	(void)state;
	for (unsigned even = 0; even < 2; even++) {
		struct select s = { .kind = SELECT_RATE,
			.even = even,
			.rate_from = 0,
			.rate_to = 60 * PERCENT };
		struct draw d = { .seed = 3, .rule = 7 };

		/* Ten windows of 10,000 draws at 3 %, 9 %, ... 57 %. */
		for (unsigned w = 0; w < 10; w++) {
			uint32_t rate = (3 + 6 * w) * PERCENT;
			double p = (double)rate / RATE_ONE;
			unsigned fired = 0;

			for (unsigned i = 0; i < 10000; i++) {
				d.n++;
				fired += select_fires(&d, &s, rate, false);
			}
			assert_true(fabs(fired - p * 10000) <=
				    (even ? 10 : half_width(10000, p)));
		}
	}
}

static void
every_and_first_count_from_one(void **state)
{
	struct select every = { .kind = SELECT_EVERY, .every = 5 };
	struct select first = { .kind = SELECT_FIRST, .first = 2 };
	struct select always = { .kind = SELECT_ALWAYS };

	(void)state;
	for (uint64_t n = 1; n <= 20; n++) {
		struct draw d = { .n = n };

		assert_int_equal(select_fires(&d, &every, 0, false),
		    n == 5 || n == 10 || n == 15 || n == 20);
		assert_int_equal(select_fires(&d, &first, 0, false), n <= 2);
		assert_true(select_fires(&d, &always, 0, false));
	}
}

static const struct burst_row {
	uint32_t enter, leave;
} burst_rows[] = {
	{ PERCENT, 20 * PERCENT },
	{ 10 * PERCENT, 50 * PERCENT },
	{ 50 * PERCENT, 50 * PERCENT },
	{ 80 * PERCENT, 60 * PERCENT }, /* together beyond 100 % */
	{ 100 * PERCENT, 25 * PERCENT },
};
enum { BURSTS = sizeof(burst_rows) / sizeof(burst_rows[0]) };

static void
bursts_have_their_share_and_length(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BURSTS; i++) {
		struct select s = { .kind = SELECT_BURST,
			.enter = burst_rows[i].enter,
			.leave = burst_rows[i].leave };
		struct draw d = { .seed = 5, .rule = 9 };
		double enter = (double)s.enter / RATE_ONE;
		double leave = (double)s.leave / RATE_ONE;
		double share = enter / (enter + leave);
		unsigned inside = 0, bursts = 0;
		bool now = false;

		while (d.n++ < MILLION) {
			bool was = now;

			now = select_burst_step(&d, &s, was);
			inside += now;
			bursts += now && !was;
		}
		assert_true(fabs(inside / 1e6 - share) < 0.02 * share + 0.001);
		assert_true(
		    fabs((double)inside / bursts - 1 / leave) < 0.03 / leave);
		assert_int_equal(
		    select_share(&s) / 1000000, (uint32_t)(share * 1000));
	}
}

static void
a_burst_needs_no_memory(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BURSTS; i++) {
		struct select s = { .kind = SELECT_BURST,
			.enter = burst_rows[i].enter,
			.leave = burst_rows[i].leave };
		struct draw d = { .seed = 5, .rule = 9 };
		bool now = false, marked = false;
		uint64_t mark = 0;

		for (d.n = 1; d.n <= 20000; d.n++) {
			now = select_burst_step(&d, &s, now);
			assert_int_equal(select_burst(&d, &s, 0, false), now);
			assert_int_equal(
			    select_burst(&d, &s, mark, marked), now);
			if (d.n % 7 == 0) {
				mark = d.n;
				marked = now;
			}
		}
	}
}

static void
a_burst_that_always_turns_alternates(void **state)
{
	struct select s = {
		.kind = SELECT_BURST, .enter = RATE_ONE, .leave = RATE_ONE
	};
	struct draw d = { .seed = 5, .rule = 9 };

	(void)state;
	for (d.n = 1; d.n <= 100; d.n++)
		assert_int_equal(select_burst(&d, &s, 0, false), d.n % 2 == 1);
}

static void
choices_share_one_draw(void **state)
{
	const struct choice choices[] = { { .rate = 5 * PERCENT },
		{ .rate = 0 }, { .rate = 2 * PERCENT }, { .rate = PERCENT } };
	unsigned counts[5] = { 0 };
	struct draw d = { .seed = 11, .rule = 3 };

	(void)state;
	assert_int_equal(select_total(choices, 4), 8 * PERCENT);
	while (d.n++ < MILLION)
		counts[select_choice(&d, choices, 4, 8 * PERCENT) + 1]++;
	assert_int_equal(counts[2], 0);
	for (unsigned i = 0; i < 4; i++) {
		double p = (double)choices[i].rate / RATE_ONE;

		assert_true(fabs(counts[i + 1] - p * MILLION) <=
			    half_width(MILLION, p));
	}
}

static void
a_changed_total_keeps_the_proportions(void **state)
{
	const struct choice choices[] = { { .rate = 6 * PERCENT },
		{ .rate = 2 * PERCENT } };
	unsigned counts[3] = { 0 };
	struct draw d = { .seed = 11, .rule = 3 };

	(void)state;
	while (d.n++ < 100000)
		counts[select_choice(&d, choices, 2, 40 * PERCENT) + 1]++;
	assert_true(fabs(counts[1] - 30000.0) <= half_width(100000, 0.3));
	assert_true(fabs(counts[2] - 10000.0) <= half_width(100000, 0.1));
	for (d.n = 1; d.n < 1000; d.n++)
		assert_int_equal(select_choice(&d, choices, 2, 0), -1);
}

static void
choices_that_fill_all_leave_nothing(void **state)
{
	const struct choice choices[] = { { .rate = 60 * PERCENT },
		{ .rate = 40 * PERCENT } };
	struct draw d = { .seed = 11, .rule = 3 };

	(void)state;
	while (d.n++ < 100000)
		assert_true(select_choice(&d, choices, 2, RATE_ONE) >= 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_million_draws_keep_their_rate),
		cmocka_unit_test(even_is_exact_to_one_at_each_prefix),
		cmocka_unit_test(even_rules_do_not_march_in_step),
		cmocka_unit_test(ramps_are_linear_over_the_phase),
		cmocka_unit_test(a_ramp_fires_by_the_rate_of_the_moment),
		cmocka_unit_test(every_and_first_count_from_one),
		cmocka_unit_test(bursts_have_their_share_and_length),
		cmocka_unit_test(a_burst_needs_no_memory),
		cmocka_unit_test(a_burst_that_always_turns_alternates),
		cmocka_unit_test(choices_share_one_draw),
		cmocka_unit_test(a_changed_total_keeps_the_proportions),
		cmocka_unit_test(choices_that_fill_all_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
