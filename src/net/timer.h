/*
 * All waiting of one worker, on one timerfd. Two kinds, because their costs
 * differ: a `timer` is precise (an injected delay may be late by microseconds,
 * never early) and lives in a heap; a `timeout` is one of many with the same
 * duration, nearly always cancelled, and lives in a list that needs no order.
 * The timerfd costs a system call only when the earliest instant moves up.
 */
#ifndef NET_TIMER_H
#define NET_TIMER_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timers;

struct timer {
	uint64_t at_ns;
	size_t slot; /* its place in the heap + 1; 0: not armed */
	void (*cb)(void *arg);
	void *arg;
};

/* A duration shared by many waits: "client head", "upstream idle". */
struct timeout_class {
	uint64_t after_ns;
	struct timeout *first, *last;
	struct timeout_class *next;
};

struct timeout {
	uint64_t at_ns;
	struct timeout *next, *prev;
	struct timeout_class *class; /* NULL: not armed */
	void (*cb)(void *arg);
	void *arg;
};

struct timers {
	struct event ev;
	int fd;
	uint64_t armed_ns; /* what the timerfd is set to; UINT64_MAX: not set */
	struct timer **heap;
	size_t n, cap;
	struct timeout_class *classes;
	uint64_t now_ns;      /* when the loop last turned to a callback */
	uint64_t late_max_ns; /* the worst lateness of a precise timer */
};

/* Aborts when the system has no timerfd to give: a worker is nothing
 * without. */
void timers_init(struct timers *t, struct event_base *base);
void timers_clear(struct timers *t);

/* Arms (or moves) a precise timer: cb(arg) runs at at_ns or as soon after as
 * the loop can. */
void timer_set(struct timers *t, struct timer *timer, uint64_t at_ns,
    void (*cb)(void *arg), void *arg);
void timer_cancel(struct timers *t, struct timer *timer);

/* A class belongs to one worker and outlives its timeouts. */
void timeout_class_init(
    struct timers *t, struct timeout_class *class, uint64_t after_ns);
/* Arms (or restarts) a timeout: cb(arg) runs after the class's duration from
 * now_ns, up to 10 ms late. */
void timeout_set(struct timers *t, struct timeout *timeout,
    struct timeout_class *class, uint64_t now_ns, void (*cb)(void *arg),
    void *arg);
void timeout_cancel(struct timeout *timeout);

#endif
