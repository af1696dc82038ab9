/* `brownout judge`: the verdict again from a journal, offline. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "cli/show.h"
#include "identity/identity.h"
#include "judge/judge.h"
#include "judge/store.h"
#include "record/journal.h"
#include "scenario/inject.h"
#include "scenario/scenario.h"

_Static_assert((int)SOURCE_SDK == (int)OP_SDK &&
		   (int)SOURCE_KEY == (int)OP_IDEMPOTENCY_KEY &&
		   (int)SOURCE_HEADER == (int)OP_HEADER &&
		   (int)SOURCE_TRACE == (int)OP_TRACE &&
		   (int)SOURCE_PRINT == (int)OP_FINGERPRINT,
    "the judge reads identity's sources from records");
_Static_assert((int)GROUPING_INFERRED == (int)CONF_INFERRED &&
		   (int)GROUPING_EXACT == (int)CONF_EXACT,
    "the judge reads min_confidence as its own");

extern const struct command command_judge;

enum { JUDGE_LINE_MAX = 1 << 20 };

struct replay {
	const char *path;
	const char *report; /* where the files go, or NULL */
	struct scenario *scenario;
	struct judge *judge;
	struct journal_names names;
	const char **phases, **rules, **faults;
	struct buf text;
	uint64_t n_lines, bad, lost, records;
	uint64_t end_ns;     /* of the run, 0: with its last record */
	bool force, started; /* a header of our scenario was seen */
	bool foreign;        /* a header of another one */
	int64_t wall_ns;     /* when the run began, 0: not told */
	bool over;           /* what follows is of another run */
};

static void
replay_names(struct replay *r)
{
	const struct scenario *s = r->scenario;
	unsigned n = 0;

	while (fault_types[n] != NULL)
		n++;
	r->phases = xcalloc((size_t)s->n_phases + 1, sizeof(*r->phases));
	r->rules = xcalloc((size_t)s->n_rules + 1, sizeof(*r->rules));
	r->faults = xcalloc((size_t)n + 1, sizeof(*r->faults));
	for (unsigned i = 0; i < s->n_phases; i++)
		r->phases[i] = s->phases[i].name;
	for (unsigned i = 0; i < s->n_rules; i++)
		r->rules[i] = s->rules[i]->name;
	for (unsigned i = 0; i < n; i++)
		r->faults[i] = fault_types[i]->name;
	r->names = (struct journal_names){ .phases = r->phases,
		.rules = r->rules,
		.faults = r->faults,
		.n_phases = s->n_phases,
		.n_rules = s->n_rules,
		.n_faults = n };
}

/* The first header of our scenario says which of the run's records are meant.
 */
static void
replay_header(struct replay *r, const struct journal_header *h)
{
	struct judge_options options = { .faults = r->faults,
		.n_faults = r->names.n_faults,
		.seed = h->seed,
		.noise_ns = h->noise_ns };

	/* a file that was moved away goes on under the same header */
	if (r->started && h->play == r->names.play &&
	    (h->wall_ns == 0 || h->wall_ns != r->wall_ns)) {
		log_warn("%s:%llu: another run begins here: it was left out",
		    r->path, (unsigned long long)r->n_lines);
		r->over = true;
	}
	if (r->started)
		return;
	if (h->hash != r->scenario->hash && !r->force) {
		r->foreign = true;
		return;
	}
	r->started = true;
	r->wall_ns = h->wall_ns;
	/* A journal that says nothing of an end is not ours: a simulation's,
	 * which is as long as its scenario. */
	r->end_ns = h->end_ns == 0             ? scenario_length(r->scenario)
		    : h->end_ns == RECORD_NONE ? 0
					       : h->end_ns;
	r->names.play = h->play;
	r->names.foreign = h->end_ns == 0;
	r->judge = judge_new(r->scenario, &options);
}

/* The phase that the scenario plans for that time: a journal of others may
 * leave it out. */
static uint16_t
replay_phase(const struct scenario *s, uint64_t t)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < s->n_phases; i++) {
		const struct phase *p = &s->phases[i];

		end += p->for_ns * (p->repeat > 0 ? p->repeat : 1);
		if (t < end || p->for_ns == 0)
			return (uint16_t)i;
	}
	return RECORD_NO_PHASE;
}

/* Whether that rule tells its clients to wait until a date: a journal of others
 * does not say so. */
static bool
replay_tells_date(const struct rule *rule)
{
	bool date = false;

	for (unsigned i = 0; i < rule->inject.n_faults; i++)
		date = date || inject_tells_date(&rule->inject.faults[i]);
	for (unsigned k = 0; k < rule->n_choices; k++)
		for (unsigned i = 0; i < rule->choices[k].inject.n_faults; i++)
			date = date || inject_tells_date(
					   &rule->choices[k].inject.faults[i]);
	return date;
}

/* What only our own journals say of a record. */
static void
replay_infer(const struct replay *r, struct record *record)
{
	if (record->phase == RECORD_NO_PHASE)
		record->phase = replay_phase(r->scenario, record->t_first);
	if (record->rule != RECORD_NO_RULE &&
	    record->retry_after_ns != RECORD_NONE &&
	    replay_tells_date(r->scenario->rules[record->rule]))
		record->flags |= RECORD_RETRY_DATE;
}

/* One line; NULL, or what is wrong with it. */
static const char *
replay_line(struct replay *r, struct span line)
{
	struct journal_header h;
	struct record record;
	const char *why = NULL;
	uint64_t lost;

	if (r->over)
		return NULL;
	switch (
	    journal_read(line, &r->names, &record, &h, &lost, &r->text, &why)) {
	case JOURNAL_HEADER:
		replay_header(r, &h);
		r->lost += lost;
		return NULL;
	case JOURNAL_RECORD:
		if (!r->started)
			return r->foreign ? NULL : "a record before the header";
		if (r->names.foreign)
			replay_infer(r, &record);
		judge_add(r->judge, &record);
		r->records++;
		return NULL;
	case JOURNAL_LOSS:
		r->lost += lost;
		return NULL;
	case JOURNAL_OTHER:
		return NULL;
	case JOURNAL_BAD:
		break;
	}
	return r->foreign && !r->started ? NULL : why;
}

/* A line that cannot be read is a lost record; but a last line may have been
 * torn when its writer was stopped. */
static void
replay_bad(struct replay *r, bool torn, const char *why)
{
	if (torn) {
		log_warn("%s:%llu: the last line is torn and was left out",
		    r->path, (unsigned long long)r->n_lines);
		if (r->names.foreign)
			r->end_ns = 0; /* cut short: who knows what came */
		return;
	}
	if (r->bad++ < 5)
		log_warn("%s:%llu: %s", r->path, (unsigned long long)r->n_lines,
		    why);
}

static void
replay_read(struct replay *r, FILE *from)
{
	const char *pending = NULL;
	char *line = NULL;
	uint64_t blank = 0;
	bool whole = false; /* the line before */
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, from)) > 0) {
		bool ended = line[n - 1] == '\n';

		n -= ended;
		if (strspn(line, " \t\r") == (size_t)n) {
			blank++;
			continue;
		}
		if (pending != NULL)
			replay_bad(r, false, pending);
		r->n_lines += 1 + blank;
		blank = 0;
		pending = replay_line(r, (struct span){ line, (size_t)n });
		whole = ended && line[n - 1] == '}';
	}
	if (pending != NULL)
		replay_bad(r, !whole, pending);
	free(line);
}

static int
replay_verdict(struct replay *r)
{
	struct verdict *v = judge_finish(r->judge, r->end_ns, r->lost + r->bad);
	int status = show_verdict(stdout, v, r->scenario, r->report);

	verdict_free(v);
	return status;
}

static int
replay_run(struct replay *r, FILE *from)
{
	replay_names(r);
	buf_init(&r->text, JUDGE_LINE_MAX);
	replay_read(r, from);
	if (ferror(from)) {
		int error = errno;

		log_error("%s: %s", r->path, strerror(error));
		return error == EISDIR ? EXIT_USAGE : EXIT_ENVIRONMENT;
	}
	if (r->started)
		return replay_verdict(r);
	log_error(
	    r->foreign
		? "%s: the journal was written while another scenario (or "
		  "another version of it) was played; --force judges it anyway"
		: "%s: no journal: its header is missing",
	    r->path);
	return EXIT_USAGE;
}

/* Opens both files and judges. */
static int
replay_files(struct replay *r, const char *scenario)
{
	struct diags diags = { 0 };
	FILE *from;
	int status;

	r->scenario = scenario_load(scenario, &diags);
	diags_print(&diags, stderr);
	diags_clear(&diags);
	if (r->scenario == NULL)
		return EXIT_USAGE;
	from = strcmp(r->path, "-") == 0 ? stdin : fopen(r->path, "re");
	if (from == NULL) {
		log_error("%s: %s", r->path, strerror(errno));
		return EXIT_USAGE;
	}
	status = replay_run(r, from);
	if (from != stdin)
		fclose(from);
	return status;
}

static void
replay_clear(struct replay *r)
{
	judge_free(r->judge);
	free(r->phases);
	free(r->rules);
	free(r->faults);
	buf_clear(&r->text);
	scenario_free(r->scenario);
}

static int
judge_command(int argc, char **argv)
{
	static const struct option options[] = {
		{ "scenario", required_argument, NULL, 's' },
		{ "report", required_argument, NULL, 'r' },
		{ "force", no_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	struct replay r = { 0 };
	const char *scenario = NULL;
	int c, status;

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, "s:", options, NULL)) != -1) {
		if (c == '?')
			return cli_bad_option(
			    &command_judge, argv[optind - 1], options);
		if (c == 'f')
			r.force = true;
		else if (c == 'r')
			r.report = optarg;
		else
			scenario = optarg;
	}
	if (optind + 1 != argc)
		return cli_usage(&command_judge,
		    optind == argc ? "no journal is named"
				   : "more than one journal is named");
	if (scenario == NULL)
		return cli_usage(&command_judge, "--scenario is missing");
	r.path = argv[optind];
	status = replay_files(&r, scenario);
	replay_clear(&r);
	return status;
}

const struct command command_judge = {
	.name = "judge",
	.usage = "judge JOURNAL --scenario SCENARIO [--report DIR] [--force]",
	.summary = "Judge a journal again, offline",
	.help =
	    "  -s, --scenario FILE   the scenario that was played\n"
	    "      --report DIR      write report.html, report.json, junit.xml "
	    "and report.md\n"
	    "      --force           judge even if the scenario has changed "
	    "since\n"
	    "\n"
	    "JOURNAL is a file as written by run --journal, or - for standard "
	    "input.\n"
	    "A torn last line is left out; any other unreadable line counts as "
	    "a lost\nrecord and voids the verdict.\n"
	    "\n"
	    "Exit status: 0 every expectation passed, 1 one failed, 2 bad "
	    "usage "
	    "or another\nscenario's journal, 3 inconclusive or not exercised.\n"
	    "\n"
	    "Example:\n"
	    "  brownout run story.yaml --journal run.jsonl\n"
	    "  brownout judge run.jsonl --scenario story.yaml\n",
	.run = judge_command,
};
