#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/text.h"

enum {
	COLUMNS = 80,
	NUMBER = 9,
	SPAN = 13,
	NAME_LEAST = 14,
	NAME_MAX_COLUMNS = 36,
	PHASE_COLUMNS = 2 + OUTCOMES,
	WORK_MAX = 1 << 20
};

static const char *const terminal_heads[PHASE_COLUMNS] = { "attempts",
	"retries", "passed", "injected", "left", "error", "refused" };

struct terminal {
	struct buf *to;
	const struct verdict *v;
	bool colours;
	struct buf work; /* emptied before each use */
};

enum paint {
	PAINT_NONE,
	PAINT_DIM,
	PAINT_BOLD,
	PAINT_GOOD,
	PAINT_BAD,
	PAINT_OPEN
};

static void
terminal_paint(struct terminal *t, enum paint p)
{
	static const char *const codes[] = { "\033[0m", "\033[2m", "\033[1m",
		"\033[32m", "\033[1;31m", "\033[33m" };

	if (t->colours)
		buf_puts(t->to, codes[p]);
}

static enum paint
terminal_result_paint(enum result r)
{
	static const enum paint paints[] = { PAINT_GOOD, PAINT_BAD, PAINT_OPEN,
		PAINT_OPEN };

	return paints[r];
}

static const char *
terminal_result(enum result r)
{
	return r == RESULT_FAIL ? "FAIL" : text_result(r);
}

/* The work buffer as a string, valid until its next use. */
static const char *
terminal_work(struct terminal *t)
{
	buf_putc(&t->work, '\0');
	t->work.n = 0;
	return t->work.data;
}

static void
terminal_number(struct terminal *t, uint64_t n, unsigned width)
{
	text_count(&t->work, n);
	buf_printf(t->to, "%*s", (int)width, terminal_work(t));
}

static void
terminal_heading(struct terminal *t, const char *line)
{
	terminal_paint(t, PAINT_BOLD);
	buf_puts(t->to, line);
	terminal_paint(t, PAINT_NONE);
}

static void
terminal_top(struct terminal *t)
{
	const struct verdict *v = t->v;

	text_field(&t->work, v->scenario, 30);
	while (t->work.n > 0 && t->work.data[t->work.n - 1] == ' ')
		t->work.n--;
	terminal_heading(t, terminal_work(t));
	buf_printf(t->to, "  seed %llu", (unsigned long long)v->seed);
	if (v->profile[0] != '\0')
		buf_printf(t->to, "  profile %s", v->profile);
	buf_putc(t->to, '\n');
	if (v->attempts == 0) {
		text_wrap(t->to,
		    v->n_expectations == 0
			? "Nothing was expected, and no attempt was recorded."
			: "No request arrived, so there is nothing to judge. "
			  "Did the client use brownout's address, and did it "
			  "run while the scenario was played?",
		    0, COLUMNS);
		return;
	}
	buf_printf(&t->work, "%llu attempts in %llu operations, ",
	    (unsigned long long)v->attempts, (unsigned long long)v->operations);
	text_seconds(&t->work, v->end);
	if (v->sampled < 1)
		buf_printf(&t->work, ", %.3g%% of them kept", v->sampled * 100);
	if (v->grouping[GROUPING_EXACT] < 1) {
		buf_puts(&t->work, "; grouped ");
		text_grouping(&t->work, v->grouping);
	}
	text_wrap(t->to, terminal_work(t), 0, COLUMNS);
}

static uint64_t
terminal_retries(const struct verdict_phase *p)
{
	return p->roles[ROLE_RETRY] + p->roles[ROLE_RESUME] +
	       p->roles[ROLE_HEDGE] + p->roles[ROLE_REPLAY];
}

static uint64_t
terminal_outcome(const struct verdict *v, unsigned outcome)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < v->n_phases; i++)
		n += v->phases[i].outcomes[outcome];
	return n;
}

/* When a phase was played, in at most 12 columns. */
static void
terminal_span(struct buf *to, double start, double end)
{
	if (end - start < 0.45 && end < 9.9995)
		buf_printf(to, "%.4g-%.4gs", round(start * 1000) / 1000,
		    round(end * 1000) / 1000);
	else if (end < 999.95)
		buf_printf(to, "%.4g-%.4gs", round(start * 10) / 10,
		    round(end * 10) / 10);
	else if (end < 99999)
		buf_printf(to, "%.0f-%.0fs", start, end);
	else
		buf_printf(to, "%.1f-%.1fh", start / 3600, end / 3600);
}

/* What stands in a column of the table of phases. */
static uint64_t
terminal_cell(const struct verdict_phase *p, unsigned column)
{
	if (column == 0)
		return p->attempts;
	return column == 1 ? terminal_retries(p) : p->outcomes[column - 2];
}

/* How wide each column is: all alike where that leaves room for the names, else
 * as wide as what stands in them. 0: it is left out, as an outcome that never
 * was. Returns the width of the names. */
static unsigned
terminal_columns(struct terminal *t, unsigned widths[PHASE_COLUMNS])
{
	unsigned shown = 0, sum = 0;

	for (unsigned i = 0; i < PHASE_COLUMNS; i++) {
		bool empty = i > 2 + OUTCOME_INJECTED &&
			     terminal_outcome(t->v, i - 2) == 0;
		size_t most = strlen(terminal_heads[i]);

		for (unsigned k = 0; k < t->v->n_phases; k++) {
			text_count(
			    &t->work, terminal_cell(&t->v->phases[k], i));
			most = t->work.n > most ? t->work.n : most;
			t->work.n = 0;
		}
		widths[i] = empty ? 0 : (unsigned)most + 1;
		sum += widths[i];
		shown += !empty;
	}
	if (COLUMNS - SPAN - shown * NUMBER >= NAME_LEAST) {
		for (unsigned i = 0; i < PHASE_COLUMNS; i++)
			widths[i] = widths[i] > 0 ? NUMBER : 0;
		sum = shown * NUMBER;
	}
	return COLUMNS - SPAN - sum < NAME_MAX_COLUMNS ? COLUMNS - SPAN - sum
						       : NAME_MAX_COLUMNS;
}

static void
terminal_phase(struct terminal *t, const struct verdict_phase *p,
    unsigned width, const unsigned widths[PHASE_COLUMNS])
{
	text_field(t->to, p->name, width);
	if (p->played)
		terminal_span(&t->work, p->start, p->end);
	else
		buf_puts(&t->work, "not played");
	buf_printf(t->to, "%*s", SPAN, terminal_work(t));
	for (unsigned i = 0; i < PHASE_COLUMNS; i++)
		if (widths[i] > 0)
			terminal_number(t, terminal_cell(p, i), widths[i]);
	buf_putc(t->to, '\n');
}

static void
terminal_phases(struct terminal *t)
{
	unsigned widths[PHASE_COLUMNS], width = terminal_columns(t, widths);

	buf_putc(t->to, '\n');
	buf_printf(&t->work, "%-*s%*s", (int)width, width < 6 ? "" : "phase",
	    SPAN, "time");
	for (unsigned i = 0; i < PHASE_COLUMNS; i++)
		if (widths[i] > 0)
			buf_printf(
			    &t->work, "%*s", (int)widths[i], terminal_heads[i]);
	terminal_heading(t, terminal_work(t));
	buf_putc(t->to, '\n');
	for (unsigned i = 0; i < t->v->n_phases; i++)
		terminal_phase(t, &t->v->phases[i], width, widths);
}

static void
terminal_rule(struct terminal *t, const struct verdict_rule *r)
{
	text_field(t->to, r->name, 28);
	if (r->has_matched)
		terminal_number(t, r->matched, NUMBER);
	else
		buf_printf(t->to, "%*s", NUMBER, "-");
	terminal_number(t, r->injected, NUMBER);
	if (r->configured >= 0)
		buf_puts(&t->work, quantity(UNIT_SHARE, r->configured).text);
	else
		buf_putc(&t->work, '-');
	buf_printf(t->to, "%11s", terminal_work(t));
	if (r->has_matched && r->matched > 0) {
		buf_printf(&t->work, "%.3g-%.3g%%", r->lo * 100, r->hi * 100);
		buf_printf(
		    t->to, "%8.3g%%%14s", r->achieved * 100, terminal_work(t));
	}
	buf_putc(t->to, '\n');
}

static void
terminal_rules(struct terminal *t)
{
	if (t->v->n_rules == 0)
		return;
	buf_putc(t->to, '\n');
	buf_printf(&t->work, "%-28s%9s%9s%11s%9s%14s", "rule", "matched",
	    "injected", "configured", "achieved", "95% interval");
	terminal_heading(t, terminal_work(t));
	buf_putc(t->to, '\n');
	for (unsigned i = 0; i < t->v->n_rules; i++)
		terminal_rule(t, &t->v->rules[i]);
}

/* Name, value and limit on one line, what they rest on below. */
static void
terminal_expectation(struct terminal *t, const struct expectation *x)
{
	terminal_paint(t, terminal_result_paint(x->status));
	buf_printf(t->to, "%-14s", terminal_result(x->status));
	terminal_paint(t, PAINT_NONE);
	text_field(t->to, x->name, 40);
	buf_printf(t->to, "%12s", x->value.text);
	text_limit(&t->work, x);
	buf_printf(t->to, "%14s\n", terminal_work(t));
	buf_printf(&t->work, "n %llu %s", (unsigned long long)x->n,
	    x->n_of != NULL ? x->n_of : "");
	if (x->has_interval)
		buf_puts(&t->work, "; 95% interval ");
	text_interval(&t->work, x);
	if (x->n > 0 &&
	    x->grouping[0] + x->grouping[1] + x->grouping[2] + x->grouping[3] >
		0)
		buf_puts(&t->work, "; ");
	if (x->n > 0)
		text_grouping(&t->work, x->grouping);
	terminal_paint(t, PAINT_DIM);
	text_wrap(t->to, terminal_work(t), 14, COLUMNS);
	terminal_paint(t, PAINT_NONE);
}

static bool
terminal_idle(const struct expectation *x)
{
	return x->implied && x->status == RESULT_NOT_EXERCISED;
}

static void
terminal_expectations(struct terminal *t)
{
	const char *comma = "";
	unsigned idle = 0;

	if (t->v->n_expectations == 0)
		return;
	buf_putc(t->to, '\n');
	buf_printf(&t->work, "%-14s%-40s%12s%14s", "", "expectation", "value",
	    "limit");
	terminal_heading(t, terminal_work(t));
	buf_putc(t->to, '\n');
	for (unsigned i = 0; i < t->v->n_expectations; i++)
		if (!terminal_idle(&t->v->expectations[i]))
			terminal_expectation(t, &t->v->expectations[i]);
		else
			idle++;
	if (idle == 0)
		return;
	buf_printf(&t->work, "Of the profile %s nothing met: ", t->v->profile);
	for (unsigned i = 0; i < t->v->n_expectations; i++)
		if (terminal_idle(&t->v->expectations[i])) {
			buf_printf(&t->work, "%s%s", comma,
			    t->v->expectations[i].name);
			comma = ", ";
		}
	text_wrap(t->to, terminal_work(t), 0, COLUMNS);
}

/* An operation's attempts one after the other, with the waits between. */
static void
terminal_offender(struct terminal *t, const struct offender *o)
{
	uint32_t shown = 0;

	text_offender(&t->work, o);
	text_wrap(t->to, terminal_work(t), 2, COLUMNS);
	for (unsigned i = 0; i < o->n_moments; i++) {
		const struct moment *m = &o->moments[i];

		if (m->number > shown + 1)
			buf_printf(
			    &t->work, ", ... (%u more)", m->number - shown - 1);
		if (i == 0)
			buf_printf(&t->work, "at %.3fs ", m->t);
		else
			buf_printf(&t->work, ", after %s ",
			    quantity(UNIT_SECONDS, m->gap).text);
		text_status(&t->work, m);
		if (m->retry_after >= 0)
			buf_printf(&t->work, " (wait %s)",
			    quantity(UNIT_SECONDS, m->retry_after).text);
		if (m->early)
			buf_puts(&t->work, " EARLY");
		if (m->offends)
			buf_puts(&t->work, " <--");
		shown = m->number;
	}
	if (o->n_moments > 0)
		text_wrap(t->to, terminal_work(t), 6, COLUMNS);
}

/* Whether a limit of the same check was broken by the same operations. */
static bool
terminal_same(const struct expectation *x, const struct expectation *before)
{
	if (before == NULL || x->n_offenders == 0 ||
	    before->n_offenders != x->n_offenders)
		return false;
	for (unsigned i = 0; i < x->n_offenders; i++)
		if (strcmp(x->offenders[i].op, before->offenders[i].op) != 0 ||
		    strcmp(x->offenders[i].what, before->offenders[i].what) !=
			0)
			return false;
	return true;
}

static void
terminal_offenders(struct terminal *t, const struct expectation *x)
{
	for (unsigned i = 0; i < x->n_offenders; i++)
		terminal_offender(t, &x->offenders[i]);
	if (x->n_offending > x->n_offenders && x->n_offenders > 0)
		buf_printf(t->to, "  and %llu more\n",
		    (unsigned long long)(x->n_offending - x->n_offenders));
}

/* Why x is no pass; the time lines unless those of before say it. */
static void
terminal_evidence(struct terminal *t, const struct expectation *x,
    const struct expectation *before)
{
	buf_putc(t->to, '\n');
	terminal_paint(t, terminal_result_paint(x->status));
	buf_printf(t->to, "%-5s", x->status == RESULT_FAIL ? "FAIL" : "?");
	terminal_paint(t, PAINT_BOLD);
	text_field(t->to, x->name, 75);
	while (t->to->data[t->to->n - 1] == ' ')
		t->to->n--;
	terminal_paint(t, PAINT_NONE);
	buf_putc(t->to, '\n');
	text_wrap(t->to, x->why != NULL ? x->why : "", 2, COLUMNS);
	if (x->status != RESULT_FAIL)
		return;
	if (terminal_same(x, before))
		buf_puts(t->to, "  the same operations as above\n");
	else
		terminal_offenders(t, x);
}

static void
terminal_end(struct terminal *t)
{
	const struct verdict *v = t->v;

	if (v->n_notes > 0)
		buf_putc(t->to, '\n');
	for (unsigned i = 0; i < v->n_notes; i++) {
		buf_printf(&t->work, "note: %s", v->notes[i]);
		text_wrap(t->to, terminal_work(t), 0, COLUMNS);
	}
	buf_putc(t->to, '\n');
	terminal_paint(t, terminal_result_paint(v->overall));
	text_verdict(t->to, v);
	terminal_paint(t, PAINT_NONE);
	buf_putc(t->to, '\n');
}

void
terminal_put(struct buf *to, const struct verdict *v, bool colours)
{
	struct terminal t = { .to = to, .v = v, .colours = colours };
	const struct expectation *failed = NULL;

	buf_init(&t.work, WORK_MAX);
	terminal_top(&t);
	if (v->attempts > 0) {
		terminal_phases(&t);
		terminal_rules(&t);
	}
	terminal_expectations(&t);
	for (unsigned i = 0; i < v->n_expectations; i++) {
		const struct expectation *x = &v->expectations[i];

		if (x->status == RESULT_PASS || terminal_idle(x))
			continue;
		terminal_evidence(&t, x, failed);
		if (x->status == RESULT_FAIL)
			failed = x;
	}
	terminal_end(&t);
	buf_clear(&t.work);
}
