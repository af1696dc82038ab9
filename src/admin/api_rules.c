/* The rules of what is played: what they did, and changes for a while. */
#include <string.h>

#include "admin/api.h"
#include "base/clock.h"
#include "base/units.h"

static bool
rules_in(struct rule *const *rules, unsigned n, unsigned index)
{
	for (unsigned i = 0; i < n; i++)
		if (rules[i]->index == index)
			return true;
	return false;
}

/* The names of a rule's phases. */
static json_t *
rules_phases(const struct scenario *s, unsigned index)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < s->n_phases; i++) {
		const struct phase *p = &s->phases[i];

		if (rules_in(p->rules, p->n_rules, index) ||
		    rules_in(p->connections, p->n_connections, index))
			json_array_append_new(all, json_string(p->name));
	}
	return all;
}

/* The names of the faults it injects. */
static json_t *
rules_faults(const struct rule *rule)
{
	json_t *all = json_array();

	for (unsigned i = 0; i <= rule->n_choices; i++) {
		const struct inject *in = i < rule->n_choices
					      ? &rule->choices[i].inject
					      : &rule->inject;

		for (unsigned k = 0; k < in->n_faults; k++)
			json_array_append_new(
			    all, json_string(in->faults[k].type->name));
	}
	return all;
}

static json_t *
rules_one(struct play *play, unsigned i, uint64_t now_ns)
{
	const struct rule *rule = play_scenario(play)->rules[i];
	uint64_t left = play_patch_left(play, i, now_ns);
	struct rule_stats st;
	char rate[UNITS_TEXT];
	json_t *to;

	play_rule_stats(play, i, &st);
	to = json_pack("{s:s, s:b, s:s, s:f, s:o, s:b, s:o}", "name",
	    rule->name, "enabled", st.enabled, "rate",
	    units_rate_text(st.rate, rate), "configured", (double)st.rate / 1e9,
	    "achieved",
	    st.matched > 0 ? json_real((double)st.fired / (double)st.matched)
			   : json_null(),
	    "changed", left > 0, "expires",
	    left > 0 ? api_seconds(left) : json_null());
	json_object_update_new(
	    to, json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "matched",
		    (json_int_t)st.matched, "injected", (json_int_t)st.injected,
		    "skipped", (json_int_t)st.skipped, "bypassed",
		    (json_int_t)st.bypassed, "overflow",
		    (json_int_t)st.overflow, "faults", rules_faults(rule),
		    "phases", rules_phases(play_scenario(play), i)));
	return to;
}

void
api_rules(struct api_call *call)
{
	struct control_view v = control_view(call->control, call->now_ns);
	const struct scenario *s = play_scenario(v.play);
	json_t *all = json_array();

	for (unsigned i = 0; i < s->n_rules; i++)
		json_array_append_new(all, rules_one(v.play, i, call->now_ns));
	api_json(call, 200,
	    json_pack("{s:i, s:o}", "version", (int)v.version, "rules", all));
	control_view_clear(&v);
}

static int
rules_find(struct api_call *call, const struct scenario *s)
{
	for (unsigned i = 0; i < s->n_rules; i++)
		if (strcmp(s->rules[i]->name, call->tail) == 0)
			return (int)i;
	api_error(
	    call, 404, "no such rule", "there is no rule \"%s\"", call->tail);
	return -1;
}

/* What a PATCH wants. */
struct change {
	int enabled;
	int64_t rate;
	uint64_t expires;
};

static const char *
rules_read_rate(const json_t *value, struct change *to)
{
	const char *text = json_string_value(value), *why;
	uint32_t rate;

	if (text == NULL)
		return "expected a rate such as \"50%\"";
	why = units_rate(span_str(text), &rate);
	if (why == NULL)
		to->rate = rate;
	return why;
}

/* NULL, or what is wrong with a member. */
static const char *
rules_read_member(const char *key, const json_t *value, struct change *to)
{
	if (strcmp(key, "rate") == 0)
		return rules_read_rate(value, to);
	if (strcmp(key, "expires") == 0)
		return NULL;
	if (strcmp(key, "enabled") != 0)
		return "unknown member; there is rate, enabled, expires";
	if (!json_is_boolean(value))
		return "expected true or false";
	to->enabled = json_is_true(value);
	return NULL;
}

/* False: has answered. */
static bool
rules_read(struct api_call *call, json_t *body, struct change *to)
{
	const char *key, *why = NULL;
	json_t *value;

	*to = (struct change){ .enabled = -1, .rate = -1 };
	json_object_foreach(body, key, value)
	{
		why = rules_read_member(key, value, to);
		if (why == NULL)
			continue;
		api_error(call, 422, "invalid value", "%s: %s", key, why);
		return false;
	}
	if (to->enabled == -1 && to->rate == -1) {
		api_error(
		    call, 422, "nothing to change", "expected rate or enabled");
		return false;
	}
	return api_duration(call, body, "expires", &to->expires);
}

void
api_rule_patch(struct api_call *call)
{
	struct control_view v = control_view(call->control, call->now_ns);
	json_t *body = NULL;
	struct change change;
	int i = rules_find(call, play_scenario(v.play));

	if (i != -1)
		body = api_object(call);
	if (body != NULL && rules_read(call, body, &change)) {
		play_patch_rule(v.play, (unsigned)i, change.enabled,
		    change.rate, change.expires, call->now_ns);
		api_json(
		    call, 200, rules_one(v.play, (unsigned)i, call->now_ns));
	}
	json_decref(body);
	control_view_clear(&v);
}
