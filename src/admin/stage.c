#include "admin/stage.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/xalloc.h"

struct stage *
stage_new(struct scenario *s, const struct stage_conf *conf)
{
	struct play_options how = { .seed = conf->seed,
		.shadow = conf->shadow,
		.time_scale = conf->time_scale };
	struct judge_options judge = { .seed = conf->seed,
		.shadow = conf->shadow,
		.max_attempts = conf->judge_max };
	struct stage *stage = xcalloc(1, sizeof(*stage));

	stage->empty = s->file == NULL;
	stage->shadow = conf->shadow;
	stage->play = play_new(s, &how);
	legend_init(&stage->legend, s);
	judge.faults = stage->legend.faults;
	judge.n_faults = stage->legend.journal.n_faults;
	if (!stage->empty || conf->judge_always)
		stage->judge = judge_new(s, &judge);
	stage->began_ns = clock_mono_ns();
	return stage;
}

void
stage_free(struct stage *stage)
{
	if (stage == NULL)
		return;
	judge_free(stage->judge);
	metrics_faults_clear(&stage->faults);
	legend_clear(&stage->legend);
	play_unref(stage->play);
	free(stage);
}

void
stage_begin(struct stage *stage)
{
	stage->began_ns = clock_mono_ns();
	if (!play_scenario(stage->play)->start_on_request)
		play_start(stage->play, stage->began_ns);
}

static void
stage_shift(uint64_t *t, uint64_t base_ns)
{
	if (*t != RECORD_NONE)
		*t = *t > base_ns ? *t - base_ns : 0;
}

/* For the judge it is as if the run had begun with its scenario. */
static void
stage_judge(struct stage *stage, const struct record *r)
{
	struct record moved;

	if (stage->base_ns == 0) {
		judge_add(stage->judge, r);
		return;
	}
	moved = *r;
	stage_shift(&moved.t_first, stage->base_ns);
	stage_shift(&moved.t_req_end, stage->base_ns);
	stage_shift(&moved.t_resp, stage->base_ns);
	stage_shift(&moved.t_end, stage->base_ns);
	judge_add(stage->judge, &moved);
}

void
stage_add(struct stage *stage, const struct record *r)
{
	if (r->fault != RECORD_NO_FAULT &&
	    (r->outcome == OUTCOME_INJECTED ||
		(r->flags & (RECORD_SKIPPED | RECORD_BYPASSED)) == 0))
		metrics_faults_add(&stage->faults, r);
	if (stage->judge != NULL)
		stage_judge(stage, r);
}

/* Why a verb means nothing now, or NULL. */
static const char *
stage_refuses(const struct stage *stage, enum control_verb verb,
    const struct play_position *at)
{
	if (stage->empty)
		return "no scenario is loaded";
	if (verb == CONTROL_START || verb == CONTROL_STOP)
		return NULL;
	if (!at->started)
		return "the scenario has not started";
	return at->over ? "the scenario is over" : NULL;
}

const char *
stage_do(struct stage *stage, enum control_verb verb, uint64_t now_ns)
{
	struct play_position at = play_position(stage->play, now_ns);
	const char *why = stage_refuses(stage, verb, &at);

	if (why != NULL)
		return why;
	switch (verb) {
	case CONTROL_START:
		stage->stopped = false;
		play_start(stage->play, now_ns);
		break;
	case CONTROL_STOP:
		stage->stopped = true;
		play_stop(stage->play);
		break;
	case CONTROL_PAUSE:
		play_pause(stage->play, now_ns);
		break;
	case CONTROL_RESUME:
		play_resume(stage->play, now_ns);
		break;
	case CONTROL_NEXT:
		play_next(stage->play, now_ns);
		break;
	}
	return NULL;
}

static bool
stage_of_connections(const struct rule *r)
{
	const struct inject *inject =
	    r->n_choices > 0 ? &r->choices[0].inject : &r->inject;

	return inject->faults[0].type->class == FAULT_CONNECTION;
}

/* A live run knows how many requests each rule really matched, and what was
 * done to connections, of which there are no records. */
void
stage_matched(const struct stage *stage, struct verdict *v)
{
	const struct scenario *s = play_scenario(stage->play);
	struct rule_stats stats;

	for (unsigned i = 0; i < v->n_rules; i++) {
		struct verdict_rule *r = &v->rules[i];

		play_rule_stats(stage->play, i, &stats);
		if (stage_of_connections(s->rules[i])) {
			r->skipped = stats.skipped;
			r->bypassed = stats.bypassed;
			*(stage->shadow ? &r->shadowed : &r->injected) =
			    stats.injected;
		}
		verdict_rule_matched(r, stats.matched);
	}
}
