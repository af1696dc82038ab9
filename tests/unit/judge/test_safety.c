#include "sim.h"

#define UNSAFE(severity)                                                       \
	PLAY("  - {during: outage, unsafe_retry: {max: 0, severity: " severity \
	     "}}\n")

/* The upstream did it, the answer was lost. */
static struct answer
server_lost(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_half(s, p, t);

	if (a.status != 503)
		return a;
	a.status = 499;
	a.silent = true;
	a.upstream = UPSTREAM_DONE;
	a.upstream_status = 201;
	return a;
}

/* A gateway timeout after the whole request; nobody knows. */
static struct answer
server_gateway(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_half(s, p, t);

	if (a.status == 503)
		a.status = 504;
	return a;
}

/* The same, said before all of the request was there. */
static struct answer
server_hasty(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_gateway(s, p, t);

	a.flags |= RECORD_REQ_INCOMPLETE;
	return a;
}

/* Closed in the middle of the request. */
static struct answer
server_cuts(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_half(s, p, t);

	if (a.status != 503)
		return a;
	a.status = 444;
	a.silent = true;
	a.flags |= RECORD_REQ_INCOMPLETE;
	return a;
}

static void
play(struct sim *s, const char *yaml, const struct policy *p, server_fn *f)
{
	sim_begin(s, yaml);
	sim_load(s, p, f, 10, 0, 79);
	sim_verdict(s, 100);
}

static void
grades_the_repeat_of_a_post(void **state)
{
	static const struct {
		const char *yaml;
		server_fn *server;
		enum result want;
	} rows[] = {
		{ UNSAFE("confirmed"), server_lost, RESULT_FAIL },
		{ UNSAFE("probable"), server_lost, RESULT_FAIL },
		{ UNSAFE("confirmed"), server_gateway, RESULT_NOT_EXERCISED },
		{ UNSAFE("probable"), server_gateway, RESULT_FAIL },
		{ UNSAFE("probable"), server_hasty, RESULT_FAIL },
		{ UNSAFE("probable"), server_cuts, RESULT_NOT_EXERCISED },
		{ UNSAFE("benign"), server_cuts, RESULT_FAIL },
		{ UNSAFE("probable"), server_half, RESULT_NOT_EXERCISED },
		{ UNSAFE("benign"), server_half, RESULT_FAIL },
	};
	struct policy p = { .attempts = 4, .method = "POST" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sim s;

		play(&s, rows[i].yaml, &p, rows[i].server);
		assert_status(&s, "unsafe_retry during outage", rows[i].want);
		sim_end(&s);
	}
}

static void
passes_who_does_not_repeat_or_has_a_key(void **state)
{
	struct policy quits = { .attempts = 1, .method = "POST" };
	struct policy keyed = {
		.attempts = 4, .method = "POST", .with_key = true
	};
	struct policy get = { .attempts = 4 };
	struct sim s;

	(void)state;
	play(&s, UNSAFE("probable"), &quits, server_lost);
	assert_status(&s, "unsafe_retry during outage", RESULT_PASS);
	sim_end(&s);
	play(&s, UNSAFE("probable"), &keyed, server_lost);
	assert_status(&s, "unsafe_retry during outage", RESULT_PASS);
	sim_end(&s);
	play(&s, UNSAFE("probable"), &get, server_lost);
	assert_status(&s, "unsafe_retry during outage", RESULT_NOT_EXERCISED);
	sim_end(&s);
}

static void
fails_a_post_whose_key_changes(void **state)
{
	struct policy fresh = { .attempts = 4,
		.method = "POST",
		.with_key = true,
		.new_key = true };
	struct sim s;

	(void)state;
	play(&s, UNSAFE("probable"), &fresh, server_lost);
	assert_status(&s, "unsafe_retry during outage", RESULT_FAIL);
	assert_true(sim_line(&s, "unsafe_retry during outage")
			->grouping[GROUPING_INFERRED] > 0.2);
	sim_end(&s);
}

static struct answer
server_never(struct sim *s, const struct policy *p, double t)
{
	(void)t;
	return server_lost(s, p, 25);
}

#define DARK                                          \
	"scenario: t\n"                               \
	"rules: [{rule: r, inject: {status: 503}}]\n" \
	"expect:\n"                                   \
	"  - {key: {stable: true}, unsafe_retry: {max: 0}}\n"

/* A fault that strikes each operation once never lets it through. */
static void
fails_new_keys_that_never_succeed(void **state)
{
	struct policy fresh = { .attempts = 4,
		.method = "POST",
		.client = 5,
		.with_key = true,
		.new_key = true };
	struct sim s;

	(void)state;
	sim_begin(&s, DARK);
	for (int i = 0; i < 12; i++)
		sim_op(&s, &fresh, server_never, 1 + i * 0.2);
	sim_verdict(&s, 20);
	assert_status(&s, "key stable", RESULT_FAIL);
	assert_status(&s, "unsafe_retry", RESULT_FAIL);
	sim_end(&s);
	sim_begin(&s, DARK);
	for (int i = 0; i < 30; i++)
		sim_op(&s, &fresh, server_never, 1 + i * 0.001);
	sim_verdict(&s, 20);
	assert_status(&s, "key stable", RESULT_INCONCLUSIVE);
	assert_status(&s, "unsafe_retry", RESULT_INCONCLUSIVE);
	assert_non_null(strstr(sim_line(&s, "unsafe_retry")->why, "change"));
	sim_end(&s);
}

/* The same few things are ordered again and again, at any time or in turn, each
 * order once. */
static void
takes_equal_orders_for_what_they_are(void **state)
{
	struct policy once = { .attempts = 1,
		.method = "POST",
		.client = 5,
		.with_key = true,
		.new_key = true };
	unsigned alarms = 0;

	(void)state;
	for (unsigned seed = 1; seed <= 200; seed++) {
		struct sim s;

		sim_begin(&s, DARK);
		s.rng = rng_stream(seed);
		for (unsigned i = 0; i < 60; i++) {
			s.op = seed % 2 == 0 ? i % 20 : rng_upto(&s.rng, 20);
			sim_op(&s, &once, server_never, 1 + i * 0.1);
		}
		sim_verdict(&s, 20);
		alarms += sim_line(&s, "unsafe_retry")->status == RESULT_FAIL;
		sim_end(&s);
	}
	assert_true(alarms <= 1);
}

#define KEY                                                                \
	PLAY("  - {during: outage, key: {required: [POST], stable: true, " \
	     "unique: true}}\n")

static void
wants_keys_that_stay(void **state)
{
	struct policy good = {
		.attempts = 4, .method = "POST", .with_key = true
	};
	struct policy none = { .attempts = 4, .method = "POST" };
	struct policy fresh = good;
	struct sim s;

	(void)state;
	fresh.new_key = true;
	play(&s, KEY, &good, server_lost);
	assert_status(&s, "key required during outage", RESULT_PASS);
	assert_status(&s, "key stable during outage", RESULT_PASS);
	assert_status(&s, "key unique during outage", RESULT_PASS);
	sim_end(&s);
	play(&s, KEY, &none, server_lost);
	assert_status(&s, "key required during outage", RESULT_FAIL);
	assert_status(&s, "key stable during outage", RESULT_NOT_EXERCISED);
	sim_end(&s);
	play(&s, KEY, &fresh, server_lost);
	assert_status(&s, "key required during outage", RESULT_PASS);
	assert_status(&s, "key stable during outage", RESULT_FAIL);
	sim_end(&s);
}

static void
notices_a_key_used_for_something_else(void **state)
{
	struct policy p = { .attempts = 1, .method = "POST", .with_key = true };
	struct sim s;

	(void)state;
	sim_begin(&s, KEY);
	for (int i = 0; i < 100; i++) {
		struct record r;

		s.op = (uint64_t)i / 2;
		r = sim_record(&s, &p, 20.5 + i * 0.1, answer_status(200));
		r.body_hash = (uint64_t)i + 1;
		r.op_text = SPAN("order");
		judge_add(s.judge, &r);
	}
	sim_verdict(&s, 100);
	assert_status(&s, "key unique during outage", RESULT_FAIL);
	assert_int_equal(
	    sim_line(&s, "key unique during outage")->n_offending, 50);
	assert_string_equal(
	    sim_line(&s, "key unique during outage")->offenders[0].op, "order");
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grades_the_repeat_of_a_post),
		cmocka_unit_test(passes_who_does_not_repeat_or_has_a_key),
		cmocka_unit_test(fails_a_post_whose_key_changes),
		cmocka_unit_test(fails_new_keys_that_never_succeed),
		cmocka_unit_test(takes_equal_orders_for_what_they_are),
		cmocka_unit_test(wants_keys_that_stay),
		cmocka_unit_test(notices_a_key_used_for_something_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
