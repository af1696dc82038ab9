/*
 * A fault's parameters from a line of text, through its own table as the loader
 * does it: "code=503; retry_after.one_of=3s 4s 5s; headers=A>1|B>2". List
 * elements stand between spaces, pairs are name>value (name alone: null)
 * between bars.
 */
#ifndef FAULT_CONF_H
#define FAULT_CONF_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/units.h"
#include "fault/fault.h"

static struct arena *conf_arena;

/* The next part of *text up to sep, trimmed; false at the end. */
static inline bool
conf_part(struct span *text, char sep, struct span *part)
{
	const char *end;

	*part = (struct span){ text->p, 0 };
	if (text->n == 0)
		return false;
	end = memchr(text->p, sep, text->n);
	*part = (struct span){ text->p,
		end != NULL ? (size_t)(end - text->p) : text->n };
	text->p += part->n;
	text->n -= part->n;
	if (end != NULL)
		text->p++, text->n--;
	*part = span_trim(*part);
	return true;
}

static inline int
conf_enum(const struct param *p, struct span text)
{
	for (int i = 0; p->names[i] != NULL; i++)
		if (span_eq(span_str(p->names[i]), text))
			return i;
	fail_msg("%s: no such word: %.*s", p->name, (int)text.n, text.p);
	return -1;
}

static inline void
conf_scalar(const struct param *p, struct span s, void *to)
{
	const char *why = NULL;

	switch (p->type) {
	case PARAM_BOOL:
		*(bool *)to = span_eq(s, SPAN("true"));
		break;
	case PARAM_INT:
	case PARAM_CODE:
		why = units_int(s, INT64_MIN, INT64_MAX, to);
		break;
	case PARAM_DURATION:
		why = units_duration(s, to);
		break;
	case PARAM_SIZE:
		why = units_size(s, to);
		break;
	case PARAM_BANDWIDTH:
		why = units_bandwidth(s, to);
		break;
	case PARAM_STRING:
		*(const char **)to = arena_strndup(conf_arena, s.p, s.n);
		break;
	case PARAM_ENUM:
		*(int *)to = conf_enum(p, s);
		break;
	default:
		fail_msg("%s is no scalar", p->name);
	}
	if (why != NULL)
		fail_msg("%s: %s", p->name, why);
}

static inline void
conf_pairs(struct span s, struct param_pairs *to)
{
	struct span pair, name;

	to->v = arena_calloc(conf_arena, s.n + 1, sizeof(to->v[0]));
	while (conf_part(&s, '|', &pair)) {
		struct param_pair *p = &to->v[to->n++];

		conf_part(&pair, '>', &name);
		p->name = arena_strndup(conf_arena, name.p, name.n);
		if (pair.p[-1] == '>')
			p->value = arena_strndup(conf_arena, pair.p, pair.n);
	}
}

static inline void
conf_value(const struct param *p, struct span s, void *to)
{
	struct param_list *list = to;
	struct span part;

	if (p->type == PARAM_PAIRS) {
		conf_pairs(s, to);
	} else if (p->type == PARAM_LIST) {
		list->v = arena_calloc(conf_arena, s.n + 1, p->sub->size);
		while (conf_part(&s, ' ', &part))
			conf_scalar(p->sub->rows, part,
			    (char *)list->v + list->n++ * p->sub->size);
	} else {
		conf_scalar(p, s, to);
	}
}

static inline void
conf_set(const struct param_set *set, void *conf, struct span path,
    struct span value)
{
	struct span name;

	conf_part(&path, '.', &name);
	for (unsigned i = 0; i < set->n_rows; i++) {
		const struct param *p = &set->rows[i];
		void *to = (char *)conf + p->offset;

		if (!span_eq(span_str(p->name), name))
			continue;
		*(uint32_t *)((char *)conf + set->given) |= 1u << i;
		if (p->type == PARAM_MAP)
			conf_set(p->sub, to, path, value);
		else
			conf_value(p, value, to);
		return;
	}
	fail_msg("no parameter %.*s", (int)name.n, name.p);
}

static inline const void *
conf_of(const struct fault_type *type, const char *text)
{
	const struct param_set *set = &type->params;
	struct span rest = span_str(text), entry, path;
	char *conf;

	if (conf_arena == NULL)
		conf_arena = arena_new();
	conf = arena_calloc(conf_arena, 1, set->size);
	for (unsigned i = 0; i < set->n_rows; i++)
		if (set->rows[i].fallback != NULL)
			conf_scalar(&set->rows[i],
			    span_str(set->rows[i].fallback),
			    conf + set->rows[i].offset);
	while (conf_part(&rest, ';', &entry)) {
		conf_part(&entry, '=', &path);
		conf_set(set, conf, path, entry);
	}
	return conf;
}

/* What the type's check says of such parameters; "" when they are fine. */
static inline const char *
conf_check(const struct fault_type *type, const char *text)
{
	const char *why = type->params.check(conf_of(type, text));

	return why != NULL ? why : "";
}

static inline int
conf_free(void **state)
{
	(void)state;
	arena_free(conf_arena);
	conf_arena = NULL;
	return 0;
}

#endif
