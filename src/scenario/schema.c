#include "scenario/schema.h"

#include <assert.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "scenario/cond_keys.h"
#include "scenario/inject.h"
#include "scenario/load.h"
#include "scenario/loader.h"
#include "scenario/rule_keys.h"

static json_t *schema_set(const struct param_set *set);
static json_t *schema_type(const struct param *p);

#define SCHEMA_NUMBER "[0-9]+(\\.[0-9]+)?"

/* What text a type is written as; the units of base/units.h. */
static const char *const schema_patterns[] = {
	[PARAM_DURATION] = "^" SCHEMA_NUMBER "(ns|us|ms|s|m|h)$",
	[PARAM_RATE] = "^" SCHEMA_NUMBER "%$",
	[PARAM_SIZE] = "^" SCHEMA_NUMBER "([kKMGT]i?)?B$",
	[PARAM_BANDWIDTH] = "^" SCHEMA_NUMBER "([kKMGT]i?)?B/s$",
};

static json_t *
schema_object(const char *fmt, ...)
{
	json_t *o;
	va_list ap;

	va_start(ap, fmt);
	o = json_vpack_ex(NULL, 0, fmt, ap);
	va_end(ap);
	assert(o != NULL);
	return o;
}

static json_t *
schema_any(json_t *options)
{
	json_t *only;

	if (json_array_size(options) != 1)
		return schema_object("{so}", "anyOf", options);
	only = json_incref(json_array_get(options, 0));
	json_decref(options);
	return only;
}

static json_t *
schema_ref(const char *name)
{
	char *path = xasprintf("#/definitions/%s", name);
	json_t *ref = schema_object("{ss}", "$ref", path);

	free(path);
	return ref;
}

static json_t *
schema_number(const struct param *p)
{
	json_t *o = schema_object("{ss}", "type", "integer");
	int64_t min = p->type == PARAM_CODE ? 100 : p->min;
	int64_t max = p->type == PARAM_CODE ? 999 : p->max;

	json_object_set_new(o, "minimum", json_integer(min));
	if (max != 0 && max < INT64_MAX)
		json_object_set_new(o, "maximum", json_integer(max));
	return o;
}

static json_t *
schema_words(const char *const *names)
{
	json_t *words = json_array();

	for (; *names != NULL; names++)
		json_array_append_new(words, json_string(*names));
	return schema_object("{so}", "enum", words);
}

static json_t *
schema_list(const struct param *p)
{
	json_t *element = params_is_bare(p->sub) ? schema_type(p->sub->rows)
						 : schema_set(p->sub);
	json_t *list = schema_object(
	    "{ss, sO, si}", "type", "array", "items", element, "minItems", 1);

	if (p->max != 0)
		json_object_set_new(list, "maxItems", json_integer(p->max));
	if ((p->flags & PARAMS_ONE) != 0)
		return schema_any(schema_object("[o, o]", element, list));
	json_decref(element);
	return list;
}

static json_t *
schema_type(const struct param *p)
{
	switch (p->type) {
	case PARAM_BOOL:
		return schema_object("{ss}", "type", "boolean");
	case PARAM_INT:
	case PARAM_CODE:
		return schema_number(p);
	case PARAM_STRING:
		return schema_object(
		    "{s[sss]}", "type", "string", "number", "boolean");
	case PARAM_SIZE:
		return schema_object("{s[ss], ss}", "type", "string", "integer",
		    "pattern", schema_patterns[p->type]);
	case PARAM_ENUM:
		return schema_words(p->names);
	case PARAM_PAIRS:
		return schema_object("{ss, s{s[ssss]}, si}", "type", "object",
		    "additionalProperties", "type", "string", "number",
		    "boolean", "null", "minProperties", 1);
	case PARAM_LIST:
		return schema_list(p);
	case PARAM_MAP:
		return schema_set(p->sub);
	default:
		return schema_object("{ss, ss}", "type", "string", "pattern",
		    schema_patterns[p->type]);
	}
}

/* A default as JSON: what YAML would read it as. */
static json_t *
schema_default(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	return value != NULL ? value : json_string(text);
}

static json_t *
schema_row(const struct param *p)
{
	json_t *o = schema_type(p);

	if (p->help != NULL)
		json_object_set_new(o, "description", json_string(p->help));
	if (p->fallback != NULL && scalars_has(p->type))
		json_object_set_new(o, "default", schema_default(p->fallback));
	return o;
}

/* An object of rows; NULL rows of a grammar are fine. */
static json_t *
schema_rows(const struct param_set *set)
{
	json_t *properties = json_object(), *required = json_array();
	json_t *o;

	for (unsigned i = 0; i < set->n_rows; i++) {
		const struct param *p = &set->rows[i];

		json_object_set_new(properties, p->name, schema_row(p));
		if ((p->flags & PARAM_REQUIRED) != 0)
			json_array_append_new(required, json_string(p->name));
	}
	o = schema_object("{ss, so, sb}", "type", "object", "properties",
	    properties, "additionalProperties", 0);
	if (json_array_size(required) > 0)
		json_object_set(o, "required", required);
	json_decref(required);
	return o;
}

/* A mapping, or what may stand in its place. */
static json_t *
schema_set(const struct param_set *set)
{
	json_t *options = json_array();

	for (unsigned i = 0; i < set->n_rows; i++)
		if ((set->rows[i].flags & PARAM_SCALAR) != 0)
			json_array_append_new(
			    options, schema_type(&set->rows[i]));
	json_array_append_new(options, schema_rows(set));
	return schema_any(options);
}

static json_t *
schema_grammar(const struct grammar *g)
{
	json_t *o = schema_rows(&g->set);
	json_t *properties = json_object_get(o, "properties");
	json_t *required = json_object_get(o, "required");

	for (unsigned i = 0; i < g->n_parts; i++) {
		const struct part *part = &g->parts[i];

		json_object_set_new(properties, part->name,
		    schema_object("{so, ss}", "allOf",
			schema_object("[o]", schema_ref(part->schema)),
			"description", part->help));
		if ((part->flags & PARAM_REQUIRED) == 0)
			continue;
		if (required == NULL) {
			required = json_array();
			json_object_set_new(o, "required", required);
		}
		json_array_append_new(required, json_string(part->name));
	}
	return o;
}

static json_t *
schema_array(json_t *items)
{
	return schema_object(
	    "{ss, so, si}", "type", "array", "items", items, "minItems", 1);
}

/* Adds one more thing that a key may hold. */
static void
schema_add(json_t *properties, const char *name, json_t *value)
{
	json_t *old = json_object_get(properties, name);

	if (old == NULL)
		json_object_set_new(properties, name, value);
	else if (json_equal(old, value))
		json_decref(value);
	else
		json_object_set_new(properties, name,
		    schema_object("{s[Oo]}", "anyOf", old, value));
}

static json_t *
schema_fault(const struct fault_type *t)
{
	json_t *o = schema_set(&t->params);

	json_object_set_new(o, "description", json_string(t->summary));
	return o;
}

static json_t *
schema_inject(bool connection)
{
	json_t *properties = json_object();

	for (const struct fault_type *const *t = fault_types; *t != NULL; t++)
		if (((*t)->class == FAULT_CONNECTION) == connection)
			schema_add(properties, (*t)->name, schema_fault(*t));
	for (unsigned i = 0; !connection && i < inject_common_set.n_rows; i++)
		schema_add(properties, inject_common_set.rows[i].name,
		    schema_row(&inject_common_set.rows[i]));
	for (const struct fault_type *const *t = fault_types;
	     !connection && *t != NULL; t++)
		for (unsigned i = 0; i < (*t)->params.n_rows; i++)
			if (((*t)->params.rows[i].flags & PARAM_BESIDE) != 0)
				schema_add(properties,
				    (*t)->params.rows[i].name,
				    schema_row(&(*t)->params.rows[i]));
	return schema_object("{ss, so, sb, si}", "type", "object", "properties",
	    properties, "additionalProperties", 0, "minProperties", 1);
}

static json_t *
schema_expect(void)
{
	json_t *o = schema_grammar(&expects_grammar);
	json_t *properties = json_object_get(o, "properties");

	for (unsigned i = 0; i < CHECK_IDS; i++) {
		json_t *check = schema_set(&check_types[i]->params);

		json_object_set_new(
		    check, "description", json_string(check_types[i]->summary));
		json_object_set_new(properties, check_types[i]->name, check);
	}
	return schema_array(o);
}

/* A rule about connections has other faults than one about requests. */
static json_t *
schema_rule(bool connection)
{
	json_t *o = schema_grammar(&rules_grammar);
	json_t *properties = json_object_get(o, "properties");

	json_object_set_new(o, "oneOf",
	    schema_object("[{s[s]}, {s[s]}]", "required", "inject", "required",
		"choose"));
	if (!connection)
		return o;
	json_object_set_new(
	    properties, "inject", schema_ref("connection_inject"));
	json_object_set_new(
	    properties, "choose", schema_ref("connection_choose"));
	return o;
}

static json_t *
schema_choice(bool connection)
{
	json_t *o = schema_grammar(&rules_choice_grammar);

	if (connection)
		json_object_set_new(json_object_get(o, "properties"), "inject",
		    schema_ref("connection_inject"));
	return schema_array(o);
}

/* Values of match keys that no row describes. */
static void
schema_match_values(json_t *to)
{
	json_t *word = schema_type(&conds_protocol_row);

	json_object_set_new(to, "patterns",
	    schema_object("{s[{ss}, {sss{ss}si}]}", "anyOf", "type", "string",
		"type", "array", "items", "type", "string", "minItems", 1));
	json_object_set(to, "strings", json_object_get(to, "patterns"));
	json_object_set_new(to, "named",
	    schema_object("{sss{s[o{ss}]}si}", "type", "object",
		"additionalProperties", "anyOf", schema_ref("patterns"), "type",
		"boolean", "minProperties", 1));
	json_object_set_new(to, "protocols",
	    schema_any(schema_object("[Oo]", word, schema_array(word))));
	json_object_set_new(to, "body_size", schema_set(&conds_size_set));
	json_object_set_new(to, "attempt",
	    schema_object("{s[{sssi}o]}", "anyOf", "type", "integer", "minimum",
		1, schema_set(&conds_attempt_set)));
	json_object_set_new(to, "matches",
	    schema_any(schema_object("[oo]", schema_ref("match"),
		schema_array(schema_ref("match")))));
}

static json_t *
schema_definitions(void)
{
	json_t *to = json_object();

	json_object_set_new(to, "match", schema_grammar(&conds_grammar));
	schema_match_values(to);
	json_object_set_new(to, "inject", schema_inject(false));
	json_object_set_new(to, "connection_inject", schema_inject(true));
	json_object_set_new(to, "choose", schema_choice(false));
	json_object_set_new(to, "connection_choose", schema_choice(true));
	json_object_set_new(to, "rules", schema_array(schema_rule(false)));
	json_object_set_new(to, "connections", schema_array(schema_rule(true)));
	json_object_set_new(
	    to, "phases", schema_array(schema_grammar(&phases_grammar)));
	json_object_set_new(to, "identity", schema_grammar(&ladder_grammar));
	json_object_set_new(to, "expect", schema_expect());
	return to;
}

char *
schema_text(void)
{
	json_t *root = schema_grammar(&load_grammar), *all;
	char *text, *lines;

	all = schema_object("{ssss}", "$schema",
	    "http://json-schema.org/draft-07/schema#", "title",
	    "A brownout scenario");
	json_object_update(all, root);
	json_object_set_new(all, "definitions", schema_definitions());
	text = json_dumps(all, JSON_INDENT(1));
	assert(text != NULL);
	lines = xasprintf("%s\n", text);
	free(text);
	json_decref(root);
	json_decref(all);
	return lines;
}
