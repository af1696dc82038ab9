#include "record/json_put.h"

#include <stdbool.h>

#include "base/clock.h"
#include "record/utf8.h"

enum { JSON_PUT_DAY = 86400 };

static const char json_put_hex_digits[] = "0123456789abcdef";
static const char json_put_pairs[] = "00010203040506070809"
				     "10111213141516171819"
				     "20212223242526272829"
				     "30313233343536373839"
				     "40414243444546474849"
				     "50515253545556575859"
				     "60616263646566676869"
				     "70717273747576777879"
				     "80818283848586878889"
				     "90919293949596979899";

/* n digits, an even number, with zeros in front. */
static char *
json_put_digits(char *to, uint32_t v, unsigned n)
{
	for (unsigned i = n; i > 0; i -= 2, v /= 100)
		memcpy(to + i - 2, json_put_pairs + 2 * (v % 100), 2);
	return to + n;
}

char *
json_put_u64(char *to, uint64_t v)
{
	char digits[20];
	size_t i = sizeof(digits);

	for (; v >= 100; v /= 100)
		memcpy(digits + (i -= 2), json_put_pairs + 2 * (v % 100), 2);
	if (v >= 10)
		memcpy(digits + (i -= 2), json_put_pairs + 2 * v, 2);
	else
		digits[--i] = (char)('0' + v);
	memcpy(to, digits + i, sizeof(digits) - i);
	return to + sizeof(digits) - i;
}

char *
json_put_hex(char *to, uint64_t v)
{
	*to++ = '"';
	for (int shift = 60; shift >= 0; shift -= 4)
		*to++ = json_put_hex_digits[v >> shift & 15];
	*to++ = '"';
	return to;
}

char *
json_put_seconds(char *to, uint64_t ns)
{
	uint32_t rest = (uint32_t)(ns % NS_PER_S);

	to = json_put_u64(to, ns / NS_PER_S);
	if (rest == 0)
		return to;
	*to++ = '.';
	*to++ = (char)('0' + rest / (NS_PER_S / 10));
	to = json_put_digits(to, rest % (NS_PER_S / 10), 8);
	while (to[-1] == '0')
		to--;
	return to;
}

/* Days since 1970 to a date of the Gregorian calendar: years begin in March, so
 * that the leap day comes last; 400 years are 146,097 days. */
static char *
json_put_date(char *to, int64_t days)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	uint32_t doe = (uint32_t)(z - era * 146097);
	uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint32_t mp = (5 * doy + 2) / 153;
	uint32_t month = mp < 10 ? mp + 3 : mp - 9;

	to = json_put_digits(to, (uint32_t)(yoe + era * 400) + (month <= 2), 4);
	*to++ = '-';
	to = json_put_digits(to, month, 2);
	*to++ = '-';
	return json_put_digits(to, doy - (153 * mp + 2) / 5 + 1, 2);
}

char *
json_put_time(char *to, int64_t wall_ns)
{
	int64_t us = wall_ns > 0 ? wall_ns / NS_PER_US : 0;
	int64_t s = us / (NS_PER_S / NS_PER_US);
	uint32_t of_day = (uint32_t)(s % JSON_PUT_DAY);

	*to++ = '"';
	to = json_put_date(to, s / JSON_PUT_DAY);
	*to++ = 'T';
	to = json_put_digits(to, of_day / 3600, 2);
	*to++ = ':';
	to = json_put_digits(to, of_day / 60 % 60, 2);
	*to++ = ':';
	to = json_put_digits(to, of_day % 60, 2);
	*to++ = '.';
	to = json_put_digits(to, (uint32_t)(us % (NS_PER_S / NS_PER_US)), 6);
	return JSON_LIT(to, "Z\"");
}

/* Whether one of eight bytes is a control, a quote, a backslash or not ASCII.
 */
static bool
json_put_special8(const char *p)
{
	const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
	uint64_t w, quote, slash;

	memcpy(&w, p, sizeof(w));
	quote = w ^ ones * '"';
	slash = w ^ ones * '\\';
	return ((w | (w - ones * 0x20) | (quote - ones) | (slash - ones)) &
		   tops) != 0;
}

/* How many bytes of the first character can stand as they are; 0: it must be
 * escaped. */
static size_t
json_put_plain(const char *p, size_t n)
{
	unsigned char c = (unsigned char)*p;

	if (c >= 0x80)
		return utf8_length(p, n);
	return c >= 0x20 && c != '"' && c != '\\';
}

static char *
json_put_escaped(char *to, unsigned char c)
{
	*to++ = '\\';
	switch (c) {
	case '"':
	case '\\':
		*to++ = (char)c;
		return to;
	case '\n':
		*to++ = 'n';
		return to;
	case '\t':
		*to++ = 't';
		return to;
	case '\r':
		*to++ = 'r';
		return to;
	default:
		to = JSON_LIT(to, "u00");
		*to++ = json_put_hex_digits[c >> 4];
		*to++ = json_put_hex_digits[c & 15];
		return to;
	}
}

char *
json_put_string(char *to, struct span s)
{
	const char *end;
	size_t n;

	if (s.p == NULL)
		s.p = "";
	end = s.p + s.n;
	*to++ = '"';
	while (s.p < end) {
		if (end - s.p >= 8 && !json_put_special8(s.p)) {
			memcpy(to, s.p, 8);
			to += 8;
			s.p += 8;
			continue;
		}
		n = json_put_plain(s.p, (size_t)(end - s.p));
		if (n == 0)
			to = json_put_escaped(to, (unsigned char)*s.p++);
		for (; n > 0; n--)
			*to++ = *s.p++;
	}
	*to++ = '"';
	return to;
}
