/*
 * What the judge found: everything that a report shows. Plain data, owned by
 * the verdict, freed whole; names of phases and rules are borrowed from the
 * scenario, which must outlive it. Times are seconds since the run's start.
 */
#ifndef JUDGE_VERDICT_H
#define JUDGE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "record/record.h"

/* How one expectation, and the whole, ended (recovery.md 4.9). */
enum result {
	RESULT_PASS,
	RESULT_FAIL,
	RESULT_INCONCLUSIVE,
	RESULT_NOT_EXERCISED
};

/* How sure the grouping of attempts to operations is (recovery.md 4.2). */
enum grouping {
	GROUPING_EXACT,
	GROUPING_STRONG,
	GROUPING_INFERRED,
	GROUPING_AGGREGATE,
	GROUPINGS
};

enum unit {
	UNIT_NONE,  /* nothing measured */
	UNIT_COUNT, /* cases */
	UNIT_SHARE, /* 0..1, shown in percent */
	UNIT_SECONDS,
	UNIT_TIMES, /* a multiple, shown as 1.5x */
	UNIT_WORD   /* the text says it: a shape, a strength */
};

enum { QUANTITY_TEXT = 32 };

/* A number with its unit, and as people read it: `4`, `2.1%`, `1.2s`, `1.5x`,
 * `growing`. */
struct quantity {
	enum unit unit;
	double value;
	char text[QUANTITY_TEXT];
};

/* What an attempt was in its operation (recovery.md 4.2). */
enum role {
	ROLE_FIRST,
	ROLE_RETRY,
	ROLE_RESUME,       /* a retry that continues a partial answer */
	ROLE_HEDGE,        /* began while an earlier attempt was open */
	ROLE_REPLAY,       /* the transport's own: a reused connection that died
			      without a byte */
	ROLE_CONTINUATION, /* redirect followed, credentials added, Expect
			      left out */
	ROLE_REPEAT,       /* the operation had succeeded already */
	ROLES
};

/* One attempt on the time line of an operation. */
struct moment {
	double t, end;
	double retry_after; /* as told by its answer, < 0: none */
	double due;         /* when it was allowed by the attempt before, < 0 */
	double gap;         /* since the attempt before ended, < 0: first */
	uint32_t number;    /* nth attempt of the operation, from 1 */
	uint16_t status, upstream_status;
	uint16_t rule, phase; /* indices; RECORD_NO_RULE, RECORD_NO_PHASE */
	uint8_t outcome;      /* enum outcome */
	uint8_t upstream;     /* enum upstream_use */
	uint8_t role;         /* enum role */
	bool early, offends;
};

enum { OFFENDERS_MAX = 5, MOMENTS_MAX = 16 };

/* An operation that broke an expectation, as evidence. */
struct offender {
	char *op;     /* its id as text, or its hash in hex */
	char *method; /* of the first attempt */
	char *path;
	char client[20];
	enum grouping grouping;
	uint32_t n_attempts; /* all; moments holds the first and last ones */
	struct moment *moments;
	unsigned n_moments;
	char *what; /* one line: what it did wrong */
};

/* One line of the verdict. An entry that sets several limits gives several. */
struct expectation {
	char *name;        /* "attempts during outage"; unique */
	const char *check; /* "retry_after", as in checks.def */
	const char *part;  /* "early", or NULL: the check has one limit */
	enum result status;
	struct quantity value, limit;
	bool at_least;    /* the limit is a minimum */
	uint64_t n;       /* what value is computed from */
	const char *n_of; /* "operations", "retries", "bins", ... */
	bool has_interval;
	double lo, hi;              /* 95 % interval of value, in its unit */
	double grouping[GROUPINGS]; /* shares of the operations looked at; all
				       0: not grouped */
	struct offender offenders[OFFENDERS_MAX];
	unsigned n_offenders;
	uint64_t n_offending; /* all of them */
	char *why;            /* a sentence */
	bool implied;       /* by the profile, not written in the scenario: does
			       not count while not exercised */
	unsigned line, col; /* in the scenario; 0 with implied */
};

struct status_count {
	uint16_t status;
	uint64_t n;
};

enum { OUTCOMES = OUTCOME_REFUSED + 1 };

struct verdict_phase {
	const char *name;
	bool played;
	double start, end;
	uint64_t attempts, outcomes[OUTCOMES], roles[ROLES];
	uint64_t operations, succeeded; /* that began in this phase */
	struct status_count *statuses;  /* ascending */
	unsigned n_statuses;
};

struct verdict_rule {
	const char *name;
	uint64_t matched; /* draws; 0 with has_matched false */
	bool has_matched; /* the rule counts its draws for all together */
	uint64_t injected, shadowed, skipped, bypassed;
	double configured;       /* share, < 0: not a plain rate */
	double achieved, lo, hi; /* with has_matched */
};

/* What arrived in one bin of time. roles are scaled up when sampled. */
struct bin {
	uint32_t outcomes[OUTCOMES];
	uint32_t first, retries, others;
};

struct series {
	double width;     /* seconds */
	struct bin *bins; /* from t = 0 */
	size_t n;
	bool cut; /* the run went on after the last bin */
};

/* A retry that had been told to wait. */
struct wait_point {
	double t, retry_after, gap;
	uint16_t status, rule;
	bool early;
};

enum { WAIT_POINTS_MAX = 4000, ATTEMPTS_HIST = 33 };

struct verdict {
	enum result overall;
	int exit_status; /* 0 pass, 1 fail, 3 inconclusive or not exercised */
	char *summary;   /* one sentence */
	const char *scenario, *profile; /* profile "" without */
	uint64_t seed;
	bool partial;    /* so far: the run is not over */
	uint64_t losses; /* records that never came; they void a pass */
	double sampled;  /* share of the operations kept, 1: all */
	double end;      /* s */

	struct expectation *expectations;
	unsigned n_expectations;
	struct verdict_phase *phases;
	unsigned n_phases;
	struct verdict_rule *rules;
	unsigned n_rules;
	struct series seconds, tenths;
	struct wait_point *waits; /* at most WAIT_POINTS_MAX, evenly thinned */
	unsigned n_waits;
	uint64_t waits_total, waits_early; /* before thinning */
	/* operations with i attempts (the last: and more), at index i */
	uint64_t attempts_hist[ATTEMPTS_HIST];
	uint64_t attempts, operations;
	double grouping[GROUPINGS]; /* shares of the operations */
	double baseline_rate;       /* requests per second, < 0: no baseline */
	double baseline_success;    /* share, < 0 */
	double repeat_hazard; /* how often the same request comes again after a
				 success (recovery.md 4.3), < 0: unknown */
	double coded_honoured, coded_se; /* share by coded Retry-After, se < 0:
					    not measurable */
	char **notes; /* what a reader must know: demoted ids, sidecars, ... */
	unsigned n_notes;
};

void verdict_free(struct verdict *v);
/* Tells how many requests a rule really matched (a live run knows) in place of
 * what its draw numbers show; computes achieved and its interval again. */
void verdict_rule_matched(struct verdict_rule *rule, uint64_t matched);

/* `pass`, `fail`, `inconclusive`, `not_exercised`. */
const char *result_name(enum result r);
/* `exact`, `strong`, `inferred`, `aggregate`. */
const char *grouping_name(enum grouping g);
/* `first`, `retry`, `resume`, `hedge`, `replay`, `continuation`, `repeat`. */
const char *role_name(enum role r);
/* Fills text from unit and value. Returns q. */
struct quantity quantity(enum unit unit, double value);
struct quantity quantity_word(const char *word);

/* Appends a plain table of the verdict, one expectation a line, with the worst
 * offenders of failed ones. */
void verdict_print(const struct verdict *v, struct buf *to);

#endif
