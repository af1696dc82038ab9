#include "sim.h"

#include "judge/stats.h"

static void
knows_wilson_intervals_from_the_textbook(void **state)
{
	static const struct {
		uint64_t k, n;
		double lo, hi;
	} rows[] = {
		{ 0, 10, 0, 0.2775 },
		{ 1, 10, 0.0179, 0.4042 },
		{ 5, 10, 0.2366, 0.7634 },
		{ 10, 10, 0.7225, 1 },
		{ 15, 148, 0.0624, 0.1605 },
		{ 0, 0, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct interval w =
		    stats_wilson(rows[i].k, rows[i].n, STATS_Z95);

		assert_float_equal(w.lo, rows[i].lo, 0.0002);
		assert_float_equal(w.hi, rows[i].hi, 0.0002);
	}
}

static void
finds_the_critical_fano_factor_for_fifty_bins(void **state)
{
	(void)state;
	assert_float_equal(stats_chi2(49, STATS_Z999) / 49, 1.74, 0.01);
	assert_false(stats_clumped(1.70, 1, 50));
	assert_true(stats_clumped(1.78, 1, 50));
	assert_false(stats_clumped(1.78, 1.5, 50));
}

static void
draws_a_line_that_one_outlier_cannot_move(void **state)
{
	double x[] = { 1, 2, 3, 4, 5 }, y[] = { 3, 5, 7, 100, 11 };

	(void)state;
	assert_float_equal(stats_theil_sen(x, y, 5), 2, 1e-9);
	assert_float_equal(stats_theil_sen(x, y, 1), 0, 1e-9);
	assert_float_equal(stats_residual(x, y, 3), 0, 1e-9);
}

static void
interpolates_quantiles_of_a_sample(void **state)
{
	struct sample s = { 0 };

	(void)state;
	assert_float_equal(stats_quantile(&s, 0.5), 0, 0);
	for (int i = 10; i >= 0; i--)
		sample_add(&s, i);
	sample_sort(&s);
	assert_float_equal(stats_median(&s), 5, 1e-9);
	assert_float_equal(stats_quantile(&s, 0.9), 9, 1e-9);
	assert_float_equal(stats_quantile(&s, 1), 10, 1e-9);
	assert_true(stats_quantile_interval(&s, 0.5).lo < 5);
	assert_true(stats_quantile_interval(&s, 0.5).hi > 5);
	sample_clear(&s);
}

static void
knows_the_tails_of_poisson_and_binomial(void **state)
{
	(void)state;
	assert_float_equal(stats_poisson_tail(0, 3), 1, 1e-12);
	assert_float_equal(stats_poisson_tail(1, 3), 0.950213, 1e-6);
	assert_float_equal(stats_poisson_tail(10, 3), 0.001102, 1e-6);
	assert_float_equal(stats_poisson_tail(1100, 1000), 0.00089, 0.0003);
	assert_float_equal(stats_binomial_tail(3, 5, 0.5), 0.5, 1e-9);
	assert_float_equal(stats_binomial_tail(5, 5, 0.5), 0.03125, 1e-9);
}

static void
transforms_a_share_into_a_ratio(void **state)
{
	struct interval i = stats_ratio(100, 100);

	(void)state;
	assert_true(i.lo < 1 && i.lo > 0.7);
	assert_true(i.hi > 1 && i.hi < 1.4);
	assert_true(isinf(stats_ratio(5, 0).hi));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_wilson_intervals_from_the_textbook),
		cmocka_unit_test(finds_the_critical_fano_factor_for_fifty_bins),
		cmocka_unit_test(draws_a_line_that_one_outlier_cannot_move),
		cmocka_unit_test(interpolates_quantiles_of_a_sample),
		cmocka_unit_test(knows_the_tails_of_poisson_and_binomial),
		cmocka_unit_test(transforms_a_share_into_a_ratio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
