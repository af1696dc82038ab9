#include "scenario/scalars.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/units.h"

enum { CODE_MIN = 100, CODE_MAX = 999, WHY_MAX = 128 };

static const struct {
	size_t size;
	const char *wanted;
} scalars_types[] = {
	[PARAM_BOOL] = { sizeof(bool), "true or false" },
	[PARAM_INT] = { sizeof(int64_t), "a whole number" },
	[PARAM_DURATION] = { sizeof(uint64_t),
	    "a duration such as 250ms, 3s, 2m or 1h" },
	[PARAM_RATE] = { sizeof(uint32_t), "a rate such as 20% or 0.01%" },
	[PARAM_SIZE] = { sizeof(uint64_t),
	    "a size such as 512B, 64KiB or 1MB" },
	[PARAM_BANDWIDTH] = { sizeof(uint64_t),
	    "a bandwidth such as 64KiB/s or 1MB/s" },
	[PARAM_STRING] = { sizeof(const char *), "text" },
	[PARAM_ENUM] = { sizeof(int), "one of a few words" },
	[PARAM_CODE] = { sizeof(int64_t), "a status code from 100 to 999" },
};

bool
scalars_has(enum param_type type)
{
	return type <= PARAM_CODE;
}

size_t
scalars_size(enum param_type type)
{
	assert(scalars_has(type));
	return scalars_types[type].size;
}

const char *
scalars_wanted(enum param_type type)
{
	assert(scalars_has(type));
	return scalars_types[type].wanted;
}

typedef const char *scalars_text(uint64_t v, char to[UNITS_TEXT]);

static const char *
scalars_number_text(uint64_t v, char to[UNITS_TEXT])
{
	snprintf(to, UNITS_TEXT, "%lld", (long long)v);
	return to;
}

static const char *
scalars_share_text(uint64_t v, char to[UNITS_TEXT])
{
	return units_rate_text((uint32_t)v, to);
}

/* NULL when v is in the row's range (of which max 0 is none), else why not. */
static const char *
scalars_range(
    const struct param *p, uint64_t v, scalars_text *text, char why[WHY_MAX])
{
	char limit[UNITS_TEXT];

	if (p->min > 0 && v < (uint64_t)p->min)
		snprintf(
		    why, WHY_MAX, "at least %s", text((uint64_t)p->min, limit));
	else if (p->max != 0 && v > (uint64_t)p->max)
		snprintf(
		    why, WHY_MAX, "at most %s", text((uint64_t)p->max, limit));
	else
		return NULL;
	return why;
}

static const char *
scalars_unsigned(const char *wrong, const struct param *p, uint64_t v,
    scalars_text *text, void *to, char why[WHY_MAX])
{
	if (wrong == NULL)
		wrong = scalars_range(p, v, text, why);
	if (wrong == NULL)
		memcpy(to, &v, sizeof(v));
	return wrong;
}

static const char *
scalars_int(
    const struct node *n, int64_t min, int64_t max, void *to, char why[WHY_MAX])
{
	const char *wrong = NULL;
	int64_t v = 0;

	if (!n->plain || units_int(n->text, INT64_MIN, INT64_MAX, &v) != NULL ||
	    (n->text.n > 1 && n->text.p[0] == '0')) {
		snprintf(why, WHY_MAX, "expected a whole number");
		wrong = why;
	} else if (v < min || v > max) {
		if (max == INT64_MAX)
			snprintf(why, WHY_MAX, "at least %lld", (long long)min);
		else
			snprintf(why, WHY_MAX, "from %lld to %lld",
			    (long long)min, (long long)max);
		wrong = why;
	}
	if (wrong == NULL)
		memcpy(to, &v, sizeof(v));
	return wrong;
}

static const char *
scalars_rate(
    const struct node *n, const struct param *p, void *to, char why[WHY_MAX])
{
	const char *wrong;
	uint32_t v = 0;

	if ((wrong = units_rate(n->text, &v)) == NULL)
		wrong = scalars_range(p, v, scalars_share_text, why);
	if (wrong == NULL)
		memcpy(to, &v, sizeof(v));
	return wrong;
}

static const char *
scalars_bool(const struct node *n, void *to)
{
	bool v = node_is(n, "true");

	if (!n->plain || (!v && !node_is(n, "false")))
		return "expected true or false";
	memcpy(to, &v, sizeof(v));
	return NULL;
}

static const char *
scalars_string(
    const struct node *n, const struct param *p, void *to, char why[WHY_MAX])
{
	const char *s = n->text.p;

	if (memchr(n->text.p, '\0', n->text.n) != NULL)
		return "a NUL in the text";
	if (n->text.n < (size_t)p->min)
		return n->text.n == 0 ? "empty" : "too short";
	if (p->max != 0 && n->text.n > (size_t)p->max) {
		snprintf(
		    why, WHY_MAX, "longer than %lld bytes", (long long)p->max);
		return why;
	}
	memcpy(to, &s, sizeof(s));
	return NULL;
}

/* An unknown word has its own message. */
static bool
scalars_enum(
    struct reader *r, const struct node *n, const struct param *p, void *to)
{
	char what[NODE_SHOWN];
	size_t n_names = 0;

	for (int i = 0; p->names[i] != NULL; i++) {
		if (node_is(n, p->names[i])) {
			memcpy(to, &i, sizeof(i));
			return true;
		}
		n_names++;
	}
	snprintf(what, sizeof(what), "%s: unknown value", p->name);
	if (r != NULL)
		node_unknown(r, n, what, p->names, n_names);
	return false;
}

static const char *
scalars_value(
    const struct node *n, const struct param *p, void *to, char why[WHY_MAX])
{
	bool any = p->min == 0 && p->max == 0;
	const char *wrong;
	uint64_t v = 0;

	switch (p->type) {
	case PARAM_BOOL:
		return scalars_bool(n, to);
	case PARAM_INT:
		return scalars_int(
		    n, p->min, any ? INT64_MAX : p->max, to, why);
	case PARAM_CODE:
		return scalars_int(n, CODE_MIN, CODE_MAX, to, why);
	case PARAM_DURATION:
		wrong = units_duration(n->text, &v);
		return scalars_unsigned(
		    wrong, p, v, units_duration_text, to, why);
	case PARAM_SIZE:
		wrong = units_size(n->text, &v);
		return scalars_unsigned(wrong, p, v, units_size_text, to, why);
	case PARAM_BANDWIDTH:
		wrong = units_bandwidth(n->text, &v);
		return scalars_unsigned(
		    wrong, p, v, scalars_number_text, to, why);
	case PARAM_RATE:
		return scalars_rate(n, p, to, why);
	default:
		assert(p->type == PARAM_STRING);
		return scalars_string(n, p, to, why);
	}
}

bool
scalars_read(
    struct reader *r, const struct node *n, const struct param *p, void *to)
{
	char why[WHY_MAX], shown[NODE_SHOWN];
	const char *wrong;

	if (n->kind != NODE_SCALAR || node_is_null(n)) {
		if (r != NULL)
			node_error(r, n, "%s: expected %s, got %s", p->name,
			    scalars_wanted(p->type), node_show(n, shown));
		return false;
	}
	if (p->type == PARAM_ENUM)
		return scalars_enum(r, n, p, to);
	wrong = scalars_value(n, p, to, why);
	if (wrong != NULL && r != NULL)
		node_error(r, n, "%s: %s, got %s", p->name, wrong,
		    node_show(n, shown));
	return wrong == NULL;
}
