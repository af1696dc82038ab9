#include "record/json_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "record/utf8.h"

enum { JSON_SCAN_DEPTH = 32, JSON_SCAN_NUMBER = 64 };

static void
json_scan_space(struct json_scan *j)
{
	while (j->p < j->end && (*j->p == ' ' || *j->p == '\t' ||
				    *j->p == '\r' || *j->p == '\n'))
		j->p++;
}

bool
json_scan_end(struct json_scan *j)
{
	json_scan_space(j);
	return j->p == j->end;
}

bool
json_scan_char(struct json_scan *j, char c)
{
	json_scan_space(j);
	if (j->p == j->end || *j->p != c)
		return false;
	j->p++;
	return true;
}

static bool
json_scan_word(struct json_scan *j, const char *word)
{
	size_t n = strlen(word);

	json_scan_space(j);
	if ((size_t)(j->end - j->p) < n || memcmp(j->p, word, n) != 0)
		return false;
	j->p += n;
	return true;
}

bool
json_scan_null(struct json_scan *j)
{
	return json_scan_word(j, "null");
}

bool
json_scan_bool(struct json_scan *j, bool *vp)
{
	*vp = json_scan_word(j, "true");
	return *vp || json_scan_word(j, "false");
}

/* Digits without a zero in front, as many as fit. */
static bool
json_scan_digits(struct json_scan *j, uint64_t *vp)
{
	const char *from = j->p;
	uint64_t v = 0;

	for (; j->p < j->end && *j->p >= '0' && *j->p <= '9'; j->p++) {
		unsigned digit = (unsigned)(*j->p - '0');

		if (v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*vp = v;
	return j->p > from && (*from != '0' || j->p == from + 1);
}

static bool
json_scan_is_number_char(char c)
{
	return (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E' ||
	       c == '+' || c == '-';
}

bool
json_scan_u64(struct json_scan *j, uint64_t *vp)
{
	json_scan_space(j);
	return json_scan_digits(j, vp) &&
	       (j->p == j->end || !json_scan_is_number_char(*j->p));
}

/* Takes a number by the grammar of RFC 8259 section 6. */
static bool
json_scan_number(struct json_scan *j)
{
	const char *from;

	json_scan_space(j);
	if (j->p < j->end && *j->p == '-')
		j->p++;
	for (from = j->p; j->p < j->end && *j->p >= '0' && *j->p <= '9';)
		j->p++;
	if (j->p == from || (*from == '0' && j->p > from + 1))
		return false;
	if (j->p < j->end && *j->p == '.') {
		for (from = ++j->p;
		     j->p < j->end && *j->p >= '0' && *j->p <= '9';)
			j->p++;
		if (j->p == from)
			return false;
	}
	if (j->p < j->end && (*j->p == 'e' || *j->p == 'E')) {
		j->p++;
		if (j->p < j->end && (*j->p == '+' || *j->p == '-'))
			j->p++;
		for (from = j->p;
		     j->p < j->end && *j->p >= '0' && *j->p <= '9';)
			j->p++;
		if (j->p == from)
			return false;
	}
	return true;
}

/* The decimals behind a point as ns: at most 9 of them. */
static bool
json_scan_decimals(struct json_scan *j, uint64_t *nsp)
{
	uint64_t unit = NS_PER_S, ns = 0;
	const char *from = j->p;

	for (; j->p < j->end && *j->p >= '0' && *j->p <= '9' && unit > 1;
	     j->p++) {
		unit /= 10;
		ns += unit * (uint64_t)(*j->p - '0');
	}
	*nsp = ns;
	return j->p > from;
}

/* Seconds in a form that we do not write (an exponent, more decimals). */
static bool
json_scan_float(struct json_scan *j, uint64_t *nsp)
{
	char number[JSON_SCAN_NUMBER];
	const char *from = j->p;
	double v;

	if (!json_scan_number(j) || j->p - from >= JSON_SCAN_NUMBER)
		return false;
	memcpy(number, from, (size_t)(j->p - from));
	number[j->p - from] = '\0';
	v = strtod(number, NULL) * NS_PER_S;
	if (!(v >= 0))
		return false;
	*nsp = v < (double)JSON_SCAN_LONGEST ? (uint64_t)llround(v)
					     : JSON_SCAN_LONGEST;
	return true;
}

bool
json_scan_seconds(struct json_scan *j, uint64_t *nsp)
{
	uint64_t s, ns = 0;
	const char *from;

	json_scan_space(j);
	from = j->p;
	if (json_scan_digits(j, &s) && s < JSON_SCAN_LONGEST / NS_PER_S &&
	    (j->p == j->end || *j->p != '.' ||
		(j->p++, json_scan_decimals(j, &ns))) &&
	    (j->p == j->end || !json_scan_is_number_char(*j->p))) {
		*nsp = s * NS_PER_S + ns;
		return true;
	}
	j->p = from;
	return json_scan_float(j, nsp);
}

static int
json_scan_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* At most n hex digits; how many there were. */
static unsigned
json_scan_hex_digits(struct json_scan *j, unsigned n, uint64_t *vp)
{
	unsigned i;
	int digit;

	*vp = 0;
	for (i = 0; i < n && j->p < j->end; i++, j->p++) {
		digit = json_scan_hex_digit(*j->p);
		if (digit < 0)
			break;
		*vp = *vp << 4 | (unsigned)digit;
	}
	return i;
}

bool
json_scan_hex(struct json_scan *j, uint64_t *vp)
{
	if (!json_scan_char(j, '"') || json_scan_hex_digits(j, 16, vp) == 0 ||
	    j->p == j->end)
		return false;
	return *j->p++ == '"';
}

bool
json_scan_hex_text(struct span s, uint64_t *vp)
{
	struct json_scan j = { s.p, s.p + s.n, false };

	return s.n != 0 && json_scan_hex_digits(&j, 16, vp) == s.n;
}

/* Two or four digits of a time, and the character behind them. */
static bool
json_scan_part(struct json_scan *j, unsigned n, char then, int64_t min,
    int64_t max, int64_t *vp)
{
	*vp = 0;
	for (; n > 0 && j->p < j->end && *j->p >= '0' && *j->p <= '9'; n--)
		*vp = *vp * 10 + (*j->p++ - '0');
	if (n > 0 || *vp < min || *vp > max)
		return false;
	if (then == '\0')
		return true;
	return j->p < j->end && *j->p++ == then;
}

/* Days from 1970 to a date: as json_put_date, the other way round. */
static int64_t
json_scan_days(int64_t year, int64_t month, int64_t day)
{
	int64_t y = year - (month <= 2), era = y / 400, yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* `Z`, or how many minutes the time is ahead of UTC. */
static bool
json_scan_offset(struct json_scan *j, int64_t *minutesp)
{
	int64_t hours, minutes, sign;

	*minutesp = 0;
	if (j->p == j->end)
		return false;
	sign = *j->p == '-' ? -1 : 1;
	if (*j->p == 'Z' || *j->p == 'z')
		return j->p++, true;
	if (*j->p != '+' && *j->p != '-')
		return false;
	j->p++;
	if (!json_scan_part(j, 2, ':', 0, 23, &hours) ||
	    !json_scan_part(j, 2, '\0', 0, 59, &minutes))
		return false;
	*minutesp = sign * (hours * 60 + minutes);
	return true;
}

bool
json_scan_time(struct json_scan *j, int64_t *wall_nsp)
{
	int64_t year, month, day, hour, minute, second, s, offset;
	uint64_t ns = 0;

	if (!json_scan_char(j, '"') ||
	    !json_scan_part(j, 4, '-', 1970, 2261, &year) ||
	    !json_scan_part(j, 2, '-', 1, 12, &month) ||
	    !json_scan_part(j, 2, '\0', 1, 31, &day) || j->p == j->end ||
	    strchr("Tt ", *j->p++) == NULL ||
	    !json_scan_part(j, 2, ':', 0, 23, &hour) ||
	    !json_scan_part(j, 2, ':', 0, 59, &minute) ||
	    !json_scan_part(j, 2, '\0', 0, 60, &second))
		return false;
	if (j->p < j->end && *j->p == '.') {
		j->p++;
		if (!json_scan_decimals(j, &ns))
			return false;
	}
	s = json_scan_days(year, month, day) * 86400 + hour * 3600 +
	    minute * 60 + second;
	if (!json_scan_offset(j, &offset))
		return false;
	*wall_nsp = (s - offset * 60) * NS_PER_S + (int64_t)ns;
	return json_scan_word(j, "\"");
}

/* A \u escape behind its backslash and letter, with a second one where it is
 * half of a pair. */
static bool
json_scan_unicode(struct json_scan *j, char **top)
{
	uint64_t c, low;

	if (json_scan_hex_digits(j, 4, &c) != 4)
		return false;
	if (c >= 0x80 && c <= 0xff && !j->foreign) {
		*(*top)++ = (char)c;
		return true;
	}
	if (c >= 0xd800 && c <= 0xdbff) {
		if (j->end - j->p < 2 || j->p[0] != '\\' || j->p[1] != 'u')
			return false;
		j->p += 2;
		if (json_scan_hex_digits(j, 4, &low) != 4 || low < 0xdc00 ||
		    low > 0xdfff)
			return false;
		c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
	} else if (c >= 0xdc00 && c <= 0xdfff) {
		return false;
	}
	*top += utf8_put(*top, (uint32_t)c);
	return true;
}

static bool
json_scan_escape(struct json_scan *j, char **top)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *name;
	char c;

	if (j->p == j->end)
		return false;
	c = *j->p++;
	if (c == 'u')
		return json_scan_unicode(j, top);
	name = c != '\0' ? strchr(names, c) : NULL;
	if (name == NULL)
		return false;
	*(*top)++ = means[name - names];
	return true;
}

bool
json_scan_string(struct json_scan *j, struct buf *text, struct span *sp)
{
	char *start, *to;
	size_t n;

	if (!json_scan_char(j, '"'))
		return false;
	start = to = buf_reserve(text, (size_t)(j->end - j->p) + 1);
	if (start == NULL)
		return false;
	while (j->p < j->end && *j->p != '"') {
		unsigned char c = (unsigned char)*j->p;

		if (c == '\\') {
			j->p++;
			if (!json_scan_escape(j, &to))
				return false;
			continue;
		}
		n = c >= 0x80 ? utf8_length(j->p, (size_t)(j->end - j->p))
			      : (size_t)(c >= 0x20);
		if (n == 0)
			return false;
		for (; n > 0; n--)
			*to++ = *j->p++;
	}
	if (!json_scan_char(j, '"'))
		return false;
	*to = '\0';
	*sp = (struct span){ start, (size_t)(to - start) };
	text->n += sp->n + 1;
	return true;
}

bool
json_scan_text(struct json_scan *j, struct buf *text, struct span *sp)
{
	const char *from;
	char *to;

	json_scan_space(j);
	from = j->p;
	if (from < j->end && *from == '"')
		return json_scan_string(j, text, sp);
	if (!json_scan_number(j))
		return false;
	*sp = (struct span){ NULL, (size_t)(j->p - from) };
	to = buf_reserve(text, sp->n + 1);
	if (to == NULL)
		return false;
	memcpy(to, from, sp->n);
	to[sp->n] = '\0';
	sp->p = to;
	text->n += sp->n + 1;
	return true;
}

static bool json_scan_value(struct json_scan *j, struct buf *text, int depth);

/* The members of an object or array behind its opening bracket. */
static bool
json_scan_members(struct json_scan *j, struct buf *text, char close, int depth)
{
	struct span key;

	if (depth == 0)
		return false;
	if (json_scan_char(j, close))
		return true;
	do {
		if (close == '}' && (!json_scan_string(j, text, &key) ||
					!json_scan_char(j, ':')))
			return false;
		if (!json_scan_value(j, text, depth - 1))
			return false;
	} while (json_scan_char(j, ','));
	return json_scan_char(j, close);
}

static bool
json_scan_value(struct json_scan *j, struct buf *text, int depth)
{
	struct span s;
	bool b;

	json_scan_space(j);
	if (j->p == j->end)
		return false;
	if (*j->p == '"')
		return json_scan_string(j, text, &s);
	if (json_scan_char(j, '{'))
		return json_scan_members(j, text, '}', depth);
	if (json_scan_char(j, '['))
		return json_scan_members(j, text, ']', depth);
	return json_scan_null(j) || json_scan_bool(j, &b) ||
	       json_scan_number(j);
}

bool
json_scan_skip(struct json_scan *j, struct buf *text)
{
	size_t n = text->n;
	bool ok = json_scan_value(j, text, JSON_SCAN_DEPTH);

	text->n = n;
	return ok;
}
