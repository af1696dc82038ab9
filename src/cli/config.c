#include "cli/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "scenario/node.h"
#include "scenario/source.h"
#include "scenario/yaml.h"

static void
config_value(struct reader *r, struct options *o, const char *name,
    const struct node *value)
{
	unsigned row = (unsigned)options_find(name);
	const char *why;

	if (!node_expect(r, value, NODE_SCALAR, name))
		return;
	why = node_is_null(value) ? "a value is missing; leave the key out"
				  : options_set(o, row, value->text.p);
	if (why != NULL)
		node_error(r, value, "%s: %s", name, why);
}

/* What was given, for comparing two files. */
static void
config_note(struct options *o, unsigned row, const struct node *value)
{
	struct buf b;
	char *text;

	buf_init(&b, SIZE_MAX);
	if (value->kind == NODE_SCALAR)
		buf_span(&b, value->text);
	for (size_t i = 0; value->kind == NODE_LIST && i < value->n; i++) {
		if (i > 0)
			buf_putc(&b, '\n');
		buf_span(&b, value->items[i]->text);
	}
	text = buf_take(&b);
	o->given[row] = arena_strdup(o->arena, text);
	free(text);
}

static void
config_pair(struct reader *r, struct options *o, const struct node *key,
    const struct node *value)
{
	const char *known[OPTIONS_MAX];
	unsigned n = options_names(known);
	int row = options_find(key->text.p);

	if (row == -1) {
		node_unknown(r, key, "unknown option", known, n);
	} else if (strcmp(known[row], "config") == 0) {
		node_error(r, key, "a configuration names no other one");
	} else if (value->kind == NODE_LIST && options_is_list((unsigned)row)) {
		for (size_t i = 0; i < value->n; i++)
			config_value(r, o, known[row], value->items[i]);
		config_note(o, (unsigned)row, value);
	} else {
		config_value(r, o, known[row], value);
		config_note(o, (unsigned)row, value);
	}
}

bool
config_read(struct options *o, const char *file, struct diags *diags)
{
	struct reader r = { .arena = o->arena, .file = file, .diags = diags };
	struct span text = { NULL, 0 };
	struct node *root;

	text.p = source_read(&r, file, &text.n);
	if (text.p == NULL || !source_check(&r, text))
		return false;
	root = yaml_parse(&r, text);
	if (root == NULL)
		return false;
	if (!node_expect(&r, root, NODE_MAP, "the configuration"))
		return false;
	for (size_t i = 0; i < root->n; i++)
		config_pair(&r, o, node_key(root, i), node_value(root, i));
	return r.n_problems == 0;
}
