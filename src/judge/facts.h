/* What is counted as records come in, whatever becomes of their grouping:
 * phases, rules, arrivals over time. Exact even when operations are sampled. */
#ifndef JUDGE_FACTS_H
#define JUDGE_FACTS_H

#include "judge/verdict.h"
#include "scenario/scenario.h"

enum { FACTS_STATUSES = 1000 };

struct phase_facts {
	uint64_t earliest, latest; /* first bytes; RECORD_NONE: none */
	uint64_t attempts, outcomes[OUTCOMES];
	uint64_t statuses[FACTS_STATUSES];
};

struct rule_facts {
	uint64_t drawn; /* the greatest draw number */
	uint64_t injected, shadowed, skipped, bypassed;
};

struct arrivals {
	uint32_t (*bins)[OUTCOMES];
	size_t n, cap, max;
	uint64_t width;
	bool cut;
};

struct run_facts {
	const struct scenario *scenario;
	struct phase_facts *phases;
	struct rule_facts *rules;
	struct arrivals seconds, tenths;
	uint64_t attempts, end;
};

void facts_init(struct run_facts *f, const struct scenario *s);
void facts_clear(struct run_facts *f);
void facts_add(struct run_facts *f, const struct record *r);
/* Copies everything into the verdict: phases, rules, both series. */
void facts_report(const struct run_facts *f, struct verdict *v);

#endif
