/* What `run` and `serve` have in common: a proxy with what it plays, from
 * options to the end. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include <signal.h>
#include <stdbool.h>

#include "admin/control.h"
#include "admin/server.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "origin/origin.h"

struct session {
	struct options *o;
	bool serves; /* stays up whatever the scenario does */
	struct proxy *proxy;
	struct origin *origin;
	struct access_log *access_log;
	struct control *control;
	struct admin *admin;   /* NULL: off */
	struct replay *replay; /* until its play has it */
	struct progress progress;
	uint64_t t0_ns;
	sigset_t signals;
};

/*
 * The steps of a session, in order; each returns EXIT_PASS or, after a message,
 * the status to exit with. session_close undoes them, whichever were taken.
 *
 * session_begin: signals are blocked, from now on they wait for session_wait.
 * session_load: the scenario of file, NULL: none; NULL after messages.
 * session_open: the origin, the proxy with its addresses.
 * session_start: journal, judge, admin API, traffic; takes the scenario over.
 */
void session_begin(struct session *s, struct options *o);
struct scenario *session_load(const char *file);
int session_open(struct session *s, const struct scenario *scenario);
int session_start(struct session *s, struct scenario *scenario);
/* Waits for a signal, at most a tenth of a second, and returns it, or 0; does
 * what is due by time. */
int session_wait(struct session *s);
/* Lets requests in flight end, then stops; a second signal ends them. */
void session_drain(struct session *s);
/* After session_drain: the verdict in the report's files and on stdout, or on
 * stderr when journal or access log are on stdout. */
int session_verdict(struct session *s);
void session_close(struct session *s);

/* Plays the scenario in file (NULL: none, a plain proxy) until it is over, its
 * time is up or a signal comes; returns an exit status. */
int session_run(struct options *o, const char *file);

#endif
