#include "http/accept.h"

/* A weight `0`, `0.5`, `1.000` in thousandths; a broken one counts as 1. */
static unsigned
accept_weight(struct span s)
{
	unsigned q, scale = 100;

	if (s.n == 0 || (s.p[0] != '0' && s.p[0] != '1') ||
	    (s.n > 1 && s.p[1] != '.') || s.n > 5)
		return 1000;
	q = s.p[0] == '1' ? 1000 : 0;
	for (size_t i = 2; i < s.n; i++, scale /= 10) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return 1000;
		q += scale * (unsigned)(s.p[i] - '0');
	}
	return q < 1000 ? q : 1000;
}

/* Splits `type/sub;level=1;q=0.5` into the range and its weight. */
static struct span
accept_range(struct span item, unsigned *q)
{
	const char *semicolon = memchr(item.p, ';', item.n);
	struct span range = item, value;

	*q = 1000;
	if (semicolon == NULL)
		return item;
	range.n = (size_t)(semicolon - item.p);
	item.p += range.n + 1;
	item.n -= range.n + 1;
	if (pair_find(item, ';', SPAN("q"), &value) ||
	    pair_find(item, ';', SPAN("Q"), &value))
		*q = accept_weight(value);
	return span_trim(range);
}

/* How closely a range names an offer: 3 exactly, 2 its type, 1 anything, 0 not
 * at all. */
static unsigned
accept_closeness(struct span range, struct span offer)
{
	const char *slash = memchr(offer.p, '/', offer.n);
	size_t type = slash != NULL ? (size_t)(slash - offer.p) + 1 : offer.n;

	if (span_caseeq(range, offer))
		return 3;
	if (range.n == type + 1 && range.p[type] == '*' &&
	    strncasecmp(range.p, offer.p, type) == 0)
		return 2;
	return span_eq(range, SPAN("*/*")) ? 1 : 0;
}

/* The weight of the closest range that names the offer. */
static unsigned
accept_of(const struct head *h, struct span offer)
{
	unsigned best = 0, weight = 0, q;
	struct span list, item, range;

	for (unsigned i = 0; i < h->n_fields; i++) {
		if (h->fields[i].id != FIELD_ACCEPT)
			continue;
		list = h->fields[i].value;
		while (list_next(&list, &item)) {
			unsigned closeness;

			range = accept_range(item, &q);
			closeness = accept_closeness(range, offer);
			if (closeness > best) {
				best = closeness;
				weight = q;
			}
		}
	}
	return weight;
}

unsigned
accept_choose(const struct head *h, const struct span *offers, unsigned n)
{
	unsigned best = 0, weight = 0;

	if ((h->seen & (uint64_t)1 << FIELD_ACCEPT) == 0)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		unsigned q = accept_of(h, offers[i]);

		if (q > weight) {
			best = i;
			weight = q;
		}
	}
	return best;
}
