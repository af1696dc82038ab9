#include "cli/explain_ask.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "cli/words.h"
#include "decide/match.h"
#include "identity/identity.h"

enum { ASK_TEXT = 64 * 1024 };

/* The moment on the monotonic clock at which the dry run starts. */
static const uint64_t ask_start_ns = NS_PER_S;

static const char *
ask_field(struct head *h, const char *text)
{
	const char *colon = strchr(text, ':');
	struct field *f = &h->fields[h->n_fields];

	if (colon == NULL || colon == text)
		return "a header is written as 'Name: value'";
	f->name = (struct span){ text, (size_t)(colon - text) };
	f->value = span_trim(span_str(colon + 1));
	f->id = field_find(f->name);
	h->seen |= (uint64_t)1 << f->id;
	h->n_fields++;
	return NULL;
}

/* "GET /path HTTP/1.1", "GET /path" or "/path". */
static const char *
ask_line(struct head *h, const char *text)
{
	struct span s = span_trim(span_str(text));
	const char *space = memchr(s.p, ' ', s.n), *end;

	h->method = SPAN("GET");
	h->minor = 1;
	if (s.n > 0 && s.p[0] != '/') {
		if (space == NULL)
			return "a request is written as 'GET /path'";
		h->method = (struct span){ s.p, (size_t)(space - s.p) };
		s.n -= (size_t)(space + 1 - s.p);
		s.p = space + 1;
	}
	s = span_trim(s);
	end = s.n > 0 ? memchr(s.p, ' ', s.n) : NULL;
	h->target = s;
	if (end != NULL)
		h->target.n = (size_t)(end - s.p);
	return h->target.n > 0 ? NULL : "a request needs a path";
}

static const char *
ask_client(struct facts *f, const char *text)
{
	f->client_text = span_str(text);
	if (inet_pton(AF_INET, text, f->client.bytes) == 1)
		f->client.n = 4;
	else if (inet_pton(AF_INET6, text, f->client.bytes) == 1)
		f->client.n = 16;
	else
		return "a client is an address such as 192.0.2.7";
	return NULL;
}

static void
ask_length(struct head *h)
{
	const struct field *f = head_field(h, FIELD_CONTENT_LENGTH);
	int64_t n;

	if (f == NULL || units_int(f->value, 0, INT64_MAX, &n) != NULL)
		return;
	h->framing = FRAMING_LENGTH;
	h->length = (uint64_t)n;
}

static const char *
ask_facts(const struct ask *a, const struct play *p, struct answer *to)
{
	const struct field *host;
	struct identity id;
	const char *why;

	why = ask_line(&to->head, a->request);
	for (unsigned i = 0; why == NULL && i < a->n_fields; i++)
		why = ask_field(&to->head, a->fields[i]);
	if (why == NULL)
		why = ask_client(&to->facts, a->client);
	if (why != NULL)
		return why;
	ask_length(&to->head);
	to->facts.head = &to->head;
	to->facts.path = target_path(to->head.target);
	to->facts.query = target_query(to->head.target);
	host = head_field(&to->head, FIELD_HOST);
	to->facts.host =
	    host != NULL ? host->value : target_authority(to->head.target);
	id = identity_of(
	    &play_scenario(p)->identity, &to->facts, play_hash_key(p));
	to->facts.client_key = id.client;
	to->facts.op_key = id.op;
	to->facts.op_source = (uint8_t)id.source;
	to->facts.attempt = id.announced;
	to->facts.conn = to->facts.nth = 1;
	to->facts.now_ns = ask_start_ns + a->at_ns;
	return NULL;
}

static bool
ask_same(const struct plan *a, const struct plan *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (a->v[i].inject != b->v[i].inject)
			return false;
	return true;
}

static void
ask_count(struct answer *to, const struct plan *plan)
{
	unsigned i = 0;

	while (i < to->n_outcomes && !ask_same(&to->outcomes[i].plan, plan))
		i++;
	if (i == ASK_OUTCOMES_MAX)
		i--;
	if (i == to->n_outcomes)
		to->outcomes[to->n_outcomes++].plan = *plan;
	to->outcomes[i].n++;
}

const char *
ask_play(const struct ask *a, struct play *p, struct answer *to)
{
	struct play_stats stats;
	const char *why;

	memset(to, 0, sizeof(*to));
	why = ask_facts(a, p, to);
	if (why != NULL)
		return why;
	play_start(p, ask_start_ns);
	to->at = play_position(p, to->facts.now_ns);
	for (uint64_t i = 0; i < a->n; i++) {
		struct plan plan;

		decide(p, &to->facts, &plan);
		decide_done(p, &plan, plan.n == 0 ? 1 : -1, to->facts.now_ns);
		ask_count(to, &plan);
	}
	play_stats(p, &stats);
	to->held = stats.held_active + stats.held_share;
	return NULL;
}

static bool
ask_in(struct rule *const *rules, unsigned n, const struct rule *r)
{
	for (unsigned i = 0; i < n; i++)
		if (rules[i] == r)
			return true;
	return false;
}

static void
ask_why_not_matched(
    struct buf *to, const struct answer *answer, const struct rule *r)
{
	uint32_t attempt = answer->facts.attempt;
	const struct cond *failed;

	attempt = attempt > 0 ? attempt : 1;
	failed = match_failed(&r->match, &answer->facts, attempt);
	if (failed != NULL) {
		buf_puts(to, "does not match: ");
		words_why(to, failed, &answer->facts, attempt);
	} else {
		buf_puts(to, "never tried: a rule before it ended each of "
			     "them");
	}
}

/* What one rule did with the n requests, and why. */
static void
ask_why(struct buf *to, const struct ask *a, const struct play *p,
    const struct answer *answer, const struct rule *r)
{
	const struct phase *phase = &play_scenario(p)->phases[answer->at.phase];
	struct rule_stats s;

	play_rule_stats(p, r->index, &s);
	if (ask_in(phase->connections, phase->n_connections, r)) {
		buf_puts(to, "is about new connections, not requests");
		return;
	}
	if (!ask_in(phase->rules, phase->n_rules, r)) {
		buf_puts(to, "not in this phase");
		return;
	}
	if (s.matched == 0) {
		ask_why_not_matched(to, answer, r);
		return;
	}
	buf_printf(to, "fired %ju of %ju times (%.4g%%)", (uintmax_t)s.fired,
	    (uintmax_t)s.matched, 100.0 * (double)s.fired / (double)s.matched);
	if (s.matched < a->n)
		buf_printf(to, "; %ju did not come to it",
		    (uintmax_t)(a->n - s.matched));
	buf_puts(to, "; ");
	words_select(to, r);
}

static void
ask_outcome(struct buf *to, const struct plan *plan)
{
	if (plan->n == 0)
		buf_puts(to, "pass untouched");
	for (unsigned i = 0; i < plan->n; i++) {
		buf_printf(
		    to, "%s%s ", i > 0 ? "; " : "", plan->v[i].rule->name);
		buf_putc(to, '(');
		words_inject(to, plan->v[i].inject);
		buf_putc(to, ')');
	}
}

static void
ask_print_moment(
    const struct ask *a, const struct play *p, const struct answer *answer)
{
	const struct scenario *s = play_scenario(p);
	char at[UNITS_TEXT], into[UNITS_TEXT];
	struct buf line;
	const char *name;

	units_duration_text(a->at_ns, at);
	if (answer->at.phase < 0) {
		printf("at %s the scenario is over: everything passes\n", at);
		return;
	}
	name = s->phases[answer->at.phase].name;
	units_duration_text(answer->at.into_ns, into);
	buf_init(&line, ASK_TEXT);
	buf_printf(&line, "%ju times %s from %s at %s (%s into %s), seed %ju",
	    (uintmax_t)a->n, a->request, a->client, at, into,
	    name != NULL ? name : "the only phase", (uintmax_t)play_seed(p));
	words_print("", 0, buf_view(&line));
	buf_clear(&line);
}

void
ask_print(
    const struct ask *a, const struct play *p, const struct answer *answer)
{
	const struct scenario *s = play_scenario(p);
	struct buf b;

	ask_print_moment(a, p, answer);
	if (answer->at.phase < 0)
		return;
	buf_init(&b, ASK_TEXT);
	for (unsigned i = 0; i < answer->n_outcomes; i++) {
		char label[32];

		b.n = 0;
		snprintf(label, sizeof(label), "  %8ju  ",
		    (uintmax_t)answer->outcomes[i].n);
		ask_outcome(&b, &answer->outcomes[i].plan);
		words_print(label, 12, buf_view(&b));
	}
	if (answer->held > 0)
		printf("  %8ju  of those that pass were held by the guard\n",
		    (uintmax_t)answer->held);
	puts("why");
	for (unsigned i = 0; i < s->n_rules; i++) {
		b.n = 0;
		ask_why(&b, a, p, answer, s->rules[i]);
		words_row(s->rules[i]->name, 20, buf_view(&b));
	}
	buf_clear(&b);
}

static json_t *
ask_json_outcome(const struct outcome *o)
{
	json_t *rules = json_array();
	struct buf b;

	for (unsigned i = 0; i < o->plan.n; i++) {
		const struct armed *v = &o->plan.v[i];

		buf_init(&b, ASK_TEXT);
		words_inject(&b, v->inject);
		json_array_append_new(rules,
		    json_pack("{s:s, s:s%, s:I}", "rule", v->rule->name,
			"inject", b.data, b.n, "first_n", (json_int_t)v->n));
		buf_clear(&b);
	}
	return json_pack(
	    "{s:I, s:o}", "requests", (json_int_t)o->n, "rules", rules);
}

static json_t *
ask_json_rule(const struct ask *a, const struct play *p,
    const struct answer *answer, const struct rule *r)
{
	struct rule_stats stats;
	json_t *to;
	struct buf b;

	play_rule_stats(p, r->index, &stats);
	buf_init(&b, ASK_TEXT);
	if (answer->at.phase >= 0)
		ask_why(&b, a, p, answer, r);
	else
		buf_puts(&b, "the scenario is over");
	to = json_pack("{s:s, s:I, s:I, s:s%}", "rule", r->name, "matched",
	    (json_int_t)stats.matched, "injected", (json_int_t)stats.fired,
	    "why", b.data, b.n);
	buf_clear(&b);
	return to;
}

json_t *
ask_json(const struct ask *a, const struct play *p, const struct answer *answer)
{
	const struct scenario *s = play_scenario(p);
	json_t *outcomes = json_array(), *rules = json_array(), *phase;

	for (unsigned i = 0; i < answer->n_outcomes; i++)
		json_array_append_new(
		    outcomes, ask_json_outcome(&answer->outcomes[i]));
	for (unsigned i = 0; i < s->n_rules; i++)
		json_array_append_new(
		    rules, ask_json_rule(a, p, answer, s->rules[i]));
	phase = answer->at.phase < 0
		    ? json_null()
		    : json_pack("s?", s->phases[answer->at.phase].name);
	return json_pack("{s:s, s:f, s:I, s:I, s:o, s:o, s:o}", "request",
	    a->request, "at", (double)a->at_ns / NS_PER_S, "n",
	    (json_int_t)a->n, "held", (json_int_t)answer->held, "phase", phase,
	    "outcomes", outcomes, "rules", rules);
}
