#include "report/text.h"

#include <math.h>
#include <string.h>

#include "record/journal.h"
#include "record/utf8.h"

enum { REPLACEMENT = 0xfffd };

/* Characters by first and last: those that take no column, or two. */
struct char_range {
	uint32_t from, to;
};
static const struct char_range chars_narrow[] = { { 0x300, 0x36f },
	{ 0x483, 0x489 }, { 0x591, 0x5bd }, { 0x610, 0x61a }, { 0x64b, 0x65f },
	{ 0x93c, 0x93c }, { 0x941, 0x948 }, { 0x94d, 0x94d }, { 0xe31, 0xe31 },
	{ 0xe34, 0xe3a }, { 0xe47, 0xe4e }, { 0x200b, 0x200d },
	{ 0x2060, 0x2060 }, { 0x20d0, 0x20ff }, { 0x302a, 0x302d },
	{ 0x3099, 0x309a }, { 0xfe00, 0xfe0f } };
/* East Asian Width W and F (UAX 11), the signs among others' included. */
static const struct char_range chars_wide[] = { { 0x1100, 0x115f },
	{ 0x231a, 0x231b }, { 0x2329, 0x232a }, { 0x23e9, 0x23ec },
	{ 0x23f0, 0x23f0 }, { 0x23f3, 0x23f3 }, { 0x25fd, 0x25fe },
	{ 0x2614, 0x2615 }, { 0x2648, 0x2653 }, { 0x267f, 0x267f },
	{ 0x2693, 0x2693 }, { 0x26a1, 0x26a1 }, { 0x26aa, 0x26ab },
	{ 0x26bd, 0x26be }, { 0x26c4, 0x26c5 }, { 0x26ce, 0x26ce },
	{ 0x26d4, 0x26d4 }, { 0x26ea, 0x26ea }, { 0x26f2, 0x26f3 },
	{ 0x26f5, 0x26f5 }, { 0x26fa, 0x26fa }, { 0x26fd, 0x26fd },
	{ 0x2705, 0x2705 }, { 0x270a, 0x270b }, { 0x2728, 0x2728 },
	{ 0x274c, 0x274c }, { 0x274e, 0x274e }, { 0x2753, 0x2755 },
	{ 0x2757, 0x2757 }, { 0x2795, 0x2797 }, { 0x27b0, 0x27b0 },
	{ 0x27bf, 0x27bf }, { 0x2b1b, 0x2b1c }, { 0x2b50, 0x2b50 },
	{ 0x2b55, 0x2b55 }, { 0x2e80, 0xa4cf }, { 0xa960, 0xa97c },
	{ 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe10, 0xfe19 },
	{ 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 },
	{ 0x16fe0, 0x1b2fb }, { 0x1f004, 0x1f004 }, { 0x1f0cf, 0x1f0cf },
	{ 0x1f18e, 0x1f18e }, { 0x1f191, 0x1f19a }, { 0x1f200, 0x1f265 },
	{ 0x1f300, 0x1faff }, { 0x20000, 0x3fffd } };
/* C0, DEL, C1, and what separates lines or turns their direction. */
static const struct char_range chars_control[] = { { 0, 0x1f }, { 0x7f, 0x9f },
	{ 0x61c, 0x61c }, { 0x200e, 0x200f }, { 0x2028, 0x202e },
	{ 0x2066, 0x2069 }, { 0xfeff, 0xfeff } };

static bool
text_in(uint32_t c, const struct char_range *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= r[i].from && c <= r[i].to)
			return true;
	return false;
}
#define TEXT_IN(c, set) text_in(c, set, sizeof(set) / sizeof((set)[0]))

size_t
text_char(const char *p, size_t n, uint32_t *c)
{
	size_t k = utf8_length(p, n);
	const unsigned char *u = (const unsigned char *)p;

	if (k == 0) {
		*c = REPLACEMENT;
		return 1;
	}
	*c = k == 1 ? u[0] : u[0] & (0x7fu >> k);
	for (size_t i = 1; i < k; i++)
		*c = *c << 6 | (u[i] & 0x3f);
	return k;
}

static void
text_put_char(struct buf *to, uint32_t c, bool visible)
{
	char bytes[4];

	if (visible && TEXT_IN(c, chars_control))
		buf_printf(to, c < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)c);
	else
		buf_put(to, bytes, utf8_put(bytes, c));
}

static void
text_copy(struct buf *to, const char *s, bool visible)
{
	size_t n = strlen(s);
	uint32_t c;

	for (size_t i = 0; i < n;) {
		i += text_char(s + i, n - i, &c);
		text_put_char(to, c, visible);
	}
}

void
text_utf8(struct buf *to, const char *s)
{
	text_copy(to, s, false);
}

void
text_clean(struct buf *to, const char *s)
{
	text_copy(to, s, true);
}

static unsigned
text_columns(uint32_t c)
{
	if (TEXT_IN(c, chars_narrow))
		return 0;
	return TEXT_IN(c, chars_wide) ? 2 : 1;
}

unsigned
text_width(const char *s, size_t n)
{
	unsigned width = 0;
	uint32_t c;

	for (size_t i = 0; i < n;) {
		i += text_char(s + i, n - i, &c);
		width += text_columns(c);
	}
	return width;
}

/* The bytes of clean text that fit in width columns. */
static size_t
text_fit(const char *s, size_t n, unsigned width)
{
	unsigned used = 0;
	uint32_t c;
	size_t i = 0;

	while (i < n) {
		size_t k = text_char(s + i, n - i, &c);

		used += text_columns(c);
		if (used > width)
			break;
		i += k;
	}
	return i;
}

void
text_field(struct buf *to, const char *s, unsigned width)
{
	struct buf clean;
	unsigned used;
	size_t n;

	buf_init(&clean, 1 << 20);
	text_clean(&clean, s);
	used = text_width(clean.data, clean.n);
	if (used > width) {
		n = text_fit(clean.data, clean.n, width - 2);
		used = text_width(clean.data, n) + 2;
		buf_put(to, clean.data, n);
		buf_puts(to, "..");
	} else {
		buf_put(to, clean.data, clean.n);
	}
	buf_printf(to, "%*s", (int)(width - used), "");
	buf_clear(&clean);
}

void
text_cut(struct buf *to, const char *s, unsigned width)
{
	struct buf clean;
	size_t n;

	buf_init(&clean, 1 << 20);
	text_clean(&clean, s);
	n = text_fit(clean.data, clean.n, width);
	buf_put(to, clean.data, n);
	buf_printf(to, "%*s", (int)(width - text_width(clean.data, n)), "");
	buf_clear(&clean);
}

/* The bytes of the next line: up to the last space that fits, or, in a word
 * longer than the line, as much as fits. */
static size_t
text_line(const char *s, size_t n, unsigned width)
{
	size_t fit = text_fit(s, n, width), at = fit;

	if (fit == n)
		return n;
	while (at > 0 && s[at] != ' ')
		at--;
	if (at > 0)
		return at;
	return fit > 0 ? fit : n;
}

void
text_wrap(struct buf *to, const char *s, unsigned indent, unsigned width)
{
	struct buf clean;

	buf_init(&clean, 1 << 20);
	text_clean(&clean, s);
	for (size_t i = 0; i < clean.n;) {
		size_t n =
		    text_line(clean.data + i, clean.n - i, width - indent);

		buf_printf(to, "%*s", (int)indent, "");
		buf_put(to, clean.data + i, n);
		buf_putc(to, '\n');
		i += n;
		while (i < clean.n && clean.data[i] == ' ')
			i++;
	}
	buf_clear(&clean);
}

const char *
text_result(enum result r)
{
	return r == RESULT_NOT_EXERCISED ? "not exercised" : result_name(r);
}

void
text_seconds(struct buf *to, double seconds)
{
	buf_puts(to, quantity(UNIT_SECONDS, seconds).text);
}

void
text_count(struct buf *to, uint64_t n)
{
	if (n < 10000000)
		buf_u64(to, n);
	else if (n < 10000000000)
		buf_printf(to, "%.1fM", (double)n / 1e6);
	else
		buf_printf(to, "%.1fG", (double)n / 1e9);
}

void
text_limit(struct buf *to, const struct expectation *x)
{
	if (x->limit.unit == UNIT_NONE)
		return;
	if (x->limit.unit == UNIT_WORD)
		buf_puts(to, x->limit.text);
	else
		buf_printf(
		    to, "%s %s", x->at_least ? ">=" : "<=", x->limit.text);
}

void
text_interval(struct buf *to, const struct expectation *x)
{
	enum unit unit = x->value.unit;

	if (!x->has_interval)
		return;
	if (unit == UNIT_NONE || unit == UNIT_WORD)
		buf_printf(to, "%.4g to %.4g", x->lo, x->hi);
	else
		buf_printf(to, "%s to %s", quantity(unit, x->lo).text,
		    quantity(unit, x->hi).text);
}

void
text_grouping(struct buf *to, const double shares[GROUPINGS])
{
	const char *comma = "";

	for (int g = 0; g < GROUPINGS; g++) {
		if (shares[g] <= 0)
			continue;
		buf_printf(to, shares[g] < 0.01 ? "%s%.2g%% %s" : "%s%.0f%% %s",
		    comma, shares[g] * 100, grouping_name((enum grouping)g));
		comma = ", ";
	}
}

void
text_status(struct buf *to, const struct moment *m)
{
	if (m->status != 0)
		buf_printf(to, "%u", m->status);
	else
		buf_puts(to, "---");
}

void
text_moment(struct buf *to, const struct moment *m, const struct verdict *v)
{
	buf_printf(to, "%10.3fs  #%-3u ", m->t, m->number);
	text_status(to, m);
	buf_printf(to, " %s, %s", journal_outcomes.v[m->outcome],
	    role_name((enum role)m->role));
	if (m->rule < v->n_rules) {
		buf_puts(to, ", rule ");
		text_clean(to, v->rules[m->rule].name);
	}
	if (m->gap >= 0) {
		buf_puts(to, ", gap ");
		text_seconds(to, m->gap);
	}
	if (m->early && m->due > m->t) {
		buf_puts(to, ", early by ");
		text_seconds(to, m->due - m->t);
	}
	if (m->retry_after >= 0) {
		buf_puts(to, ", told to wait ");
		text_seconds(to, m->retry_after);
	}
	if (m->offends)
		buf_puts(to, "  <--");
}

void
text_offender(struct buf *to, const struct offender *o)
{
	buf_printf(to, "%s %s, operation %s (%s, %u attempt%s)", o->method,
	    o->path, o->op, grouping_name(o->grouping), o->n_attempts,
	    o->n_attempts == 1 ? "" : "s");
	if (o->what != NULL)
		buf_printf(to, ": %s", o->what);
}

unsigned
text_counted(const struct verdict *v)
{
	unsigned n = 0;

	for (unsigned i = 0; i < v->n_expectations; i++)
		if (!v->expectations[i].implied ||
		    v->expectations[i].status != RESULT_NOT_EXERCISED)
			n++;
	return n;
}

unsigned
text_ended(const struct verdict *v, enum result r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < v->n_expectations; i++)
		if (v->expectations[i].status == r &&
		    (r != RESULT_NOT_EXERCISED || !v->expectations[i].implied))
			n++;
	return n;
}

static void
text_tally(struct buf *to, const struct verdict *v)
{
	static const char *const words[] = { "passed", "failed", "inconclusive",
		"not exercised" };
	unsigned counted = text_counted(v), idle, open;

	buf_printf(to, "%u of %u expectation%s %s", text_ended(v, v->overall),
	    counted, counted == 1 ? "" : "s", words[v->overall]);
	idle = text_ended(v, RESULT_NOT_EXERCISED);
	open = text_ended(v, RESULT_INCONCLUSIVE);
	if (v->overall == RESULT_FAIL && open > 0)
		buf_printf(to, ", %u inconclusive", open);
	if (v->overall != RESULT_NOT_EXERCISED && idle > 0)
		buf_printf(to, ", %u not exercised", idle);
}

void
text_verdict(struct buf *to, const struct verdict *v)
{
	buf_printf(to, "%s: %s (", v->partial ? "verdict so far" : "verdict",
	    text_result(v->overall));
	if (v->losses > 0)
		buf_printf(to, "%llu record%s lost, so nothing is proven",
		    (unsigned long long)v->losses,
		    v->losses == 1 ? " was" : "s were");
	else if (v->n_expectations == 0)
		buf_puts(to, "no expectations: nothing was judged");
	else if (v->attempts == 0)
		buf_puts(to, "no request arrived");
	else if (text_counted(v) == 0)
		buf_puts(to, "no expectation met a case");
	else
		text_tally(to, v);
	buf_putc(to, ')');
}
