#include "admin/recent.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

struct recent_slot {
	struct record record; /* its strings are in text */
	struct pairing pairing;
	char *text;
	size_t cap;
};

void
recent_init(struct recent *r, unsigned size)
{
	*r = (struct recent){ .size = size };
	if (size > 0)
		r->v = xcalloc(size, sizeof(*r->v));
}

void
recent_clear(struct recent *r)
{
	for (unsigned i = 0; i < r->size; i++)
		free(r->v[i].text);
	free(r->v);
	*r = (struct recent){ 0 };
}

static void
recent_keep(struct recent_slot *slot, size_t *atp, struct span *s)
{
	if (s->n > 0)
		memcpy(slot->text + *atp, s->p, s->n);
	s->p = slot->text + *atp;
	*atp += s->n;
}

void
recent_add(
    struct recent *r, const struct record *record, const struct pairing *p)
{
	struct recent_slot *slot;
	size_t n = record->method.n + record->path.n + record->host.n +
		   record->op_text.n + record->plan.n,
	       at = 0;

	if (r->size == 0)
		return;
	slot = &r->v[r->n++ % r->size];
	if (slot->cap < n) {
		free(slot->text);
		slot->cap = n + 64;
		slot->text = xmalloc(slot->cap);
	}
	slot->record = *record;
	slot->pairing = *p;
	recent_keep(slot, &at, &slot->record.method);
	recent_keep(slot, &at, &slot->record.path);
	recent_keep(slot, &at, &slot->record.host);
	recent_keep(slot, &at, &slot->record.op_text);
	recent_keep(slot, &at, &slot->record.plan);
}

unsigned
recent_write(const struct recent *r, unsigned n,
    const struct journal_names *names, struct buf *to)
{
	uint64_t first;
	struct journal_names unnamed = { .faults = names->faults,
		.n_faults = names->n_faults };

	if (n > r->size)
		n = r->size;
	if (n > r->n)
		n = (unsigned)r->n;
	first = r->n - n;
	buf_putc(to, '[');
	for (unsigned i = 0; i < n; i++) {
		const struct recent_slot *slot = &r->v[(first + i) % r->size];

		if (i > 0)
			buf_putc(to, ',');
		journal_write(to, &slot->record, &slot->pairing,
		    slot->record.play == names->play ? names : &unnamed);
		if (to->n > 0 && to->data[to->n - 1] == '\n')
			to->n--;
	}
	buf_putc(to, ']');
	return n;
}
