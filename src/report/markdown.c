#include "report/markdown.h"

#include "record/journal.h"
#include "report/markup.h"
#include "report/text.h"

/* What a comment may hold, less the ends of what is open. */
enum { MARKDOWN_MAX = 65000 };

struct markdown {
	struct buf *to;
	const struct verdict *v;
	struct buf work; /* emptied before each use */
};

static const char *
markdown_sign(enum result r)
{
	static const char *const signs[] = { "\u2705", "\u274c", "\u2753",
		"\u2796" };

	return signs[r];
}

static const char *
markdown_work(struct markdown *m)
{
	buf_putc(&m->work, '\0');
	m->work.n = 0;
	return m->work.data;
}

static void
markdown_cell(struct markdown *m)
{
	markup_markdown(m->to, markdown_work(m));
	buf_puts(m->to, " | ");
}

static void
markdown_row(struct markdown *m, const struct expectation *x)
{
	buf_printf(m->to, "| %s %s | ", markdown_sign(x->status),
	    text_result(x->status));
	buf_puts(&m->work, x->name);
	markdown_cell(m);
	buf_puts(&m->work, x->value.text);
	markdown_cell(m);
	text_limit(&m->work, x);
	markdown_cell(m);
	buf_u64(&m->work, x->n);
	markdown_cell(m);
	text_interval(&m->work, x);
	markdown_cell(m);
	text_grouping(&m->work, x->grouping);
	markdown_cell(m);
	buf_putc(m->to, '\n');
}

static void
markdown_expectations(struct markdown *m)
{
	buf_puts(m->to,
	    "| | expectation | value | limit | n | 95 % interval | grouping |\n"
	    "|---|---|--:|--:|--:|---|---|\n");
	for (unsigned i = 0; i < m->v->n_expectations; i++)
		if (!m->v->expectations[i].implied ||
		    m->v->expectations[i].status != RESULT_NOT_EXERCISED)
			markdown_row(m, &m->v->expectations[i]);
}

/* An operation's time line; false when the comment is full. */
static bool
markdown_offender(struct markdown *m, const struct offender *o)
{
	size_t before = m->to->n;

	buf_puts(m->to, "<pre>");
	text_offender(&m->work, o);
	markup_xml(m->to, markdown_work(m));
	for (unsigned k = 0; k < o->n_moments; k++) {
		buf_putc(m->to, '\n');
		text_moment(&m->work, &o->moments[k], m->v);
		markup_xml(m->to, markdown_work(m));
	}
	buf_puts(m->to, "</pre>\n");
	if (m->to->n <= MARKDOWN_MAX)
		return true;
	m->to->n = before;
	return false;
}

static bool
markdown_details(struct markdown *m, const struct expectation *x)
{
	bool room = true;
	size_t before = m->to->n;

	buf_printf(m->to, "\n<details><summary>%s ", markdown_sign(x->status));
	markup_xml(m->to, x->name);
	buf_puts(m->to, ": ");
	markup_xml(m->to, x->why != NULL ? x->why : "");
	buf_puts(m->to, "</summary>\n\n");
	if (m->to->n > MARKDOWN_MAX) {
		m->to->n = before;
		return false;
	}
	for (unsigned i = 0; room && i < x->n_offenders; i++)
		room = markdown_offender(m, &x->offenders[i]);
	buf_puts(m->to, "\n</details>\n");
	return room;
}

static void
markdown_phases(struct markdown *m)
{
	buf_puts(m->to, "\n| phase | attempts");
	for (unsigned i = 0; i < OUTCOMES; i++) {
		buf_puts(m->to, " | ");
		markup_markdown(m->to, journal_outcomes.v[i]);
	}
	buf_puts(m->to, " |\n|---|--:|--:|--:|--:|--:|--:|\n");
	for (unsigned i = 0; i < m->v->n_phases; i++) {
		const struct verdict_phase *p = &m->v->phases[i];

		buf_puts(m->to, "| ");
		markup_markdown(m->to, p->name);
		buf_printf(m->to, " | %llu", (unsigned long long)p->attempts);
		for (unsigned k = 0; k < OUTCOMES; k++)
			buf_printf(m->to, " | %llu",
			    (unsigned long long)p->outcomes[k]);
		buf_puts(m->to, " |\n");
	}
}

static void
markdown_rules(struct markdown *m)
{
	if (m->v->n_rules == 0)
		return;
	buf_puts(m->to, "\n| rule | matched | injected | configured | achieved "
			"| 95 % interval |\n|---|--:|--:|--:|--:|---|\n");
	for (unsigned i = 0; i < m->v->n_rules; i++) {
		const struct verdict_rule *r = &m->v->rules[i];
		bool known = r->has_matched && r->matched > 0;

		buf_puts(m->to, "| ");
		markup_markdown(m->to, r->name);
		buf_puts(m->to, " | ");
		if (r->has_matched)
			buf_u64(m->to, r->matched);
		buf_printf(
		    m->to, " | %llu | ", (unsigned long long)r->injected);
		if (r->configured >= 0)
			buf_puts(
			    m->to, quantity(UNIT_SHARE, r->configured).text);
		buf_puts(m->to, " | ");
		if (known)
			buf_printf(m->to, "%.4g%% | %.4g%% to %.4g%%",
			    r->achieved * 100, r->lo * 100, r->hi * 100);
		else
			buf_puts(m->to, " | ");
		buf_puts(m->to, " |\n");
	}
}

void
markdown_put(struct buf *to, const struct verdict *v)
{
	struct markdown m = { .to = to, .v = v };
	bool room = true;

	buf_init(&m.work, 1 << 24);
	buf_printf(to, "### %s brownout: ", markdown_sign(v->overall));
	markup_markdown(to, v->scenario);
	buf_puts(to, "\n\n**");
	text_verdict(to, v);
	buf_printf(to, "** · %llu attempts in %llu operations · seed %llu\n\n",
	    (unsigned long long)v->attempts, (unsigned long long)v->operations,
	    (unsigned long long)v->seed);
	if (v->n_expectations > 0)
		markdown_expectations(&m);
	for (unsigned i = 0; i < v->n_notes; i++) {
		buf_puts(to, "\n> ");
		markup_markdown(to, v->notes[i]);
		buf_putc(to, '\n');
	}
	buf_puts(to, "\n<details><summary>Phases and rules</summary>\n");
	markdown_phases(&m);
	markdown_rules(&m);
	buf_puts(to, "\n</details>\n");
	for (unsigned i = 0; room && i < v->n_expectations; i++)
		if (v->expectations[i].status == RESULT_FAIL ||
		    v->expectations[i].status == RESULT_INCONCLUSIVE)
			room = markdown_details(&m, &v->expectations[i]);
	if (!room)
		buf_puts(to, "\nThe page report.html has the rest.\n");
	buf_clear(&m.work);
}
