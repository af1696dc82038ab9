#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "net/timer.h"

enum { MANY = 200 };

/* A loop and what ran in it. */
struct run {
	struct event_base *base;
	struct timers timers;
	unsigned order[MANY], n;
	uint64_t early;
};

struct one {
	struct run *run;
	struct timer timer;
	struct timeout timeout;
	struct one *cancels;
	unsigned id, again;
};

static int
setup(void **state)
{
	static struct run run;

	run = (struct run){ .base = event_base_new() };
	timers_init(&run.timers, run.base);
	*state = &run;
	return 0;
}

static int
teardown(void **state)
{
	struct run *run = *state;

	timers_clear(&run->timers);
	event_base_free(run->base);
	return 0;
}

/* Runs the loop until n callbacks have come, 2 s at most. */
static void
run_until(struct run *run, unsigned n)
{
	uint64_t end_ns = clock_mono_ns() + 2 * NS_PER_S;

	while (run->n < n && clock_mono_ns() < end_ns)
		event_base_loop(run->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_int_equal(run->n, n);
}

static void
one_ran(struct one *o, uint64_t at_ns)
{
	uint64_t now_ns = clock_mono_ns();

	if (now_ns < at_ns)
		o->run->early++;
	o->run->order[o->run->n++] = o->id;
}

static void
timer_ran(void *arg)
{
	struct one *o = arg;

	one_ran(o, o->timer.at_ns);
	if (o->cancels != NULL)
		timer_cancel(&o->run->timers, &o->cancels->timer);
	if (o->again-- > 0)
		timer_set(&o->run->timers, &o->timer,
		    o->timer.at_ns + 100 * NS_PER_US, timer_ran, o);
}

static void
timers_run_in_order_and_never_early(void **state)
{
	struct run *run = *state;
	struct one v[MANY];
	uint64_t base_ns = clock_mono_ns(), last_ns = 0;

	for (unsigned i = 0; i < MANY; i++) {
		v[i] = (struct one){ .run = run, .id = i };
		timer_set(&run->timers, &v[i].timer,
		    base_ns + (uint64_t)(i * 7919 % 1009) * 5 * NS_PER_US,
		    timer_ran, &v[i]);
	}
	run_until(run, MANY);
	assert_int_equal(run->early, 0);
	for (unsigned i = 0; i < MANY; i++) {
		uint64_t at_ns = v[run->order[i]].timer.at_ns;

		assert_true(at_ns >= last_ns);
		last_ns = at_ns;
	}
}

static void
a_cancelled_timer_does_not_run(void **state)
{
	struct run *run = *state;
	uint64_t now_ns = clock_mono_ns();
	struct one v[MANY];

	for (unsigned i = 0; i < MANY; i++) {
		v[i] = (struct one){ .run = run, .id = i };
		timer_set(&run->timers, &v[i].timer,
		    now_ns + (uint64_t)(i * 31 % MANY) * 10 * NS_PER_US,
		    timer_ran, &v[i]);
	}
	for (unsigned i = 0; i < MANY; i++)
		if (i % 3 != 0)
			timer_cancel(&run->timers, &v[i].timer);
	timer_cancel(&run->timers, &v[1].timer);
	run_until(run, (MANY + 2) / 3);
	for (unsigned i = 0; i < run->n; i++)
		assert_int_equal(run->order[i] % 3, 0);
	assert_int_equal(run->timers.n, 0);
}

static void
a_timer_may_move_cancel_another_and_come_again(void **state)
{
	struct run *run = *state;
	uint64_t now_ns = clock_mono_ns();
	struct one late = { .run = run, .id = 1 },
		   first = { .run = run, .id = 2 },
		   never = { .run = run, .id = 3 };

	first.cancels = &never;
	first.again = 2;
	timer_set(&run->timers, &late.timer, now_ns, timer_ran, &late);
	timer_set(
	    &run->timers, &first.timer, now_ns + NS_PER_MS, timer_ran, &first);
	timer_set(&run->timers, &never.timer, now_ns + NS_PER_MS + 1, timer_ran,
	    &never);
	timer_set(&run->timers, &late.timer, now_ns + 3 * NS_PER_MS, timer_ran,
	    &late);
	run_until(run, 4);
	assert_int_equal(run->early, 0);
	assert_int_equal(run->order[0], 2);
	assert_int_equal(run->order[2], 2);
	assert_int_equal(run->order[3], 1);
}

static void
timeout_ran(void *arg)
{
	struct one *o = arg;

	one_ran(o, o->timeout.at_ns);
	if (o->cancels != NULL)
		timeout_cancel(&o->cancels->timeout);
}

static void
timeouts_run_unless_cancelled_or_restarted(void **state)
{
	struct run *run = *state;
	struct timeout_class fast, slow;
	uint64_t now_ns = clock_mono_ns();
	struct one v[5];

	timeout_class_init(&run->timers, &slow, 3 * NS_PER_MS);
	timeout_class_init(&run->timers, &fast, NS_PER_MS);
	for (unsigned i = 0; i < 5; i++) {
		v[i] = (struct one){ .run = run, .id = i };
		timeout_set(&run->timers, &v[i].timeout, &fast, now_ns,
		    timeout_ran, &v[i]);
	}
	v[1].cancels = &v[2];
	timeout_cancel(&v[3].timeout);
	timeout_set(
	    &run->timers, &v[0].timeout, &slow, now_ns, timeout_ran, &v[0]);
	run_until(run, 3);
	assert_int_equal(run->early, 0);
	assert_int_equal(run->order[0] + run->order[1] + run->order[2], 5);
	assert_null(v[2].timeout.class);
	assert_null(v[3].timeout.class);
	assert_null(fast.first);
	assert_null(slow.first);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    timers_run_in_order_and_never_early, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_cancelled_timer_does_not_run, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_timer_may_move_cancel_another_and_come_again, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    timeouts_run_unless_cancelled_or_restarted, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
