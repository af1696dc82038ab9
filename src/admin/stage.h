/*
 * One scenario being played: its play, and the judge and counters that watch it
 * alone. Not locked: its owner, control.c, does that.
 */
#ifndef ADMIN_STAGE_H
#define ADMIN_STAGE_H

#include "admin/control.h"
#include "admin/legend.h"
#include "admin/metrics.h"

struct stage_conf {
	uint64_t seed;
	bool shadow;
	double time_scale;
	bool judge_always; /* also what has no scenario */
	uint64_t judge_max;
};

struct stage {
	struct play *play;    /* a reference */
	struct judge *judge;  /* NULL: nobody wants a verdict */
	struct legend legend; /* journal.play is its number in records */
	struct metrics_faults faults;
	uint64_t began_ns, base_ns; /* base: on the run's clock */
	bool empty;                 /* a plain proxy */
	bool shadow;
	bool stopped; /* by CONTROL_STOP */
};

/* Takes the scenario over. */
struct stage *stage_new(struct scenario *s, const struct stage_conf *conf);
void stage_free(struct stage *stage);
/* It is played from now on. */
void stage_begin(struct stage *stage);
/* A record of this stage. */
void stage_add(struct stage *stage, const struct record *r);
/* As control_do. */
const char *
stage_do(struct stage *stage, enum control_verb verb, uint64_t now_ns);
/* Tells a verdict what only a live run knows of its rules. */
void stage_matched(const struct stage *stage, struct verdict *v);

#endif
