/* Single attempts, for tests of how they are grouped to operations. */
#ifndef TESTS_ATTEMPTS_H
#define TESTS_ATTEMPTS_H

#include "sim.h"

#define ALL PLAY("  - {during: outage, attempts: {max: 4}}\n")

static struct policy plain = { .attempts = 1 };

/* One attempt at t of operation op with that outcome; returns a record to
 * change before it is added. */
static struct record
one(struct sim *s, uint64_t op, double t, unsigned status)
{
	s->op = op;
	return sim_record(s, &plain, t, answer_status(status));
}

static void
add(struct sim *s, struct record r)
{
	judge_add(s->judge, &r);
}

#endif
