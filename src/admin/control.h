/*
 * The run: what is being played, who watches, and how that changes while
 * traffic goes on. Shared by `run`, `serve` and the admin API; any thread may
 * call, one change happens at a time. Times are CLOCK_MONOTONIC ns.
 */
#ifndef ADMIN_CONTROL_H
#define ADMIN_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "admin/metrics.h"
#include "base/buf.h"
#include "decide/decide.h"
#include "judge/judge.h"
#include "proxy/proxy.h"
#include "record/writer.h"

struct access_log;
struct control;

struct control_conf {
	struct proxy *proxy; /* not started yet; outlives the control */
	uint64_t t0_ns;      /* when the run's clock was 0 */
	uint64_t seed;       /* with has_seed: beats every scenario's */
	bool has_seed, shadow;
	double time_scale;
	const char *journal;           /* NULL: none */
	struct access_log *access_log; /* NULL: none; borrowed */
	bool always;        /* record and judge also what has no scenario */
	unsigned n_recent;  /* attempts kept for control_recent */
	uint64_t judge_max; /* attempts the judge keeps; 0: its own limit */
	/* Called with every record, in the writer's thread; may be NULL. */
	void (*observe)(
	    void *arg, const struct record *r, const struct pairing *p);
	void *observe_arg;
};

/*
 * Opens the journal and prepares the first play; the scenario is taken over.
 * NULL with errno when the journal cannot be opened (the scenario is freed).
 * control_free frees, after control_end.
 */
struct control *
control_new(const struct control_conf *conf, struct scenario *scenario);
/* Starts the proxy and, unless the scenario waits for a request, its clock. */
void control_start(struct control *c);
/*
 * Plays another scenario from now on (taken over); requests in flight end under
 * the old one. Its number: 1 is what control_new was given. Off stays off.
 */
unsigned control_play(struct control *c, struct scenario *scenario);
/* To be called some ten times in a second: what is due by time. */
void control_tick(struct control *c, uint64_t now_ns);
/* The proxy has ended: writes the rest of the journal. Returns the records that
 * were lost. */
uint64_t control_end(struct control *c);
void control_free(struct control *c);

/* The kill switch, for expires_ns (0: for good); then the opposite holds. */
void control_set_off(
    struct control *c, bool off, uint64_t expires_ns, uint64_t now_ns);
/* What can be done with the scenario's clock. */
enum control_verb {
	CONTROL_START,
	CONTROL_STOP,
	CONTROL_PAUSE,
	CONTROL_RESUME,
	CONTROL_NEXT
};
/* NULL, or why that is not possible now. What holds already is no error. */
const char *
control_do(struct control *c, enum control_verb verb, uint64_t now_ns);
/* Opens journal and access log anew: somebody has moved them away. */
void control_reopen(struct control *c);

/* What is played at the moment. */
struct control_view {
	struct play *play; /* a reference: control_view_clear */
	unsigned version;
	bool off;
	uint64_t off_left_ns; /* until that ends; UINT64_MAX: for good */
	bool stopped;         /* by CONTROL_STOP */
	bool empty;           /* there is no scenario: a plain proxy */
	bool recording;
	uint64_t began_ns;
};
struct control_view control_view(struct control *c, uint64_t now_ns);
void control_view_clear(struct control_view *v);

/* The verdict so far, or NULL without a judge; final: all has been recorded.
 * The caller frees it, before the play that *playp refers to (a reference). */
struct verdict *
control_verdict(struct control *c, bool final, struct play **playp);

/* Appends the last n attempts, oldest first, as a JSON array of journal lines'
 * objects. Returns how many. */
unsigned control_recent(struct control *c, unsigned n, struct buf *to);

/* A copy of what was counted. */
struct control_counts {
	struct metrics metrics;
	struct metrics_fault *faults; /* of this play; the caller frees */
	unsigned n_faults;
	unsigned version; /* plays so far */
	struct writer_stats writer;
	uint64_t log_lost; /* lines missing in the access log */
};
void control_counts(struct control *c, struct control_counts *to);

struct proxy *control_proxy(const struct control *c);
const struct control_conf *control_conf(const struct control *c);

#endif
