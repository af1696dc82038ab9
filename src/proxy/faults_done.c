/* What became of armed faults: which happened, which were missed. */
#include "proxy/faults.h"

static const char faults_too_late[] =
    "the exchange ended before the fault's part of it";

/* Counts a fault that did not happen as a part of its rule. */
static void
faults_count_missed(
    struct exchange *x, struct faults_one *a, enum missed how, const char *why)
{
	a->out = true;
	a->why = why;
	decide_missed(x->play, a->armed, how);
}

static void
faults_note_missed(struct exchange *x, enum missed how, const char *why)
{
	x->record.flags |=
	    how == MISSED_SKIPPED ? RECORD_SKIPPED : RECORD_BYPASSED;
	if (x->record.cause == NULL)
		x->record.cause = why;
}

void
faults_missed(
    struct exchange *x, struct faults_one *a, enum missed how, const char *why)
{
	faults_count_missed(x, a, how, why);
	faults_note_missed(x, how, why);
}

bool
faults_waiting(const struct exchange *x)
{
	const struct faults *fs = x->faults;

	return fs != NULL && (fs->waiting || faults_holding(x, SIDE_REQUEST) ||
				 faults_holding(x, SIDE_RESPONSE));
}

/* Whether what the fault did not do was still to come: one that ends the
 * exchange and had its say let it pass. */
static bool
faults_was_late(const struct faults_one *a)
{
	return a->fault.type->class == FAULT_CHANGES ||
	       a->fault.type->bodies != 0 || !a->passed;
}

/* Whether the fault did its part. A duplicate does it when the request goes
 * out. */
static bool
faults_did(const struct exchange *x, const struct faults_one *a)
{
	return a->acted || (a->held && faults_was_late(a)) ||
	       (a->fault.type->twice && x->request_sent);
}

/* The faults of one rule, from *ip on: whether one of them happened. What stood
 * behind the end of the exchange was not to happen. */
static bool
faults_settle_rule(struct exchange *x, unsigned *ip, bool *endedp, bool *latep)
{
	struct faults *fs = x->faults;
	const struct armed *armed = fs->v[*ip].armed;
	bool did = false;

	for (; *ip < fs->n && fs->v[*ip].armed == armed; (*ip)++) {
		struct faults_one *a = &fs->v[*ip];

		if (a->out)
			continue;
		if (faults_did(x, a)) {
			did = true;
			*endedp |= a->fault.type->class == FAULT_ENDS;
		} else if (*endedp) {
			a->out = true;
		} else if (faults_was_late(a)) {
			faults_count_missed(
			    x, a, MISSED_BYPASSED, faults_too_late);
			*latep = true;
		}
	}
	return did;
}

void
faults_settle(struct exchange *x, enum end_why why)
{
	struct faults *fs = x->faults;
	bool ended = false, late = false;
	unsigned i = 0;

	if (fs == NULL || fs->settled)
		return;
	fs->settled = true;
	if (fs->waiting)
		x->record.delay_ns += clock_mono_ns() - fs->wait_since_ns;
	while (i < fs->n) {
		const struct armed *armed = fs->v[i].armed;

		if (!faults_settle_rule(x, &i, &ended, &late))
			decide_idle(x->play, armed);
	}
	/* A client that left did so for reasons of its own. */
	if (late && why != END_CLIENT_GONE && !faults_happened(x))
		faults_note_missed(x, MISSED_BYPASSED, faults_too_late);
}
