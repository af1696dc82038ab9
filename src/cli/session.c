#include "cli/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/ready.h"
#include "cli/repeat.h"
#include "cli/show.h"
#include "report/report.h"

enum { SESSION_RECENT = 1000, SESSION_JUDGED_SERVING = 500000 };

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

void
session_begin(struct session *s, struct options *o)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1,
		SIGUSR2 };

	s->o = o;
	session_raise_limits();
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&s->signals);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&s->signals, signals[i]);
	pthread_sigmask(SIG_BLOCK, &s->signals, NULL);
}

struct scenario *
session_load(const char *file)
{
	struct diags diags = { .v = NULL };
	struct scenario *scenario;

	if (file == NULL)
		return scenario_empty();
	scenario = scenario_load(file, &diags);
	diags_print(&diags, stderr);
	diags_clear(&diags);
	return scenario;
}

/* Whether anybody wants to know of single attempts: without journal, report
 * or expectations none is recorded, and requests cost what they cost in a plain
 * proxy. */
static bool
session_records(const struct session *s, const struct scenario *scenario)
{
	const struct options *o = s->o;

	return o->journal != NULL || o->report != NULL || o->admin != NULL ||
	       o->access_log != NULL || scenario->n_expects > 0 ||
	       scenario->verdict.profile != PROFILE_NONE;
}

static int
session_open_origin(struct session *s)
{
	struct options *o = s->o;
	char why[256];

	s->origin = origin_start("127.0.0.1:0", why, sizeof(why));
	if (s->origin == NULL) {
		log_error("origin: %s", why);
		return EXIT_ENVIRONMENT;
	}
	snprintf(o->origin_url, sizeof(o->origin_url), "http://%s",
	    origin_address(s->origin));
	o->upstreams[o->proxy.n_upstreams++] = o->origin_url;
	return EXIT_PASS;
}

int
session_open(struct session *s, const struct scenario *scenario)
{
	struct diags diags = { .v = NULL };
	struct options *o = s->o;
	bool busy;

	if (o->origin && session_open_origin(s) != EXIT_PASS)
		return EXIT_ENVIRONMENT;
	o->proxy.journal = session_records(s, scenario);
	o->proxy.measure_lag = o->proxy.journal;
	s->proxy = proxy_new(&o->proxy, &diags, &busy);
	diags_print(&diags, stderr);
	diags_clear(&diags);
	if (s->proxy == NULL)
		return busy ? EXIT_ENVIRONMENT : EXIT_USAGE;
	if (o->require_upstream &&
	    !proxy_upstream_reachable(s->proxy, 5ull * NS_PER_S)) {
		log_error("no upstream accepts a connection");
		return EXIT_ENVIRONMENT;
	}
	return EXIT_PASS;
}

static void
session_observe(void *arg, const struct record *r, const struct pairing *p)
{
	progress_add(arg, r, p);
}

static int
session_control(struct session *s, struct scenario *scenario)
{
	const struct options *o = s->o;
	struct control_conf conf = {
		.proxy = s->proxy,
		.t0_ns = s->t0_ns,
		.seed = o->seed,
		.has_seed = o->has_seed,
		.shadow = o->shadow,
		.time_scale = o->time_scale,
		.journal = o->journal,
		.access_log = s->access_log,
		.always = !s->serves || o->journal != NULL ||
			  o->access_log != NULL || o->report != NULL,
		.n_recent = o->admin != NULL ? SESSION_RECENT : 0,
		.judge_max = s->serves ? SESSION_JUDGED_SERVING : 0,
		.observe = s->serves ? NULL : session_observe,
		.observe_arg = &s->progress,
	};

	s->control = control_new(&conf, scenario);
	if (s->control != NULL)
		return EXIT_PASS;
	log_error("%s: %s", o->journal, strerror(errno));
	return EXIT_ENVIRONMENT;
}

static int
session_admin(struct session *s)
{
	struct options *o = s->o;
	struct admin_conf conf = { .address = o->admin,
		.token_file = o->admin_token_file,
		.hosts = o->admin_hosts,
		.n_hosts = o->n_admin_hosts,
		.control = s->control };
	struct diags diags = { .v = NULL };
	bool busy = false;

	if (o->admin == NULL)
		return EXIT_PASS;
	s->admin = admin_new(&conf, &diags, &busy);
	diags_print(&diags, stderr);
	diags_clear(&diags);
	if (s->admin != NULL)
		return EXIT_PASS;
	return busy ? EXIT_ENVIRONMENT : EXIT_USAGE;
}

static bool
session_open_log(struct session *s)
{
	const struct options *o = s->o;

	if (o->access_log == NULL)
		return true;
	s->access_log = access_log_open(o->access_log, o->access_format);
	if (s->access_log == NULL)
		log_error("%s: %s", o->access_log, strerror(errno));
	return s->access_log != NULL;
}

static void
session_say(const struct session *s, const char *const *listen)
{
	const struct options *o = s->o;
	struct control_view v = control_view(s->control, clock_mono_ns());
	struct buf line;
	char *text;

	buf_init(&line, 65536);
	buf_puts(&line, "listening on ");
	for (unsigned i = 0; i < o->proxy.n_listens; i++)
		buf_printf(&line, "%s%s%s", i > 0 ? ", " : "", listen[i],
		    o->listen_tls[i] ? " (TLS)" : "");
	buf_puts(&line, "; forwarding to ");
	for (unsigned i = 0; i < o->proxy.n_upstreams; i++)
		buf_printf(&line, "%s%s", i > 0 ? ", " : "", o->upstreams[i]);
	if (v.empty)
		buf_puts(&line, "; nothing armed");
	else
		buf_printf(&line, "; playing %s, %u rule%s, seed %llu%s",
		    play_scenario(v.play)->name, play_scenario(v.play)->n_rules,
		    play_scenario(v.play)->n_rules == 1 ? "" : "s",
		    (unsigned long long)play_seed(v.play),
		    o->shadow ? ", shadow" : "");
	buf_printf(&line, "; admin %s%s", s->admin != NULL ? "at " : "off",
	    s->admin != NULL ? admin_address(s->admin) : "");
	text = buf_take(&line);
	log_info("%s", text);
	free(text);
	control_view_clear(&v);
}

static bool
session_tell_ready(struct session *s)
{
	const char *texts[OPTIONS_LISTENS_MAX];
	char buffers[OPTIONS_LISTENS_MAX][ADDRESS_TEXT];

	for (unsigned i = 0; i < s->o->proxy.n_listens; i++)
		texts[i] = address_text(proxy_address(s->proxy, i), buffers[i]);
	if (!s->o->quiet)
		session_say(s, texts);
	return s->o->ready_file == NULL ||
	       ready_write(s->o->ready_file, texts, s->o->proxy.n_listens,
		   s->admin != NULL ? admin_address(s->admin) : NULL);
}

/* Hands the decisions of an earlier run over to the play. */
static void
session_replay(struct session *s)
{
	struct control_view v;

	if (s->replay == NULL)
		return;
	v = control_view(s->control, s->t0_ns);
	play_replay(v.play, s->replay);
	s->replay = NULL;
	control_view_clear(&v);
}

/* Before the run: nobody wants to hear after it that its report has no place.
 */
static bool
session_report_dir(const struct session *s)
{
	struct diags diags = { 0 };
	bool ok;

	if (s->o->report == NULL)
		return true;
	ok = report_make_dir(s->o->report, &diags);
	diags_print(&diags, stderr);
	diags_clear(&diags);
	return ok;
}

int
session_start(struct session *s, struct scenario *scenario)
{
	int status;

	s->t0_ns = clock_mono_ns();
	if (!session_report_dir(s) || !session_open_log(s)) {
		scenario_free(scenario);
		return EXIT_ENVIRONMENT;
	}
	status = session_control(s, scenario);
	if (status == EXIT_PASS)
		status = session_admin(s);
	if (status != EXIT_PASS)
		return status;
	session_replay(s);
	progress_init(
	    &s->progress, s->control, s->t0_ns, s->o->quiet || s->serves);
	control_start(s->control);
	if (s->admin != NULL)
		admin_start(s->admin);
	return session_tell_ready(s) ? EXIT_PASS : EXIT_ENVIRONMENT;
}

int
session_wait(struct session *s)
{
	struct timespec tick = { .tv_nsec = 100 * NS_PER_MS };
	int sig = sigtimedwait(&s->signals, NULL, &tick);
	uint64_t now_ns = clock_mono_ns();

	control_tick(s->control, now_ns);
	progress_show(&s->progress, now_ns);
	switch (sig) {
	case SIGUSR1:
		control_set_off(s->control, true, 0, now_ns);
		log_info("SIGUSR1: off, everything passes");
		return 0;
	case SIGUSR2:
		control_reopen(s->control);
		return 0;
	default:
		return sig > 0 ? sig : 0;
	}
}

void
session_drain(struct session *s)
{
	struct timespec none = { .tv_sec = 0 };

	if (s->admin != NULL)
		admin_drain(s->admin);
	proxy_drain(s->proxy);
	while (!proxy_wait(s->proxy, 50 * NS_PER_MS))
		if (sigtimedwait(&s->signals, NULL, &none) > 0)
			proxy_stop(s->proxy);
	admin_free(s->admin); /* it asks the control */
	s->admin = NULL;
	control_end(s->control);
	progress_end(&s->progress);
}

static bool
session_writes_stdout(const char *file)
{
	return file != NULL && strcmp(file, "-") == 0;
}

/* The verdict, from what was recorded until the end. */
int
session_verdict(struct session *s)
{
	struct play *play;
	struct verdict *v = control_verdict(s->control, true, &play);
	bool taken = session_writes_stdout(s->o->journal) ||
		     session_writes_stdout(s->o->access_log);
	int status = EXIT_PASS;

	if (v != NULL)
		status = show_verdict(taken ? stderr : stdout, v,
		    play_scenario(play), s->o->report);
	verdict_free(v);
	if (play != NULL)
		repeat_tell(s->o, play);
	play_unref(play);
	return status;
}

void
session_close(struct session *s)
{
	replay_free(s->replay);
	admin_free(s->admin);
	if (s->control != NULL && s->proxy != NULL &&
	    !proxy_wait(s->proxy, 0)) {
		proxy_stop(s->proxy);
		while (!proxy_wait(s->proxy, 50 * NS_PER_MS))
			continue;
	}
	control_free(s->control);
	proxy_free(s->proxy);
	access_log_close(s->access_log);
	origin_stop(s->origin);
}

/* Until the scenario is over, time is up, or somebody wants us to stop. */
static void
session_play(struct session *s)
{
	struct control_view v;
	bool over = false;
	uint64_t now_ns;

	while (!over && session_wait(s) == 0) {
		now_ns = clock_mono_ns();
		v = control_view(s->control, now_ns);
		over = play_position(v.play, now_ns).over ||
		       (s->o->for_ns > 0 && now_ns - s->t0_ns >= s->o->for_ns);
		control_view_clear(&v);
	}
}

int
session_run(struct options *o, const char *file)
{
	struct session s = { .serves = false };
	struct scenario *scenario;
	int status;

	session_begin(&s, o);
	scenario = session_load(file != NULL ? file : o->scenario);
	if (scenario == NULL)
		return EXIT_USAGE;
	status = repeat_load(o, scenario, &s.replay);
	if (status == EXIT_PASS)
		status = session_open(&s, scenario);
	if (status == EXIT_PASS)
		status = session_start(&s, scenario);
	else
		scenario_free(scenario);
	if (status == EXIT_PASS) {
		session_play(&s);
		session_drain(&s);
		status = session_verdict(&s);
	}
	session_close(&s);
	return status;
}
