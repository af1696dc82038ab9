#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>

extern const struct fault_type fault_overload;

static void
seats_so_many_queues_so_many_and_refuses_the_rest(void **state)
{
	struct trial t[4];

	(void)state;
	trial_begin(&t[0], &fault_overload,
	    "concurrency=1; queue=2; retry_after.value=1s");
	for (unsigned i = 1; i < 4; i++)
		trial_next(&t[i], &t[0]);
	assert_int_equal(trial_request(&t[0]).kind, STEP_PASS);
	assert_int_equal(trial_request(&t[1]).kind, STEP_WAIT);
	assert_int_equal(trial_request(&t[2]).kind, STEP_WAIT);
	assert_int_equal(trial_request(&t[3]).kind, STEP_REPLY);
	assert_int_equal(t[3].reply.status, 503);
	assert_true(trial_reply_has(&t[3], "\r\nRetry-After: 1\r\n"));
	for (unsigned i = 3; i > 0; i--)
		trial_end(&t[i]);
	trial_end_rule(&t[0]);
}

static void
hands_a_seat_to_the_one_who_waits_longest(void **state)
{
	struct trial t[4];

	(void)state;
	trial_begin(&t[0], &fault_overload, "concurrency=1; queue=3");
	for (unsigned i = 1; i < 4; i++)
		trial_next(&t[i], &t[0]);
	for (unsigned i = 0; i < 3; i++)
		trial_request(&t[i]);
	fault_overload.on_end(&t[0].fault);
	/* A newcomer and the second in line poll first, in vain. */
	assert_int_equal(trial_request(&t[3]).kind, STEP_WAIT);
	assert_int_equal(trial_request(&t[2]).kind, STEP_WAIT);
	assert_int_equal(trial_request(&t[1]).kind, STEP_PASS);
	/* The second in line gives up: the third is next. */
	fault_overload.on_end(&t[2].fault);
	fault_overload.on_end(&t[1].fault);
	assert_int_equal(trial_request(&t[3]).kind, STEP_PASS);
	for (unsigned i = 3; i > 0; i--)
		trial_end(&t[i]);
	trial_end_rule(&t[0]);
}

static void
gives_back_a_seat_that_was_never_taken(void **state)
{
	struct trial t[3];

	(void)state;
	trial_begin(&t[0], &fault_overload, "concurrency=1; queue=1");
	trial_next(&t[1], &t[0]);
	trial_next(&t[2], &t[0]);
	trial_request(&t[0]);
	trial_request(&t[1]);
	fault_overload.on_end(&t[0].fault);
	/* The seat is its own already, but its client has gone. */
	fault_overload.on_end(&t[1].fault);
	assert_int_equal(trial_request(&t[2]).kind, STEP_PASS);
	trial_end(&t[2]);
	trial_end(&t[1]);
	trial_end_rule(&t[0]);
}

static atomic_int seated, most, served;

static void
come_and_go(const struct trial *first)
{
	struct trial t;
	struct step s;
	int now;

	trial_next(&t, first);
	while ((s = trial_request(&t)).kind == STEP_WAIT)
		t.facts.now_ns = s.at_ns;
	if (s.kind == STEP_PASS) {
		now = atomic_fetch_add(&seated, 1) + 1;
		if (now > atomic_load(&most))
			atomic_store(&most, now);
		atomic_fetch_add(&served, 1);
		atomic_fetch_sub(&seated, 1);
	}
	trial_end(&t);
}

static void *
crowd(void *arg)
{
	for (unsigned i = 0; i < 2000; i++)
		come_and_go(arg);
	return NULL;
}

static void
never_seats_more_between_threads_and_loses_no_seat(void **state)
{
	pthread_t threads[4];
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_overload, "concurrency=2; queue=2");
	for (unsigned i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, crowd, &t);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_in_range(atomic_load(&most), 1, 2);
	/* Four at a time find two seats and two places in the queue. */
	assert_int_equal(atomic_load(&served), 8000);
	crowd(&t);
	assert_int_equal(atomic_load(&served), 10000);
	trial_end_rule(&t);
}

static void
refuses_silent_refusals(void **state)
{
	(void)state;
	assert_string_not_equal(
	    conf_check(&fault_overload, "concurrency=1; status=444"), "");
	assert_string_equal(conf_check(&fault_overload, "concurrency=1"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    seats_so_many_queues_so_many_and_refuses_the_rest),
		cmocka_unit_test(hands_a_seat_to_the_one_who_waits_longest),
		cmocka_unit_test(gives_back_a_seat_that_was_never_taken),
		cmocka_unit_test(
		    never_seats_more_between_threads_and_loses_no_seat),
		cmocka_unit_test(refuses_silent_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
