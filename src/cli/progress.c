#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/units.h"

enum { PROGRESS_EVERY_NS = 250 * NS_PER_MS, PROGRESS_BAR = 20 };

/* One that can draw a line again. */
static bool
progress_terminal(void)
{
	const char *term = getenv("TERM");

	return (term == NULL || strcmp(term, "dumb") != 0) &&
	       isatty(STDERR_FILENO);
}

void
progress_init(
    struct progress *p, struct control *control, uint64_t t0_ns, bool quiet)
{
	*p = (struct progress){ .control = control,
		.t0_ns = t0_ns,
		.shown_ns = t0_ns,
		.quiet = quiet,
		.terminal = progress_terminal(),
		.phase = -1 };
}

void
progress_add(
    struct progress *p, const struct record *r, const struct pairing *pairing)
{
	atomic_fetch_add_explicit(&p->attempts, 1, memory_order_relaxed);
	if (r->outcome == OUTCOME_INJECTED)
		atomic_fetch_add_explicit(
		    &p->injected, 1, memory_order_relaxed);
	if (r->outcome == OUTCOME_UPSTREAM_ERROR)
		atomic_fetch_add_explicit(&p->failed, 1, memory_order_relaxed);
	if (pairing->attempt > 1)
		atomic_fetch_add_explicit(&p->retries, 1, memory_order_relaxed);
}

/* Adds a rule and its faults, as `too-many (status)`. */
static void
progress_rule(struct buf *to, const struct rule *r)
{
	const struct inject *in = r->n_choices > 0 ? NULL : &r->inject;
	const char *comma = "";

	buf_printf(to, "%s%s (", to->n > 0 ? ", " : "", r->name);
	for (unsigned i = 0; i < (in != NULL ? 1 : r->n_choices); i++) {
		const struct inject *x =
		    in != NULL ? in : &r->choices[i].inject;

		for (unsigned k = 0; k < x->n_faults; k++) {
			buf_printf(to, "%s%s", comma, x->faults[k].type->name);
			comma = ", ";
		}
	}
	buf_putc(to, ')');
}

/* The faults of a phase. The caller frees. */
static char *
progress_rules(const struct phase *phase)
{
	struct buf to;

	buf_init(&to, 1 << 20);
	for (unsigned i = 0; i < phase->n_connections; i++)
		progress_rule(&to, phase->connections[i]);
	for (unsigned i = 0; i < phase->n_rules; i++)
		progress_rule(&to, phase->rules[i]);
	if (to.n == 0)
		buf_puts(&to, "no faults");
	return buf_take(&to);
}

static void
progress_phase(struct progress *p, const struct scenario *s,
    const struct play_position *at, uint64_t now_ns)
{
	char *rules, length[UNITS_TEXT] = "";

	p->phase = at->phase;
	p->round = at->round;
	if (at->phase < 0)
		return;
	rules = progress_rules(&s->phases[at->phase]);
	if (s->phases[at->phase].for_ns > 0)
		units_duration_text(s->phases[at->phase].for_ns, length);
	progress_end(p);
	fprintf(stderr, "%6.1fs  phase %s %s: %s\n",
	    (double)(now_ns - p->t0_ns) / 1e9, s->phases[at->phase].name,
	    length, rules);
	free(rules);
}

/* A count in at most five columns: 99999, 1234k, 1234M. */
static const char *
progress_count(char to[32], uint64_t n)
{
	const char *const units[] = { "", "k", "M", "G", "T", "P" };
	unsigned u = 0;

	for (; n >= (u == 0 ? 100000 : 10000); u++)
		n /= 1000;
	snprintf(to, 32, "%llu%s", (unsigned long long)n, units[u]);
	return to;
}

/* How much of the phase is over; of one without an end nobody knows. */
static void
progress_bar(const struct play_position *at, char bar[PROGRESS_BAR + 1])
{
	bool endless = at->left_ns == UINT64_MAX;
	uint64_t whole = endless ? 0 : at->into_ns + at->left_ns;
	uint64_t done = whole > 0 ? at->into_ns * PROGRESS_BAR / whole : 0;

	memset(bar, endless ? '-' : '.', PROGRESS_BAR);
	memset(bar, '#', done < PROGRESS_BAR ? done : PROGRESS_BAR);
	bar[PROGRESS_BAR] = '\0';
}

/* The columns that a line may have without a break. */
static int
progress_columns(void)
{
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
		return 79;
	return w.ws_col - 1;
}

static void
progress_line(
    struct progress *p, const struct play_position *at, uint64_t now_ns)
{
	uint64_t attempts = atomic_load(&p->attempts), rate;
	char bar[PROGRESS_BAR + 1], texts[4][32], line[256];

	rate =
	    (attempts - p->last_attempts) * NS_PER_S / (now_ns - p->shown_ns);
	p->last_attempts = attempts;
	progress_bar(at, bar);
	snprintf(line, sizeof(line),
	    "%6.1fs  [%s] %s/s  attempts %s  injected %s  retries %s",
	    (double)(now_ns - p->t0_ns) / 1e9, bar,
	    progress_count(texts[0], rate), progress_count(texts[1], attempts),
	    progress_count(texts[2], atomic_load(&p->injected)),
	    progress_count(texts[3], atomic_load(&p->retries)));
	fprintf(stderr, "\r\033[K%.*s", progress_columns(), line);
	p->line_open = true;
}

void
progress_show(struct progress *p, uint64_t now_ns)
{
	struct control_view v;
	struct play_position at;

	if (p->quiet)
		return;
	v = control_view(p->control, now_ns);
	at = play_position(v.play, now_ns);
	if (at.phase != p->phase || at.round != p->round ||
	    v.version != p->version)
		progress_phase(p, play_scenario(v.play), &at, now_ns);
	p->version = v.version;
	control_view_clear(&v);
	if (!p->terminal || now_ns - p->shown_ns < PROGRESS_EVERY_NS)
		return;
	progress_line(p, &at, now_ns);
	p->shown_ns = now_ns;
}

void
progress_end(struct progress *p)
{
	if (p->line_open)
		fputs("\r\033[K", stderr);
	p->line_open = false;
}
