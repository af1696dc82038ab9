#include "cli/session.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/options.h"
#include "cli/ready.h"
#include "decide/decide.h"
#include "origin/origin.h"
#include "proxy/proxy.h"
#include "scenario/scenario.h"

struct session {
	struct options *o;
	struct scenario *scenario; /* the play's, once there is one */
	struct play *play;
	struct proxy *proxy;
	struct origin *origin;
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

static int
session_play(struct session *s)
{
	struct play_options options = { .seed = s->seed,
		.shadow = s->o->shadow, .time_scale = s->o->time_scale };

	s->t0_ns = clock_mono_ns();
	s->play = play_new(s->scenario, &options);
	proxy_start(s->proxy, s->play, s->t0_ns);
	if (!s->scenario->start_on_request)
		play_start(s->play, s->t0_ns);
	if (!session_tell_ready(s)) {
		proxy_stop(s->proxy);
		proxy_wait(s->proxy, UINT64_MAX / 4);
		return EXIT_ENVIRONMENT;
	}
	session_wait(s);
	session_drain(s);
	return EXIT_PASS;
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
		status = session_open(&s, &diags);
		if (status == EXIT_PASS)
			status = session_play(&s);
	} else {
		diags_print(&diags, stderr);
	}
	proxy_free(s.proxy);
	if (s.play != NULL)
		play_unref(s.play);
	else
		scenario_free(s.scenario);
	origin_stop(s.origin);
	diags_clear(&diags);
	return status;
}
