#include "judge/sums.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "judge/measures.h"

enum { SUMS_KEYS_MIN = 5 };

void
sums_mark_early(struct bench *b)
{
	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct attempt *p = NULL;

		BENCH_EACH(b, &b->ops.v[i], a)
		{
			if (p != NULL && role_is_retry(a->role) &&
			    timing_early(b, p, a))
				a->marks |= ATTEMPT_EARLY;
			p = a;
		}
	}
}

static void
sums_arrival(struct bench *b, struct series *s, const struct attempt *a)
{
	size_t at = (size_t)(bench_s(a->t) / s->width);

	if (at >= s->n)
		return;
	if (a->role == ROLE_FIRST)
		s->bins[at].first++;
	else if (role_is_retry(a->role))
		s->bins[at].retries++;
	else
		s->bins[at].others++;
	(void)b;
}

static void
sums_scale(const struct bench *b, struct series *s)
{
	if (b->share >= 1)
		return;
	for (size_t i = 0; i < s->n; i++) {
		struct bin *bin = &s->bins[i];

		bin->first = (uint32_t)(bin->first / b->share + 0.5);
		bin->retries = (uint32_t)(bin->retries / b->share + 0.5);
		bin->others = (uint32_t)(bin->others / b->share + 0.5);
	}
}

static void
sums_waits(struct bench *b)
{
	struct verdict *v = b->v;
	uint64_t n = 0, early = 0, stride, k = 0;

	for (int pass = 0; pass < 2; pass++) {
		stride = n / WAIT_POINTS_MAX + 1;
		if (pass == 1)
			v->waits = xcalloc(n / stride + 1, sizeof(*v->waits));
		for (uint32_t i = 0; i < b->ops.n; i++) {
			const struct attempt *p = NULL;

			BENCH_EACH(b, &b->ops.v[i], a)
			{
				bool told = p != NULL &&
					    p->retry_after != RECORD_NONE &&
					    role_is_retry(a->role);

				if (told && pass == 0) {
					n++;
					early +=
					    (a->marks & ATTEMPT_EARLY) != 0;
				} else if (told && k++ % stride == 0)
					v->waits[v->n_waits++] =
					    (struct wait_point){ bench_s(a->t),
						    bench_s(p->retry_after),
						    timing_gap(p, a), p->status,
						    p->rule,
						    a->marks & ATTEMPT_EARLY };
				p = a;
			}
		}
	}
	v->waits_total = n;
	v->waits_early = early;
}

static void
sums_operations(struct bench *b)
{
	uint32_t of[GROUPINGS] = { 0 };
	struct verdict *v = b->v;

	v->operations = b->ops.n;
	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];
		const struct attempt *first = bench_attempt(b, op->first);

		v->attempts_hist[op->tries < ATTEMPTS_HIST - 1
				     ? op->tries
				     : ATTEMPTS_HIST - 1]++;
		of[op->grouping]++;
		if (first->phase >= v->n_phases)
			continue;
		v->phases[first->phase].operations++;
		v->phases[first->phase].succeeded += (op->marks & OP_OK) != 0;
	}
	for (unsigned g = 0; g < GROUPINGS && b->ops.n > 0; g++)
		v->grouping[g] = (double)of[g] / b->ops.n;
}

void
sums_fill(struct bench *b)
{
	struct verdict *v = b->v;
	struct expect everything = { .name = "",
		.scope = { .phase = -1, .after = -1, .rule = -1 } };
	struct entry all = { .e = &everything, .filter = -1 };
	struct coded c = coded_measure(b, &all);

	for (uint32_t i = 0; i < b->n; i++) {
		const struct attempt *a = bench_attempt(b, b->order[i]);

		sums_arrival(b, &v->seconds, a);
		sums_arrival(b, &v->tenths, a);
		if (a->phase < v->n_phases)
			v->phases[a->phase].roles[a->role]++;
	}
	sums_scale(b, &v->seconds);
	sums_scale(b, &v->tenths);
	for (unsigned i = 0; i < v->n_phases; i++) {
		v->phases[i].played = b->windows[i].played;
		v->phases[i].start = bench_s(b->windows[i].start);
		v->phases[i].end = bench_s(b->windows[i].end);
	}
	sums_operations(b);
	sums_waits(b);
	v->baseline_rate = b->baseline.rate;
	v->baseline_success = b->baseline.success;
	v->repeat_hazard = fmax(
	    control_hazard(&b->control, 0), control_hazard(&b->control, 1));
	v->coded_honoured = c.honoured;
	v->coded_se = c.codes >= 2 ? c.se : -1;
}

static void sums_note(struct bench *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
sums_note(struct bench *b, const char *fmt, ...)
{
	struct verdict *v = b->v;
	struct buf text;
	va_list ap;

	buf_init(&text, 512);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (v->n_notes == b->cap_notes) {
		b->cap_notes = b->cap_notes * 2 + 4;
		v->notes =
		    xreallocarray(v->notes, b->cap_notes, sizeof(*v->notes));
	}
	v->notes[v->n_notes++] = buf_take(&text);
}

/* Whether enough of what failed came under several keys, and nothing tells
 * whether it does so by itself. */
static bool
sums_several_keys(const struct control *c, uint64_t failed)
{
	return c->after_ok[1] < CONTROL_MIN && !c->new_keys &&
	       c->under_keys >= SUMS_KEYS_MIN && c->under_keys * 10 >= failed;
}

/* Ids that hardly ever come twice, although operations failed and far more
 * requests came than without faults, or the same under other keys. */
void
sums_suspect_ids(struct bench *b)
{
	uint64_t failed = 0, again = 0, n = 0;
	double usual = 0;

	for (uint32_t i = 0; i < b->ops.n; i++) {
		const struct op *op = &b->ops.v[i];

		if (op->grouping > GROUPING_STRONG ||
		    attempt_ok(bench_attempt(b, op->first)))
			continue;
		failed++;
		again += op->n > 1;
	}
	for (unsigned i = 0; i < b->scenario->n_phases; i++) {
		const struct window *w = &b->windows[i];

		if (!w->played || !w->faulty)
			continue;
		n += b->v->phases[i].attempts;
		usual += b->baseline.rate * bench_s(w->end - w->start);
	}
	if (failed < b->min_samples || again * 50 >= failed)
		return;
	if (usual > 0 && (double)n > 1.3 * usual + 4 * sqrt(usual))
		b->suspect = (double)n / usual;
	b->suspect_keys = sums_several_keys(&b->control, failed);
}

/* Ids that change on the way: those that the fingerprint could follow, and the
 * suspicion where it could not. */
static void
sums_note_ids(struct bench *b)
{
	uint64_t changed = 0;

	for (uint32_t i = 0; i < b->ops.n; i++)
		changed += (b->ops.v[i].marks & OP_KEY_CHANGED) != 0;
	if (changed > 0)
		sums_note(b, "the id of %llu operations changed on the way",
		    (unsigned long long)changed);
	if (b->suspect > 0)
		sums_note(b,
		    "under faults %.3g times as many requests came as before, "
		    "yet hardly an id twice: they may change with each attempt",
		    b->suspect);
	if (b->suspect_keys)
		sums_note(b,
		    "%u requests came under several Idempotency-Keys, yet "
		    "hardly a key twice: they may change with each attempt",
		    b->control.under_keys);
}

static void
sums_notes(struct bench *b)
{
	static const char *const sources[] = { "none", "SDK", "key",
		"configured field", "trace" };

	for (int k = SOURCE_SDK; k <= SOURCE_TRACE; k++)
		if (b->control.session[k])
			sums_note(b,
			    "the operation's id (%s) names sessions, not "
			    "operations: it was not used",
			    sources[k]);
	if (control_hazard(&b->control, 0) * 100 > CONTROL_UNUSABLE)
		sums_note(b,
		    "equal requests follow each other anyway (%.0f %% within "
		    "%.3g s after a success): without ids, retries cannot be "
		    "told from them",
		    control_hazard(&b->control, 0) * 100,
		    bench_s(b->control.horizon));
	sums_note_ids(b);
	if (b->share < 0.999999)
		sums_note(b, "judged from a sample: %.3g %% of the operations",
		    b->share * 100);
	if (b->options->shadow)
		sums_note(b, "shadow run: nothing was injected");
	if (b->v->losses > 0)
		sums_note(b, "%llu record%s lost: the verdict is void",
		    (unsigned long long)b->v->losses,
		    b->v->losses == 1 ? " was" : "s were");
}

/* An implied line that was not exercised does not count. Without any line
 * nothing was tested, and that is no pass. */
static void
sums_overall(struct verdict *v, unsigned *counts)
{
	unsigned written = 0;

	for (unsigned i = 0; i < v->n_expectations; i++) {
		const struct expectation *x = &v->expectations[i];

		counts[x->status]++;
		if (x->implied && x->status == RESULT_NOT_EXERCISED)
			continue;
		written++;
	}
	if (v->losses > 0)
		v->overall = RESULT_INCONCLUSIVE;
	else if (counts[RESULT_FAIL] > 0)
		v->overall = RESULT_FAIL;
	else if (counts[RESULT_INCONCLUSIVE] > 0)
		v->overall = RESULT_INCONCLUSIVE;
	else if (counts[RESULT_PASS] < written || written == 0)
		v->overall = RESULT_NOT_EXERCISED;
	else
		v->overall = RESULT_PASS;
}

void
sums_conclude(struct bench *b)
{
	struct verdict *v = b->v;
	unsigned counts[4] = { 0 };
	bool warn;

	sums_notes(b);
	sums_overall(v, counts);
	switch (v->overall) {
	case RESULT_PASS:
		v->exit_status = 0;
		break;
	case RESULT_FAIL:
		v->exit_status = 1;
		break;
	default:
		warn = b->scenario->verdict.warn || v->n_expectations == 0;
		v->exit_status = warn && v->losses == 0 ? 0 : 3;
	}
	if (v->losses > 0)
		v->summary = xasprintf("void: %llu record%s lost",
		    (unsigned long long)v->losses,
		    v->losses == 1 ? " was" : "s were");
	else if (v->n_expectations == 0)
		v->summary = xstrdup("no expectations: nothing was judged");
	else
		v->summary = xasprintf("%u passed, %u failed, %u inconclusive, "
				       "%u not exercised",
		    counts[RESULT_PASS], counts[RESULT_FAIL],
		    counts[RESULT_INCONCLUSIVE], counts[RESULT_NOT_EXERCISED]);
}
