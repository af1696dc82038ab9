#include "cli/explain_time.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/units.h"
#include "decide/select.h"
#include "decide/timeline.h"
#include "report/text.h"

enum {
	TIME_LABEL = 20,
	TIME_COLUMNS = 58,
	TIME_LEVELS = 9,
	TIME_RULES = 60,
	TIME_NAMES = 1 << 16 /* bytes of names on a line */
};

/* A column of the axis: its phase and how far into a round its middle is. */
struct time_column {
	int phase;
	bool first; /* of its phase */
	uint64_t at_ns, into_ns, span_ns;
};

struct time_line {
	const struct scenario *s;
	struct timeline line;
	struct time_column columns[TIME_COLUMNS];
	unsigned n;
	const char *const *levels;
};

/* An eighth of full height each, where the terminal knows block elements. */
static const char *const time_blocks[TIME_LEVELS] = { " ", "\u2581", "\u2582",
	"\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588" };
static const char *const time_plain[TIME_LEVELS] = { " ", ".", ":", "-", "=",
	"+", "*", "%", "#" };

/* The scenario's length as drawn: an endless phase at the end gets a quarter of
 * what is before it. */
static uint64_t
time_length(const struct time_line *t)
{
	uint64_t end = t->line.starts[t->s->n_phases];

	if (end != UINT64_MAX)
		return end;
	end = t->line.starts[t->s->n_phases - 1];
	return end > 0 ? end + end / 4 : 60 * (uint64_t)NS_PER_S;
}

/* Every phase gets its share of the columns, one at least while they last. */
static void
time_fill(struct time_line *t)
{
	double length = (double)time_length(t);
	unsigned phases = t->s->n_phases;

	for (unsigned i = 0; i < phases && t->n < TIME_COLUMNS; i++) {
		uint64_t start = t->line.starts[i], end = t->line.starts[i + 1];
		unsigned first = t->n, left = phases - 1 - i, upto, n;
		double span;

		end = end == UINT64_MAX ? (uint64_t)length : end;
		upto = (unsigned)((double)end / length * TIME_COLUMNS + 0.5);
		if (upto + left > TIME_COLUMNS)
			upto = TIME_COLUMNS > left ? TIME_COLUMNS - left : 0;
		if (upto <= first)
			upto = first + 1;
		n = upto - first;
		span = (double)(end - start) / n;
		for (unsigned k = 0; k < n; k++) {
			double at = (double)start + span * (k + 0.5);
			struct spot spot = timeline_at(&t->line, (uint64_t)at);

			t->columns[t->n++] =
			    (struct time_column){ .phase = (int)i,
				    .first = k == 0,
				    .at_ns = (uint64_t)(at - span / 2),
				    .into_ns = spot.into_ns,
				    .span_ns = (uint64_t)span };
		}
	}
}

/* Prints text at columns; a later one that would touch an earlier is left out.
 */
static void
time_put(char *row, unsigned at, const char *text, unsigned room)
{
	size_t n = strlen(text);

	if (n > room)
		n = room;
	if (at > 0 && row[at - 1] != ' ')
		return;
	memcpy(row + at, text, n);
}

/* Where the phase that begins at column i ends. */
static unsigned
time_end(const struct time_line *t, unsigned i)
{
	unsigned end = i + 1;

	while (end < t->n && !t->columns[end].first)
		end++;
	return end;
}

static void
time_row(const char *row)
{
	size_t n = strlen(row);

	while (n > 0 && row[n - 1] == ' ')
		n--;
	printf("%*s%.*s\n", TIME_LABEL, "", (int)n, row);
}

static void
time_axis(const struct time_line *t, uint64_t at_ns)
{
	char times[TIME_COLUMNS + 1], mark[TIME_COLUMNS + 1];
	char text[UNITS_TEXT];
	struct buf names;
	bool marked = false;

	buf_init(&names, TIME_NAMES);
	memset(times, ' ', TIME_COLUMNS);
	memset(mark, ' ', TIME_COLUMNS);
	times[TIME_COLUMNS] = mark[TIME_COLUMNS] = '\0';
	for (unsigned i = 0; i < t->n; i++) {
		const struct time_column *c = &t->columns[i];
		const struct phase *p = &t->s->phases[c->phase];

		if (!marked && at_ns != UINT64_MAX && at_ns >= c->at_ns &&
		    at_ns - c->at_ns < c->span_ns + (c->span_ns == 0)) {
			mark[i] = 'v';
			marked = true;
		}
		if (!c->first)
			continue;
		units_duration_text(t->line.starts[c->phase], text);
		time_put(times, i, text, TIME_COLUMNS - i);
		buf_putc(&names, '|');
		text_cut(&names, p->name != NULL ? p->name : "",
		    time_end(t, i) - i - 1);
	}
	buf_putc(&names, '\0');
	if (marked)
		time_row(mark);
	time_row(times);
	time_row(names.data);
	buf_clear(&names);
}

static bool
time_has(struct rule *const *rules, unsigned n, const struct rule *r)
{
	for (unsigned i = 0; i < n; i++)
		if (rules[i] == r)
			return true;
	return false;
}

static uint32_t
time_rate(const struct time_line *t, const struct time_column *c,
    const struct rule *r)
{
	const struct phase *p = &t->s->phases[c->phase];

	if (!time_has(p->rules, p->n_rules, r) &&
	    !time_has(p->connections, p->n_connections, r))
		return 0;
	if (r->n_choices > 0)
		return select_total(r->choices, r->n_choices);
	if (r->select.kind == SELECT_RATE)
		return select_rate(&r->select, c->into_ns, p->for_ns);
	return select_share(&r->select);
}

/* One rule: its rate at each column, at least the lowest step when it is not
 * 0. */
static void
time_bar(const struct time_line *t, const struct rule *r)
{
	unsigned last = 0;
	struct buf label;

	buf_init(&label, TIME_NAMES);
	text_cut(&label, r->name, TIME_LABEL - 2);
	printf("%.*s  ", (int)label.n, label.data);
	buf_clear(&label);
	for (unsigned i = 0; i < t->n; i++)
		if (time_rate(t, &t->columns[i], r) > 0)
			last = i + 1;
	for (unsigned i = 0; i < last; i++) {
		uint64_t rate = time_rate(t, &t->columns[i], r);
		uint64_t level =
		    (rate * (TIME_LEVELS - 1) + RATE_ONE / 2) / RATE_ONE;

		fputs(t->levels[rate > 0 && level == 0 ? 1 : level], stdout);
	}
	putchar('\n');
}

void
explain_time(const struct scenario *s, uint64_t at_ns)
{
	struct time_line t = { .s = s };

	setlocale(LC_CTYPE, "");
	t.levels = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? time_blocks
							      : time_plain;
	timeline_init(&t.line, s->phases, s->n_phases, 1);
	time_fill(&t);
	printf("time line (full height: every matching request)\n");
	time_axis(&t, at_ns);
	for (unsigned i = 0; i < s->n_rules && i < TIME_RULES; i++)
		time_bar(&t, s->rules[i]);
	if (s->n_rules > TIME_RULES)
		printf("and %u rules more\n", s->n_rules - TIME_RULES);
	timeline_clear(&t.line);
}
