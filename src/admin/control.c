#include "admin/control.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "admin/access_log.h"
#include "admin/recent.h"
#include "admin/stage.h"
#include "base/clock.h"
#include "base/xalloc.h"

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

	return (struct journal_header){ .version = JOURNAL_VERSION,
		.seed = play_seed(play),
		.hash = s->hash,
		.scenario = s->name,
		.wall_ns = (int64_t)(clock_wall_ns() -
				     (clock_mono_ns() - c->conf.t0_ns)) };
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
	if (r->play == stage->legend.journal.play)
		stage_add(stage, r);
	if (c->conf.access_log != NULL)
		access_log_add(
		    c->conf.access_log, r, p, &stage->legend.journal);
	pthread_mutex_unlock(&c->watch);
	if (c->conf.observe != NULL)
		c->conf.observe(c->conf.observe_arg, r, p);
}

static struct stage *
control_stage(const struct control *c, struct scenario *s)
{
	struct stage_conf conf = { .seed = control_seed(c, s),
		.shadow = c->conf.shadow,
		.time_scale = c->conf.time_scale,
		.judge_always = c->conf.always,
		.judge_max = c->conf.judge_max };

	return stage_new(s, &conf);
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

void
control_start(struct control *c)
{
	proxy_start(c->conf.proxy, c->stage->play, c->conf.t0_ns);
	proxy_set_play(
	    c->conf.proxy, c->stage->play, 0, control_recording(c, c->stage));
	stage_begin(c->stage);
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
		number = writer_play(c->writer, &header, &new->legend.journal,
		    play_scenario(new->play)->identity.window_ns);
	new->legend.journal.play = number;
	play_set_off(new->play, c->off);
	stage_begin(new);
	new->base_ns = new->began_ns - c->conf.t0_ns;
	pthread_mutex_lock(&c->watch);
	old = c->stage;
	c->stage = new;
	pthread_mutex_unlock(&c->watch);
	proxy_set_play(
	    c->conf.proxy, new->play, number, control_recording(c, new));
	version = ++c->version;
	pthread_mutex_unlock(&c->lock);
	stage_free(old);
	return version;
}

/* Under the lock. */
static void
control_switch(struct control *c, bool off)
{
	c->off = off;
	play_set_off(c->stage->play, off);
	if (off)
		proxy_release(c->conf.proxy);
}

void
control_set_off(
    struct control *c, bool off, uint64_t expires_ns, uint64_t now_ns)
{
	pthread_mutex_lock(&c->lock);
	control_switch(c, off);
	c->off_until_ns = expires_ns > 0 ? now_ns + expires_ns : UINT64_MAX;
	pthread_mutex_unlock(&c->lock);
}

const char *
control_do(struct control *c, enum control_verb verb, uint64_t now_ns)
{
	const char *why;

	pthread_mutex_lock(&c->lock);
	why = stage_do(c->stage, verb, now_ns);
	pthread_mutex_unlock(&c->lock);
	return why;
}

void
control_tick(struct control *c, uint64_t now_ns)
{
	pthread_mutex_lock(&c->lock);
	if (now_ns >= c->off_until_ns) {
		control_switch(c, !c->off);
		c->off_until_ns = UINT64_MAX;
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
	stage_free(c->stage);
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
		stage_matched(stage, v);
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
