/* Which operation an attempt continues that has no id, or a new one. */
#include "attempts.h"

/* The same client asks the same every 17 s: that is no retry, though nothing
 * like it was seen in the seconds of the baseline. */
static void
takes_a_later_request_with_an_id_of_its_own_for_new(void **state)
{
	struct sim s;

	(void)state;
	sim_begin(&s, PLAY("  - {during: outage, attempts: {max: 2}}\n"));
	for (unsigned i = 0; i < 160; i++) {
		double t = i * 0.5;
		bool down = t >= 20 && t < 35;

		for (unsigned k = 0; k < (down ? 2 : 1); k++) {
			struct record r = one(&s, i, t + k, down ? 503 : 200);

			r.client = 1 + i % 34;
			r.body_hash = 0;
			add(&s, r);
		}
	}
	sim_verdict(&s, 81);
	assert_int_equal(s.verdict->operations, 160);
	assert_status(&s, "attempts during outage", RESULT_PASS);
	sim_end(&s);
}

/* Who sends no id is another, unless nobody asks twice anyway. */
static void
joins_no_stranger_to_an_operation_with_an_id(void **state)
{
	for (unsigned usual = 0; usual < 2; usual++) {
		struct sim s;

		sim_begin(&s, ALL);
		for (unsigned i = 0; i < 60; i++) {
			struct record r = one(&s, 1000 + i, i * 0.3, 200);

			r.client = usual ? 5 : 100 + i;
			r.body_hash = 0;
			add(&s, r);
		}
		for (unsigned i = 0; i < 20; i++)
			for (unsigned k = 0; k < 2; k++) {
				struct record r = one(&s, i,
				    20.5 + i * 0.9 + k * 0.4, k ? 200 : 503);

				r.client = usual ? 5 : 10 + i;
				r.body_hash = 0;
				r.op_source = k ? SOURCE_PRINT : SOURCE_HEADER;
				add(&s, r);
			}
		sim_verdict(&s, 80);
		assert_int_equal(s.verdict->operations, usual ? 100 : 80);
		sim_end(&s);
	}
	(void)state;
}

/* A fault that strikes before the body has come leaves it unknown. */
static void
compares_no_body_that_was_not_seen(void **state)
{
	struct sim s;

	(void)state;
	sim_begin(&s, ALL);
	for (unsigned i = 0; i < 100; i++)
		add(&s, one(&s, 1000 + i, i * 0.2, 200));
	for (unsigned i = 0; i < 120; i++)
		for (unsigned k = 0; k < 2; k++) {
			struct record r = one(&s, i, 20.5 + i * 0.1 + k * 0.05,
			    k == 0 ? 444 : 200);

			r.client = 5;
			if (i >= 90)
				r.op_source = SOURCE_PRINT;
			if (k == 0) {
				r.flags |= RECORD_REQ_INCOMPLETE;
				r.body_hash = 0;
			} else if (i % 3 == 0)
				continue;
			add(&s, r);
		}
	sim_verdict(&s, 80);
	assert_int_equal(s.verdict->operations, 100 + 90 + 30 + 20);
	assert_float_equal(
	    s.verdict->grouping[GROUPING_STRONG], 190.0 / 240, 1e-9);
	assert_float_equal(
	    s.verdict->grouping[GROUPING_AGGREGATE], 30.0 / 240, 1e-9);
	sim_end(&s);
}

/* Payments that are all alike, met by nothing but the fault, by a client whose
 * other requests never recur. */
static void
pay(struct sim *s, unsigned tries)
{
	for (unsigned i = 0; i < 60; i++)
		add(s, one(s, 1000 + i, i * 0.3, 200));
	for (unsigned i = 0; i < 20; i++)
		for (unsigned k = 0; k < tries; k++) {
			struct record r =
			    one(s, i, 20.5 + i * 0.9 + k * 0.3, 503);

			r.method = SPAN("POST");
			r.client = 5;
			r.body_hash = 0;
			r.op_source = SOURCE_KEY;
			r.flags |= RECORD_HAS_KEY;
			r.key_hash = r.op;
			add(s, r);
		}
	sim_verdict(s, 80);
}

/* k1, k1, k1, k2, k2, k2: whoever keeps a key over his retries has not changed
 * it when he sends another; and who never retries may not have either. */
static void
takes_the_next_of_equal_operations_for_no_retry(void **state)
{
	struct sim s;

	(void)state;
	for (unsigned tries = 1; tries <= 3; tries += 2) {
		sim_begin(
		    &s, PLAY("  - {during: outage, attempts: {max: 3}}\n"
			     "  - {during: outage, key: {stable: true}}\n"));
		pay(&s, tries);
		assert_int_equal(s.verdict->operations, 60 + 20);
		assert_status(&s, "attempts during outage", RESULT_PASS);
		assert_status(&s, "key stable during outage",
		    tries == 1 ? RESULT_INCONCLUSIVE : RESULT_PASS);
		sim_end(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    takes_a_later_request_with_an_id_of_its_own_for_new),
		cmocka_unit_test(joins_no_stranger_to_an_operation_with_an_id),
		cmocka_unit_test(compares_no_body_that_was_not_seen),
		cmocka_unit_test(
		    takes_the_next_of_equal_operations_for_no_retry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
