/* A server with so many seats: what finds none waits in a queue, what finds the
 * queue full is refused. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "fault/fault.h"
#include "fault/retry.h"

/* How often a waiting exchange looks whether it has been given a seat. */
enum { OVERLOAD_POLL_NS = NS_PER_MS };

struct overload_conf {
	int64_t concurrency, queue, status;
	struct retry_conf retry_after;
	uint32_t given;
};

enum overload_place {
	OVERLOAD_OUTSIDE,
	OVERLOAD_QUEUED,
	OVERLOAD_SEATED,
	OVERLOAD_REFUSED
};

/* The state of an exchange, linked into the queue while it waits; on_end takes
 * it out before it dies. */
struct overload_state {
	_Atomic int place; /* enum overload_place */
	struct overload_state *before, *behind;
};

struct overload_shared {
	const struct overload_conf *conf;
	struct retry *retry;
	pthread_mutex_t lock;
	int64_t seated, queued;
	struct overload_state *front, *back;
};

static void *
overload_shared_new(const void *conf)
{
	const struct overload_conf *c = conf;
	struct overload_shared *s = xcalloc(1, sizeof(*s));

	s->conf = c;
	s->retry = retry_new(&c->retry_after);
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void
overload_shared_free(void *shared)
{
	struct overload_shared *s = shared;

	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->lock);
	retry_free(s->retry);
	free(s);
}

static void
overload_unlink(struct overload_shared *s, struct overload_state *st)
{
	if (st->before != NULL)
		st->before->behind = st->behind;
	else
		s->front = st->behind;
	if (st->behind != NULL)
		st->behind->before = st->before;
	else
		s->back = st->before;
	s->queued--;
}

/* A newcomer sits down, joins the queue, or is turned away. */
static enum overload_place
overload_enter(struct overload_shared *s, struct overload_state *st)
{
	enum overload_place place = OVERLOAD_REFUSED;

	pthread_mutex_lock(&s->lock);
	if (s->seated < s->conf->concurrency) {
		s->seated++;
		place = OVERLOAD_SEATED;
	} else if (s->queued < s->conf->queue) {
		place = OVERLOAD_QUEUED;
		st->before = s->back;
		st->behind = NULL;
		if (s->back != NULL)
			s->back->behind = st;
		else
			s->front = st;
		s->back = st;
		s->queued++;
	}
	atomic_store(&st->place, place);
	pthread_mutex_unlock(&s->lock);
	return place;
}

/* A seat that is left goes straight to the one who waits longest: nobody who
 * comes later, or polls sooner, can take it. */
static void
overload_leave(struct overload_shared *s, struct overload_state *st)
{
	pthread_mutex_lock(&s->lock);
	switch (atomic_load(&st->place)) {
	case OVERLOAD_QUEUED:
		overload_unlink(s, st);
		break;
	case OVERLOAD_SEATED:
		if (s->front != NULL) {
			struct overload_state *next = s->front;

			overload_unlink(s, next);
			atomic_store(&next->place, OVERLOAD_SEATED);
		} else {
			s->seated--;
		}
		break;
	default:
		break;
	}
	atomic_store(&st->place, OVERLOAD_OUTSIDE);
	pthread_mutex_unlock(&s->lock);
}

static struct step
overload_refuse(struct fault *f, struct overload_shared *s)
{
	struct span lines[2];
	struct lines text = { 0 };
	struct reply_spec spec = { .status = (unsigned)s->conf->status,
		.lines = lines };
	struct step step;

	retry_add(s->retry, f, RETRY_AFTER_NONE, &text, lines, &spec.n_lines);
	step = fault_reply(f, &spec);
	retry_told(s->retry, f);
	lines_clear(&text);
	return step;
}

static struct step
overload_on_request(struct fault *f)
{
	struct overload_shared *s = f->shared;
	struct overload_state *st = f->state;
	int place = atomic_load(&st->place);

	if (place == OVERLOAD_OUTSIDE && retry_early(s->retry, f->facts) > 0) {
		place = OVERLOAD_REFUSED;
		atomic_store(&st->place, place);
	} else if (place == OVERLOAD_OUTSIDE) {
		place = (int)overload_enter(s, st);
	}
	if (place == OVERLOAD_QUEUED)
		return step_wait(f->facts->now_ns + OVERLOAD_POLL_NS);
	if (place == OVERLOAD_SEATED)
		return step_pass();
	return overload_refuse(f, s);
}

static void
overload_on_end(struct fault *f)
{
	struct overload_state *st = f->state;

	if (atomic_load(&st->place) != OVERLOAD_OUTSIDE)
		overload_leave(f->shared, st);
}

static bool
overload_early(void *shared, const struct facts *facts)
{
	struct overload_shared *s = shared;

	return retry_early(s->retry, facts) > 0;
}

static bool
overload_by_client(const void *conf)
{
	const struct overload_conf *c = conf;

	return c->retry_after.enforce;
}

static const char *
overload_check(const void *conf)
{
	const struct overload_conf *c = conf;

	if (c->status < 200 || c->status == 444 || c->status == 499)
		return "a refusal is a final response: 444, 499 and 1xx are "
		       "not";
	return retry_check(&c->retry_after);
}

static const struct param overload_rows[] = {
	{ .name = "concurrency",
	    .type = PARAM_INT,
	    .offset = offsetof(struct overload_conf, concurrency),
	    .min = 1,
	    .max = 1000000,
	    .help = "exchanges that run at the same time",
	    .flags = PARAM_REQUIRED | PARAM_SCALAR },
	{ .name = "queue",
	    .type = PARAM_INT,
	    .offset = offsetof(struct overload_conf, queue),
	    .max = 1000000,
	    .fallback = "0",
	    .help = "how many more wait for their turn, first come first "
		    "served" },
	{ .name = "status",
	    .type = PARAM_CODE,
	    .offset = offsetof(struct overload_conf, status),
	    .fallback = "503",
	    .help = "what those get who find the queue full" },
	{ .name = "retry_after",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct overload_conf, retry_after),
	    .help = "how long they are told to wait",
	    .sub = &retry_set,
	    .flags = PARAM_BESIDE },
};

const struct fault_type fault_overload = {
	.name = "overload",
	.summary = "only so many requests at a time; the rest queues, then is "
		   "refused",
	.class = FAULT_ENDS,
	.params = { PARAM_ROWS(overload_rows),
	    .size = sizeof(struct overload_conf),
	    .given = offsetof(struct overload_conf, given),
	    .check = overload_check },
	.state_size = sizeof(struct overload_state),
	.shared_new = overload_shared_new,
	.shared_free = overload_shared_free,
	.may_pass = true,
	.admits = true,
	.on_request = overload_on_request,
	.on_end = overload_on_end,
	.early = overload_early,
	.by_client = overload_by_client,
};
