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
	struct store store, small; /* small: for judge_interim */
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
	store_init(&j->small, JUDGE_INTERIM);
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
	store_clear(&j->small);
	facts_clear(&j->facts);
	intake_clear(&j->intake);
	free(j);
}

void
judge_add(struct judge *j, const struct record *r)
{
	struct attempt a;

	if (intake_ignored(&j->intake, r))
		return;
	a = store_attempt(
	    r, intake_filters(&j->intake, r), intake_ok(&j->intake, r));
	facts_add(&j->facts, r);
	store_add(&j->store, &a, r);
	store_add(&j->small, &a, r);
}

void
judge_set_noise(struct judge *j, uint64_t noise_ns)
{
	j->options.noise_ns = noise_ns;
}

struct judge_key {
	uint64_t t;
	uint32_t at;
};

static int
judge_by_time(const void *x, const void *y)
{
	const struct judge_key *a = x, *b = y;

	if (a->t != b->t)
		return a->t < b->t ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

/* The attempts by time. */
static void
judge_order(struct bench *b)
{
	struct judge_key *keys;

	b->n = b->store->n;
	keys = xcalloc((size_t)b->n + 1, sizeof(*keys));
	b->order = xcalloc((size_t)b->n + 1, sizeof(*b->order));
	for (uint32_t i = 0; i < b->n; i++)
		keys[i] = (struct judge_key){ store_at(b->store, i)->t, i };
	qsort(keys, b->n, sizeof(*keys), judge_by_time);
	for (uint32_t i = 0; i < b->n; i++)
		b->order[i] = keys[i].at;
	free(keys);
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

/* What counts attempts and pairs none is an aggregate (recovery.md 4.2). */
static void
judge_unpaired(struct verdict *v)
{
	for (unsigned i = 0; i < v->n_expectations; i++) {
		struct expectation *x = &v->expectations[i];
		double sum = 0;

		for (int g = 0; g < GROUPINGS; g++)
			sum += x->grouping[g];
		if (x->n > 0 && sum == 0)
			x->grouping[GROUPING_AGGREGATE] = 1;
	}
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
	judge_unpaired(b->v);
}

static struct verdict *
judge_verdict(const struct judge *j, const struct store *store, uint64_t end,
    uint64_t losses, bool partial)
{
	const struct verdict_conf *conf = &j->scenario->verdict;
	struct verdict *v = xcalloc(1, sizeof(*v));
	struct bench b = {
		.scenario = j->scenario,
		.options = &j->options,
		.store = store,
		.v = v,
		.end = end > j->facts.end ? end : j->facts.end,
		.min_samples = conf->min_samples > 0
				   ? (uint64_t)conf->min_samples
				   : JUDGE_MIN_SAMPLES,
		.min_confidence = (enum grouping)conf->min_confidence,
		.share = store_share(store),
	};

	v->scenario = j->scenario->name;
	v->profile = profile_name(conf->profile);
	v->seed = j->options.seed;
	v->partial = partial;
	v->losses = losses;
	v->sampled = b.share;
	v->end = bench_s(b.end);
	judge_order(&b);
	judge_prepare(j, &b);
	facts_report(&j->facts, v);
	sums_fill(&b);
	sums_suspect_ids(&b);
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
	return judge_verdict(j, &j->store, end_ns, losses, false);
}

struct verdict *
judge_interim(struct judge *j, uint64_t now_ns, uint64_t losses)
{
	return judge_verdict(j, &j->small, now_ns, losses, true);
}
