#include "cli/session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "cli/legend.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/ready.h"
#include "decide/decide.h"
#include "judge/judge.h"
#include "origin/origin.h"
#include "proxy/proxy.h"
#include "record/writer.h"
#include "scenario/scenario.h"

struct session {
	struct options *o;
	struct scenario *scenario; /* the play's, once there is one */
	struct play *play;
	struct proxy *proxy;
	struct origin *origin;
	struct writer *writer;
	struct judge *judge;
	struct legend legend;
	struct ring **rings;
	struct progress progress;
	uint64_t seed, t0_ns;
	sigset_t signals;
};

/* As many descriptors as the system lets us have. */
static void
session_raise_limits(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static void
session_signals(struct session *s)
{
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&s->signals);
	sigaddset(&s->signals, SIGINT);
	sigaddset(&s->signals, SIGTERM);
	sigaddset(&s->signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &s->signals, NULL);
}

static bool
session_load(struct session *s, const char *file, struct diags *diags)
{
	if (file == NULL)
		s->scenario = scenario_empty();
	else
		s->scenario = scenario_load(file, diags);
	if (s->scenario == NULL)
		return false;
	if (s->o->has_seed)
		s->seed = s->o->seed;
	else if (s->scenario->has_seed)
		s->seed = s->scenario->seed;
	else if (getrandom(&s->seed, sizeof(s->seed), 0) == sizeof(s->seed))
		s->seed >>= 11; /* readable, and exact in any JSON reader */
	return true;
}

static int
session_open(struct session *s, struct diags *diags)
{
	struct options *o = s->o;
	char why[256];
	bool busy;

	if (o->origin) {
		s->origin = origin_start("127.0.0.1:0", why, sizeof(why));
		if (s->origin == NULL) {
			log_error("origin: %s", why);
			return EXIT_ENVIRONMENT;
		}
		snprintf(o->origin_url, sizeof(o->origin_url), "http://%s",
		    origin_address(s->origin));
		o->upstreams[o->proxy.n_upstreams++] = o->origin_url;
	}
	s->proxy = proxy_new(&o->proxy, diags, &busy);
	if (s->proxy == NULL) {
		diags_print(diags, stderr);
		return busy ? EXIT_ENVIRONMENT : EXIT_USAGE;
	}
	if (o->require_upstream &&
	    !proxy_upstream_reachable(s->proxy, 5ull * NS_PER_S)) {
		log_error("no upstream accepts a connection");
		return EXIT_ENVIRONMENT;
	}
	return EXIT_PASS;
}

static bool
session_tell_ready(struct session *s)
{
	const char *texts[OPTIONS_LISTENS_MAX];
	char buffers[OPTIONS_LISTENS_MAX][ADDRESS_TEXT];

	for (unsigned i = 0; i < s->o->proxy.n_listens; i++)
		texts[i] =
		    address_text(proxy_address(s->proxy, i), buffers[i]);
	if (!s->o->quiet)
		for (unsigned i = 0; i < s->o->proxy.n_listens; i++)
			fprintf(stderr, "brownout: listening on %s\n",
			    texts[i]);
	return s->o->ready_file == NULL ||
	    ready_write(
		s->o->ready_file, texts, s->o->proxy.n_listens, NULL);
}

/* Each record on its way to the journal. */
static void
session_record(void *arg, const struct record *r, const struct pairing *p)
{
	struct session *s = arg;

	judge_add(s->judge, r);
	progress_add(&s->progress, r, p);
}

/* Whether anybody wants to know of single attempts: without journal, report
 * or expectations none is recorded, and requests cost what they cost in a plain
 * proxy. */
static bool
session_records(const struct session *s)
{
	const struct options *o = s->o;

	return o->journal != NULL || o->report != NULL || o->admin != NULL ||
	    s->scenario->n_expects > 0 ||
	    s->scenario->verdict.profile != PROFILE_NONE;
}

/* The journal, and the judge behind it. */
static bool
session_start_writer(struct session *s)
{
	const struct scenario *scenario = s->scenario;
	struct judge_options judge = { .seed = s->seed,
		.shadow = s->o->shadow };
	struct writer_conf conf = {
		.n_rings = proxy_workers(s->proxy),
		.path = s->o->journal,
		.start_ns = s->t0_ns,
		.header = { .version = 1, .seed = s->seed,
		    .hash = scenario->hash, .scenario = scenario->name,
		    .wall_ns = (int64_t)(clock_wall_ns() -
			(clock_mono_ns() - s->t0_ns)) },
		.pairing = { .window_ns = scenario->identity.window_ns },
		.sink = session_record,
		.sink_arg = s,
	};

	legend_init(&s->legend, scenario);
	s->rings = xcalloc(conf.n_rings, sizeof(struct ring *));
	for (unsigned i = 0; i < conf.n_rings; i++)
		s->rings[i] = proxy_ring(s->proxy, i);
	conf.rings = s->rings;
	conf.names = s->legend.journal;
	judge.faults = s->legend.faults;
	judge.n_faults = s->legend.journal.n_faults;
	s->judge = judge_new(scenario, &judge);
	if (!s->o->proxy.journal)
		return true;
	s->writer = writer_start(&conf);
	if (s->writer == NULL)
		log_error("%s: %s", s->o->journal, strerror(errno));
	return s->writer != NULL;
}

/* Until the scenario is over, time is up, or somebody wants us to stop. */
static void
session_wait(struct session *s)
{
	struct timespec tick = { .tv_nsec = 100 * NS_PER_MS };
	uint64_t now_ns;

	for (;;) {
		if (sigtimedwait(&s->signals, NULL, &tick) > 0)
			return;
		now_ns = clock_mono_ns();
		progress_show(&s->progress, now_ns);
		if (s->o->for_ns > 0 && now_ns - s->t0_ns >= s->o->for_ns)
			return;
		if (play_position(s->play, now_ns).over)
			return;
	}
}

static void
session_drain(struct session *s)
{
	struct timespec none = { .tv_sec = 0 };

	proxy_drain(s->proxy);
	while (!proxy_wait(s->proxy, 50 * NS_PER_MS))
		if (sigtimedwait(&s->signals, NULL, &none) > 0)
			proxy_stop(s->proxy);
}

/* The verdict, from what was recorded until the end. */
static int
session_verdict(struct session *s, uint64_t losses)
{
	uint64_t end_ns = clock_mono_ns() - s->t0_ns;
	struct verdict *v = judge_finish(s->judge, end_ns, losses);
	struct rule_stats stats;
	struct buf out;
	int status;

	for (unsigned i = 0; i < v->n_rules; i++) {
		play_rule_stats(s->play, i, &stats);
		verdict_rule_matched(&v->rules[i], stats.matched);
	}
	buf_init(&out, 16 << 20);
	verdict_print(v, &out);
	fwrite(out.data, 1, out.n, stderr);
	buf_clear(&out);
	status = v->exit_status;
	verdict_free(v);
	return status;
}

static int
session_play(struct session *s)
{
	struct play_options options = { .seed = s->seed,
		.shadow = s->o->shadow, .time_scale = s->o->time_scale };
	int status = EXIT_ENVIRONMENT;
	uint64_t losses;

	s->t0_ns = clock_mono_ns();
	s->play = play_new(s->scenario, &options);
	if (!session_start_writer(s))
		return EXIT_ENVIRONMENT;
	progress_init(&s->progress, s->play, s->t0_ns, s->o->quiet);
	proxy_start(s->proxy, s->play, s->t0_ns);
	if (!s->scenario->start_on_request)
		play_start(s->play, s->t0_ns);
	if (session_tell_ready(s)) {
		session_wait(s);
		status = EXIT_PASS;
	}
	session_drain(s);
	progress_end(&s->progress);
	losses = s->writer != NULL ? writer_stop(s->writer) : 0;
	return status == EXIT_PASS ? session_verdict(s, losses) : status;
}

int
session_run(struct options *o, const char *file)
{
	struct session s = { .o = o };
	struct diags diags = { .v = NULL };
	int status = EXIT_USAGE;

	session_raise_limits();
	session_signals(&s);
	if (options_complete(o, &diags) && session_load(&s, file, &diags)) {
		diags_print(&diags, stderr);
		diags_clear(&diags);
		o->proxy.journal = session_records(&s);
		status = session_open(&s, &diags);
		if (status == EXIT_PASS)
			status = session_play(&s);
	} else {
		diags_print(&diags, stderr);
	}
	judge_free(s.judge);
	proxy_free(s.proxy);
	legend_clear(&s.legend);
	free(s.rings);
	if (s.play != NULL)
		play_unref(s.play);
	else
		scenario_free(s.scenario);
	origin_stop(s.origin);
	diags_clear(&diags);
	return status;
}
