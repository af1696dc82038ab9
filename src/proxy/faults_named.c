/* In whose name a response differs: what X-Brownout and the journal say. */
#include "proxy/faults.h"

bool
faults_happened(const struct exchange *x)
{
	const struct faults *fs = x->faults;

	for (unsigned i = 0; fs != NULL && i < fs->n; i++)
		if (fs->v[i].fault.type->class == FAULT_CHANGES &&
		    !fs->v[i].out)
			return true;
	return x->acted;
}

/* Whether a fault that ends an exchange did so, or will: one that looks at
 * bodies acts when the head is long out, any other has had its turn. */
static bool
faults_has_ended(const struct faults_one *a)
{
	return a->fault.type->class == FAULT_ENDS &&
	       (a->acted || a->fault.type->bodies != 0);
}

const struct faults_one *
faults_named(const struct exchange *x)
{
	const struct faults *fs = x->faults;
	const struct faults_one *named = NULL;

	for (unsigned i = 0; fs != NULL && i < fs->n; i++) {
		const struct faults_one *a = &fs->v[i];

		if (a->out)
			continue;
		if (faults_has_ended(a) ||
		    (named == NULL && a->fault.type->class == FAULT_CHANGES))
			named = a;
	}
	return named;
}

void
faults_forget_missed(struct exchange *x, const struct armed *named)
{
	const struct faults *fs = x->faults;
	struct record *r = &x->record;
	bool own = false;

	for (unsigned i = 0; i < fs->n; i++) {
		if (!fs->v[i].out)
			continue;
		if (fs->v[i].armed == named)
			own = true;
		else if (r->cause == fs->v[i].why)
			r->cause = NULL;
	}
	if (!own)
		r->flags &= (uint32_t) ~(RECORD_SKIPPED | RECORD_BYPASSED);
}

struct span
faults_mark(struct exchange *x, const struct faults_one *a)
{
	struct buf *b = &x->faults->mark;

	b->n = 0;
	if (a == NULL || !play_scenario(x->play)->mark)
		return (struct span){ NULL, 0 };
	buf_puts(b, "rule=");
	buf_puts(b, a->armed->rule->name);
	buf_puts(b, "; n=");
	buf_u64(b, a->armed->n);
	return buf_view(b);
}
