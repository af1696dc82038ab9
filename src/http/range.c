#include "http/range.h"

#include "http/head.h"

static const uint64_t range_huge = 1000000000000000000u;

/* Digits at the front of *s; false without one. */
static bool
range_number(struct span *s, uint64_t *v)
{
	size_t i = 0;

	for (*v = 0; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++)
		if (*v < range_huge)
			*v = *v * 10 + (uint64_t)(s->p[i] - '0');
	if (*v > range_huge)
		*v = range_huge;
	s->p += i;
	s->n -= i;
	return i > 0;
}

static bool
range_add(struct range *r, struct span item)
{
	uint64_t first = 0, last = UINT64_MAX;
	bool from = range_number(&item, &first), to;

	if (item.n == 0 || item.p[0] != '-')
		return false;
	item.p++;
	item.n--;
	to = range_number(&item, &last);
	if (!to)
		last = UINT64_MAX;
	if (item.n != 0 || (!from && !to) || (from && last < first))
		return false;
	if (!from) {
		r->suffix = last > r->suffix ? last : r->suffix;
		return true;
	}
	r->first = first < r->first ? first : r->first;
	r->last = last > r->last ? last : r->last;
	return true;
}

bool
range_read(struct span value, struct range *r)
{
	struct span item;
	unsigned n = 0;

	*r = (struct range){ .first = UINT64_MAX };
	if (value.n < 6 || strncasecmp(value.p, "bytes=", 6) != 0)
		return false;
	value.p += 6;
	value.n -= 6;
	for (; list_next(&value, &item); n++)
		if (!range_add(r, item))
			return false;
	return n > 0;
}

struct range_part
range_satisfy(const struct range *r)
{
	struct range_part p = { .total = RANGE_TOTAL };
	uint64_t last;

	if (r->first == UINT64_MAX) {
		p.n = r->suffix < p.total ? r->suffix : p.total;
		/* `-0` cannot be satisfied: the last byte is the least. */
		p.n = p.n > 0 ? p.n : 1;
		p.first = p.total - p.n;
		return p;
	}
	p.first = r->first;
	if (p.first >= p.total)
		p.total = p.first + RANGE_TOTAL;
	last = r->suffix == 0 && r->last < p.total ? r->last : p.total - 1;
	p.n = last - p.first + 1;
	return p;
}

uint64_t
range_refuse(const struct range *r)
{
	/* A suffix fits any resource but an empty one. */
	if (r->suffix > 0)
		return 0;
	return r->first < RANGE_TOTAL ? r->first : RANGE_TOTAL;
}
