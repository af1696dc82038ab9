/* The verdict as a whole: results, exit status, profiles, windows, memory. */
#include "sim.h"

#define TWO                                               \
	PLAY("  - {during: outage, attempts: {max: 4}}\n" \
	     "  - {during: outage, path: /none, attempts: {max: 4}}\n")

static double
wait_quick(struct rng *r, unsigned k)
{
	return wait_grpc(r, k) / 8;
}

static void
load(struct sim *s, const char *yaml, unsigned attempts)
{
	struct policy p = { .attempts = attempts, .wait = wait_quick };

	sim_begin(s, yaml);
	sim_load(s, &p, server_half, 10, 0, 79);
	sim_verdict(s, 140);
}

static void
puts_failure_before_doubt_and_doubt_before_pass(void **state)
{
	struct sim s;

	(void)state;
	load(&s, TWO, 4);
	assert_int_equal(s.verdict->overall, RESULT_NOT_EXERCISED);
	assert_int_equal(s.verdict->exit_status, 3);
	sim_end(&s);
	load(&s, TWO, 20);
	assert_int_equal(s.verdict->overall, RESULT_FAIL);
	assert_int_equal(s.verdict->exit_status, 1);
	sim_end(&s);
	load(&s, TWO "verdict: {inconclusive: warn}\n", 4);
	assert_int_equal(s.verdict->overall, RESULT_NOT_EXERCISED);
	assert_int_equal(s.verdict->exit_status, 0);
	sim_end(&s);
}

static void
is_void_when_records_were_lost(void **state)
{
	struct verdict *v;
	struct sim s;

	(void)state;
	load(&s, TWO "verdict: {inconclusive: warn}\n", 20);
	v = judge_finish(s.judge, sim_ns(140), 3);
	assert_int_equal(v->overall, RESULT_INCONCLUSIVE);
	assert_int_equal(v->exit_status, 3);
	assert_int_equal(v->losses, 3);
	verdict_free(v);
	sim_end(&s);
}

static void
passes_nothing_when_the_proxy_was_late(void **state)
{
	struct policy p = { .attempts = 4, .wait = wait_quick };
	struct sim s;

	(void)state;
	sim_begin(&s, TWO);
	sim_load(&s, &p, server_half, 10, 0, 79);
	judge_set_noise(s.judge, 50000000);
	sim_verdict(&s, 140);
	assert_status(&s, "attempts during outage", RESULT_PASS);
	judge_set_noise(s.judge, 80000000);
	sim_verdict(&s, 140);
	assert_status(&s, "attempts during outage", RESULT_INCONCLUSIVE);
	sim_end(&s);
}

static void
calls_nothing_a_pass_that_nobody_asked_for(void **state)
{
	struct verdict *v;
	struct buf text;
	char *out;
	struct sim s;

	(void)state;
	load(&s, "scenario: t\n", 4);
	assert_int_equal(s.verdict->overall, RESULT_NOT_EXERCISED);
	assert_int_equal(s.verdict->exit_status, 0);
	buf_init(&text, 1 << 16);
	verdict_print(s.verdict, &text);
	out = buf_take(&text);
	assert_non_null(strstr(out, "no expectations: nothing was judged\n"));
	assert_null(strstr(out, "PASS"));
	free(out);
	v = judge_finish(s.judge, sim_ns(140), 3);
	assert_int_equal(v->exit_status, 3);
	verdict_free(v);
	sim_end(&s);
}

static void
says_something_about_no_records_at_all(void **state)
{
	struct sim s;

	(void)state;
	sim_begin(&s,
	    PLAY("  - {during: outage, retry_after: {early: {max: 0}, "
		 "honoured: {min: 95%}, give_up: forbidden}}\n"
		 "  - {during: outage, attempts: {max: 4}}\n"
		 "  - {during: outage, backoff: {shape: growing, first: {min: "
		 "1ms}, cap: {max: 1s}, jitter: {min: weak}, min_wait: 1ms}}\n"
		 "  - {during: outage, amplification: 2, retry_ratio: 20%, "
		 "peak_rate: 2x}\n"
		 "  - {during: outage, unsafe_retry: {max: 0}, key: "
		 "{required: [POST], stable: true, unique: true}}\n"
		 "  - {during: outage, retry: never}\n"
		 "  - {during: outage, retry: {at_least: 1}}\n"
		 "  - {after: outage, recover: {within: 1s, lost: {max: 0}}, "
		 "settle: 3s, herd: {peak: {max: 3x}}}\n"
		 "  - {during: outage, timeout: {p99: {max: 1s}, hung: {max: "
		 "0}}}\n"
		 "  - {during: outage, circuit_breaker: {probes: {max: 3}}}\n"
		 "  - {give_up: {max: 1%}, success: 99%, wasted: 5%, "
		 "connection: {reuse_after_close: 0, repeat_on_same: 0, "
		 "new_per_op: 2x}}\n"));
	sim_verdict(&s, 0);
	assert_true(s.verdict->n_expectations >= 28);
	for (unsigned i = 0; i < s.verdict->n_expectations; i++)
		if (s.verdict->expectations[i].status < RESULT_INCONCLUSIVE ||
		    s.verdict->expectations[i].limit.unit == UNIT_NONE)
			fail_msg("%s", s.verdict->expectations[i].name);
	sim_end(&s);
}

static void
adds_what_the_profile_expects(void **state)
{
	static const char base[] =
	    PLAY("  - {during: outage, success: {min: 1%}}\n");
	static const struct {
		const char *profile;
		unsigned attempts;
		enum result want;
	} rows[] = {
		{ "api-client", 5, RESULT_PASS },
		{ "api-client", 8, RESULT_FAIL },
		{ "sre", 2, RESULT_FAIL }, /* ratio above 10 % */
		{ "rfc", 8, RESULT_PASS },
		{ "payments", 5, RESULT_PASS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char yaml[2048];
		struct sim s;

		snprintf(yaml, sizeof(yaml), "%sverdict: {profile: %s}\n", base,
		    rows[i].profile);
		load(&s, yaml, rows[i].attempts);
		assert_string_equal(s.verdict->profile, rows[i].profile);
		if (s.verdict->overall != rows[i].want)
			sim_print(&s);
		assert_int_equal(s.verdict->overall, rows[i].want);
		sim_end(&s);
	}
}

static void
prefers_what_the_scenario_says_to_the_profile(void **state)
{
	struct sim s;

	(void)state;
	load(&s,
	    PLAY("  - {attempts: {max: 30}}\n"
		 "verdict: {profile: api-client}\n"),
	    8);
	assert_status(&s, "attempts", RESULT_PASS);
	for (unsigned i = 0; i < s.verdict->n_expectations; i++)
		assert_string_not_equal(
		    s.verdict->expectations[i].name, "attempts by profile");
	sim_end(&s);
}

static void
counts_phases_rules_and_arrivals(void **state)
{
	const struct verdict *v;
	uint64_t total = 0, first = 0;
	struct sim s;

	(void)state;
	load(&s, TWO, 4);
	v = s.verdict;
	assert_int_equal(v->n_phases, 3);
	assert_float_equal(v->phases[1].start, 20, 0.001);
	assert_float_equal(v->phases[1].end, 40, 0.001);
	assert_true(v->phases[1].outcomes[OUTCOME_INJECTED] > 100);
	assert_true(v->phases[1].n_statuses == 2);
	assert_int_equal(v->phases[1].statuses[0].status, 200);
	assert_int_equal(
	    v->rules[0].injected, v->phases[1].outcomes[OUTCOME_INJECTED]);
	for (size_t i = 0; i < v->seconds.n; i++) {
		for (int k = 0; k < OUTCOMES; k++)
			total += v->seconds.bins[i].outcomes[k];
		first += v->seconds.bins[i].first;
	}
	assert_int_equal(total, v->attempts);
	assert_int_equal(first, v->operations);
	assert_float_equal(v->baseline_rate, 10, 1.5);
	sim_end(&s);
}

static void
finds_phases_that_were_stretched(void **state)
{
	struct policy p = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, TWO);
	for (int i = 0; i < 900; i++) {
		double t = i * 0.1;
		struct record r;

		s.op++;
		r = sim_record(
		    &s, &p, t, answer_status(t >= 50 && t < 70 ? 503 : 200));
		r.phase = t < 50 ? 0 : t < 70 ? 1 : 2;
		judge_add(s.judge, &r);
	}
	sim_verdict(&s, 90);
	assert_float_equal(s.verdict->phases[1].start, 50, 0.2);
	assert_float_equal(s.verdict->phases[1].end, 70, 0.2);
	sim_end(&s);
}

/* The baseline that counts is that of a second start: the outage came first. */
static void
turns_no_phase_around(void **state)
{
	struct policy p = { .attempts = 1 };
	struct sim s;

	(void)state;
	sim_begin(&s, TWO);
	for (double t = 0.25; t < 40; t += 0.5) {
		struct record r = sim_record(&s, &p, t, answer_status(200));

		r.phase = t < 20;
		judge_add(s.judge, &r);
		s.op++;
	}
	sim_verdict(&s, 40);
	assert_float_equal(s.verdict->phases[1].start, 0.25, 0.1);
	assert_float_equal(s.verdict->phases[1].end, 20.25, 0.1);
	assert_float_equal(s.verdict->phases[0].start, 20.25, 0.1);
	assert_float_equal(s.verdict->phases[0].end, 40, 0.1);
	sim_end(&s);
}

static void
keeps_a_sample_when_there_are_too_many(void **state)
{
	struct judge_options o = { .max_attempts = 1000 };
	struct policy p = { .attempts = 6, .wait = wait_constant };
	struct sim s;

	(void)state;
	sim_begin(&s, TWO);
	judge_free(s.judge);
	s.judge = judge_new(s.scenario, &o);
	sim_load(&s, &p, server_outage, 100, 0, 79);
	sim_verdict(&s, 140);
	assert_true(s.verdict->sampled < 0.2);
	assert_true(s.verdict->sampled > 0.01);
	assert_true(s.verdict->attempts > 8000);
	assert_float_equal(s.verdict->baseline_rate, 100, 35);
	assert_status(&s, "attempts during outage", RESULT_FAIL);
	assert_float_equal(
	    sim_line(&s, "attempts during outage")->value.value, 6, 0);
	sim_end(&s);
}

static void
gives_a_verdict_so_far_and_goes_on(void **state)
{
	struct policy p = { .attempts = 6, .wait = wait_constant };
	struct verdict *v;
	struct sim s;

	(void)state;
	sim_begin(&s, TWO);
	sim_load(&s, &p, server_outage, 2000, 0, 40);
	v = judge_interim(s.judge, sim_ns(40), 0);
	assert_true(v->partial);
	assert_true(v->sampled < 0.5);
	assert_int_equal(v->overall, RESULT_FAIL);
	verdict_free(v);
	sim_load(&s, &p, server_outage, 10, 40, 79);
	sim_verdict(&s, 100);
	assert_float_equal(s.verdict->sampled, 1, 0);
	assert_false(s.verdict->partial);
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    puts_failure_before_doubt_and_doubt_before_pass),
		cmocka_unit_test(is_void_when_records_were_lost),
		cmocka_unit_test(passes_nothing_when_the_proxy_was_late),
		cmocka_unit_test(calls_nothing_a_pass_that_nobody_asked_for),
		cmocka_unit_test(says_something_about_no_records_at_all),
		cmocka_unit_test(adds_what_the_profile_expects),
		cmocka_unit_test(prefers_what_the_scenario_says_to_the_profile),
		cmocka_unit_test(counts_phases_rules_and_arrivals),
		cmocka_unit_test(finds_phases_that_were_stretched),
		cmocka_unit_test(keeps_a_sample_when_there_are_too_many),
		cmocka_unit_test(gives_a_verdict_so_far_and_goes_on),
		cmocka_unit_test(turns_no_phase_around),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
