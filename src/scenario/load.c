/* A scenario's file as a whole: bytes, tree, keys, and in which order its parts
 * are read. */
#include "scenario/load.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/rng.h"
#include "scenario/loader.h"
#include "scenario/source.h"
#include "scenario/yaml.h"

enum { LOAD_NAME_MAX = 200, LOAD_RATE_MIN = 1000 };

struct load_stop {
	uint32_t upstream_errors;
	uint64_t hold;
	uint32_t given;
};
struct load_guard {
	int64_t max_active;
	uint32_t max_share;
	struct load_stop stop;
	uint64_t expires;
	uint32_t given;
};
struct load_verdict {
	int profile;
	int64_t min_samples;
	int min_confidence, inconclusive;
	uint32_t given;
};
struct load_conf {
	const char *name, *description;
	int64_t seed;
	int start;
	bool mark, request_headers;
	struct load_guard guard;
	struct load_verdict verdict;
	uint32_t given;
};

static const char *const load_starts[] = { "immediately", "first_request",
	NULL };
static const char *const load_profiles[] = {
	[PROFILE_NONE] = "none",
	[PROFILE_RFC] = "rfc",
	[PROFILE_API_CLIENT] = "api-client",
	[PROFILE_SRE] = "sre",
	[PROFILE_PAYMENTS] = "payments",
	NULL,
};
/* In the order of enum confidence, which is above this layer. */
static const char *const load_confidences[] = { "exact", "strong", "inferred",
	"aggregate", NULL };
static const char *const load_inconclusives[] = { "fail", "warn", NULL };

static const struct param load_stop_rows[] = {
	{ .name = "upstream_errors",
	    .type = PARAM_RATE,
	    .offset = offsetof(struct load_stop, upstream_errors),
	    .min = LOAD_RATE_MIN,
	    .help = "share of failing exchanges with the upstream",
	    .flags = PARAM_REQUIRED },
	{ .name = "for",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct load_stop, hold),
	    .min = 1000000,
	    .fallback = "10s",
	    .help = "how long it has to last" },
};
static const struct param_set load_stop_set = {
	PARAM_ROWS(load_stop_rows),
	.size = sizeof(struct load_stop),
	.given = offsetof(struct load_stop, given),
};

static const struct param load_guard_rows[] = {
	{ .name = "max_active_faults",
	    .type = PARAM_INT,
	    .offset = offsetof(struct load_guard, max_active),
	    .min = 1,
	    .max = INT32_MAX,
	    .help = "exchanges under a fault at the same time" },
	{ .name = "max_share",
	    .type = PARAM_RATE,
	    .offset = offsetof(struct load_guard, max_share),
	    .min = LOAD_RATE_MIN,
	    .fallback = "100%",
	    .help = "share of all requests that may get a fault" },
	{ .name = "stop_when",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct load_guard, stop),
	    .help = "faults end when the upstream is sick itself",
	    .sub = &load_stop_set },
	{ .name = "expires",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct load_guard, expires),
	    .min = 1000000,
	    .help = "faults end so long after the start" },
};
static const char *
load_check_guard(const void *conf)
{
	const struct load_guard *c = conf;

	return c->given != 0 ? NULL : "guard: guards nothing";
}
static const struct param_set load_guard_set = {
	PARAM_ROWS(load_guard_rows),
	.size = sizeof(struct load_guard),
	.given = offsetof(struct load_guard, given),
	.check = load_check_guard,
};

static const struct param load_verdict_rows[] = {
	{ .name = "profile",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct load_verdict, profile),
	    .help = "a ready set of expectations",
	    .names = load_profiles },
	{ .name = "min_samples",
	    .type = PARAM_INT,
	    .offset = offsetof(struct load_verdict, min_samples),
	    .min = 1,
	    .max = INT32_MAX,
	    .fallback = "20",
	    .help = "with fewer cases than this nothing passes" },
	{ .name = "min_confidence",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct load_verdict, min_confidence),
	    .fallback = "inferred",
	    .help = "how sure it must be which attempts belong together",
	    .names = load_confidences },
	{ .name = "inconclusive",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct load_verdict, inconclusive),
	    .fallback = "fail",
	    .help = "warn: what was not settled does not fail the run",
	    .names = load_inconclusives },
};
static const struct param_set load_verdict_set = {
	PARAM_ROWS(load_verdict_rows),
	.size = sizeof(struct load_verdict),
	.given = offsetof(struct load_verdict, given),
};

static const struct param load_rows[] = {
	{ .name = "scenario",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct load_conf, name),
	    .min = 1,
	    .max = LOAD_NAME_MAX,
	    .help = "the scenario's name",
	    .flags = PARAM_REQUIRED },
	{ .name = "description",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct load_conf, description),
	    .help = "what it is for" },
	{ .name = "seed",
	    .type = PARAM_INT,
	    .offset = offsetof(struct load_conf, seed),
	    .help = "the same seed, the same decisions; without: random and "
		    "printed" },
	{ .name = "start",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct load_conf, start),
	    .fallback = "immediately",
	    .help = "when the phases' clock starts",
	    .names = load_starts },
	{ .name = "mark",
	    .type = PARAM_BOOL,
	    .offset = offsetof(struct load_conf, mark),
	    .fallback = "true",
	    .help = "injected responses carry X-Brownout" },
	{ .name = "request_headers",
	    .type = PARAM_BOOL,
	    .offset = offsetof(struct load_conf, request_headers),
	    .fallback = "false",
	    .help = "a request may ask for a fault by X-Brownout-Inject" },
	{ .name = "guard",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct load_conf, guard),
	    .help = "limits to what the scenario may do",
	    .sub = &load_guard_set },
	{ .name = "verdict",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct load_conf, verdict),
	    .fallback = "{}",
	    .help = "how the expectations are judged",
	    .sub = &load_verdict_set },
};
static const struct part load_parts[] = {
	{ "identity", "how attempts are grouped into clients and operations",
	    "identity" },
	{ "rules", "rules that hold in every phase, after the phase's own",
	    "rules" },
	{ "connections", "connection-level rules, likewise", "connections" },
	{ "phases", "what is played, in this order", "phases" },
	{ "expect", "what is expected of the client", "expect" },
};
const struct grammar load_grammar = {
	.what = "unknown key",
	.set = { PARAM_ROWS(load_rows), .size = sizeof(struct load_conf),
	    .given = offsetof(struct load_conf, given) },
	.parts = load_parts,
	.n_parts = sizeof(load_parts) / sizeof(load_parts[0]),
};

static void
load_guard(struct guard *to, const struct load_guard *c)
{
	to->max_active = (uint64_t)c->max_active;
	to->max_share = c->given != 0 ? c->max_share : RATE_ONE;
	to->stop_errors = c->stop.upstream_errors;
	to->stop_for_ns = c->stop.hold;
	to->expires_ns = c->expires;
}

static void
load_own(struct loader *l, const struct node *root)
{
	struct scenario *s = l->s;
	struct load_conf c = { 0 };

	params_map(&l->r, root, &load_grammar, NULL, &c);
	s->name = c.name != NULL ? c.name : "";
	s->description = c.description;
	s->has_seed = node_get(root, "seed") != NULL;
	s->seed = (uint64_t)c.seed;
	s->start_on_request = c.start == 1;
	s->mark = c.mark;
	s->request_headers = c.request_headers;
	load_guard(&s->guard, &c.guard);
	s->verdict = (struct verdict_conf){ .profile = c.verdict.profile,
		.min_samples = c.verdict.min_samples,
		.min_confidence = c.verdict.min_confidence,
		.warn = c.verdict.inconclusive == 1,
		.given = c.verdict.given };
}

/* Rules before phases, phases before what is expected of them. */
static void
load_tree(struct loader *l, const struct node *root)
{
	const struct node *rules = node_get(root, "rules");
	const struct node *connections = node_get(root, "connections");
	const struct node *expect = node_get(root, "expect");

	if (root->kind != NODE_MAP) {
		node_expect(&l->r, root, NODE_MAP, "a scenario");
		return;
	}
	load_own(l, root);
	ladder_read(l, node_get(root, "identity"));
	if (rules != NULL)
		rules_read(l, rules, false, &l->common, &l->n_common);
	if (connections != NULL)
		rules_read(l, connections, true, &l->common_connections,
		    &l->n_common_connections);
	phases_read(l, node_get(root, "phases"));
	if (expect != NULL)
		expects_read(l, expect);
}

static void
load_text(struct loader *l, struct span text)
{
	struct reader *r = &l->r;
	unsigned before = r->n_problems;
	const struct node *root;

	l->s->text = text.p;
	l->s->text_n = text.n;
	l->s->hash = hash_name(text.p, text.n);
	if (!source_check(r, text))
		return;
	root = yaml_parse(r, text);
	if (root != NULL)
		load_tree(l, root);
	if (before == r->n_problems)
		lint(l);
}

static struct loader
load_begin(const char *file, struct diags *diags)
{
	struct arena *arena = arena_new();
	struct loader l = {
		.r = { .arena = arena, .file = file, .diags = diags },
		.s = arena_calloc(arena, 1, sizeof(struct scenario)),
	};

	l.s->arena = arena;
	l.s->file = file != NULL ? arena_strdup(arena, file) : NULL;
	return l;
}

static struct scenario *
load_end(struct loader *l)
{
	names_clear(&l->rule_names);
	names_clear(&l->phase_names);
	free(l->sources);
	if (l->r.n_problems == 0)
		return l->s;
	scenario_free(l->s);
	return NULL;
}

struct scenario *
scenario_load(const char *file, struct diags *diags)
{
	struct loader l = load_begin(file, diags);
	size_t n = 0;
	const char *text = source_read(&l.r, file, &n);

	if (text != NULL)
		load_text(&l, (struct span){ text, n });
	return load_end(&l);
}

struct scenario *
scenario_parse(
    const char *file, const char *text, size_t n, struct diags *diags)
{
	struct loader l = load_begin(file, diags);

	text = arena_strndup(l.s->arena, n > 0 ? text : "", n);
	load_text(&l, (struct span){ text, n });
	return load_end(&l);
}

struct scenario *
scenario_empty(void)
{
	static const char text[] = "scenario: none\n";
	struct diags none = { 0 };
	struct scenario *s =
	    scenario_parse(NULL, text, sizeof(text) - 1, &none);

	diags_clear(&none);
	return s;
}

void
scenario_free(struct scenario *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n_patterns; i++)
		pattern_free(s->patterns[i]);
	free(s->patterns);
	arena_free(s->arena);
}

uint64_t
scenario_length(const struct scenario *s)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < s->n_phases; i++) {
		if (s->phases[i].for_ns == 0)
			return 0;
		sum += s->phases[i].for_ns * s->phases[i].repeat;
	}
	return sum;
}
