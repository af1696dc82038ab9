#include "judge/line.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/xalloc.h"

enum {
	LINE_TEXT_MAX = 1024,
	LINE_NOISE_MAX = 50 * NS_PER_MS /* recovery.md 4.5: the tolerance */
};

/* The name with the part after the check's: "retry_after early during x". */
static char *
line_name(const struct entry *e, const char *check, const char *part)
{
	const char *name = e->e->name;
	size_t n = strlen(check);

	if (part == NULL)
		return xstrdup(name);
	if (strncmp(name, check, n) == 0)
		return xasprintf("%s %s%s", check, part, name + n);
	return xasprintf("%s %s", name, part);
}

struct expectation *
line_new(struct bench *b, const struct entry *e, const char *part)
{
	struct verdict *v = b->v;
	const char *check = check_types[e->e->check]->name;
	struct expectation *x;

	if (v->n_expectations == b->cap_lines) {
		b->cap_lines = b->cap_lines > 0 ? b->cap_lines * 2 : 16;
		v->expectations = xreallocarray(
		    v->expectations, b->cap_lines, sizeof(*v->expectations));
	}
	x = &v->expectations[v->n_expectations++];
	*x = (struct expectation){
		.name = line_name(e, check, part),
		.check = check,
		.part = part,
		.status = RESULT_NOT_EXERCISED,
		.value = quantity(UNIT_NONE, 0),
		.limit = quantity(UNIT_NONE, 0),
		.n_of = "operations",
		.why = xstrdup(""),
		.implied = e->implied,
		.line = e->implied ? 0 : e->e->line,
		.col = e->implied ? 0 : e->e->col,
	};
	return x;
}

static void
line_append(struct expectation *x, const char *fmt, va_list ap)
{
	struct buf text;

	buf_init(&text, LINE_TEXT_MAX);
	buf_puts(&text, x->why);
	if (text.n > 0)
		buf_puts(&text, "; ");
	buf_vprintf(&text, fmt, ap);
	free(x->why);
	x->why = buf_take(&text);
}

void
line_add(struct expectation *x, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_append(x, fmt, ap);
	va_end(ap);
}

void
line_end(struct expectation *x, enum result status, const char *fmt, ...)
{
	va_list ap;

	x->status = status;
	va_start(ap, fmt);
	line_append(x, fmt, ap);
	va_end(ap);
}

/* Cases counted as aggregate need no pairing: they do not lower it. */
static uint64_t
line_below_confidence(const struct bench *b, const uint64_t *by_grouping)
{
	uint64_t n = 0;

	for (int g = (int)b->min_confidence + 1; g < GROUPING_AGGREGATE; g++)
		n += by_grouping[g];
	return n;
}

static bool
line_suspect(const struct bench *b, const struct tally *t)
{
	return (b->suspect > 0 || b->suspect_keys) &&
	       t->seen[GROUPING_STRONG] * 2 > tally_n(t);
}

const char *
line_doubt(const struct bench *b, const struct tally *t)
{
	uint64_t n = tally_n(t);

	if (t->unpaired > 0 && n == 0)
		return "the attempts cannot be paired: give operations an id";
	if (n < b->min_samples)
		return "too few samples";
	if (b->options->noise_ns > LINE_NOISE_MAX)
		return "the proxy itself was late, by more than 50 ms (p99): "
		       "its machine was too busy";
	if (t->unpaired * 5 > n)
		return "many attempts cannot be paired: give operations an id";
	if (t->seen[GROUPING_INFERRED] * 2 > n &&
	    b->ops.ambiguous * 20 > b->ops.chained)
		return "more than 5 % of the pairings are ambiguous: give "
		       "operations an id";
	if (t->seen[GROUPING_INFERRED] * 2 > n &&
	    b->ops.overlapped * 20 > b->ops.n)
		return "more than 5 % of the operations overlap an equal one, "
		       "which may be hedges: give operations an id";
	if (line_suspect(b, t))
		return "the ids seem to change with each attempt: keep them, "
		       "or leave them out";
	if (line_below_confidence(b, t->seen) * 20 > n)
		return "the grouping is not as sure as min_confidence asks";
	if (t->censored * 10 > n + t->censored)
		return "more than 10 % of the operations were still open at "
		       "the end";
	return NULL;
}

/* Whether the bad cases are proof (recovery.md 4.9): one witness whose grouping
 * is sure, or enough inferred ones. */
static bool
line_proven(const struct bench *b, const struct tally *t, uint64_t allowed)
{
	uint64_t firm = t->bad[GROUPING_EXACT] + t->bad[GROUPING_STRONG];
	uint64_t all = tally_n_bad(t);

	if (t->by_absence && line_suspect(b, t))
		return false;
	if (firm > allowed)
		return b->min_confidence >= GROUPING_STRONG ||
		       t->bad[GROUPING_EXACT] > allowed;
	return b->min_confidence >= GROUPING_INFERRED &&
	       stats_wilson(all, tally_n(t), STATS_Z95).lo > 0.01;
}

void
line_temper(const struct bench *b, struct expectation *x, const struct tally *t)
{
	if (x->status == RESULT_FAIL &&
	    line_below_confidence(b, t->seen) * 2 > tally_n(t))
		line_end(x, RESULT_INCONCLUSIVE, "but the grouping is a guess");
}

/* No case at all, or none that could be paired. */
static bool
line_nothing(struct bench *b, struct expectation *x, const struct tally *t)
{
	if (tally_n(t) > 0)
		return false;
	if (t->unpaired > 0)
		line_end(x, RESULT_INCONCLUSIVE, "%s", line_doubt(b, t));
	else if (t->censored > 0)
		line_end(x, RESULT_INCONCLUSIVE,
		    "all %llu operations were still open at the end",
		    (unsigned long long)t->censored);
	else
		line_end(x, RESULT_NOT_EXERCISED,
		    "nothing that this speaks of happened");
	return true;
}

static void
line_count(struct bench *b, struct expectation *x, const struct tally *t,
    uint64_t allowed)
{
	uint64_t bad = tally_n_bad(t), n = tally_n(t);
	const char *doubt = line_doubt(b, t);

	if (bad > allowed && line_proven(b, t, allowed))
		line_end(x, RESULT_FAIL, "%llu of %llu %s against it",
		    (unsigned long long)bad, (unsigned long long)n, x->n_of);
	else if (bad > allowed)
		line_end(x, RESULT_INCONCLUSIVE,
		    "%llu of %llu %s against it, but their grouping is a guess",
		    (unsigned long long)bad, (unsigned long long)n, x->n_of);
	else if (doubt != NULL)
		line_end(x, RESULT_INCONCLUSIVE, "%s", doubt);
	else
		line_end(x, RESULT_PASS, "%llu of %llu %s against it",
		    (unsigned long long)bad, (unsigned long long)n, x->n_of);
}

/* A share against its greatest allowed value. Not one bad case in enough is a
 * pass, whatever the interval says of other runs. */
static void
line_rate(struct bench *b, struct expectation *x, const struct tally *t,
    double allowed)
{
	uint64_t bad = tally_n_bad(t), n = tally_n(t);
	struct interval i = stats_wilson(bad, n, STATS_Z95);
	const char *doubt = line_doubt(b, t);
	bool sure = line_below_confidence(b, t->bad) * 2 <= bad &&
		    !(t->by_absence && line_suspect(b, t));

	if (i.lo > allowed && sure)
		line_end(x, RESULT_FAIL, "%llu of %llu %s against it",
		    (unsigned long long)bad, (unsigned long long)n, x->n_of);
	else if (i.lo > allowed)
		line_end(x, RESULT_INCONCLUSIVE,
		    "%llu of %llu %s against it, but their grouping is a guess",
		    (unsigned long long)bad, (unsigned long long)n, x->n_of);
	else if (doubt != NULL)
		line_end(x, RESULT_INCONCLUSIVE, "%s", doubt);
	else if (bad == 0 || i.hi <= allowed)
		line_end(x, RESULT_PASS, "%llu of %llu %s against it",
		    (unsigned long long)bad, (unsigned long long)n, x->n_of);
	else
		line_end(x, RESULT_INCONCLUSIVE,
		    "%llu of %llu %s against it: the interval straddles the "
		    "limit",
		    (unsigned long long)bad, (unsigned long long)n, x->n_of);
}

void
line_cases(
    struct bench *b, struct expectation *x, struct tally *t, struct amount max)
{
	bool share = max.unit == AMOUNT_SHARE;
	uint64_t n = tally_n(t), bad = tally_n_bad(t);
	struct interval i = stats_wilson(bad, n, STATS_Z95);

	x->limit = quantity(share ? UNIT_SHARE : UNIT_COUNT, max.value);
	if (!line_nothing(b, x, t)) {
		x->value = share ? quantity(UNIT_SHARE, (double)bad / (double)n)
				 : quantity(UNIT_COUNT, (double)bad);
		x->has_interval = true;
		x->lo = share ? i.lo : i.lo * (double)n;
		x->hi = share ? i.hi : i.hi * (double)n;
		if (share && max.value > 0)
			line_rate(b, x, t, max.value);
		else
			line_count(b, x, t, (uint64_t)max.value);
	}
	line_evidence(b, x, t);
}

void
line_share(struct bench *b, struct expectation *x, struct tally *t, double min)
{
	uint64_t n = tally_n(t), good = n - tally_n_bad(t);
	struct interval i = stats_wilson(good, n, STATS_Z95);

	x->limit = quantity(UNIT_SHARE, min);
	x->at_least = true;
	if (!line_nothing(b, x, t)) {
		x->value = quantity(UNIT_SHARE, (double)good / (double)n);
		x->has_interval = true;
		x->lo = i.lo;
		x->hi = i.hi;
		if (min < 1)
			line_rate(b, x, t, 1 - min);
		else
			line_count(b, x, t, 0);
	}
	line_evidence(b, x, t);
}

void
line_number(struct bench *b, struct expectation *x, struct quantity value,
    struct interval i, struct quantity limit, bool sure)
{
	double sign = x->at_least ? -1 : 1;
	double near = x->at_least ? -i.hi : i.lo;
	double far = x->at_least ? -i.lo : i.hi;

	(void)b;
	x->value = value;
	x->limit = limit;
	x->has_interval = true;
	x->lo = i.lo;
	x->hi = i.hi;
	if (near > sign * limit.value)
		line_end(x, RESULT_FAIL, "beyond the limit");
	else if (far <= sign * limit.value ||
		 (sure && sign * value.value <= sign * limit.value))
		line_end(x, RESULT_PASS, "within the limit");
	else
		line_end(
		    x, RESULT_INCONCLUSIVE, "the interval straddles the limit");
}
