#include "http/date.h"

static const char date_days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
	"Sat" };
static const char date_months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May",
	"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

enum { DATE_DAY_S = 86400 };

/* Days since 1970 to year, month (0..11) and day (1..31), by Hinnant's
 * algorithm: years that begin in March, in eras of 400 years. */
static void
date_civil(int64_t days, int64_t *yearp, unsigned *monthp, unsigned *dayp)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	*dayp = doy - (153 * mp + 2) / 5 + 1;
	*monthp = mp < 10 ? mp + 2 : mp - 10;
	*yearp = (int64_t)yoe + era * 400 + (*monthp < 2 ? 1 : 0);
}

static int64_t
date_days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month < 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned mp = month >= 2 ? month - 2 : month + 10;
	unsigned doy = (153 * mp + 2) / 5 + day - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int64_t)doe - 719468;
}

static void
date_two(char *to, unsigned v)
{
	to[0] = (char)('0' + v / 10 % 10);
	to[1] = (char)('0' + v % 10);
}

void
date_write(int64_t unix_s, char to[DATE_LEN])
{
	int64_t days = unix_s / DATE_DAY_S, year;
	int64_t rest = unix_s % DATE_DAY_S;
	unsigned month, day, s;

	if (rest < 0) {
		rest += DATE_DAY_S;
		days--;
	}
	date_civil(days, &year, &month, &day);
	s = (unsigned)rest;
	memcpy(to, "Thu, 01 Jan 1970 00:00:00 GMT", DATE_LEN);
	memcpy(to, date_days[((days + 4) % 7 + 7) % 7], 3);
	date_two(to + 5, day);
	memcpy(to + 8, date_months[month], 3);
	date_two(to + 12, (unsigned)(year / 100));
	date_two(to + 14, (unsigned)(year % 100));
	date_two(to + 17, s / 3600);
	date_two(to + 20, s / 60 % 60);
	date_two(to + 23, s % 60);
}

/* What date_shape found. */
struct date_parts {
	unsigned day, month, year, hour, minute, second, year_digits;
};

static bool
date_digit(char c, unsigned *v)
{
	if (c < '0' || c > '9')
		return false;
	*v = *v * 10 + (unsigned)(c - '0');
	return true;
}

static bool
date_month(const char *p, unsigned *month)
{
	for (unsigned i = 0; i < 12; i++)
		if (memcmp(p, date_months[i], 3) == 0) {
			*month = i;
			return true;
		}
	return false;
}

/* Where a digit of that letter of a shape goes, or NULL. */
static unsigned *
date_slot(struct date_parts *to, char letter)
{
	switch (letter) {
	case 'd':
	case 'D':
		return &to->day;
	case 'y':
		return &to->year;
	case 'h':
		return &to->hour;
	case 'm':
		return &to->minute;
	case 's':
		return &to->second;
	default:
		return NULL;
	}
}

/*
 * Holds s against a shape in which d, y, h, m, s are a digit of that number
 * (D a digit or a space), B the first of a month's three letters, and anything
 * else itself.
 */
static bool
date_shape(struct span s, const char *shape, struct date_parts *to)
{
	*to = (struct date_parts){ 0 };
	if (s.n != strlen(shape))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned *v = date_slot(to, shape[i]);

		if (shape[i] == 'D' && s.p[i] == ' ')
			continue;
		to->year_digits += shape[i] == 'y';
		if (shape[i] == 'B') {
			if (!date_month(s.p + i, &to->month))
				return false;
			i += 2;
		} else if (v != NULL ? !date_digit(s.p[i], v)
				     : s.p[i] != shape[i]) {
			return false;
		}
	}
	return true;
}

static bool
date_unix(const struct date_parts *p, int64_t *unix_sp)
{
	static const uint8_t lengths[12] = { 31, 29, 31, 30, 31, 30, 31, 31, 30,
		31, 30, 31 };
	unsigned year = p->year;

	if (p->year_digits == 2)
		year += year < 70 ? 2000 : 1900;
	if (p->day < 1 || p->day > lengths[p->month] || p->hour > 23 ||
	    p->minute > 59 || p->second > 60)
		return false;
	if (p->month == 1 && p->day == 29 &&
	    (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0)))
		return false;
	*unix_sp = date_days_of(year, p->month, p->day) * DATE_DAY_S +
		   (int64_t)p->hour * 3600 + p->minute * 60 + p->second;
	return true;
}

/* Drops a day's name in front: its length differs in RFC 850's format. */
static bool
date_skip_day(struct span *s)
{
	static const char *const rest[7] = { "day", "day", "sday", "nesday",
		"rsday", "day", "urday" };

	for (unsigned i = 0; i < 7; i++) {
		size_t n = strlen(rest[i]);

		if (s->n < 3 || memcmp(s->p, date_days[i], 3) != 0)
			continue;
		s->p += 3;
		s->n -= 3;
		if (s->n > n && memcmp(s->p, rest[i], n) == 0) {
			s->p += n;
			s->n -= n;
		}
		return true;
	}
	return false;
}

bool
date_read(struct span s, int64_t *unix_sp)
{
	struct date_parts p;

	s = span_trim(s);
	return date_skip_day(&s) &&
	       (date_shape(s, ", dd B.. yyyy hh:mm:ss GMT", &p) ||
		   date_shape(s, ", dd-B..-yy hh:mm:ss GMT", &p) ||
		   date_shape(s, " B.. Dd hh:mm:ss yyyy", &p)) &&
	       date_unix(&p, unix_sp);
}
