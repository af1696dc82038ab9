#include "base/units.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Nothing here may pass INT64_MAX: tables hold limits as int64_t. */
#define UNITS_MAX ((unsigned __int128)INT64_MAX)

#define WANT_DURATION "expected a duration such as 250ms, 3s, 2m or 1h"
#define WANT_RATE "expected a rate such as 20% or 0.01%"
#define WANT_SIZE "expected a size such as 512B, 64KiB or 1MB"
#define WANT_BANDWIDTH "expected a bandwidth such as 64KiB/s or 1MB/s"

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit durations[] = {
	{ "h", 3600000000000 },
	{ "m", 60000000000 },
	{ "s", 1000000000 },
	{ "ms", 1000000 },
	{ "us", 1000 },
	{ "ns", 1 },
	{ NULL, 0 },
};

static const struct unit sizes[] = {
	{ "TiB", 1ull << 40 },
	{ "GiB", 1ull << 30 },
	{ "MiB", 1ull << 20 },
	{ "KiB", 1ull << 10 },
	{ "TB", 1000000000000 },
	{ "GB", 1000000000 },
	{ "MB", 1000000 },
	{ "KB", 1000 },
	{ "B", 1 },
	{ "kiB", 1ull << 10 },
	{ "kB", 1000 },
	{ NULL, 0 },
};

/* A decimal number: digits x 10^-places. */
struct number {
	uint64_t digits;
	unsigned places;
	bool huge; /* more digits than fit */
};

static bool
units_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads `12` or `12.5` from the front of *s; false when there is none. */
static bool
units_number(struct span *s, struct number *n)
{
	size_t i = 0;
	bool point = false;

	*n = (struct number){ 0 };
	if (s->n == 0)
		return false;
	for (; i < s->n && (units_digit(s->p[i]) || s->p[i] == '.'); i++) {
		if (s->p[i] == '.') {
			if (point || i == 0 || i + 1 == s->n ||
			    !units_digit(s->p[i + 1]))
				return false;
			point = true;
		} else if (n->digits > (UINT64_MAX - 9) / 10) {
			n->huge = true;
		} else {
			n->digits = n->digits * 10 + (uint64_t)(s->p[i] - '0');
			n->places += point;
		}
	}
	s->p += i;
	s->n -= i;
	return i > 0;
}

/* n x factor, which must be whole and fit. */
static const char *
units_scale(struct number n, uint64_t factor, uint64_t *vp, const char *finer)
{
	unsigned __int128 v = (unsigned __int128)n.digits * factor;

	if (n.huge)
		return "too many digits";
	for (; n.places > 0; n.places--) {
		if (v % 10 != 0)
			return finer;
		v /= 10;
	}
	if (v > UNITS_MAX)
		return "too large";
	*vp = (uint64_t)v;
	return NULL;
}

static const struct unit *
units_find(const struct unit *units, struct span name)
{
	for (; units->name != NULL; units++)
		if (span_eq(span_str(units->name), name))
			return units;
	return NULL;
}

const char *
units_duration(struct span s, uint64_t *nsp)
{
	const struct unit *u;
	struct number n;

	if (!units_number(&s, &n))
		return WANT_DURATION;
	if (s.n == 0)
		return "a duration needs a unit, such as 250ms, 3s, 2m or 1h";
	if ((u = units_find(durations, s)) == NULL)
		return WANT_DURATION;
	return units_scale(n, u->factor, nsp, "a duration is whole ns");
}

const char *
units_rate(struct span s, uint32_t *ppbp)
{
	const char *why;
	struct number n;
	uint64_t v;

	if (!units_number(&s, &n))
		return WANT_RATE;
	if (s.n == 0)
		return "a rate needs a percent sign, such as 20% or 0.01%";
	if (!span_eq(s, SPAN("%")))
		return WANT_RATE;
	why = units_scale(n, 10000000, &v,
	    "a rate is at least 0.0001% and has "
	    "at most seven decimals");
	if (why != NULL)
		return why;
	if (v > 1000000000)
		return "a rate is at most 100%";
	if (v > 0 && v < 1000)
		return "a rate is 0% or at least 0.0001%";
	*ppbp = (uint32_t)v;
	return NULL;
}

const char *
units_size(struct span s, uint64_t *bytesp)
{
	const struct unit *u;
	struct number n;

	if (!units_number(&s, &n))
		return WANT_SIZE;
	u = units_find(sizes, s.n == 0 ? SPAN("B") : s);
	if (u == NULL)
		return WANT_SIZE;
	return units_scale(n, u->factor, bytesp, "a size is whole bytes");
}

const char *
units_bandwidth(struct span s, uint64_t *bpsp)
{
	const char *why;
	uint64_t v;

	if (s.n < 2 || memcmp(s.p + s.n - 2, "/s", 2) != 0)
		return WANT_BANDWIDTH;
	s.n -= 2;
	if (s.n > 0 && units_digit(s.p[s.n - 1]))
		return WANT_BANDWIDTH;
	if ((why = units_size(s, &v)) != NULL)
		return strcmp(why, WANT_SIZE) == 0 ? WANT_BANDWIDTH : why;
	if (v == 0)
		return "a bandwidth is at least 1B/s";
	*bpsp = v;
	return NULL;
}

const char *
units_int(struct span s, int64_t min, int64_t max, int64_t *vp)
{
	bool minus = min < 0 && s.n > 0 && s.p[0] == '-';
	struct number n;
	int64_t v;

	if (minus)
		s.p++, s.n--;
	if (!units_number(&s, &n) || s.n != 0 || n.places != 0)
		return "expected a whole number";
	if (n.huge || n.digits > INT64_MAX)
		return minus ? "too small" : "too large";
	v = minus ? -(int64_t)n.digits : (int64_t)n.digits;
	if (v < min)
		return "too small";
	if (v > max)
		return "too large";
	*vp = v;
	return NULL;
}

/* v / factor in decimal with the unit behind it; false when that does not come
 * out exactly within a dozen places. */
static bool
units_write(uint64_t v, const struct unit *u, char to[UNITS_TEXT])
{
	uint64_t rest = v % u->factor;
	int n = snprintf(
	    to, UNITS_TEXT, "%llu", (unsigned long long)(v / u->factor));

	if (rest != 0)
		to[n++] = '.';
	for (int places = 0; rest != 0; places++) {
		unsigned __int128 wide = (unsigned __int128)rest * 10;

		if (places == 7 || n > UNITS_TEXT - 8)
			return false;
		to[n++] = (char)('0' + (int)(wide / u->factor));
		rest = (uint64_t)(wide % u->factor);
	}
	snprintf(to + n, (size_t)(UNITS_TEXT - n), "%s", u->name);
	return true;
}

/* The shortest of all ways to write it; of two the one without a point. */
static const char *
units_shortest(uint64_t v, const struct unit *units, char to[UNITS_TEXT])
{
	char text[UNITS_TEXT];

	to[0] = '\0';
	for (; units->name != NULL; units++) {
		size_t was = strlen(to);

		if (!units_write(v, units, text))
			continue;
		if (was == 0 || strlen(text) < was ||
		    (strlen(text) == was && strchr(to, '.') != NULL &&
			strchr(text, '.') == NULL))
			memcpy(to, text, sizeof(text));
	}
	return to;
}

const char *
units_duration_text(uint64_t ns, char to[UNITS_TEXT])
{
	if (ns == 0)
		return memcpy(to, "0s", 3);
	return units_shortest(ns, durations, to);
}

const char *
units_rate_text(uint32_t ppb, char to[UNITS_TEXT])
{
	static const struct unit percent = { "%", 10000000 };

	units_write(ppb, &percent, to);
	return to;
}

const char *
units_size_text(uint64_t bytes, char to[UNITS_TEXT])
{
	if (bytes == 0)
		return memcpy(to, "0B", 3);
	return units_shortest(bytes, sizes, to);
}
