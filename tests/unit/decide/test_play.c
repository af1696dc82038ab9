#include "decide/decide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "playing.h"

static const char phases[] = "scenario: x\n"
			     "phases:\n"
			     "- {phase: quiet, for: 10s}\n"
			     "- phase: loud\n"
			     "  for: 5s\n"
			     "  repeat: 2\n"
			     "  rules: [{rule: a, inject: {status: 503}}]\n"
			     "- {phase: after, for: 10s}\n";

static unsigned
fires(struct play *p, uint64_t at)
{
	struct request r;

	request_make(&r, "GET /", "");
	return asked(p, &r, at, -1).n;
}

static void
is_armed_only_while_a_rule_could_fire(void **state)
{
	struct play *p = playing(phases);

	(void)state;
	assert_false(play_armed(p, S));
	assert_false(play_armed(p, 11 * S - 1));
	assert_true(play_armed(p, 11 * S));
	assert_true(play_armed(p, 21 * S - 1));
	assert_false(play_armed(p, 21 * S));
	assert_false(play_armed(p, 99 * S));
	assert_int_equal(play_phase(p, 12 * S), 1);
	assert_int_equal(play_phase(p, 99 * S), PLAN_NO_PHASE);
	play_unref(p);
}

static void
fires_in_its_phase_alone(void **state)
{
	struct play *p = playing(phases);

	(void)state;
	assert_int_equal(fires(p, 0), 0);
	assert_int_equal(fires(p, 10 * S - 1), 0);
	assert_int_equal(fires(p, 10 * S), 1);
	assert_int_equal(fires(p, 20 * S - 1), 1);
	assert_int_equal(fires(p, 20 * S), 0);
	assert_int_equal(fires(p, 500 * S), 0);
	play_unref(p);
}

static void
arms_at_the_same_moment_on_a_fast_clock(void **state)
{
	struct play *p = playing_with(
	    phases, (struct play_options){ .seed = 1, .time_scale = 100 });

	(void)state;
	assert_false(play_armed(p, S));
	assert_false(play_armed(p, S + S / 10 - 1000));
	assert_true(play_armed(p, S + S / 10 + 1));
	assert_false(play_armed(p, S + S / 5 + 1));
	assert_int_equal(fires(p, S / 10 + 1), 1);
	play_unref(p);
}

static void
the_first_request_starts_the_clock(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "start: first_request\n"
				 "phases:\n"
				 "- phase: loud\n"
				 "  for: 5s\n"
				 "  rules: [{rule: a, inject: {status: 503}}]\n"
				 "- {phase: after, for: 10s}\n");

	(void)state;
	assert_false(play_position(p, S).started);
	assert_true(play_armed(p, 100 * S));
	assert_int_equal(play_start_ns(p), 0);
	assert_int_equal(fires(p, 200 * S), 1);
	assert_int_equal(play_start_ns(p), 201 * S);
	assert_int_equal(fires(p, 204 * S), 1);
	assert_int_equal(fires(p, 205 * S), 0);
	play_unref(p);
}

static void
follows_pause_resume_next_and_stop(void **state)
{
	struct play *p = playing(phases);
	struct play_position at;

	(void)state;
	play_next(p, 3 * S);
	assert_true(play_armed(p, 3 * S));
	play_pause(p, 4 * S);
	at = play_position(p, 50 * S);
	assert_true(at.paused && at.started && !at.over);
	assert_int_equal(at.phase, 1);
	assert_int_equal(at.into_ns, S);
	assert_int_equal(at.left_ns, UINT64_MAX);
	assert_true(play_armed(p, 500 * S));
	assert_int_equal(fires(p, 500 * S), 1);
	play_resume(p, 1000 * S);
	at = play_position(p, 1005 * S);
	assert_int_equal(at.phase, 1);
	assert_int_equal(at.round, 1);
	assert_int_equal(at.left_ns, 4 * S);
	assert_false(play_armed(p, 1009 * S));
	play_stop(p);
	assert_true(play_position(p, 1006 * S).over);
	assert_int_equal(fires(p, 1006 * S), 0);
	assert_false(play_armed(p, 1006 * S));
	play_start(p, 2000 * S);
	assert_int_equal(play_position(p, 2001 * S).phase, 0);
	assert_true(play_armed(p, 2011 * S));
	assert_int_equal(play_start_ns(p), 2000 * S);
	play_unref(p);
}

static void
begins_again_when_started_after_the_end(void **state)
{
	struct play *p = playing(phases);

	(void)state;
	play_start(p, 12 * S);
	assert_int_equal(play_position(p, 12 * S).phase, 1);
	play_start(p, 100 * S);
	assert_int_equal(play_position(p, 101 * S).phase, 0);
	play_unref(p);
}

static void
the_kill_switch_acts_at_once(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "rules: [{rule: a, inject: {status: 503}}]\n");

	(void)state;
	assert_true(play_armed(p, S));
	assert_int_equal(fires(p, 0), 1);
	play_set_off(p, true);
	assert_true(play_is_off(p));
	assert_false(play_armed(p, S));
	assert_int_equal(fires(p, 0), 0);
	play_set_off(p, false);
	assert_true(play_armed(p, S));
	assert_int_equal(fires(p, 0), 1);
	play_unref(p);
}

static unsigned
fired_of(struct play *p, unsigned n, uint64_t at)
{
	unsigned fired = 0;

	while (n-- > 0)
		fired += fires(p, at);
	return fired;
}

static void
a_patch_holds_until_it_expires(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "rules: [{rule: a, every: 10, inject: "
				 "{status: 503}}]\n");
	struct rule_stats stats;

	(void)state;
	assert_int_equal(fired_of(p, 100, 0), 10);
	play_patch_rule(p, 0, -1, 100 * PERCENT, 5 * S, S);
	play_rule_stats(p, 0, &stats);
	assert_int_equal(stats.rate, RATE_ONE);
	assert_int_equal(fired_of(p, 100, 4 * S), 100);
	play_patch_rule(p, 0, 0, -1, 5 * S, 5 * S);
	assert_int_equal(fired_of(p, 100, 5 * S), 0);
	play_rule_stats(p, 0, &stats);
	assert_false(stats.enabled);
	assert_int_equal(stats.matched, 200);
	assert_int_equal(fired_of(p, 100, 9 * S), 10);
	play_rule_stats(p, 0, &stats);
	assert_true(stats.enabled);
	assert_int_equal(stats.rate, 10 * PERCENT);
	play_patch_rule(p, 0, 1, 0, 0, S);
	assert_int_equal(fired_of(p, 100, 1000 * S), 0);
	play_unref(p);
}

static void
counts_a_fault_that_did_not_happen_as_not_injected(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "rules: [{rule: a, inject: {status: 101}}]\n");
	struct rule_stats stats;
	struct request r;
	struct plan plan;

	(void)state;
	assert_int_equal(fired_of(p, 2, 0), 2);
	request_make(&r, "GET /", "");
	plan = asked(p, &r, S, -1);
	decide_missed(p, &plan.v[0], MISSED_SKIPPED);
	decide_idle(p, &plan.v[0]);
	play_rule_stats(p, 0, &stats);
	assert_int_equal(stats.matched, 3);
	assert_int_equal(stats.fired, 3);
	assert_int_equal(stats.injected, 2);
	assert_int_equal(stats.skipped, 1);
	play_unref(p);
}

static void
patches_the_sum_of_choices(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "rules:\n"
				 "- rule: mix\n"
				 "  choose:\n"
				 "  - {rate: 3%, inject: {status: 503}}\n"
				 "  - {rate: 1%, inject: {status: 500}}\n");
	struct rule_stats stats;
	unsigned fired;

	(void)state;
	play_rule_stats(p, 0, &stats);
	assert_int_equal(stats.rate, 4 * PERCENT);
	play_patch_rule(p, 0, -1, 50 * PERCENT, 0, S);
	fired = fired_of(p, 10000, 0);
	assert_true(fired > 4800 && fired < 5200);
	play_patch_rule(p, 0, -1, 100 * PERCENT, 0, S);
	assert_int_equal(fired_of(p, 1000, 0), 1000);
	play_unref(p);
}

static void
caps_the_faults_that_are_active(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "guard: {max_active_faults: 3}\n"
				 "rules: [{rule: a, rate: 100%, limit: 6, "
				 "inject: {status: 503}}]\n");
	struct plan plans[5];
	struct play_stats stats;
	struct request r;

	(void)state;
	request_make(&r, "GET /", "");
	r.facts.now_ns = S;
	for (unsigned i = 0; i < 5; i++) {
		decide(p, &r.facts, &plans[i]);
		assert_int_equal(plans[i].n, i < 3);
	}
	play_stats(p, &stats);
	assert_int_equal(stats.active, 3);
	assert_int_equal(stats.held_active, 2);
	for (unsigned i = 0; i < 5; i++)
		decide_done(p, &plans[i], -1, S);
	play_stats(p, &stats);
	assert_int_equal(stats.active, 0);
	/* What was held did not use up the limit: three are left. */
	assert_int_equal(fired_of(p, 10, 0), 3);
	play_unref(p);
}

static void
caps_the_share_from_the_first_request_on(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "guard: {max_share: 40%}\n"
				 "rules: [{rule: a, inject: {status: 503}}]\n");
	unsigned fired = 0;

	(void)state;
	for (unsigned n = 1; n <= 10000; n++) {
		fired += fires(p, 0);
		assert_true(fired * 5 <= n * 2);
	}
	assert_int_equal(fired, 4000);
	play_unref(p);
}

static void
saves_up_only_a_little_share(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "guard: {max_share: 50%}\n"
				 "rules: [{rule: a, match: {path: /a}, inject: "
				 "{status: 503}}]\n");
	struct request r;
	unsigned fired = 0;

	(void)state;
	fired_of(p, 10000, 0);
	request_make(&r, "GET /a", "");
	for (unsigned i = 0; i < 1000; i++)
		fired += asked(p, &r, 0, -1).n;
	assert_in_range(fired, 500, 510);
	play_unref(p);
}

static void
stops_when_the_upstream_is_sick(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "guard: {stop_when: {upstream_errors: 50%, "
				 "for: 10s}}\n"
				 "rules: [{rule: a, match: {path: /a}, inject: "
				 "{status: 503}}]\n");
	struct play_stats stats;
	struct request r;

	(void)state;
	request_make(&r, "GET /", "");
	/* A third of errors for long, then all of them. */
	for (uint64_t i = 0; i < 300; i++)
		asked(p, &r, i * S / 10, i % 3 != 0);
	assert_true(play_armed(p, 31 * S));
	for (uint64_t i = 300; i < 320; i++)
		asked(p, &r, i * S / 10, 0);
	assert_true(play_armed(p, 33 * S));
	for (uint64_t i = 320; i < 400; i++)
		asked(p, &r, i * S / 10, 0);
	assert_false(play_armed(p, 41 * S));
	play_stats(p, &stats);
	assert_true(stats.stopped);
	request_make(&r, "GET /a", "");
	assert_int_equal(asked(p, &r, 50 * S, 1).n, 0);
	play_stop(p);
	play_start(p, 100 * S);
	assert_int_equal(asked(p, &r, 100 * S, 1).n, 1);
	play_unref(p);
}

static void
one_early_error_stops_nothing(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "guard: {stop_when: {upstream_errors: 50%, "
				 "for: 1s}}\n"
				 "rules: [{rule: a, match: {path: /a}, inject: "
				 "{status: 503}}]\n");
	struct request r;

	(void)state;
	request_make(&r, "GET /", "");
	asked(p, &r, 0, 0);
	asked(p, &r, 60 * S, 0);
	assert_true(play_armed(p, 62 * S));
	play_unref(p);
}

static void
faults_expire(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "guard: {expires: 30s}\n"
				 "rules: [{rule: a, inject: {status: 503}}]\n");

	(void)state;
	assert_int_equal(fires(p, 30 * S - 1), 1);
	assert_true(play_armed(p, 31 * S - 1));
	assert_false(play_armed(p, 31 * S));
	assert_int_equal(fires(p, 30 * S), 0);
	assert_int_equal(play_position(p, 40 * S).phase, 0);
	play_unref(p);
}

static void
counts_what_did_not_happen(void **state)
{
	struct play *p = playing("scenario: x\n"
				 "rules: [{rule: a, inject: {status: 101}}]\n");
	struct rule_stats stats;
	struct plan plan;
	struct request r;

	(void)state;
	request_make(&r, "GET /", "");
	plan = asked(p, &r, 0, 1);
	decide_missed(p, &plan.v[0], MISSED_SKIPPED);
	decide_missed(p, &plan.v[0], MISSED_BYPASSED);
	decide_missed(p, &plan.v[0], MISSED_SKIPPED);
	play_rule_stats(p, 0, &stats);
	assert_int_equal(stats.skipped, 2);
	assert_int_equal(stats.bypassed, 1);
	play_unref(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_armed_only_while_a_rule_could_fire),
		cmocka_unit_test(fires_in_its_phase_alone),
		cmocka_unit_test(arms_at_the_same_moment_on_a_fast_clock),
		cmocka_unit_test(the_first_request_starts_the_clock),
		cmocka_unit_test(follows_pause_resume_next_and_stop),
		cmocka_unit_test(begins_again_when_started_after_the_end),
		cmocka_unit_test(the_kill_switch_acts_at_once),
		cmocka_unit_test(a_patch_holds_until_it_expires),
		cmocka_unit_test(
		    counts_a_fault_that_did_not_happen_as_not_injected),
		cmocka_unit_test(patches_the_sum_of_choices),
		cmocka_unit_test(caps_the_faults_that_are_active),
		cmocka_unit_test(caps_the_share_from_the_first_request_on),
		cmocka_unit_test(saves_up_only_a_little_share),
		cmocka_unit_test(stops_when_the_upstream_is_sick),
		cmocka_unit_test(one_early_error_stops_nothing),
		cmocka_unit_test(faults_expire),
		cmocka_unit_test(counts_what_did_not_happen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
