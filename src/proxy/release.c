/* The kill switch for those whom a fault already makes wait: they wait no more
 * and pass. */
#include "proxy/faults.h"
#include "proxy/internal.h"

/* Takes out what has not happened yet and lets the wait end now, in the loop
 * and by its own callback. */
static void
release_exchange(struct exchange *x)
{
	struct faults *fs = x->faults;

	if (fs == NULL || !fs->waiting)
		return;
	for (unsigned i = 0; i < fs->n; i++)
		if (!fs->v[i].out)
			faults_missed(x, &fs->v[i], MISSED_BYPASSED,
			    "faults were switched off");
	timer_set(&x->pw->w.timers, &fs->timer, clock_mono_ns(), fs->timer.cb,
	    fs->timer.arg);
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
