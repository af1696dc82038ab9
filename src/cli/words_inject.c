#include "cli/words.h"

#include <string.h>

#include "base/units.h"

static void
words_value(struct buf *to, const struct param *row, const char *at);

static void
words_text(struct buf *to, const char *s)
{
	bool plain = *s != '\0' && strpbrk(s, ",:{}[]#\"'\n\t") == NULL;

	buf_printf(to, plain ? "%s" : "\"%s\"", s);
}

static void
words_pairs(struct buf *to, const struct param_pairs *pairs)
{
	buf_putc(to, '{');
	for (size_t i = 0; i < pairs->n; i++) {
		buf_printf(to, "%s%s: ", i > 0 ? ", " : "", pairs->v[i].name);
		if (pairs->v[i].value != NULL)
			words_text(to, pairs->v[i].value);
		else
			buf_puts(to, "null");
	}
	buf_putc(to, '}');
}

/* The bits of the rows that were written. */
static uint32_t
words_given(const struct param_set *set, const char *conf)
{
	uint32_t given;

	memcpy(&given, conf + set->given, sizeof(given));
	return given;
}

/* A mapping that was written as one value is told as one. */
static void
words_set(struct buf *to, const struct param_set *set, const char *conf)
{
	uint32_t given = words_given(set, conf);
	bool more = false;

	for (unsigned i = 0; i < set->n_rows; i++)
		if (given == 1u << i && (set->rows[i].flags & PARAM_SCALAR)) {
			words_value(to, &set->rows[i], conf);
			return;
		}
	buf_putc(to, '{');
	for (unsigned i = 0; i < set->n_rows; i++) {
		if ((given >> i & 1) == 0)
			continue;
		buf_printf(to, "%s%s: ", more ? ", " : "", set->rows[i].name);
		words_value(to, &set->rows[i], conf);
		more = true;
	}
	buf_putc(to, '}');
}

static void
words_list(
    struct buf *to, const struct param_set *sub, const struct param_list *list)
{
	bool bare = sub->n_rows == 1 && sub->rows[0].offset == 0 &&
		    sub->size <= sizeof(uint64_t);

	buf_putc(to, '[');
	for (size_t i = 0; i < list->n; i++) {
		const char *at = (const char *)list->v + i * sub->size;

		buf_puts(to, i > 0 ? ", " : "");
		if (bare)
			words_value(to, &sub->rows[0], at);
		else
			words_set(to, sub, at);
	}
	buf_putc(to, ']');
}

/* A value of eight bytes, by its type. */
static void
words_number(struct buf *to, enum param_type type, const char *at)
{
	char text[UNITS_TEXT];
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	if (type == PARAM_DURATION)
		buf_puts(to, units_duration_text(v, text));
	else if (type == PARAM_SIZE || type == PARAM_BANDWIDTH)
		buf_puts(to, units_size_text(v, text));
	else
		buf_printf(to, "%jd", (intmax_t)(int64_t)v);
	if (type == PARAM_BANDWIDTH)
		buf_puts(to, "/s");
}

static void
words_value(struct buf *to, const struct param *row, const char *conf)
{
	const char *at = conf + row->offset;
	const void *const here = at;
	char text[UNITS_TEXT];

	switch (row->type) {
	case PARAM_BOOL:
		buf_puts(to, *(const bool *)here ? "true" : "false");
		break;
	case PARAM_RATE:
		buf_puts(to, units_rate_text(*(const uint32_t *)here, text));
		break;
	case PARAM_STRING:
		words_text(to, *(const char *const *)here);
		break;
	case PARAM_ENUM:
		buf_puts(to, row->names[*(const int *)here]);
		break;
	case PARAM_PAIRS:
		words_pairs(to, here);
		break;
	case PARAM_LIST:
		words_list(to, row->sub, here);
		break;
	case PARAM_MAP:
		words_set(to, row->sub, at);
		break;
	default:
		words_number(to, row->type, at);
		break;
	}
}

/* A fault whose other parameters stand beside it in the file, or inside. */
static void
words_fault(struct buf *to, const struct inject_fault *f)
{
	const struct param_set *set = &f->type->params;
	uint32_t given = words_given(set, f->conf), beside = 0, first = 0;

	for (unsigned i = 0; i < set->n_rows; i++) {
		if (set->rows[i].flags & PARAM_BESIDE)
			beside |= 1u << i;
		if (set->rows[i].flags & PARAM_SCALAR)
			first |= given & 1u << i;
	}
	buf_printf(to, "%s: ", f->type->name);
	if (first == 0 || (given & ~(beside | first)) != 0 ||
	    (first & (first - 1)) != 0) {
		words_set(to, set, f->conf);
		return;
	}
	for (unsigned i = 0; i < set->n_rows; i++)
		if (first >> i & 1)
			words_value(to, &set->rows[i], f->conf);
	for (unsigned i = 0; i < set->n_rows; i++) {
		if (((given & ~first) >> i & 1) == 0)
			continue;
		buf_printf(to, ", %s: ", set->rows[i].name);
		words_value(to, &set->rows[i], f->conf);
	}
}

void
words_inject(struct buf *to, const struct inject *inject)
{
	char text[UNITS_TEXT];

	for (unsigned i = 0; i < inject->n_faults; i++) {
		buf_puts(to, i > 0 ? ", " : "");
		words_fault(to, &inject->faults[i]);
	}
	if (inject->after_ns > 0)
		buf_printf(to, ", after: %s",
		    units_duration_text(inject->after_ns, text));
	if (inject->served)
		buf_puts(to, ", upstream: served");
}

void
words_what(struct buf *to, const struct rule *r)
{
	char text[UNITS_TEXT];

	if (r->n_choices == 0)
		words_inject(to, &r->inject);
	for (unsigned i = 0; i < r->n_choices; i++) {
		buf_puts(to, i > 0 ? "; " : "");
		buf_puts(to, units_rate_text(r->choices[i].rate, text));
		buf_putc(to, ' ');
		words_inject(to, &r->choices[i].inject);
	}
}
