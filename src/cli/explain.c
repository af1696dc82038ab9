/* `brownout explain`: a scenario in words and as a time line, and a dry run of
 * it: what would happen to a request, and why. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "cli/explain_ask.h"
#include "cli/explain_time.h"
#include "cli/words.h"

extern const struct command command_explain;

enum { EXPLAIN_TEXT = 64 * 1024, EXPLAIN_LABEL = 14 };

struct explain {
	const char *file;
	struct ask ask;
	uint64_t seed;
	bool has_seed, has_at, json;
};

static const char *
explain_number(const char *text, uint64_t min, uint64_t max, uint64_t *vp)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return "a whole number is expected";
	*vp = strtoumax(text, &end, 10);
	return *end == '\0' && *vp >= min && *vp <= max
		   ? NULL
		   : "a whole number in range is expected";
}

static const char *
explain_option(struct explain *e, int option, const char *value)
{
	switch (option) {
	case 'r':
		e->ask.request = value;
		return NULL;
	case 'H':
		if (e->ask.n_fields == ASK_FIELDS_MAX)
			return "too many headers";
		e->ask.fields[e->ask.n_fields++] = value;
		return NULL;
	case 'a':
		e->has_at = true;
		return units_duration(span_str(value), &e->ask.at_ns);
	case 'n':
		return explain_number(value, 1, 100000000, &e->ask.n);
	case 's':
		e->has_seed = true;
		return explain_number(value, 0, UINT64_MAX, &e->seed);
	case 'C':
		e->ask.client = value;
		return NULL;
	default:
		e->json = true;
		return NULL;
	}
}

/* False after a message. */
static bool
explain_options(struct explain *e, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "request", required_argument, NULL, 'r' },
		{ "header", required_argument, NULL, 'H' },
		{ "at", required_argument, NULL, 'a' },
		{ "seed", required_argument, NULL, 's' },
		{ "client", required_argument, NULL, 'C' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":n:H:", longs, NULL)) != -1) {
		const char *why;

		if (option == '?' || option == ':') {
			cli_usage(&command_explain, "%s: %s", argv[optind - 1],
			    option == ':' ? "a value is missing"
					  : "unknown option");
			return false;
		}
		why = explain_option(e, option, optarg);
		if (why != NULL) {
			cli_usage(&command_explain, "%s: %s", optarg, why);
			return false;
		}
	}
	if (optind + 1 != argc) {
		cli_usage(&command_explain, "exactly one scenario is needed");
		return false;
	}
	e->file = argv[optind];
	return true;
}

/* Whether the rule holds in every one of several phases. */
static bool
explain_common(const struct scenario *s, const struct rule *r)
{
	for (unsigned i = 0; i < s->n_phases; i++) {
		const struct phase *p = &s->phases[i];
		bool here = false;

		for (unsigned k = 0; k < p->n_rules; k++)
			here = here || p->rules[k] == r;
		for (unsigned k = 0; k < p->n_connections; k++)
			here = here || p->connections[k] == r;
		if (!here)
			return false;
	}
	return s->n_phases > 1;
}

static void
explain_rule(const struct rule *r, const char *of)
{
	struct buf b;

	buf_init(&b, EXPLAIN_TEXT);
	printf("  %s\n", r->name);
	words_match(&b, &r->match);
	words_print(of, EXPLAIN_LABEL, buf_view(&b));
	b.n = 0;
	words_select(&b, r);
	words_print("    how often", EXPLAIN_LABEL, buf_view(&b));
	b.n = 0;
	words_what(&b, r);
	words_print("    what", EXPLAIN_LABEL, buf_view(&b));
	buf_clear(&b);
}

/* The rules of a phase that are, or are not, in every phase. */
static unsigned
explain_rules(const struct scenario *s, const struct phase *p, bool common)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->n_connections; i++)
		if (explain_common(s, p->connections[i]) == common) {
			explain_rule(p->connections[i], "    new ones");
			n++;
		}
	for (unsigned i = 0; i < p->n_rules; i++)
		if (explain_common(s, p->rules[i]) == common) {
			explain_rule(p->rules[i], "    requests");
			n++;
		}
	return n;
}

static void
explain_phase(const struct scenario *s, const struct phase *p)
{
	char text[UNITS_TEXT];

	printf("\nphase %s: ", p->name != NULL ? p->name : "(the only one)");
	if (p->for_ns == 0)
		printf("endless");
	else
		printf("%s", units_duration_text(p->for_ns, text));
	if (p->repeat > 1)
		printf(", played %u times", p->repeat);
	putchar('\n');
	if (explain_rules(s, p, false) == 0)
		puts("  no rules of its own");
}

static void
explain_guard(const struct guard *g)
{
	char share[UNITS_TEXT], time[UNITS_TEXT];

	if (g->max_active > 0)
		printf("guard: at most %" PRIu64 " faults at a time\n",
		    g->max_active);
	if (g->max_share < RATE_ONE)
		printf("guard: at most %s of the requests\n",
		    units_rate_text(g->max_share, share));
	if (g->stop_errors > 0)
		printf("guard: stops when %s of the upstream's answers are "
		       "errors for %s\n",
		    units_rate_text(g->stop_errors, share),
		    units_duration_text(g->stop_for_ns, time));
	if (g->expires_ns > 0)
		printf("guard: no faults later than %s\n",
		    units_duration_text(g->expires_ns, time));
}

static void
explain_words(const struct scenario *s)
{
	uint64_t length = scenario_length(s);
	char text[UNITS_TEXT];
	bool common = false;

	printf("scenario %s", s->name);
	if (s->description != NULL)
		printf("\n%s", s->description);
	printf(
	    "\n%s", length > 0 ? units_duration_text(length, text) : "endless");
	if (s->has_seed)
		printf(", seed %" PRIu64, s->seed);
	else
		printf(", a new seed each time");
	puts(s->start_on_request ? ", starts with the first request"
				 : ", starts at once");
	if (!s->mark)
		puts("injected responses are not marked");
	if (s->request_headers)
		puts("requests may ask for faults with X-Brownout-Inject");
	explain_guard(&s->guard);
	for (unsigned i = 0; i < s->n_phases; i++)
		explain_phase(s, &s->phases[i]);
	for (unsigned i = 0; i < s->n_rules; i++)
		common = common || explain_common(s, s->rules[i]);
	if (common) {
		puts("\nin every phase, after its own rules");
		explain_rules(s, &s->phases[0], true);
	}
	putchar('\n');
}

static json_t *
explain_json_rule(const struct rule *r)
{
	struct buf match, how, what;
	json_t *to;

	buf_init(&match, EXPLAIN_TEXT);
	buf_init(&how, EXPLAIN_TEXT);
	buf_init(&what, EXPLAIN_TEXT);
	words_match(&match, &r->match);
	words_select(&how, r);
	words_what(&what, r);
	to = json_pack("{s:s, s:s%, s:s%, s:s%}", "rule", r->name, "match",
	    match.data, match.n, "select", how.data, how.n, "inject", what.data,
	    what.n);
	buf_clear(&match);
	buf_clear(&how);
	buf_clear(&what);
	return to;
}

static json_t *
explain_json(const struct scenario *s)
{
	json_t *phases = json_array();

	for (unsigned i = 0; i < s->n_phases; i++) {
		const struct phase *p = &s->phases[i];
		json_t *rules = json_array(), *connections = json_array();

		for (unsigned k = 0; k < p->n_rules; k++)
			json_array_append_new(
			    rules, explain_json_rule(p->rules[k]));
		for (unsigned k = 0; k < p->n_connections; k++)
			json_array_append_new(
			    connections, explain_json_rule(p->connections[k]));
		json_array_append_new(
		    phases, json_pack("{s:s?, s:f, s:i, s:o, s:o}", "phase",
				p->name, "for", (double)p->for_ns / 1e9,
				"repeat", (int)p->repeat, "rules", rules,
				"connections", connections));
	}
	return json_pack("{s:s, s:o}", "scenario", s->name, "phases", phases);
}

/* The dry run; takes over the scenario. */
static int
explain_ask_now(struct explain *e, struct scenario *s, json_t *json)
{
	struct play_options o = { .seed = e->has_seed ? e->seed : s->seed,
		.time_scale = 1 };
	struct answer *answer = xcalloc(1, sizeof(*answer));
	struct play *p = play_new(s, &o);
	const char *why = ask_play(&e->ask, p, answer);

	if (why != NULL)
		cli_usage(&command_explain, "%s", why);
	else if (json != NULL)
		json_object_update_new(
		    json, json_pack("{s:I, s:o}", "seed", (json_int_t)o.seed,
			      "dry_run", ask_json(&e->ask, p, answer)));
	else
		ask_print(&e->ask, p, answer);
	play_unref(p);
	free(answer);
	return why != NULL ? EXIT_USAGE : EXIT_PASS;
}

static int
explain_run(int argc, char **argv)
{
	struct explain e = { .ask = { .n = 1000, .client = "127.0.0.1" } };
	struct diags diags = { 0 };
	struct scenario *s;
	json_t *json = NULL;
	int status = EXIT_PASS;

	if (!explain_options(&e, argc, argv))
		return EXIT_USAGE;
	s = scenario_load(e.file, &diags);
	diags_print(&diags, stderr);
	diags_clear(&diags);
	if (s == NULL)
		return EXIT_USAGE;
	if (e.json) {
		json = explain_json(s);
	} else {
		explain_words(s);
		explain_time(s, e.has_at ? e.ask.at_ns : UINT64_MAX);
		if (e.ask.request != NULL)
			putchar('\n');
	}
	if (e.ask.request != NULL)
		status = explain_ask_now(&e, s, json);
	else
		scenario_free(s);
	if (json != NULL && status == EXIT_PASS) {
		json_dumpf(json, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(json);
	return status;
}

const struct command command_explain = {
	.name = "explain",
	.usage = "explain [options] SCENARIO",
	.summary = "Tell what a scenario does, and what it would do to a "
		   "request",
	.help =
	    "The plan in words and as a time line. With --request a dry run:\n"
	    "what would happen to such requests, sent one after another at "
	    "one\n"
	    "moment by one client, and why each rule did or did not fire. The\n"
	    "same seed decides the same when it is played.\n\n"
	    "      --request 'GET /x'   the request to try\n"
	    "  -H, --header 'K: V'      a header field of it; repeatable\n"
	    "      --client ADDR        who sends it (127.0.0.1)\n"
	    "      --at DURATION        when, after the start (0s)\n"
	    "  -n N                     how many times (1000)\n"
	    "      --seed N             beats the scenario's\n"
	    "      --json               for programs\n\n"
	    "Examples:\n"
	    "  brownout explain scenarios/demo.yaml\n"
	    "  brownout explain --request 'GET /search/a' --at 35s "
	    "scenarios/demo.yaml\n",
	.run = explain_run,
};
