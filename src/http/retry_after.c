#include "http/retry_after.h"

#include "base/clock.h"
#include "http/date.h"

static uint64_t
retry_after_up(uint64_t ns, uint64_t unit)
{
	return ns / unit + (ns % unit != 0);
}

static void
retry_after_put_float(struct buf *to, uint64_t ns)
{
	uint64_t ms = retry_after_up(ns, NS_PER_MS);

	buf_u64(to, ms / 1000);
	buf_putc(to, '.');
	buf_putc(to, (char)('0' + ms / 100 % 10));
	buf_putc(to, (char)('0' + ms / 10 % 10));
	buf_putc(to, (char)('0' + ms % 10));
}

static void
retry_after_put_date(struct buf *to, uint64_t ns, uint64_t wall_ns)
{
	uint64_t s =
	    wall_ns / NS_PER_S + ns / NS_PER_S +
	    retry_after_up(wall_ns % NS_PER_S + ns % NS_PER_S, NS_PER_S);
	const uint64_t last = 253402300799u; /* the end of the year 9999 */
	char date[DATE_LEN];

	date_write((int64_t)(s < last ? s : last), date);
	buf_put(to, date, DATE_LEN);
}

void
retry_after_add(
    struct lines *l, enum retry_after_form form, uint64_t ns, uint64_t wall_ns)
{
	struct span name = form == RETRY_AFTER_MILLISECONDS
			       ? SPAN("retry-after-ms")
			       : SPAN("Retry-After");
	struct buf *to = lines_begin(l, name);

	switch (form) {
	case RETRY_AFTER_SECONDS:
		buf_u64(to, retry_after_up(ns, NS_PER_S));
		break;
	case RETRY_AFTER_DATE:
		retry_after_put_date(to, ns, wall_ns);
		break;
	case RETRY_AFTER_FLOAT:
		retry_after_put_float(to, ns);
		break;
	case RETRY_AFTER_MILLISECONDS:
		buf_u64(to, retry_after_up(ns, NS_PER_MS));
		break;
	}
	lines_end(l);
}

void
retry_after_add_raw(struct lines *l, struct span text)
{
	struct buf *to = lines_begin(l, SPAN("Retry-After"));

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\r' && text.p[i] != '\n' && text.p[i] != '\0')
			buf_putc(to, text.p[i]);
	lines_end(l);
}

/* a * b, or the longest wait when that is too much. */
static uint64_t
retry_after_times(uint64_t a, uint64_t b)
{
	uint64_t v;

	if (__builtin_mul_overflow(a, b, &v) || v == RETRY_AFTER_NONE)
		return RETRY_AFTER_NONE - 1;
	return v;
}

/* Digits with an optional fraction, in units of `unit` ns. */
static bool
retry_after_number(struct span s, uint64_t unit, uint64_t *nsp)
{
	uint64_t whole = 0, part = 0, scale = unit;
	size_t i = 0;

	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
		whole = retry_after_times(whole, 10);
		if (whole < RETRY_AFTER_NONE - 10)
			whole += (uint64_t)(s.p[i] - '0');
	}
	if (i == 0)
		return false;
	if (i < s.n && s.p[i] == '.' && i + 1 < s.n)
		for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
			scale /= 10;
			part += scale * (uint64_t)(s.p[i] - '0');
		}
	if (i != s.n)
		return false;
	whole = retry_after_times(whole, unit);
	*nsp =
	    whole < RETRY_AFTER_MOST - part ? whole + part : RETRY_AFTER_MOST;
	return true;
}

bool
retry_after_read(struct span value, uint64_t wall_ns, uint64_t *nsp)
{
	uint64_t at_ns;
	int64_t at;

	value = span_trim(value);
	if (retry_after_number(value, NS_PER_S, nsp))
		return true;
	if (!date_read(value, &at))
		return false;
	at_ns = at > 0 ? retry_after_times((uint64_t)at, NS_PER_S) : 0;
	*nsp = at_ns > wall_ns ? at_ns - wall_ns : 0;
	if (*nsp > RETRY_AFTER_MOST)
		*nsp = RETRY_AFTER_MOST;
	return true;
}

/* The wait that one field of a response stands for. */
static bool
retry_after_field(
    struct span name, struct span value, uint64_t wall_ns, uint64_t *nsp)
{
	static const struct {
		struct span name;
		uint64_t unit; /* 0: Retry-After with all its forms */
	} fields[] = {
		{ { "Retry-After", 11 }, 0 },
		{ { "retry-after-ms", 14 }, NS_PER_MS },
		{ { "x-ms-retry-after-ms", 19 }, NS_PER_MS },
		{ { "x-amz-retry-after", 17 }, NS_PER_MS },
		{ { "x-ratelimit-retry-after", 23 }, NS_PER_S },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!span_caseeq(name, fields[i].name))
			continue;
		if (fields[i].unit == 0)
			return retry_after_read(value, wall_ns, nsp);
		return retry_after_number(
		    span_trim(value), fields[i].unit, nsp);
	}
	return false;
}

static void
retry_after_least(
    struct span name, struct span value, uint64_t wall_ns, uint64_t *least)
{
	uint64_t ns;

	if (retry_after_field(name, value, wall_ns, &ns) && ns < *least)
		*least = ns;
}

uint64_t
retry_after_of_head(const struct head *h, uint64_t wall_ns)
{
	const struct field *date = head_field(h, FIELD_DATE);
	uint64_t least = RETRY_AFTER_NONE, own_ns = wall_ns;
	int64_t own;

	if (date != NULL && date_read(date->value, &own) && own > 0)
		own_ns = retry_after_times((uint64_t)own, NS_PER_S);
	if (own_ns < wall_ns)
		own_ns = wall_ns;
	for (unsigned i = 0; i < h->n_fields; i++) {
		enum field_id id = h->fields[i].id;

		/* The other names are unknown to fields.def. */
		if (id == FIELD_RETRY_AFTER || id == FIELD_OTHER)
			retry_after_least(h->fields[i].name, h->fields[i].value,
			    own_ns, &least);
	}
	return least;
}

uint64_t
retry_after_of_lines(const struct span *lines, unsigned n, uint64_t wall_ns)
{
	uint64_t least = RETRY_AFTER_NONE;
	struct span name, value;

	for (unsigned i = 0; i < n; i++) {
		lines_split(lines[i], &name, &value);
		retry_after_least(name, value, wall_ns, &least);
	}
	return least;
}
