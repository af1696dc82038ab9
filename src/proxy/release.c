/* The kill switch for those whom a fault already makes wait: they wait no more
 * and pass. */
#include "proxy/faults.h"
#include "proxy/internal.h"

/* What was done to a head stays, and so does what its body needs for it. */
static void
release_fault(struct exchange *x, struct faults_one *a)
{
	if (a->acted)
		a->released = a->held && a->fault.type->bodies != 0;
	else if (!a->out)
		faults_missed(
		    x, a, MISSED_BYPASSED, "faults were switched off");
}

static void
release_timer(struct exchange *x, struct timer *timer)
{
	timer_set(
	    &x->pw->w.timers, timer, clock_mono_ns(), timer->cb, timer->arg);
}

/* Takes out what has not happened yet and lets the wait end now, in the loop
 * and by its own callback. */
static void
release_exchange(struct exchange *x)
{
	struct faults *fs = x->faults;

	if (fs == NULL || !faults_waiting(x))
		return;
	if (fs->stage == FAULTS_REPLY && !x->request_sent)
		faults_reply_undo(x);
	for (unsigned i = 0; i < fs->n; i++)
		release_fault(x, &fs->v[i]);
	if (fs->waiting)
		release_timer(x, &fs->timer);
	for (unsigned side = 0; side < 2; side++)
		if (fs->body[side].waiting)
			release_timer(x, &fs->body[side].timer);
}

void
release_clients(struct pworker *pw)
{
	if (!play_is_off(pw->play))
		return;
	for (struct client *c = pw->clients; c != NULL; c = c->next)
		if (c->x != NULL && c->x->state != X_READING)
			release_exchange(c->x);
}
