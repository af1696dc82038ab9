#include "report/json.h"

#include <math.h>
#include <string.h>

#include "record/journal.h"
#include "report/text.h"

/* A number, or null for what JSON has no number for. */
static json_t *
json_number(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

/* As json_number, null for the "none" of the verdict. */
static json_t *
json_unless_negative(double x)
{
	return x < 0 ? json_null() : json_number(x);
}

static json_t *
json_count(uint64_t n)
{
	return n <= INT64_MAX ? json_integer((json_int_t)n)
			      : json_real((double)n);
}

static json_t *
json_text(const char *s)
{
	struct buf clean;
	json_t *j;

	if (s == NULL)
		return json_null();
	buf_init(&clean, 1 << 24);
	text_utf8(&clean, s);
	j = json_stringn(clean.n > 0 ? clean.data : "", clean.n);
	buf_clear(&clean);
	return j;
}

static json_t *
json_pair(double lo, double hi)
{
	return json_pack("[o, o]", json_number(lo), json_number(hi));
}

static json_t *
json_quantity(const struct quantity *q)
{
	if (q->unit == UNIT_NONE)
		return json_null();
	if (q->unit == UNIT_COUNT && q->value >= 0 && q->value < 1e15)
		return json_count((uint64_t)(q->value + 0.5));
	return q->unit == UNIT_WORD ? json_text(q->text)
				    : json_number(q->value);
}

static json_t *
json_grouping(const double shares[GROUPINGS])
{
	json_t *j = json_object();

	for (int g = 0; g < GROUPINGS; g++)
		json_object_set_new(
		    j, grouping_name((enum grouping)g), json_number(shares[g]));
	return j;
}

static json_t *
json_phase_name(const struct verdict *v, uint16_t i)
{
	return i < v->n_phases ? json_text(v->phases[i].name) : json_null();
}

static json_t *
json_rule_name(const struct verdict *v, uint16_t i)
{
	return i < v->n_rules ? json_text(v->rules[i].name) : json_null();
}

static json_t *
json_moment(const struct verdict *v, const struct moment *m)
{
	return json_pack("{s:i, s:o, s:o, s:i, s:s, s:s, s:o, s:o, s:o, s:b, "
			 "s:b, s:o, s:o, s:s, s:o}",
	    "attempt", (int)m->number, "t", json_number(m->t), "end",
	    json_number(m->end), "status", (int)m->status, "outcome",
	    journal_outcomes.v[m->outcome], "role",
	    role_name((enum role)m->role), "gap", json_unless_negative(m->gap),
	    "due", json_unless_negative(m->due), "retry_after",
	    json_unless_negative(m->retry_after), "early", (int)m->early,
	    "offends", (int)m->offends, "phase", json_phase_name(v, m->phase),
	    "rule", json_rule_name(v, m->rule), "upstream",
	    journal_upstreams.v[m->upstream], "upstream_status",
	    m->upstream_status == 0 ? json_null()
				    : json_integer(m->upstream_status));
}

static json_t *
json_offender(const struct verdict *v, const struct offender *o)
{
	json_t *attempts = json_array();

	for (unsigned i = 0; i < o->n_moments; i++)
		json_array_append_new(attempts, json_moment(v, &o->moments[i]));
	return json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o}", "op",
	    json_text(o->op), "method", json_text(o->method), "path",
	    json_text(o->path), "client", json_text(o->client), "grouping",
	    grouping_name(o->grouping), "what", json_text(o->what),
	    "n_attempts", json_count(o->n_attempts), "attempts", attempts);
}

static json_t *
json_offenders(const struct verdict *v, const struct expectation *x)
{
	json_t *j = json_array();

	for (unsigned i = 0; i < x->n_offenders; i++)
		json_array_append_new(j, json_offender(v, &x->offenders[i]));
	return j;
}

static json_t *
json_expectation(const struct verdict *v, const struct expectation *x)
{
	static const char *const units[] = { "none", "count", "share",
		"seconds", "times", "word" };
	json_t *j = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "name", json_text(x->name), "status", result_name(x->status),
	    "value", json_quantity(&x->value), "limit",
	    json_quantity(&x->limit), "n", json_count(x->n), "interval",
	    x->has_interval ? json_pair(x->lo, x->hi) : json_null(), "grouping",
	    json_grouping(x->grouping), "offenders", json_offenders(v, x));
	json_t *more = json_pack("{s:o, s:o, s:s, s:o, s:o, s:s, s:o, s:o, "
				 "s:o, s:b, s:i, s:i}",
	    "check", json_text(x->check), "part", json_text(x->part), "unit",
	    units[x->value.unit != UNIT_NONE ? x->value.unit : x->limit.unit],
	    "value_text", json_text(x->value.text), "limit_text",
	    x->limit.unit == UNIT_NONE ? json_null() : json_text(x->limit.text),
	    "limit_is", x->at_least ? "min" : "max", "n_of", json_text(x->n_of),
	    "n_offending", json_count(x->n_offending), "why", json_text(x->why),
	    "implied", (int)x->implied, "line", (int)x->line, "column",
	    (int)x->col);

	json_object_update(j, more);
	json_decref(more);
	return j;
}

/* The counts of an enum's values by their names. */
static json_t *
json_outcomes(const uint64_t counts[OUTCOMES])
{
	json_t *j = json_object();

	for (unsigned i = 0; i < OUTCOMES; i++)
		json_object_set_new(
		    j, journal_outcomes.v[i], json_count(counts[i]));
	return j;
}

static json_t *
json_roles(const uint64_t counts[ROLES])
{
	json_t *j = json_object();

	for (unsigned i = 0; i < ROLES; i++)
		json_object_set_new(
		    j, role_name((enum role)i), json_count(counts[i]));
	return j;
}

static json_t *
json_statuses(const struct verdict_phase *p)
{
	json_t *j = json_object();
	char code[8];

	for (unsigned i = 0; i < p->n_statuses; i++) {
		snprintf(code, sizeof(code), "%u", p->statuses[i].status);
		json_object_set_new(j, code, json_count(p->statuses[i].n));
	}
	return j;
}

static json_t *
json_phase(const struct verdict_phase *p, const struct phase *of)
{
	json_t *rules = json_array();

	for (unsigned i = 0; i < of->n_rules; i++)
		json_array_append_new(rules, json_text(of->rules[i]->name));
	for (unsigned i = 0; i < of->n_connections; i++)
		json_array_append_new(
		    rules, json_text(of->connections[i]->name));
	return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
			 "s:o}",
	    "name", json_text(p->name), "played", (int)p->played, "start",
	    json_number(p->start), "end", json_number(p->end), "attempts",
	    json_count(p->attempts), "operations", json_count(p->operations),
	    "succeeded", json_count(p->succeeded), "outcomes",
	    json_outcomes(p->outcomes), "roles", json_roles(p->roles),
	    "statuses", json_statuses(p), "rules", rules);
}

static json_t *
json_rule(const struct verdict_rule *r)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "name", json_text(r->name), "matched",
	    r->has_matched ? json_count(r->matched) : json_null(), "injected",
	    json_count(r->injected), "configured",
	    json_unless_negative(r->configured), "achieved",
	    r->has_matched ? json_number(r->achieved) : json_null(), "interval",
	    r->has_matched ? json_pair(r->lo, r->hi) : json_null(), "shadowed",
	    json_count(r->shadowed), "skipped", json_count(r->skipped),
	    "bypassed", json_count(r->bypassed));
}

static json_t *
json_bins(const struct series *s, size_t offset)
{
	json_t *j = json_array();

	for (size_t i = 0; i < s->n; i++) {
		uint32_t n;

		memcpy(&n, (const char *)&s->bins[i] + offset, sizeof(n));
		json_array_append_new(j, json_integer(n));
	}
	return j;
}

/* One array a column, so that a long run stays small. */
static json_t *
json_series(const struct series *s)
{
	json_t *j = json_pack(
	    "{s:o, s:b}", "width", json_number(s->width), "cut", (int)s->cut);

	for (unsigned i = 0; i < OUTCOMES; i++)
		json_object_set_new(j, journal_outcomes.v[i],
		    json_bins(s,
			offsetof(struct bin, outcomes) + i * sizeof(uint32_t)));
	json_object_set_new(
	    j, "first", json_bins(s, offsetof(struct bin, first)));
	json_object_set_new(
	    j, "retries", json_bins(s, offsetof(struct bin, retries)));
	json_object_set_new(
	    j, "others", json_bins(s, offsetof(struct bin, others)));
	return j;
}

static json_t *
json_waits(const struct verdict *v)
{
	json_t *j = json_array();

	for (unsigned i = 0; i < v->n_waits; i++) {
		const struct wait_point *w = &v->waits[i];

		json_array_append_new(j,
		    json_pack("{s:o, s:o, s:o, s:i, s:b, s:o}", "t",
			json_number(w->t), "retry_after",
			json_number(w->retry_after), "gap", json_number(w->gap),
			"status", (int)w->status, "early", (int)w->early,
			"rule", json_rule_name(v, w->rule)));
	}
	return j;
}

static json_t *
json_attempts_hist(const struct verdict *v)
{
	json_t *j = json_array();

	for (unsigned i = 0; i < ATTEMPTS_HIST; i++)
		json_array_append_new(j, json_count(v->attempts_hist[i]));
	return j;
}

static json_t *
json_seed(uint64_t seed)
{
	char text[24];

	if (seed <= INT64_MAX)
		return json_integer((json_int_t)seed);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)seed);
	return json_string(text);
}

/* What was played and how it ended. */
static json_t *
json_head(const struct verdict *v, const struct scenario *scenario)
{
	struct buf line;
	char hash[20], seed[24];
	json_t *j;

	buf_init(&line, 1 << 16);
	text_verdict(&line, v);
	buf_putc(&line, '\0');
	snprintf(
	    hash, sizeof(hash), "%016llx", (unsigned long long)scenario->hash);
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)v->seed);
	j = json_pack("{s:i, s:s, s:o, s:o, s:o, s:s, s:s, s:o, s:s, s:s, s:i, "
		      "s:b, s:b}",
	    "version", JSON_REPORT_VERSION, "generator",
	    "brownout " BROWNOUT_VERSION, "scenario", json_text(v->scenario),
	    "description", json_text(scenario->description), "seed",
	    json_seed(v->seed), "seed_text", seed, "scenario_hash", hash,
	    "profile", json_text(v->profile), "verdict",
	    result_name(v->overall), "line", line.data, "exit_status",
	    v->exit_status, "partial", (int)v->partial, "warn",
	    (int)scenario->verdict.warn);
	buf_clear(&line);
	return j;
}

static void
json_lists(json_t *j, const struct verdict *v, const struct scenario *scenario)
{
	json_t *expectations = json_array(), *phases = json_array();
	json_t *rules = json_array(), *notes = json_array();

	for (unsigned i = 0; i < v->n_expectations; i++)
		json_array_append_new(
		    expectations, json_expectation(v, &v->expectations[i]));
	for (unsigned i = 0; i < v->n_phases; i++)
		json_array_append_new(
		    phases, json_phase(&v->phases[i], &scenario->phases[i]));
	for (unsigned i = 0; i < v->n_rules; i++)
		json_array_append_new(rules, json_rule(&v->rules[i]));
	for (unsigned i = 0; i < v->n_notes; i++)
		json_array_append_new(notes, json_text(v->notes[i]));
	json_object_set_new(j, "expectations", expectations);
	json_object_set_new(j, "phases", phases);
	json_object_set_new(j, "rules", rules);
	json_object_set_new(j, "notes", notes);
}

json_t *
json_report(const struct verdict *v, const struct scenario *scenario)
{
	json_t *j = json_head(v, scenario);
	json_t *more = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "losses", json_count(v->losses), "sampled", json_number(v->sampled),
	    "end", json_number(v->end), "attempts", json_count(v->attempts),
	    "operations", json_count(v->operations), "grouping",
	    json_grouping(v->grouping), "baseline",
	    json_pack("{s:o, s:o, s:o}", "rate",
		json_unless_negative(v->baseline_rate), "success",
		json_unless_negative(v->baseline_success), "repeat_hazard",
		json_unless_negative(v->repeat_hazard)),
	    "coded",
	    v->coded_se < 0 ? json_null()
			    : json_pack("{s:o, s:o}", "honoured",
				  json_number(v->coded_honoured), "se",
				  json_number(v->coded_se)));

	json_object_update(j, more);
	json_decref(more);
	json_lists(j, v, scenario);
	json_object_set_new(j, "attempts_histogram", json_attempts_hist(v));
	json_object_set_new(
	    j, "waits_total", json_integer((json_int_t)v->waits_total));
	json_object_set_new(
	    j, "waits_early", json_integer((json_int_t)v->waits_early));
	json_object_set_new(j, "waits", json_waits(v));
	json_object_set_new(j, "series",
	    json_pack("{s:o, s:o}", "seconds", json_series(&v->seconds),
		"tenths", json_series(&v->tenths)));
	return j;
}

static int
json_to_buf(const char *p, size_t n, void *to)
{
	buf_put(to, p, n);
	return 0;
}

/* Numbers in shortest form that keeps a nanosecond in a day. */
enum { JSON_STYLE = JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY };

void
json_put(
    struct buf *to, const struct verdict *v, const struct scenario *scenario)
{
	json_t *j = json_report(v, scenario), *value;
	const char *key, *comma = "{\n";

	json_object_foreach(j, key, value)
	{
		bool flat = strcmp(key, "series") == 0 ||
			    strcmp(key, "waits") == 0 ||
			    strcmp(key, "attempts_histogram") == 0;

		buf_printf(to, "%s\"%s\": ", comma, key);
		json_dump_callback(value, json_to_buf, to,
		    JSON_STYLE | (flat ? JSON_COMPACT : JSON_INDENT(2)));
		comma = ",\n";
	}
	buf_puts(to, "\n}\n");
	json_decref(j);
}

/* `<` would open `</script>` or `<!--`; within JSON it occurs in strings only,
 * where an escape means the same. */
static int
json_to_page(const char *p, size_t n, void *to)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] == '<' || p[i] == '>' || p[i] == '&')
			buf_printf(to, "\\u%04x", (unsigned)p[i]);
		else
			buf_putc(to, p[i]);
	return 0;
}

void
json_put_inline(
    struct buf *to, const struct verdict *v, const struct scenario *scenario)
{
	json_t *j = json_report(v, scenario);

	json_dump_callback(
	    j, json_to_page, to, JSON_STYLE | JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(j);
}
