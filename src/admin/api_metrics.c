/* GET /metrics. Rules beyond METRICS_RULES_MAX are summed up as one, so that no
 * scenario makes a scrape grow without bound. */
#include <stdio.h>
#include <stdlib.h>

#include "admin/api.h"
#include "admin/expo.h"
#include "base/clock.h"
#include "fault/fault.h"

enum { METRICS_RULES_MAX = 500 };

/* What one scrape looks at. */
struct scrape {
	struct buf *to;
	struct control *control;
	struct control_view view;
	struct control_counts counts;
	struct proxy_stats proxy;
	struct play_stats play;
	uint64_t now_ns;
};

static void
metrics_counter(
    struct scrape *s, const char *name, const char *help, uint64_t value)
{
	expo_family(s->to, name, "counter", help);
	expo_u64(s->to, name, EXPO_NONE, value);
}

static void
metrics_gauge(
    struct scrape *s, const char *name, const char *help, double value)
{
	expo_family(s->to, name, "gauge", help);
	expo_real(s->to, name, EXPO_NONE, value);
}

static void
metrics_process(struct scrape *s)
{
	const struct control_conf *conf = control_conf(s->control);
	uint64_t up = s->now_ns - conf->t0_ns;

	expo_family(s->to, "brownout_build_info", "gauge",
	    "Always 1; the version is a label.");
	expo_u64(s->to, "brownout_build_info",
	    EXPO_LABELS("version", BROWNOUT_VERSION), 1);
	metrics_gauge(s, "brownout_start_time_seconds",
	    "When this brownout was started, since 1970.",
	    (double)(clock_wall_ns() - up) / 1e9);
	expo_family(s->to, "brownout_loop_lag_seconds", "histogram",
	    "How late the workers' loops were, looked at five times a second.");
	expo_histogram(s->to, "brownout_loop_lag_seconds", EXPO_NONE,
	    proxy_lag_bounds, PROXY_LAGS - 1, s->proxy.lags,
	    s->proxy.lag_sum_ns);
}

static void
metrics_traffic(struct scrape *s)
{
	char code[8];

	metrics_counter(s, "brownout_connections_total",
	    "Client connections accepted.", s->proxy.connections);
	metrics_gauge(s, "brownout_connections_active",
	    "Client connections now.", (double)s->proxy.active);
	expo_family(s->to, "brownout_requests_total", "counter",
	    "Requests that are over, by outcome.");
	for (unsigned i = 0; i < PROXY_OUTCOMES; i++)
		expo_u64(s->to, "brownout_requests_total",
		    EXPO_LABELS("outcome", journal_outcomes.v[i]),
		    s->proxy.outcomes[i]);
	expo_family(s->to, "brownout_responses_total", "counter",
	    "Requests that are over, by status as sent (499 and 444 when "
	    "closed, none without an answer).");
	for (unsigned i = 0; i < PROXY_STATUSES; i++) {
		if (s->proxy.statuses[i] == 0)
			continue;
		snprintf(code, sizeof(code), "%u", i);
		expo_u64(s->to, "brownout_responses_total",
		    EXPO_LABELS("code", i == 0 ? "none" : code, "class",
			i < 100 ? "none"
				: ((const char *[]){ "1xx", "2xx", "3xx", "4xx",
				      "5xx", "6xx", "7xx", "8xx",
				      "9xx" })[i / 100 - 1]),
		    s->proxy.statuses[i]);
	}
}

static void
metrics_upstreams(struct scrape *s)
{
	static const struct {
		const char *name, *type, *help;
	} rows[] = {
		{ "brownout_upstream_up", "gauge",
		    "0 while an upstream that failed is left alone." },
		{ "brownout_upstream_connects_total", "counter",
		    "Connections to an upstream that were begun." },
		{ "brownout_upstream_failures_total", "counter",
		    "Requests that failed at an upstream before an answer." },
	};
	struct proxy *proxy = control_proxy(s->control);

	for (unsigned row = 0; row < 3; row++) {
		expo_family(
		    s->to, rows[row].name, rows[row].type, rows[row].help);
		for (unsigned i = 0; i < proxy_upstreams(proxy); i++) {
			struct proxy_upstream u =
			    proxy_upstream(proxy, i, s->now_ns);
			const uint64_t values[] = { u.up, u.connects,
				u.errors };

			expo_u64(s->to, rows[row].name,
			    EXPO_LABELS("upstream", u.url), values[row]);
		}
	}
	metrics_counter(s, "brownout_upstream_errors_total",
	    "Failures at upstreams: refused, cut, not HTTP.",
	    s->proxy.upstream_errors);
	metrics_counter(s, "brownout_upstream_retries_total",
	    "Requests sent again because a pooled connection had gone.",
	    s->proxy.retries);
}

/* Of what is recorded alone: all but a plain proxy without a reader. */
static void
metrics_records(struct scrape *s)
{
	const struct metrics *m = &s->counts.metrics;

	metrics_counter(s, "brownout_recorded_requests_total",
	    "Requests with a record, which the following metrics are of.",
	    m->records);
	expo_family(s->to, "brownout_request_duration_seconds", "histogram",
	    "Duration of requests as their clients saw it.");
	expo_histogram(s->to, "brownout_request_duration_seconds", EXPO_NONE,
	    metrics_bounds, METRICS_BOUNDS, m->seen.n, m->seen.sum_ns);
	expo_family(s->to, "brownout_request_undelayed_duration_seconds",
	    "histogram", "The same without the delay that was injected.");
	expo_histogram(s->to, "brownout_request_undelayed_duration_seconds",
	    EXPO_NONE, metrics_bounds, METRICS_BOUNDS, m->own.n, m->own.sum_ns);
	expo_family(s->to, "brownout_injected_delay_seconds_total", "counter",
	    "Delay that was injected.");
	expo_real(s->to, "brownout_injected_delay_seconds_total", EXPO_NONE,
	    (double)m->delay_ns / 1e9);
	metrics_counter(s, "brownout_received_bytes_total",
	    "Bytes of request bodies.", m->bytes_in);
	metrics_counter(s, "brownout_sent_bytes_total",
	    "Bytes sent to clients.", m->bytes_out);
	metrics_counter(s, "brownout_operations_total",
	    "First attempts of an operation.", m->operations);
	metrics_counter(s, "brownout_retries_total",
	    "Further attempts of an operation.", m->retries);
	metrics_counter(s, "brownout_early_retries_total",
	    "Retries that came before they were due.", m->early);
	metrics_gauge(s, "brownout_amplification_ratio",
	    "Attempts by operation since the start.",
	    m->operations > 0
		? (double)(m->operations + m->retries) / (double)m->operations
		: 1);
	expo_family(s->to, "brownout_records_lost_total", "counter",
	    "Records that found no room on their way.");
	expo_u64(s->to, "brownout_records_lost_total",
	    EXPO_LABELS("where", "ring"), s->counts.writer.lost_ring);
	expo_u64(s->to, "brownout_records_lost_total",
	    EXPO_LABELS("where", "journal"), s->counts.writer.lost_journal);
	expo_u64(s->to, "brownout_records_lost_total",
	    EXPO_LABELS("where", "access_log"), s->counts.log_lost);
}

static void
metrics_scenario(struct scrape *s)
{
	struct control_view *v = &s->view;
	const struct scenario *sc = play_scenario(v->play);
	struct play_position at = play_position(v->play, s->now_ns);
	char version[16];

	snprintf(version, sizeof(version), "%u", v->version);
	expo_family(s->to, "brownout_scenario_info", "gauge",
	    "1 for the scenario and the phase that are played.");
	expo_u64(s->to, "brownout_scenario_info",
	    EXPO_LABELS("scenario", v->empty ? "" : sc->name, "phase",
		at.phase >= 0 && !v->empty ? sc->phases[at.phase].name : "",
		"version", version),
	    1);
	metrics_counter(s, "brownout_scenario_loads_total",
	    "Scenarios played since the start.", v->version);
	metrics_gauge(s, "brownout_armed",
	    "1 while a rule could inject a fault.",
	    !v->empty && play_armed(v->play, s->now_ns));
	metrics_gauge(
	    s, "brownout_off", "1 while the kill switch is on.", v->off);
	metrics_gauge(s, "brownout_active_faults",
	    "Requests with faults right now.", (double)s->play.active);
	metrics_gauge(s, "brownout_guard_stopped",
	    "1 once the guard has stopped all faults.", s->play.stopped);
	expo_family(s->to, "brownout_guard_held_total", "counter",
	    "Faults that the guard held back.");
	expo_u64(s->to, "brownout_guard_held_total",
	    EXPO_LABELS("cap", "max_active_faults"), s->play.held_active);
	expo_u64(s->to, "brownout_guard_held_total",
	    EXPO_LABELS("cap", "max_share"), s->play.held_share);
}

static double
metrics_achieved(const struct rule_stats *st)
{
	return st->matched > 0 ? (double)st->fired / (double)st->matched : 0;
}

/* One value of each rule. */
static void
metrics_rule_value(struct scrape *s, const char *name, unsigned row)
{
	const struct scenario *sc = play_scenario(s->view.play);
	uint64_t rest = 0;

	for (unsigned i = 0; i < sc->n_rules; i++) {
		struct rule_stats st;

		play_rule_stats(s->view.play, i, &st);
		const uint64_t counts[] = { st.matched, st.injected, st.skipped,
			st.bypassed };

		if (i >= METRICS_RULES_MAX)
			rest += row < 4 ? counts[row] : 0;
		else if (row < 4)
			expo_u64(s->to, name,
			    EXPO_LABELS("rule", sc->rules[i]->name),
			    counts[row]);
		else
			expo_real(s->to, name,
			    EXPO_LABELS("rule", sc->rules[i]->name),
			    row == 4   ? (double)st.rate / 1e9
			    : row == 5 ? metrics_achieved(&st)
				       : st.enabled);
	}
	if (sc->n_rules > METRICS_RULES_MAX && row < 4)
		expo_u64(s->to, name, EXPO_LABELS("rule", "_other"), rest);
}

static void
metrics_rules(struct scrape *s)
{
	static const struct {
		const char *name, *type, *help;
	} rows[] = {
		{ "brownout_rule_matched_total", "counter",
		    "Requests that a rule of this scenario matched." },
		{ "brownout_rule_injected_total", "counter",
		    "Requests that it injected its fault into." },
		{ "brownout_rule_skipped_total", "counter",
		    "Faults that did not apply to their request." },
		{ "brownout_rule_bypassed_total", "counter",
		    "Faults that came too late." },
		{ "brownout_rule_configured_ratio", "gauge",
		    "The share that it is to inject into." },
		{ "brownout_rule_injected_ratio", "gauge",
		    "The share that it injected into." },
		{ "brownout_rule_enabled", "gauge",
		    "0 while the rule is switched off." },
	};
	const struct scenario *sc = play_scenario(s->view.play);

	for (unsigned i = 0; i < sc->n_rules; i++)
		play_patch_left(s->view.play, i, s->now_ns);
	for (unsigned row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		expo_family(
		    s->to, rows[row].name, rows[row].type, rows[row].help);
		metrics_rule_value(s, rows[row].name, row);
	}
}

/* By rule, fault and class of status; a rule's statuses are summed up. */
static void
metrics_faults(struct scrape *s)
{
	static const char *const classes[] = { "none", "1xx", "2xx", "3xx",
		"4xx", "5xx", "6xx", "7xx", "8xx", "9xx" };
	const struct scenario *sc = play_scenario(s->view.play);
	const struct metrics_fault *f = s->counts.faults;
	unsigned n = s->counts.n_faults;

	expo_family(s->to, "brownout_faults_total", "counter",
	    "Requests with a fault, by rule, fault and class of status.");
	for (unsigned i = 0, end; i < n; i = end) {
		uint64_t sum = 0;
		bool known = f[i].rule < sc->n_rules;

		for (end = i; end < n && f[end].rule == f[i].rule &&
			      f[end].fault == f[i].fault &&
			      f[end].status / 100 == f[i].status / 100;
		     end++)
			sum += f[end].n;
		expo_u64(s->to, "brownout_faults_total",
		    EXPO_LABELS("rule",
			known ? sc->rules[f[i].rule]->name : "_other", "fault",
			f[i].fault == RECORD_NO_FAULT
			    ? "_other"
			    : fault_types[f[i].fault]->name,
			"class", classes[f[i].status / 100 % 10]),
		    sum);
	}
}

void
api_metrics(struct api_call *call)
{
	struct scrape s = { .to = &call->text,
		.control = call->control,
		.now_ns = call->now_ns };

	s.view = control_view(call->control, call->now_ns);
	control_counts(call->control, &s.counts);
	proxy_stats(control_proxy(call->control), &s.proxy);
	play_stats(s.view.play, &s.play);
	metrics_process(&s);
	metrics_traffic(&s);
	metrics_upstreams(&s);
	metrics_records(&s);
	metrics_scenario(&s);
	metrics_rules(&s);
	/* Records of another play than the view's would have wrong names. */
	if (s.counts.version == s.view.version)
		metrics_faults(&s);
	free(s.counts.faults);
	control_view_clear(&s.view);
	call->status = 200;
	call->type = "text/plain; version=0.0.4; charset=utf-8";
}
