/* The verdict as a plain table: for logs, and where no terminal report is
 * wanted. */
#include <stdio.h>

#include "judge/verdict.h"

static const char *
print_status(enum result r)
{
	static const char *const words[] = { "PASS", "FAIL", "INCONCLUSIVE",
		"NOT EXERCISED" };

	return words[r];
}

static void
print_moment(const struct moment *m, struct buf *to)
{
	buf_printf(to, "      %9.3f s  #%-3u %3u %s%s", m->t, m->number,
	    m->status, role_name((enum role)m->role),
	    m->offends ? "  <--" : "");
	if (m->gap >= 0)
		buf_printf(to, "  gap %.3f s", m->gap);
	if (m->retry_after >= 0)
		buf_printf(to, "  Retry-After %.3g s", m->retry_after);
	buf_putc(to, '\n');
}

static void
print_offenders(const struct expectation *x, struct buf *to)
{
	for (unsigned i = 0; i < x->n_offenders; i++) {
		const struct offender *o = &x->offenders[i];

		buf_printf(to, "    %s %s (%s, %s): %s\n", o->method, o->path,
		    o->op, grouping_name(o->grouping), o->what);
		for (unsigned k = 0; i == 0 && k < o->n_moments; k++)
			print_moment(&o->moments[k], to);
	}
}

static void
print_line(const struct expectation *x, struct buf *to)
{
	bool limited = x->limit.unit != UNIT_NONE;

	buf_printf(to, "%-13s %-38s %10s", print_status(x->status), x->name,
	    x->value.text);
	if (x->limit.unit == UNIT_WORD && !x->at_least)
		buf_printf(to, " want %s", x->limit.text);
	else if (limited)
		buf_printf(
		    to, " %s %s", x->at_least ? ">=" : "<=", x->limit.text);
	buf_printf(to, "\n%-13s n=%llu %s: %s\n", "", (unsigned long long)x->n,
	    x->n_of, x->why);
	if (x->status == RESULT_FAIL)
		print_offenders(x, to);
}

void
verdict_print(const struct verdict *v, struct buf *to)
{
	for (unsigned i = 0; i < v->n_expectations; i++)
		print_line(&v->expectations[i], to);
	for (unsigned i = 0; i < v->n_notes; i++)
		buf_printf(to, "note: %s\n", v->notes[i]);
	buf_puts(to, v->partial ? "so far: " : "");
	if (v->n_expectations > 0 || v->losses > 0)
		buf_printf(to, "%s: ", print_status(v->overall));
	buf_printf(to, "%s\n", v->summary);
}
