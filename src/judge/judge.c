#include "judge/judge.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "judge/bench.h"
#include "judge/facts.h"
#include "judge/intake.h"
#include "judge/line.h"
#include "judge/measures.h"
#include "judge/profile.h"
#include "judge/sums.h"

enum {
	JUDGE_ATTEMPTS = 3000000,
	JUDGE_INTERIM = 50000,
	JUDGE_MIN_SAMPLES = 20
};

struct judge {
	const struct scenario *scenario;
	struct judge_options options;
	struct store store;
	struct run_facts facts;
	struct intake intake;
};

static void (*const judge_checks[CHECK_IDS])(
    struct bench *, const struct entry *) = {
#define CHECK(name) [CHECK_##name] = judge_##name,
#include "scenario/checks.def"
#undef CHECK
};

struct judge *
judge_new(const struct scenario *scenario, const struct judge_options *options)
{
	struct judge *j = xcalloc(1, sizeof(*j));

	j->scenario = scenario;
	j->options = *options;
	store_init(&j->store,
	    options->max_attempts > 0 && options->max_attempts < UINT32_MAX
		? (uint32_t)options->max_attempts
		: JUDGE_ATTEMPTS);
	facts_init(&j->facts, scenario);
	intake_init(&j->intake, scenario, &j->options);
	return j;
}

void
judge_free(struct judge *j)
{
	if (j == NULL)
		return;
	store_clear(&j->store);
	facts_clear(&j->facts);
	intake_clear(&j->intake);
	free(j);
}

void
judge_add(struct judge *j, const struct record *r)
{
	if (intake_ignored(&j->intake, r))
		return;
	facts_add(&j->facts, r);
	store_add(&j->store, r, intake_filters(&j->intake, r),
	    intake_ok(&j->intake, r));
}

static int
judge_by_time(const void *x, const void *y, void *arg)
{
	const struct attempt *a = store_at(arg, *(const uint32_t *)x);
	const struct attempt *b = store_at(arg, *(const uint32_t *)y);

	if (a->t != b->t)
		return a->t < b->t ? -1 : 1;
	return (a->end > b->end) - (a->end < b->end);
}

/* The attempts to look at, by time: those whose hash is at most `below`. */
static void
judge_order(const struct judge *j, struct bench *b, uint64_t below)
{
	b->order = xcalloc((size_t)j->store.n + 1, sizeof(*b->order));
	for (uint32_t i = 0; i < j->store.n; i++)
		if (store_sample_hash(store_at(&j->store, i)) <= below)
			b->order[b->n++] = i;
	qsort_r(b->order, b->n, sizeof(*b->order), judge_by_time,
	    (void *)(uintptr_t)&j->store);
}

/* Phases, baseline, control and operations, each from the one before. */
static void
judge_prepare(const struct judge *j, struct bench *b)
{
	unsigned n = j->scenario->n_phases;
	uint64_t *earliest = xcalloc((size_t)n + 1, sizeof(*earliest));
	uint64_t *latest = xcalloc((size_t)n + 1, sizeof(*latest));
	uint64_t window = j->scenario->identity.window_ns;

	if (window == 0)
		window = 120u * (uint64_t)NS_PER_S;
	for (unsigned i = 0; i < n; i++) {
		earliest[i] = j->facts.phases[i].earliest;
		latest[i] = j->facts.phases[i].latest;
	}
	b->windows = xcalloc((size_t)n + 1, sizeof(*b->windows));
	bench_windows(b, earliest, latest);
	bench_baseline(b);
	control_measure(&b->control, b->store, b->order, b->n, window,
	    b->baseline.from, b->baseline.to);
	ops_group(&b->ops, b->store, b->order, b->n, &b->control, window);
	ops_close(&b->ops, b->store, b->end);
	sums_mark_early(b);
	free(earliest);
	free(latest);
}

static void
judge_entries(const struct judge *j, struct bench *b)
{
	for (unsigned i = 0; i < j->intake.n_entries; i++) {
		const struct entry *e = &j->intake.entries[i];

		if (e->filter == INTAKE_FILTERS)
			line_end(line_new(b, e, NULL), RESULT_INCONCLUSIVE,
			    "more than %d different method and path filters",
			    INTAKE_FILTERS);
		else
			judge_checks[e->e->check](b, e);
	}
}

static struct verdict *
judge_verdict(const struct judge *j, uint64_t end, uint64_t losses,
    uint64_t below, bool partial)
{
	const struct verdict_conf *conf = &j->scenario->verdict;
	struct verdict *v = xcalloc(1, sizeof(*v));
	struct bench b = {
		.scenario = j->scenario,
		.options = &j->options,
		.store = &j->store,
		.v = v,
		.end = end > j->facts.end ? end : j->facts.end,
		.min_samples = conf->min_samples > 0
				   ? (uint64_t)conf->min_samples
				   : JUDGE_MIN_SAMPLES,
		.min_confidence = (enum grouping)conf->min_confidence,
		.share = store_share(&j->store),
	};

	if (below < j->store.below)
		b.share = (double)below / (double)UINT64_MAX;
	v->scenario = j->scenario->name;
	v->profile = profile_name(conf->profile);
	v->seed = j->options.seed;
	v->partial = partial;
	v->losses = losses;
	v->sampled = b.share;
	v->end = bench_s(b.end);
	judge_order(j, &b, below);
	judge_prepare(j, &b);
	facts_report(&j->facts, v);
	sums_fill(&b);
	judge_entries(j, &b);
	sums_conclude(&b);
	free(b.order);
	free(b.windows);
	free(b.ops.v);
	return v;
}

struct verdict *
judge_finish(struct judge *j, uint64_t end_ns, uint64_t losses)
{
	return judge_verdict(j, end_ns, losses, UINT64_MAX, false);
}

struct verdict *
judge_interim(struct judge *j, uint64_t now_ns, uint64_t losses)
{
	uint64_t below = UINT64_MAX;

	if (j->store.n > JUDGE_INTERIM)
		below = j->store.below / j->store.n * JUDGE_INTERIM;
	return judge_verdict(j, now_ns, losses, below, true);
}
