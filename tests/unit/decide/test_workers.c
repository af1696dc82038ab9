#include "decide/decide.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "playing.h"

enum { THREADS = 8, EACH = 20000 };

/* What all threads together saw: how often draw n fired. */
struct crowd {
	struct play *p;
	unsigned client;
	uint8_t *fired;
	unsigned n_fired;
};

static void *
crowd_member(void *arg)
{
	struct crowd *c = arg;
	struct request r;

	request_make(&r, "GET /a", "");
	r.facts.client_key = c->client;
	for (unsigned i = 0; i < EACH; i++) {
		struct plan plan = asked(c->p, &r, 0, 1);

		if (plan.n == 0)
			continue;
		c->n_fired++;
		c->fired[plan.v[0].n]++;
	}
	return NULL;
}

/* Plays yaml with 1 or 8 threads, all of them together THREADS * EACH
 * requests; the counts by n. */
static uint8_t *
crowd(const char *yaml, unsigned n_threads, bool own_client,
    unsigned n_fired[THREADS])
{
	struct play *p = playing(yaml);
	struct crowd members[THREADS];
	pthread_t threads[THREADS];
	uint8_t *sum = xcalloc(THREADS * EACH + 1, 1);

	for (unsigned i = 0; i < THREADS; i++) {
		members[i] = (struct crowd){ .p = p,
			.client = own_client ? i + 1 : 1,
			.fired = xcalloc(THREADS * EACH + 1, 1) };
		pthread_create(&threads[i], NULL, crowd_member, &members[i]);
		if (n_threads == 1)
			pthread_join(threads[i], NULL);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		if (n_threads > 1)
			pthread_join(threads[i], NULL);
		for (unsigned k = 0; k <= THREADS * EACH; k++)
			sum[k] = (uint8_t)(sum[k] + members[i].fired[k]);
		if (n_fired != NULL)
			n_fired[i] = members[i].n_fired;
		free(members[i].fired);
	}
	play_unref(p);
	return sum;
}

static void
eight_threads_decide_as_one(void **state)
{
	static const char *const selectors[] = { "rate: 20%",
		"rate: 7%\n  spread: even", "every: 7",
		"first: 500\n  per: all", "burst: {enter: 1%, leave: 20%}" };

	(void)state;
	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
		char yaml[256];
		uint8_t *one, *eight;
		unsigned sum = 0;

		snprintf(yaml, sizeof(yaml),
		    "scenario: x\nrules:\n- rule: a\n  %s\n  inject: {status: "
		    "503}\n",
		    selectors[i]);
		one = crowd(yaml, 1, false, NULL);
		eight = crowd(yaml, THREADS, false, NULL);
		for (unsigned n = 0; n <= THREADS * EACH; n++)
			sum += one[n];
		assert_true(sum >= 500);
		assert_memory_equal(one, eight, THREADS * EACH + 1);
		free(one);
		free(eight);
	}
}

static void
the_limit_is_exact_under_threads(void **state)
{
	unsigned n_fired[THREADS], all = 0;
	uint8_t *fired = crowd("scenario: x\n"
			       "rules:\n"
			       "- {rule: a, rate: 50%, limit: 1234, inject: "
			       "{status: 503}}\n",
	    THREADS, false, n_fired);

	(void)state;
	for (unsigned i = 0; i < THREADS; i++)
		all += n_fired[i];
	assert_int_equal(all, 1234);
	free(fired);
}

static void
first_per_client_is_exact_under_threads(void **state)
{
	unsigned n_fired[THREADS];
	uint8_t *fired = crowd("scenario: x\n"
			       "rules:\n"
			       "- {rule: a, first: 3, per: client, inject: "
			       "{status: 503}}\n",
	    THREADS, true, n_fired);

	(void)state;
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(n_fired[i], 3);
	for (unsigned n = 1; n <= 3; n++)
		assert_int_equal(fired[n], THREADS);
	free(fired);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eight_threads_decide_as_one),
		cmocka_unit_test(the_limit_is_exact_under_threads),
		cmocka_unit_test(first_per_client_is_exact_under_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
