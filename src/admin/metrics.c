#include "admin/metrics.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/xalloc.h"

const uint64_t metrics_bounds[METRICS_BOUNDS] = { 1000000, 2500000, 5000000,
	10000000, 25000000, 50000000, 100000000, 250000000, 500000000,
	1000000000, 2500000000, 5000000000, 10000000000, 30000000000,
	60000000000 };

enum { METRICS_FAULTS_SIZE = 4096 }; /* never more than half full */

static void
metrics_observe(struct metrics_hist *h, uint64_t ns)
{
	unsigned i = 0;

	while (i < METRICS_BOUNDS && ns > metrics_bounds[i])
		i++;
	h->n[i]++;
	h->sum_ns += ns;
}

void
metrics_add(struct metrics *m, const struct record *r, const struct pairing *p)
{
	uint64_t seen = r->t_end - r->t_first;
	uint64_t delay = r->delay_ns < seen ? r->delay_ns : seen;

	m->records++;
	metrics_observe(&m->seen, seen);
	metrics_observe(&m->own, seen - delay);
	m->delay_ns += delay;
	m->bytes_in += r->bytes_in;
	m->bytes_out += r->bytes_out;
	m->operations += p->attempt == 1;
	m->retries += p->attempt > 1;
	m->early += p->early;
}

static uint64_t
metrics_key(const struct record *r)
{
	return (uint64_t)r->rule << 32 | (uint64_t)r->fault << 16 | r->status;
}

void
metrics_faults_add(struct metrics_faults *f, const struct record *r)
{
	uint64_t at = hash_mix(metrics_key(r));
	struct metrics_fault *e;

	if (f->v == NULL) {
		f->size = METRICS_FAULTS_SIZE;
		f->v = xcalloc(f->size, sizeof(*f->v));
	}
	for (;; at++) {
		e = &f->v[at % f->size];
		if (e->n == 0 && f->n == METRICS_FAULTS_MAX) {
			f->others++;
			return;
		}
		if (e->n == 0)
			break;
		if (e->rule == r->rule && e->fault == r->fault &&
		    e->status == r->status) {
			e->n++;
			return;
		}
	}
	*e = (struct metrics_fault){ r->rule, r->status, r->fault, 1 };
	f->n++;
}

void
metrics_faults_clear(struct metrics_faults *f)
{
	free(f->v);
	*f = (struct metrics_faults){ 0 };
}

static int
metrics_order(const void *a, const void *b)
{
	const struct metrics_fault *x = a, *y = b;

	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	if (x->fault != y->fault)
		return x->fault < y->fault ? -1 : 1;
	return (x->status > y->status) - (x->status < y->status);
}

struct metrics_fault *
metrics_faults_list(const struct metrics_faults *f, unsigned *np)
{
	struct metrics_fault *list = xcalloc(f->n + 1u, sizeof(*list));
	unsigned n = 0;

	for (unsigned i = 0; i < f->size; i++)
		if (f->v[i].n > 0)
			list[n++] = f->v[i];
	if (f->others > 0)
		list[n++] = (struct metrics_fault){ RECORD_NO_RULE, 0,
			RECORD_NO_FAULT, f->others };
	qsort(list, n, sizeof(*list), metrics_order);
	*np = n;
	return list;
}
