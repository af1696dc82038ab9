#include "admin/control.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "admin/access_log.h"
#include "admin/legend.h"
#include "admin/recent.h"
#include "base/clock.h"
#include "base/xalloc.h"

/* One scenario being played, and who watches it. */
struct stage {
	struct play *play;    /* a reference */
	struct judge *judge;  /* NULL: nobody wants a verdict */
	struct legend legend; /* journal.play is its number in records */
	struct metrics_faults faults;
	uint64_t began_ns, base_ns; /* base: on the run's clock */
	bool empty, stopped;
};

struct control {
	struct control_conf conf;
	struct ring **rings;
	struct writer *writer; /* NULL: nothing is recorded */
	pthread_mutex_t lock;  /* of who changes what is played */
	unsigned version;
	bool off;
	uint64_t off_until_ns; /* UINT64_MAX: for good */
	/* of the watchers, and of who swaps the stage; inside the other */
	pthread_mutex_t watch;
	struct stage *stage; /* to change it takes both locks */
	struct metrics metrics;
	struct recent recent;
	uint64_t end_ns, lost; /* of the run, once it is over */
};

static uint64_t
control_seed(const struct control *c, const struct scenario *s)
{
	uint64_t seed = 0;

	if (c->conf.has_seed)
		return c->conf.seed;
	if (s->has_seed)
		return s->seed;
	if (getrandom(&seed, sizeof(seed), 0) == sizeof(seed))
		seed >>= 11; /* readable, and exact in any JSON reader */
	return seed;
}

static struct journal_header
control_header(const struct control *c, const struct play *play)
{
	const struct scenario *s = play_scenario(play);

	return (struct journal_header){ .version = 1,
		.seed = play_seed(play),
		.hash = s->hash,
		.scenario = s->name,
		.wall_ns = (int64_t)(clock_wall_ns() -
				     (clock_mono_ns() - c->conf.t0_ns)) };
}

static struct stage *
control_stage(struct control *c, struct scenario *s)
{
	struct play_options how = { .seed = control_seed(c, s),
		.shadow = c->conf.shadow,
		.time_scale = c->conf.time_scale };
	struct judge_options judge = { .seed = how.seed,
		.shadow = how.shadow,
		.max_attempts = c->conf.judge_max };
	struct stage *stage = xcalloc(1, sizeof(*stage));

	stage->empty = s->file == NULL;
	stage->play = play_new(s, &how);
	legend_init(&stage->legend, s);
	judge.faults = stage->legend.faults;
	judge.n_faults = stage->legend.journal.n_faults;
	if (!stage->empty || c->conf.always)
		stage->judge = judge_new(s, &judge);
	stage->began_ns = clock_mono_ns();
	return stage;
}

static void
control_stage_free(struct stage *stage)
{
	if (stage == NULL)
		return;
	judge_free(stage->judge);
	metrics_faults_clear(&stage->faults);
	legend_clear(&stage->legend);
	play_unref(stage->play);
	free(stage);
}

static void
control_shift(uint64_t *t, uint64_t base_ns)
{
	if (*t != RECORD_NONE)
		*t = *t > base_ns ? *t - base_ns : 0;
}

/* A record of this stage, for its judge: as if the run had begun with it. */
static void
control_judge(struct stage *stage, const struct record *r)
{
	struct record moved;

	if (stage->base_ns == 0) {
		judge_add(stage->judge, r);
		return;
	}
	moved = *r;
	control_shift(&moved.t_first, stage->base_ns);
	control_shift(&moved.t_req_end, stage->base_ns);
	control_shift(&moved.t_resp, stage->base_ns);
	control_shift(&moved.t_end, stage->base_ns);
	judge_add(stage->judge, &moved);
}

/* Each record, in the writer's thread. */
static void
control_sink(void *arg, const struct record *r, const struct pairing *p)
{
	struct control *c = arg;
	struct stage *stage;

	pthread_mutex_lock(&c->watch);
	stage = c->stage;
	metrics_add(&c->metrics, r, p);
	recent_add(&c->recent, r, p);
	if (r->play == stage->legend.journal.play) {
		if (r->fault != RECORD_NO_FAULT)
			metrics_faults_add(&stage->faults, r);
		if (stage->judge != NULL)
			control_judge(stage, r);
	}
	if (c->conf.access_log != NULL)
		access_log_add(
		    c->conf.access_log, r, p, &stage->legend.journal);
	pthread_mutex_unlock(&c->watch);
	if (c->conf.observe != NULL)
		c->conf.observe(c->conf.observe_arg, r, p);
}

static bool
control_start_writer(struct control *c)
{
	const struct scenario *s = play_scenario(c->stage->play);
	struct writer_conf conf = {
		.n_rings = proxy_workers(c->conf.proxy),
		.path = c->conf.journal,
		.start_ns = c->conf.t0_ns,
		.header = control_header(c, c->stage->play),
		.names = c->stage->legend.journal,
		.pairing = { .window_ns = s->identity.window_ns },
		.sink = control_sink,
		.sink_arg = c,
	};

	c->rings = xcalloc(conf.n_rings, sizeof(struct ring *));
	for (unsigned i = 0; i < conf.n_rings; i++)
		c->rings[i] = proxy_ring(c->conf.proxy, i);
	conf.rings = c->rings;
	if (c->rings[0] == NULL)
		return true;
	c->writer = writer_start(&conf);
	return c->writer != NULL;
}

struct control *
control_new(const struct control_conf *conf, struct scenario *scenario)
{
	struct control *c = xcalloc(1, sizeof(*c));
	int error;

	c->conf = *conf;
	c->off_until_ns = UINT64_MAX;
	pthread_mutex_init(&c->lock, NULL);
	pthread_mutex_init(&c->watch, NULL);
	recent_init(&c->recent, conf->n_recent);
	c->version = 1;
	c->stage = control_stage(c, scenario);
	if (control_start_writer(c))
		return c;
	error = errno;
	control_free(c);
	errno = error;
	return NULL;
}

static bool
control_recording(const struct control *c, const struct stage *stage)
{
	return c->writer != NULL && (c->conf.always || !stage->empty);
}

static void
control_begin(struct stage *stage)
{
	stage->began_ns = clock_mono_ns();
	if (!play_scenario(stage->play)->start_on_request)
		play_start(stage->play, stage->began_ns);
}

void
control_start(struct control *c)
{
	proxy_start(c->conf.proxy, c->stage->play, c->conf.t0_ns);
	proxy_set_play(
	    c->conf.proxy, c->stage->play, 0, control_recording(c, c->stage));
	control_begin(c->stage);
}

unsigned
control_play(struct control *c, struct scenario *scenario)
{
	struct stage *new = control_stage(c, scenario), *old;
	struct journal_header header = control_header(c, new->play);
	unsigned version;
	uint16_t number = 0;

	pthread_mutex_lock(&c->lock);
	if (c->writer != NULL)
		number = writer_play(c->writer, &header, &new->legend.journal);
	new->legend.journal.play = number;
	play_set_off(new->play, c->off);
	control_begin(new);
	new->base_ns = new->began_ns - c->conf.t0_ns;
	pthread_mutex_lock(&c->watch);
	old = c->stage;
	c->stage = new;
	pthread_mutex_unlock(&c->watch);
	proxy_set_play(
	    c->conf.proxy, new->play, number, control_recording(c, new));
	version = ++c->version;
	pthread_mutex_unlock(&c->lock);
	control_stage_free(old);
	return version;
}

void
control_set_off(
    struct control *c, bool off, uint64_t expires_ns, uint64_t now_ns)
{
	pthread_mutex_lock(&c->lock);
	c->off = off;
	c->off_until_ns = expires_ns > 0 ? now_ns + expires_ns : UINT64_MAX;
	play_set_off(c->stage->play, off);
	pthread_mutex_unlock(&c->lock);
}

/* Why a verb means nothing now, or NULL. */
static const char *
control_refuses(const struct stage *stage, enum control_verb verb,
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
control_do(struct control *c, enum control_verb verb, uint64_t now_ns)
{
	struct play_position at;
	struct stage *stage;
	const char *why;

	pthread_mutex_lock(&c->lock);
	stage = c->stage;
	at = play_position(stage->play, now_ns);
	why = control_refuses(stage, verb, &at);
	if (why == NULL && verb == CONTROL_START)
		play_start(stage->play, now_ns);
	else if (why == NULL && verb == CONTROL_STOP)
		play_stop(stage->play);
	else if (why == NULL && verb == CONTROL_PAUSE)
		play_pause(stage->play, now_ns);
	else if (why == NULL && verb == CONTROL_RESUME)
		play_resume(stage->play, now_ns);
	else if (why == NULL)
		play_next(stage->play, now_ns);
	if (why == NULL && verb <= CONTROL_STOP)
		stage->stopped = verb == CONTROL_STOP;
	pthread_mutex_unlock(&c->lock);
	return why;
}

void
control_tick(struct control *c, uint64_t now_ns)
{
	pthread_mutex_lock(&c->lock);
	if (now_ns >= c->off_until_ns) {
		c->off = !c->off;
		c->off_until_ns = UINT64_MAX;
		play_set_off(c->stage->play, c->off);
	}
	pthread_mutex_unlock(&c->lock);
	if (c->conf.access_log == NULL)
		return;
	pthread_mutex_lock(&c->watch);
	access_log_tick(c->conf.access_log);
	pthread_mutex_unlock(&c->watch);
}

void
control_reopen(struct control *c)
{
	if (c->writer != NULL)
		writer_reopen(c->writer);
	if (c->conf.access_log == NULL)
		return;
	pthread_mutex_lock(&c->watch);
	access_log_reopen(c->conf.access_log);
	pthread_mutex_unlock(&c->watch);
}

/* How late the loops were: all but one of a hundred looks, and in a short run
 * all but two, were not later. */
static uint64_t
control_noise(const struct control *c)
{
	struct proxy_stats st;
	uint64_t n = 0, all = 0, spare;

	proxy_stats(c->conf.proxy, &st);
	for (unsigned i = 0; i < PROXY_LAGS; i++)
		all += st.lags[i];
	spare = all / 100 > 2 ? all / 100 : 2;
	for (unsigned i = 0; i < PROXY_LAGS - 1; i++) {
		n += st.lags[i];
		if (n + spare >= all)
			return all > spare ? proxy_lag_bounds[i] : 0;
	}
	return NS_PER_S;
}

uint64_t
control_end(struct control *c)
{
	c->end_ns = clock_mono_ns();
	if (c->writer != NULL)
		c->lost =
		    writer_stop_at(c->writer, c->end_ns, control_noise(c));
	c->writer = NULL;
	return c->lost;
}

void
control_free(struct control *c)
{
	if (c == NULL)
		return;
	if (c->writer != NULL)
		writer_stop(c->writer);
	control_stage_free(c->stage);
	recent_clear(&c->recent);
	pthread_mutex_destroy(&c->lock);
	pthread_mutex_destroy(&c->watch);
	free(c->rings);
	free(c);
}

struct proxy *
control_proxy(const struct control *c)
{
	return c->conf.proxy;
}

const struct control_conf *
control_conf(const struct control *c)
{
	return &c->conf;
}

struct control_view
control_view(struct control *c, uint64_t now_ns)
{
	struct control_view v;

	pthread_mutex_lock(&c->lock);
	v = (struct control_view){ .play = play_ref(c->stage->play),
		.version = c->version,
		.off = c->off,
		.off_left_ns = UINT64_MAX,
		.empty = c->stage->empty,
		.stopped = c->stage->stopped,
		.recording = control_recording(c, c->stage),
		.began_ns = c->stage->began_ns };
	if (c->off_until_ns != UINT64_MAX)
		v.off_left_ns =
		    c->off_until_ns > now_ns ? c->off_until_ns - now_ns : 0;
	pthread_mutex_unlock(&c->lock);
	return v;
}

void
control_view_clear(struct control_view *v)
{
	play_unref(v->play);
	v->play = NULL;
}

static bool
control_of_connections(const struct rule *r)
{
	const struct inject *inject =
	    r->n_choices > 0 ? &r->choices[0].inject : &r->inject;

	return inject->faults[0].type->class == FAULT_CONNECTION;
}

/* A live run knows how many requests each rule really matched, and what was
 * done to connections, of which there are no records. */
static void
control_matched(
    const struct control *c, const struct play *play, struct verdict *v)
{
	const struct scenario *s = play_scenario(play);
	struct rule_stats stats;

	for (unsigned i = 0; i < v->n_rules; i++) {
		struct verdict_rule *r = &v->rules[i];

		play_rule_stats(play, i, &stats);
		if (control_of_connections(s->rules[i])) {
			r->skipped = stats.skipped;
			r->bypassed = stats.bypassed;
			*(c->conf.shadow ? &r->shadowed : &r->injected) =
			    stats.injected - stats.skipped - stats.bypassed;
		}
		verdict_rule_matched(r, stats.matched);
	}
}

struct verdict *
control_verdict(struct control *c, bool final, struct play **playp)
{
	struct verdict *v = NULL;
	uint64_t losses = c->lost, t;
	struct stage *stage;

	*playp = NULL;
	if (c->writer != NULL)
		losses = writer_losses(c->writer);
	pthread_mutex_lock(&c->watch);
	stage = c->stage;
	t = (c->end_ns != 0 ? c->end_ns : clock_mono_ns()) - c->conf.t0_ns -
	    stage->base_ns;
	if (stage->judge != NULL) {
		judge_set_noise(stage->judge, control_noise(c));
		v = final ? judge_finish(stage->judge, t, losses)
			  : judge_interim(stage->judge, t, losses);
		*playp = play_ref(stage->play);
		control_matched(c, stage->play, v);
	}
	pthread_mutex_unlock(&c->watch);
	return v;
}

unsigned
control_recent(struct control *c, unsigned n, struct buf *to)
{
	pthread_mutex_lock(&c->watch);
	n = recent_write(&c->recent, n, &c->stage->legend.journal, to);
	pthread_mutex_unlock(&c->watch);
	return n;
}

void
control_counts(struct control *c, struct control_counts *to)
{
	*to = (struct control_counts){ .n_faults = 0 };
	if (c->writer != NULL)
		to->writer = writer_stats(c->writer);
	pthread_mutex_lock(&c->watch);
	to->metrics = c->metrics;
	to->faults = metrics_faults_list(&c->stage->faults, &to->n_faults);
	if (c->conf.access_log != NULL)
		to->log_lost = access_log_losses(c->conf.access_log);
	pthread_mutex_unlock(&c->watch);
	pthread_mutex_lock(&c->lock);
	to->version = c->version;
	pthread_mutex_unlock(&c->lock);
}
