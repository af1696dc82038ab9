/* Verdicts made by hand for the reports, one member at a time, so that a test
 * knows every number. */
#ifndef TEST_REPORT_SAMPLE_H
#define TEST_REPORT_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "judge/verdict.h"
#include "scenario/scenario.h"

/* All that could break a report: markup, an escape, a turn of the direction of
 * writing, no UTF-8, quotes, a cell's end, a mention. */
#define NASTY "</script><b a='\"&'>\033[31m\xe2\x80\xae\xff|`@you`]]>"

struct sample {
	struct diags diags;
	struct scenario *scenario;
	struct verdict *v;
	struct buf out;
	char *text; /* the report, after sample_text */
};

static inline void
sample_expectation(struct expectation *x, const char *name, enum result status,
    enum unit unit, double value, double limit)
{
	*x = (struct expectation){
		.name = xstrdup(name),
		.check = "attempts",
		.status = status,
		.value = quantity(unit, value),
		.limit = quantity(unit, limit),
		.n = 120,
		.n_of = "operations",
		.has_interval = true,
		.lo = value / 2,
		.hi = value * 2,
		.grouping = { 0, 0.94, 0.06, 0 },
		.why = xstrdup("because of what it did"),
		.line = 9,
		.col = 5,
	};
}

/* Three attempts: told to wait 2 s, too early, then served. */
static inline void
sample_offender(struct expectation *x, const char *op, const char *path)
{
	struct offender *o = &x->offenders[x->n_offenders++];

	*o = (struct offender){ .op = xstrdup(op),
		.method = xstrdup("GET"),
		.path = xstrdup(path),
		.client = "00000000000000c1",
		.grouping = GROUPING_STRONG,
		.n_attempts = 3,
		.n_moments = 3,
		.what = xstrdup("came back too soon") };
	o->moments = xcalloc(3, sizeof(*o->moments));
	o->moments[0] = (struct moment){ .t = 11,
		.end = 11.01,
		.retry_after = 2,
		.due = -1,
		.gap = -1,
		.number = 1,
		.status = 429,
		.outcome = OUTCOME_INJECTED,
		.role = ROLE_FIRST };
	o->moments[1] = (struct moment){ .t = 11.51,
		.end = 11.52,
		.retry_after = -1,
		.due = 13.01,
		.gap = 0.5,
		.number = 2,
		.status = 0,
		.rule = RECORD_NO_RULE,
		.phase = RECORD_NO_PHASE,
		.outcome = OUTCOME_CLIENT_CLOSED,
		.role = ROLE_RETRY,
		.early = true,
		.offends = true };
	o->moments[2] = (struct moment){ .t = 14,
		.end = 14.2,
		.retry_after = -1,
		.due = -1,
		.gap = 2.48,
		.number = 3,
		.status = 200,
		.upstream_status = 200,
		.rule = RECORD_NO_RULE,
		.phase = 1,
		.upstream = UPSTREAM_DONE,
		.role = ROLE_RETRY };
	x->n_offending = x->n_offenders + 7;
}

static inline void
sample_series(struct series *s, double width, size_t n)
{
	*s = (struct series){ .width = width, .n = n };
	s->bins = xcalloc(n, sizeof(*s->bins));
	for (size_t i = 0; i < n; i++) {
		s->bins[i].outcomes[OUTCOME_PASSED] = (uint32_t)i;
		s->bins[i].outcomes[OUTCOME_REFUSED] = 1;
		s->bins[i].first = (uint32_t)i;
		s->bins[i].retries = 1;
	}
}

static inline void
sample_phases(struct verdict *v)
{
	v->n_phases = 2;
	v->phases = xcalloc(2, sizeof(*v->phases));
	v->phases[0] = (struct verdict_phase){ .name = "baseline",
		.played = true,
		.end = 10,
		.attempts = 100,
		.outcomes = { 99, 0, 1, 0, 0 },
		.roles = { 98, 2, 0, 0, 0, 0, 0 },
		.operations = 98,
		.succeeded = 97 };
	v->phases[1] = (struct verdict_phase){ .name = "out" NASTY,
		.played = true,
		.start = 10,
		.end = 20,
		.attempts = 60,
		.outcomes = { 20, 40, 0, 0, 0 },
		.roles = { 30, 30, 0, 0, 0, 0, 0 },
		.n_statuses = 2 };
	v->phases[1].statuses = xcalloc(2, sizeof(struct status_count));
	v->phases[1].statuses[0] = (struct status_count){ 200, 20 };
	v->phases[1].statuses[1] = (struct status_count){ 429, 40 };
}

static inline struct verdict *
sample_verdict(void)
{
	struct verdict *v = xcalloc(1, sizeof(*v));

	*v = (struct verdict){ .overall = RESULT_FAIL,
		.exit_status = 1,
		.summary = xstrdup(""),
		.scenario = "shop " NASTY,
		.profile = "rfc",
		.seed = UINT64_MAX,
		.sampled = 1,
		.end = 20,
		.attempts = 160,
		.operations = 128,
		.grouping = { 0, 0.94, 0.06, 0 },
		.baseline_rate = 9.8,
		.baseline_success = -1,
		.repeat_hazard = 0.25,
		.coded_honoured = 0.9,
		.coded_se = 0.1 };
	sample_phases(v);
	v->n_rules = 1;
	v->rules = xcalloc(1, sizeof(*v->rules));
	v->rules[0] = (struct verdict_rule){ .name = "throttle " NASTY,
		.matched = 60,
		.has_matched = true,
		.injected = 40,
		.configured = 0.6,
		.achieved = 2.0 / 3,
		.lo = 0.54,
		.hi = 0.77 };
	sample_series(&v->seconds, 1, 20);
	sample_series(&v->tenths, 0.1, 200);
	v->n_waits = 1;
	v->waits_total = 9;
	v->waits_early = 2;
	v->waits = xcalloc(1, sizeof(*v->waits));
	v->waits[0] = (struct wait_point){ .t = 11.5,
		.retry_after = 2,
		.gap = 0.5,
		.status = 429,
		.early = true };
	v->attempts_hist[1] = 100;
	v->attempts_hist[3] = 28;
	v->n_notes = 1;
	v->notes = xcalloc(1, sizeof(*v->notes));
	v->notes[0] = xstrdup("a sidecar stands between " NASTY);
	return v;
}

/* One that fails with evidence, one of each other result, one of the profile
 * that nothing met. */
static inline void
sample_expectations(struct verdict *v)
{
	struct expectation *x;

	v->n_expectations = 5;
	v->expectations = x = xcalloc(5, sizeof(*x));
	sample_expectation(
	    &x[0], "retry_after early " NASTY, RESULT_FAIL, UNIT_COUNT, 8, 0);
	x[0].part = "early";
	for (int i = 0; i < OFFENDERS_MAX; i++)
		sample_offender(&x[0], "op-" NASTY, "/a" NASTY);
	sample_expectation(
	    &x[1], "success", RESULT_PASS, UNIT_SHARE, 0.995, 0.99);
	x[1].at_least = true;
	sample_expectation(
	    &x[2], "backoff", RESULT_INCONCLUSIVE, UNIT_SECONDS, 1.5, 3);
	x[2].value = quantity_word("growing");
	x[2].limit = quantity_word("growing");
	x[2].has_interval = false;
	sample_expectation(
	    &x[3], "attempts", RESULT_NOT_EXERCISED, UNIT_NONE, 0, 0);
	sample_expectation(
	    &x[4], "retry by profile", RESULT_NOT_EXERCISED, UNIT_NONE, 0, 0);
	x[4].implied = true;
}

static inline void
sample_begin(struct sample *s, const char *verdict)
{
	struct buf yaml;

	*s = (struct sample){ .v = sample_verdict() };
	sample_expectations(s->v);
	buf_init(&yaml, 4096);
	buf_printf(&yaml,
	    "scenario: shop\nphases:\n  - {phase: baseline, for: 10s}\n"
	    "  - {phase: outage, for: 10s, rules: [{rule: throttle, rate: 60%%,"
	    " inject: {status: 429}}]}\n%s",
	    verdict);
	s->scenario = scenario_parse("shop", yaml.data, yaml.n, &s->diags);
	buf_clear(&yaml);
	assert_non_null(s->scenario);
	buf_init(&s->out, 1 << 22);
}

/* What was appended to out, as a string. */
static inline const char *
sample_text(struct sample *s)
{
	free(s->text);
	assert_false(s->out.overflow);
	s->text = buf_take(&s->out);
	return s->text;
}

/* A run that nothing reached: no expectation met anything. */
static inline void
sample_without_attempts(struct sample *s)
{
	struct verdict *v = s->v;

	v->overall = RESULT_NOT_EXERCISED;
	v->exit_status = 3;
	v->attempts = v->operations = 0;
	v->n_waits = 0;
	v->seconds.n = v->tenths.n = 0;
	memset(v->attempts_hist, 0, sizeof(v->attempts_hist));
	memset(v->grouping, 0, sizeof(v->grouping));
	for (unsigned i = 0; i < v->n_phases; i++) {
		v->phases[i].attempts = 0;
		memset(v->phases[i].outcomes, 0, sizeof(v->phases->outcomes));
		memset(v->phases[i].roles, 0, sizeof(v->phases->roles));
	}
	v->rules[0].matched = v->rules[0].injected = 0;
	for (unsigned i = 0; i < v->n_expectations; i++) {
		v->expectations[i].status = RESULT_NOT_EXERCISED;
		v->expectations[i].value = quantity(UNIT_NONE, 0);
		v->expectations[i].has_interval = false;
		v->expectations[i].n = 0;
		memset(v->expectations[i].grouping, 0,
		    sizeof(v->expectations->grouping));
	}
}

static inline void
sample_end(struct sample *s)
{
	verdict_free(s->v);
	scenario_free(s->scenario);
	diags_clear(&s->diags);
	buf_clear(&s->out);
	free(s->text);
}

#endif
