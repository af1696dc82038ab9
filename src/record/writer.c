#include "record/writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "record/outlet.h"

enum {
	/* Between two looks at the rings: each costs a wake-up, and the caches
	 * of the core that it happens on. */
	WRITER_TICK_MS = 10,
	/* Records wait so long for one that ended before but comes later, from
	 * a worker that was held up. */
	WRITER_HOLD_MS = 2,
	WRITER_PLAYS = 4
};

struct writer {
	struct writer_conf conf;
	pthread_t thread;
	pthread_mutex_t lock; /* stop, reopen, next and what goes with it */
	pthread_cond_t wake, played;
	bool stop, reopen;
	struct journal_header *next; /* the scenario to come, or NULL */
	struct journal_names next_names;
	uint64_t next_window_ns;

	/* the thread's own */
	struct journal_names names[WRITER_PLAYS]; /* by play % WRITER_PLAYS */
	const struct record **heads;              /* the oldest of each ring */
	struct pairing_table *pairing;
	struct outlet out;
	uint64_t ring_lost;           /* as far as put down in the journal */
	struct journal_header header; /* of what is played */

	_Atomic uint64_t records, unpaired;
	uint16_t play; /* the last one; of writer_play */
};

static uint64_t
writer_ms(uint64_t ms)
{
	return ms * NS_PER_MS;
}

static const char **
writer_copy_list(const char *const *from, unsigned n)
{
	const char **to = xcalloc(n, sizeof(*to));

	for (unsigned i = 0; i < n; i++)
		to[i] = xstrdup(from[i]);
	return to;
}

static void
writer_free_list(const char *const *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		free((char *)(uintptr_t)list[i]);
	free((void *)(uintptr_t)list);
}

/* A copy of its own: records come when their scenario may be gone. */
static struct journal_names
writer_copy_names(const struct journal_names *from, uint16_t play)
{
	return (struct journal_names){
		.phases = writer_copy_list(from->phases, from->n_phases),
		.rules = writer_copy_list(from->rules, from->n_rules),
		.faults = writer_copy_list(from->faults, from->n_faults),
		.n_phases = from->n_phases,
		.n_rules = from->n_rules,
		.n_faults = from->n_faults,
		.play = play,
	};
}

static void
writer_free_names(struct journal_names *names)
{
	writer_free_list(names->phases, names->n_phases);
	writer_free_list(names->rules, names->n_rules);
	writer_free_list(names->faults, names->n_faults);
	*names = (struct journal_names){ 0 };
}

static const struct journal_names *
writer_names_of(const struct writer *w, const struct record *r)
{
	static const struct journal_names unknown;
	const struct journal_names *names = &w->names[r->play % WRITER_PLAYS];

	return names->play == r->play ? names : &unknown;
}

static uint64_t
writer_rings_lost(const struct writer *w)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < w->conf.n_rings; i++)
		n += ring_lost(w->conf.rings[i]);
	return n;
}

static void
writer_take(struct writer *w, const struct record *r)
{
	struct pairing p = pairing_add(w->pairing, r);

	if (w->conf.sink != NULL)
		w->conf.sink(w->conf.sink_arg, r, &p);
	if (outlet_has_room(&w->out)) {
		journal_write(&w->out.text, r, &p, writer_names_of(w, r));
		outlet_added(&w->out);
	}
	/* last: who sees it counted also sees whether it was lost */
	atomic_fetch_add_explicit(&w->records, 1, memory_order_release);
}

/* Takes all records that ended until then, from all rings, the oldest first. */
static void
writer_drain(struct writer *w, uint64_t until)
{
	uint64_t lost = writer_rings_lost(w);

	outlet_note_loss(&w->out, lost - w->ring_lost);
	w->ring_lost = lost;
	for (unsigned i = 0; i < w->conf.n_rings; i++)
		w->heads[i] = ring_get(w->conf.rings[i]);
	for (;;) {
		unsigned oldest = w->conf.n_rings;

		for (unsigned i = 0; i < w->conf.n_rings; i++)
			if (w->heads[i] != NULL &&
			    w->heads[i]->t_end <= until &&
			    (oldest == w->conf.n_rings ||
				w->heads[i]->t_end < w->heads[oldest]->t_end))
				oldest = i;
		if (oldest == w->conf.n_rings)
			break;
		writer_take(w, w->heads[oldest]);
		ring_release(w->conf.rings[oldest]);
		w->heads[oldest] = ring_get(w->conf.rings[oldest]);
	}
	atomic_store_explicit(
	    &w->unpaired, pairing_overflow(w->pairing), memory_order_relaxed);
}

static void
writer_keep_header(struct writer *w, const struct journal_header *header)
{
	char *old = (char *)(uintptr_t)w->header.scenario;

	w->header = *header;
	w->header.scenario = xstrdup(header->scenario);
	free(old);
}

/* The file was moved away: a new one begins with what is played. */
static void
writer_begin_file(struct writer *w)
{
	w->reopen = false;
	if (outlet_reopen(&w->out) != 0)
		log_error("journal %s: %s; the old one goes on", w->out.path,
		    strerror(errno));
	else if (outlet_has_room(&w->out))
		journal_write_header(&w->out.text, &w->header);
}

/* The scenario to come: its header stands before all of its records. */
static void
writer_begin_play(struct writer *w)
{
	struct journal_names *names = &w->names[w->next->play % WRITER_PLAYS];

	writer_free_names(names);
	*names = w->next_names;
	pairing_set_window(w->pairing, w->next_window_ns);
	writer_keep_header(w, w->next);
	if (outlet_has_room(&w->out))
		journal_write_header(&w->out.text, w->next);
	w->next = NULL;
	pthread_cond_broadcast(&w->played);
}

/* Sleeps for a tick or until there is something to do. True: to stop. */
static bool
writer_sleep(struct writer *w, uint64_t ms)
{
	uint64_t until = clock_mono_ns() + writer_ms(ms);
	struct timespec ts = { (time_t)(until / NS_PER_S),
		(long)(until % NS_PER_S) };
	bool stop;

	pthread_mutex_lock(&w->lock);
	while (!w->stop && !w->reopen && w->next == NULL &&
	       pthread_cond_timedwait(&w->wake, &w->lock, &ts) == 0)
		continue;
	stop = w->stop;
	pthread_mutex_unlock(&w->lock);
	return stop;
}

static uint64_t
writer_now(const struct writer *w)
{
	return clock_mono_ns() - w->conf.start_ns;
}

static void *
writer_run(void *arg)
{
	struct writer *w = arg;

	while (!writer_sleep(w, WRITER_TICK_MS)) {
		uint64_t now = writer_now(w), hold = writer_ms(WRITER_HOLD_MS);

		writer_drain(w, now > hold ? now - hold : 0);
		pthread_mutex_lock(&w->lock);
		if (w->next != NULL) {
			writer_drain(w, now);
			writer_begin_play(w);
		}
		if (w->reopen)
			writer_begin_file(w);
		pthread_mutex_unlock(&w->lock);
		outlet_tick(&w->out);
	}
	writer_drain(w, UINT64_MAX);
	outlet_finish(&w->out);
	return NULL;
}

/* The thread takes no signals: they are the main thread's, and a closed pipe is
 * an error code. */
static void
writer_spawn(struct writer *w)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&w->thread, NULL, writer_run, w) != 0)
		abort();
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void
writer_free(struct writer *w)
{
	for (unsigned i = 0; i < WRITER_PLAYS; i++)
		writer_free_names(&w->names[i]);
	pairing_free(w->pairing);
	pthread_cond_destroy(&w->wake);
	pthread_cond_destroy(&w->played);
	pthread_mutex_destroy(&w->lock);
	free((char *)(uintptr_t)w->header.scenario);
	free(w->heads);
	free(w);
}

struct writer *
writer_start(const struct writer_conf *conf)
{
	struct writer *w = xcalloc(1, sizeof(*w));
	pthread_condattr_t attr;

	w->conf = *conf;
	w->heads = xcalloc(conf->n_rings, sizeof(struct record *));
	w->pairing = pairing_new(&conf->pairing);
	w->names[0] = writer_copy_names(&conf->names, 0);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	pthread_cond_init(&w->played, NULL);
	if (outlet_open(&w->out, conf->path) != 0) {
		int error = errno;

		writer_free(w);
		errno = error;
		return NULL;
	}
	if (outlet_has_room(&w->out)) {
		journal_write_header(&w->out.text, &conf->header);
		w->out.end_at = w->out.text.n - JOURNAL_END_WIDTH - 2;
	}
	writer_keep_header(w, &conf->header);
	writer_spawn(w);
	return w;
}

void
writer_reopen(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->reopen = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

uint16_t
writer_play(struct writer *w, const struct journal_header *header,
    const struct journal_names *names, uint64_t window_ns)
{
	struct journal_header next = *header;

	pthread_mutex_lock(&w->lock);
	while (w->next != NULL)
		pthread_cond_wait(&w->played, &w->lock);
	next.play = ++w->play;
	w->next_names = writer_copy_names(names, next.play);
	w->next_window_ns = window_ns;
	w->next = &next;
	pthread_cond_signal(&w->wake);
	while (w->next == &next)
		pthread_cond_wait(&w->played, &w->lock);
	pthread_mutex_unlock(&w->lock);
	return next.play;
}

struct writer_stats
writer_stats(const struct writer *w)
{
	/* first: the losses of what it counts are then seen too */
	uint64_t records =
	    atomic_load_explicit(&w->records, memory_order_acquire);

	return (struct writer_stats){
		.records = records,
		.lost_ring = writer_rings_lost(w),
		.lost_journal = outlet_losses(&w->out),
		.unpaired =
		    atomic_load_explicit(&w->unpaired, memory_order_relaxed),
	};
}

uint64_t
writer_losses(const struct writer *w)
{
	struct writer_stats s = writer_stats(w);

	return s.lost_ring + s.lost_journal;
}

uint64_t
writer_stop(struct writer *w)
{
	return writer_stop_at(w, clock_mono_ns(), 0);
}

uint64_t
writer_stop_at(struct writer *w, uint64_t end_ns, uint64_t noise_ns)
{
	uint64_t losses;

	pthread_mutex_lock(&w->lock);
	w->out.end_ns = end_ns - w->conf.start_ns;
	w->out.noise_ns = noise_ns;
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	losses = writer_losses(w);
	writer_free(w);
	return losses;
}
