#include "net/timer.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"

/* Timeouts run late by up to this much, so that many end in one wake-up. */
enum { TIMEOUT_SLACK_NS = 10 * NS_PER_MS };

static void
timers_arm(struct timers *t, uint64_t at_ns)
{
	struct itimerspec spec = { .it_value = {
				       .tv_sec = (time_t)(at_ns / NS_PER_S),
				       .tv_nsec = (long)(at_ns % NS_PER_S),
				   } };

	if (at_ns >= t->armed_ns)
		return;
	t->armed_ns = at_ns;
	if (at_ns == 0)
		spec.it_value.tv_nsec = 1;
	timerfd_settime(t->fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static bool
timer_before(const struct timers *t, size_t a, size_t b)
{
	return t->heap[a]->at_ns < t->heap[b]->at_ns;
}

static void
timer_swap(struct timers *t, size_t a, size_t b)
{
	struct timer *x = t->heap[a];

	t->heap[a] = t->heap[b];
	t->heap[b] = x;
	t->heap[a]->slot = a + 1;
	t->heap[b]->slot = b + 1;
}

/* Moves the timer at i to where it belongs, up or down. */
static void
timer_sift(struct timers *t, size_t i)
{
	size_t child;

	while (i > 0 && timer_before(t, i, (i - 1) / 2)) {
		timer_swap(t, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
	while ((child = 2 * i + 1) < t->n) {
		if (child + 1 < t->n && timer_before(t, child + 1, child))
			child++;
		if (!timer_before(t, child, i))
			break;
		timer_swap(t, i, child);
		i = child;
	}
}

void
timer_set(struct timers *t, struct timer *timer, uint64_t at_ns,
    void (*cb)(void *arg), void *arg)
{
	timer->cb = cb;
	timer->arg = arg;
	timer->at_ns = at_ns;
	if (timer->slot == 0) {
		if (t->n == t->cap) {
			t->cap = t->cap != 0 ? 2 * t->cap : 64;
			t->heap = xreallocarray(
			    t->heap, t->cap, sizeof(struct timer *));
		}
		t->heap[t->n] = timer;
		timer->slot = ++t->n;
	}
	timer_sift(t, timer->slot - 1);
	timers_arm(t, t->heap[0]->at_ns);
}

void
timer_cancel(struct timers *t, struct timer *timer)
{
	size_t i = timer->slot;

	if (i-- == 0)
		return;
	assert(t->heap[i] == timer);
	timer->slot = 0;
	if (i != --t->n) {
		t->heap[i] = t->heap[t->n];
		t->heap[i]->slot = i + 1;
		timer_sift(t, i);
	}
}

void
timeout_class_init(
    struct timers *t, struct timeout_class *class, uint64_t after_ns)
{
	*class = (struct timeout_class){ .after_ns = after_ns };
	class->next = t->classes;
	t->classes = class;
}

void
timeout_set(struct timers *t, struct timeout *timeout,
    struct timeout_class *class, uint64_t now_ns, void (*cb)(void *arg),
    void *arg)
{
	timeout_cancel(timeout);
	timeout->at_ns = now_ns + class->after_ns;
	timeout->cb = cb;
	timeout->arg = arg;
	timeout->class = class;
	timeout->next = NULL;
	timeout->prev = class->last;
	if (class->last != NULL)
		class->last->next = timeout;
	else
		class->first = timeout;
	class->last = timeout;
	if (class->first == timeout)
		timers_arm(t, timeout->at_ns + TIMEOUT_SLACK_NS);
}

void
timeout_cancel(struct timeout *timeout)
{
	struct timeout_class *class = timeout->class;

	if (class == NULL)
		return;
	if (timeout->prev != NULL)
		timeout->prev->next = timeout->next;
	else
		class->first = timeout->next;
	if (timeout->next != NULL)
		timeout->next->prev = timeout->prev;
	else
		class->last = timeout->prev;
	timeout->class = NULL;
}

static void
timers_run_timeouts(struct timers *t, uint64_t now_ns)
{
	struct timeout_class *class;
	struct timeout *timeout;

	for (class = t->classes; class != NULL; class = class->next) {
		while ((timeout = class->first) != NULL &&
		       timeout->at_ns <= now_ns) {
			timeout_cancel(timeout);
			timeout->cb(timeout->arg);
		}
		if (class->first != NULL)
			timers_arm(t, class->first->at_ns + TIMEOUT_SLACK_NS);
	}
}

static void
timers_cb(evutil_socket_t fd, short what, void *arg)
{
	struct timers *t = arg;
	struct timer *timer;
	uint64_t expirations, now_ns;

	(void)what;
	if (read(fd, &expirations, sizeof(expirations)) == -1 &&
	    errno == EAGAIN)
		return;
	t->armed_ns = UINT64_MAX;
	now_ns = t->now_ns = clock_mono_ns();
	while (t->n > 0 && (timer = t->heap[0])->at_ns <= now_ns) {
		if (now_ns - timer->at_ns > t->late_max_ns)
			t->late_max_ns = now_ns - timer->at_ns;
		timer_cancel(t, timer);
		timer->cb(timer->arg);
	}
	timers_run_timeouts(t, now_ns);
	if (t->n > 0)
		timers_arm(t, t->heap[0]->at_ns);
}

void
timers_init(struct timers *t, struct event_base *base)
{
	*t = (struct timers){ .armed_ns = UINT64_MAX };
	t->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (t->fd == -1) {
		perror("brownout: timerfd_create");
		abort();
	}
	event_assign(&t->ev, base, t->fd, EV_READ | EV_PERSIST, timers_cb, t);
	event_add(&t->ev, NULL);
}

void
timers_clear(struct timers *t)
{
	event_del(&t->ev);
	close(t->fd);
	free(t->heap);
	t->heap = NULL;
}
