#include "decide/play.h"

static const uint64_t PLAY_NEVER = UINT64_MAX >> 1;

/* Each member is read with acquire: who sees a new one also sees that the
 * version has moved. */
struct clock
play_clock(const struct play *p)
{
	const struct shared_clock *c = &p->clock;
	struct clock to;
	unsigned before, after;

	do {
		before =
		    atomic_load_explicit(&c->version, memory_order_acquire);
		to.at = atomic_load_explicit(&c->at, memory_order_acquire);
		to.ref = atomic_load_explicit(&c->ref, memory_order_acquire);
		to.state = (enum clock_state)atomic_load_explicit(
		    &c->state, memory_order_acquire);
		after = atomic_load_explicit(&c->version, memory_order_relaxed);
	} while (before != after || before % 2 != 0);
	return to;
}

/* Under the lock. */
static void
play_set_clock(struct play *p, struct clock to)
{
	struct shared_clock *c = &p->clock;
	unsigned version =
	    atomic_load_explicit(&c->version, memory_order_relaxed);

	atomic_store_explicit(&c->version, version + 1, memory_order_relaxed);
	atomic_store_explicit(&c->at, to.at, memory_order_release);
	atomic_store_explicit(&c->ref, to.ref, memory_order_release);
	atomic_store_explicit(&c->state, (int)to.state, memory_order_release);
	atomic_store_explicit(&c->version, version + 2, memory_order_release);
}

bool
play_expired(const struct play *p, uint64_t elapsed_ns)
{
	return p->s->guard.expires_ns > 0 &&
	       elapsed_ns >= p->s->guard.expires_ns;
}

/* Whether a rule could fire, and in *changep when that may change. */
static bool
play_could_fire(const struct play *p, uint64_t now_ns, uint64_t *changep)
{
	struct clock c = play_clock(p);
	uint64_t elapsed, expires = p->s->guard.expires_ns, at;
	struct spot spot;

	*changep = PLAY_NEVER;
	if (atomic_load(&p->off) || guard_stopped(&p->guard))
		return false;
	if (c.state == CLOCK_IDLE)
		return p->s->start_on_request;
	elapsed = clock_elapsed(&c, &p->line, now_ns);
	spot = timeline_spot(&p->line, &c, now_ns);
	if (spot.phase < 0 || play_expired(p, elapsed))
		return false;
	if (spot.left_ns != UINT64_MAX)
		*changep = timeline_when(&p->line, &c, elapsed + spot.left_ns);
	at = expires > 0 ? timeline_when(&p->line, &c, expires) : PLAY_NEVER;
	if (at < *changep)
		*changep = at;
	return p->s->phases[spot.phase].n_rules > 0 || p->headers != NULL ||
	       p->replay != NULL;
}

static void
play_arm_locked(struct play *p, uint64_t now_ns)
{
	uint64_t change;
	bool armed = play_could_fire(p, now_ns, &change);

	if (change > PLAY_NEVER)
		change = PLAY_NEVER;
	atomic_store_explicit(
	    &p->armed, change << 1 | armed, memory_order_relaxed);
}

void
play_arm(struct play *p, uint64_t now_ns)
{
	pthread_mutex_lock(&p->lock);
	play_arm_locked(p, now_ns);
	pthread_mutex_unlock(&p->lock);
}

bool
play_armed(struct play *p, uint64_t now_ns)
{
	uint64_t armed = atomic_load_explicit(&p->armed, memory_order_relaxed);

	if (now_ns < armed >> 1)
		return armed & 1;
	play_arm(p, now_ns);
	return atomic_load_explicit(&p->armed, memory_order_relaxed) & 1;
}

void
play_start(struct play *p, uint64_t now_ns)
{
	struct clock c;

	pthread_mutex_lock(&p->lock);
	c = play_clock(p);
	if (c.state != CLOCK_IDLE &&
	    timeline_spot(&p->line, &c, now_ns).phase < 0)
		c.state = CLOCK_STOPPED;
	if (c.state == CLOCK_IDLE || c.state == CLOCK_STOPPED) {
		guard_reset(&p->guard);
		atomic_store(&p->start_ns, now_ns);
		play_set_clock(p, clock_start(&c, now_ns));
		play_arm_locked(p, now_ns);
	}
	pthread_mutex_unlock(&p->lock);
}

void
play_pause(struct play *p, uint64_t now_ns)
{
	struct clock c;

	pthread_mutex_lock(&p->lock);
	c = play_clock(p);
	play_set_clock(p, clock_pause(&c, &p->line, now_ns));
	play_arm_locked(p, now_ns);
	pthread_mutex_unlock(&p->lock);
}

void
play_resume(struct play *p, uint64_t now_ns)
{
	struct clock c;

	pthread_mutex_lock(&p->lock);
	c = play_clock(p);
	play_set_clock(p, clock_resume(&c, now_ns));
	play_arm_locked(p, now_ns);
	pthread_mutex_unlock(&p->lock);
}

void
play_next(struct play *p, uint64_t now_ns)
{
	struct clock c;

	pthread_mutex_lock(&p->lock);
	c = play_clock(p);
	play_set_clock(p, clock_next(&c, &p->line, now_ns));
	play_arm_locked(p, now_ns);
	pthread_mutex_unlock(&p->lock);
}

void
play_stop(struct play *p)
{
	pthread_mutex_lock(&p->lock);
	play_set_clock(p, (struct clock){ .state = CLOCK_STOPPED });
	play_arm_locked(p, 0);
	pthread_mutex_unlock(&p->lock);
}

void
play_set_off(struct play *p, bool off)
{
	pthread_mutex_lock(&p->lock);
	atomic_store(&p->off, off);
	/* The next play_armed asks anew, with the time it is given. */
	atomic_store_explicit(&p->armed, 0, memory_order_relaxed);
	pthread_mutex_unlock(&p->lock);
}

bool
play_is_off(const struct play *p)
{
	return atomic_load_explicit(&p->off, memory_order_relaxed);
}

struct play_position
play_position(const struct play *p, uint64_t now_ns)
{
	struct clock c = play_clock(p);
	struct spot spot = timeline_spot(&p->line, &c, now_ns);
	struct play_position to = { .phase = spot.phase,
		.round = spot.round,
		.into_ns = timeline_real(&p->line, spot.into_ns),
		.left_ns = timeline_real(&p->line, spot.left_ns),
		.started = c.state != CLOCK_IDLE,
		.over = c.state != CLOCK_IDLE && spot.phase < 0,
		.paused = c.state == CLOCK_PAUSED };

	if (to.paused || spot.phase < 0)
		to.left_ns = UINT64_MAX;
	return to;
}

uint16_t
play_phase(const struct play *p, uint64_t now_ns)
{
	struct clock c = play_clock(p);
	int phase = timeline_spot(&p->line, &c, now_ns).phase;

	return phase < 0 ? PLAN_NO_PHASE : (uint16_t)phase;
}
