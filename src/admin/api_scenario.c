/* The scenario: what is played, another one, its clock. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/api.h"
#include "base/clock.h"

static const char *
state_word(const struct control_view *v, const struct play_position *at)
{
	if (v->empty)
		return "none";
	if (v->stopped)
		return "stopped";
	if (!at->started)
		return "waiting";
	if (at->over)
		return "over";
	return at->paused ? "paused" : "running";
}

static json_t *
state_phase(const struct scenario *s, const struct play_position *at)
{
	if (at->phase < 0)
		return json_null();
	return json_pack("{s:s, s:i, s:i, s:o, s:o}", "name",
	    s->phases[at->phase].name, "index", at->phase, "round",
	    (int)at->round, "into", api_seconds(at->into_ns), "left",
	    api_seconds(at->left_ns));
}

static json_t *
state_phases(const struct scenario *s)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < s->n_phases; i++) {
		const struct phase *p = &s->phases[i];
		json_t *names = json_array();

		for (unsigned k = 0; k < p->n_rules; k++)
			json_array_append_new(
			    names, json_string(p->rules[k]->name));
		json_array_append_new(all,
		    json_pack("{s:s, s:o, s:i, s:o}", "name", p->name, "for",
			p->for_ns > 0 ? api_seconds(p->for_ns) : json_null(),
			"repeat", (int)p->repeat, "rules", names));
	}
	return all;
}

static void
state_details(json_t *to, const struct control_view *v)
{
	const struct scenario *s = play_scenario(v->play);
	char hash[17];

	snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)s->hash);
	json_object_set_new(to, "hash", json_string(hash));
	json_object_set_new(
	    to, "seed", json_integer((json_int_t)play_seed(v->play)));
	json_object_set_new(to, "description",
	    s->description != NULL ? json_string(s->description) : json_null());
	json_object_set_new(to, "phases", state_phases(s));
}

json_t *
api_state(struct control *control, uint64_t now_ns, bool brief)
{
	struct control_view v = control_view(control, now_ns);
	struct play_position at = play_position(v.play, now_ns);
	const struct scenario *s = play_scenario(v.play);
	struct play_stats stats;
	json_t *to;

	play_stats(v.play, &stats);
	to = json_pack("{s:i, s:o, s:s, s:b, s:o, s:b, s:b, s:b, s:b, s:o}",
	    "version", (int)v.version, "name",
	    v.empty ? json_null() : json_string(s->name), "state",
	    state_word(&v, &at), "off", v.off, "off_expires",
	    api_seconds(v.off_left_ns), "armed",
	    !v.empty && play_armed(v.play, now_ns), "stopped_by_guard",
	    stats.stopped, "shadow", control_conf(control)->shadow, "recording",
	    v.recording, "phase", v.empty ? json_null() : state_phase(s, &at));
	if (!brief)
		state_details(to, &v);
	control_view_clear(&v);
	return to;
}

void
api_scenario_get(struct api_call *call)
{
	struct control_view v;

	if (strstr(call->accept, "yaml") == NULL) {
		api_json(
		    call, 200, api_state(call->control, call->now_ns, false));
		return;
	}
	v = control_view(call->control, call->now_ns);
	call->status = 200;
	call->type = "application/yaml";
	buf_put(&call->text, play_scenario(v.play)->text,
	    play_scenario(v.play)->text_n);
	control_view_clear(&v);
}

static json_t *
scenario_problems(const struct diags *diags, enum diag_level level)
{
	json_t *all = json_array();

	for (size_t i = 0; i < diags->n; i++) {
		const struct diag *d = &diags->v[i];

		if (d->level != level)
			continue;
		json_array_append_new(
		    all, json_pack("{s:s, s:i, s:i, s:o}", "file",
			     d->file != NULL ? d->file : "scenario", "line",
			     (int)d->line, "column", (int)d->col, "text",
			     api_string(d->text)));
	}
	return all;
}

/* All that is wrong with the text, in the order of `check`. */
static void
scenario_refuse(struct api_call *call, const struct diags *diags)
{
	json_t *problems = scenario_problems(diags, DIAG_ERROR);
	json_t *first = json_array_get(problems, 0);
	const char *text = json_string_value(json_object_get(first, "text"));
	struct buf reason;
	char *line;

	buf_init(&reason, 65536);
	buf_printf(&reason, "scenario:%lld:%lld: %s",
	    (long long)json_integer_value(json_object_get(first, "line")),
	    (long long)json_integer_value(json_object_get(first, "column")),
	    text != NULL ? text : "cannot be read");
	line = buf_take(&reason);
	api_json(call, 422,
	    json_pack("{s:s, s:o, s:o, s:o}", "error", "invalid scenario",
		"reason", api_string(line), "problems", problems, "warnings",
		scenario_problems(diags, DIAG_WARNING)));
	free(line);
}

void
api_scenario_put(struct api_call *call)
{
	struct diags diags = { 0 };
	struct scenario *s =
	    scenario_parse("scenario", call->body.p, call->body.n, &diags);
	json_t *state;

	if (s == NULL) {
		scenario_refuse(call, &diags);
	} else {
		control_play(call->control, s);
		state = api_state(call->control, clock_mono_ns(), false);
		json_object_set_new(
		    state, "warnings", scenario_problems(&diags, DIAG_WARNING));
		api_json(call, 200, state);
	}
	diags_clear(&diags);
}

static void
scenario_do(struct api_call *call, enum control_verb verb)
{
	const char *why = control_do(call->control, verb, call->now_ns);

	if (why != NULL)
		api_error(call, 409, "not possible now", "%s", why);
	else
		api_json(
		    call, 200, api_state(call->control, clock_mono_ns(), true));
}

void
api_start(struct api_call *call)
{
	scenario_do(call, CONTROL_START);
}

void
api_stop(struct api_call *call)
{
	scenario_do(call, CONTROL_STOP);
}

void
api_pause(struct api_call *call)
{
	scenario_do(call, CONTROL_PAUSE);
}

void
api_resume(struct api_call *call)
{
	scenario_do(call, CONTROL_RESUME);
}

void
api_next(struct api_call *call)
{
	scenario_do(call, CONTROL_NEXT);
}
