#include "scenario/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/xalloc.h"
#include "scenario/names.h"
#include "scenario/keys.h"

/* One open list or mapping: its children so far are on the shared stack. */
struct yaml_level {
	struct node *node;
	size_t from;
};

struct yaml_build {
	struct reader *r;
	yaml_parser_t parser;
	struct node *root;
	struct yaml_level levels[YAML_DEPTH_MAX];
	unsigned depth;
	struct node **stack; /* children of all open levels */
	size_t n, cap, n_nodes;
	struct names anchors;
	bool stop;
};

static unsigned
yaml_line(const yaml_mark_t *m)
{
	return (unsigned)m->line + 1;
}

static unsigned
yaml_col(const yaml_mark_t *m)
{
	return (unsigned)m->column + 1;
}

/* A problem after which the rest of the file cannot be read. */
static void
yaml_fatal(struct yaml_build *b, const yaml_mark_t *at, const char *what)
{
	node_error_at(b->r, yaml_line(at), yaml_col(at), "%s", what);
	b->stop = true;
}

/* Whether that line (from 0) is indented with a tab. */
static bool
yaml_tab_leads(struct span text, size_t line)
{
	const char *end = text.p + text.n, *p = text.p;

	for (; line > 0 && p < end; line--) {
		p = memchr(p, '\n', (size_t)(end - p));
		if (p == NULL)
			return false;
		p++;
	}
	while (p < end && *p == ' ')
		p++;
	return p < end && *p == '\t';
}

/* libyaml's own words, unless they would puzzle who does not write parsers. */
static void
yaml_syntax(struct yaml_build *b, struct span text)
{
	const yaml_parser_t *p = &b->parser;
	const char *problem = p->problem != NULL ? p->problem : "not YAML";
	const yaml_mark_t *at = &p->problem_mark;
	const char *context = p->context != NULL ? p->context : "";

	b->stop = true;
	if (strstr(context, "quoted scalar") != NULL &&
	    strstr(problem, "end of stream") != NULL)
		node_error_at(b->r, yaml_line(&p->context_mark),
		    yaml_col(&p->context_mark), "this quote is never closed");
	else if (yaml_tab_leads(text, at->line))
		node_error_at(b->r, yaml_line(at), yaml_col(at),
		    "a tab; YAML is indented with spaces");
	else if (context[0] != '\0' && p->context_mark.line != at->line)
		node_error_at(b->r, yaml_line(at), yaml_col(at),
		    "%s %s that began at line %u: check indentation, quotes "
		    "and brackets",
		    problem, context, yaml_line(&p->context_mark));
	else
		node_error_at(b->r, yaml_line(at), yaml_col(at), "%s%s%s",
		    problem, context[0] != '\0' ? " " : "", context);
}

static struct node *
yaml_node(struct yaml_build *b, enum node_kind kind, const yaml_event_t *e)
{
	struct node *n = arena_calloc(b->r->arena, 1, sizeof(*n));

	n->kind = kind;
	n->line = yaml_line(&e->start_mark);
	n->col = yaml_col(&e->start_mark);
	n->weight = 1;
	if (++b->n_nodes > YAML_NODES_MAX)
		yaml_fatal(b, &e->start_mark, "too many values in one file");
	return n;
}

/* Hands a finished node, or an alias to one, to the level it belongs to. */
static void
yaml_add(struct yaml_build *b, struct node *n, const yaml_mark_t *at)
{
	struct node *parent;

	if (b->depth == 0) {
		b->root = n;
		return;
	}
	parent = b->levels[b->depth - 1].node;
	parent->weight += n->weight;
	if (parent->weight > YAML_NODES_MAX)
		yaml_fatal(
		    b, at, "aliases blow the file up beyond all measure");
	if (b->n == b->cap) {
		b->cap = b->cap != 0 ? 2 * b->cap : 256;
		b->stack = xreallocarray(b->stack, b->cap, sizeof(*b->stack));
	}
	b->stack[b->n++] = n;
}

/* A tag would change what a value means; only the obvious ones do not. */
static void
yaml_tag(struct yaml_build *b, const yaml_char_t *tag, const yaml_event_t *e)
{
	if (tag == NULL || strcmp((const char *)tag, "!") == 0)
		return;
	node_error_at(b->r, yaml_line(&e->start_mark), yaml_col(&e->start_mark),
	    "the tag %.40s: tags have no meaning in a scenario",
	    (const char *)tag);
}

static void
yaml_anchor(struct yaml_build *b, const yaml_char_t *name, struct node *n)
{
	if (name != NULL)
		names_set(&b->anchors, (const char *)name, n);
}

static void
yaml_on_scalar(struct yaml_build *b, const yaml_event_t *e)
{
	size_t length = e->data.scalar.length;
	yaml_scalar_style_t style = e->data.scalar.style;
	size_t span = e->end_mark.index - e->start_mark.index;
	struct node *n = yaml_node(b, NODE_SCALAR, e);
	size_t chars = 0;

	if (length > YAML_SCALAR_MAX) {
		yaml_fatal(b, &e->start_mark, "a text of more than 256 KiB");
		return;
	}
	n->text.p = arena_strndup(
	    b->r->arena, (const char *)e->data.scalar.value, length);
	n->text.n = length;
	n->plain = style == YAML_PLAIN_SCALAR_STYLE;
	for (size_t i = 0; i < length; i++)
		chars += (e->data.scalar.value[i] & 0xc0) != 0x80;
	n->verbatim = e->start_mark.line == e->end_mark.line &&
		      chars + (n->plain ? 0 : 2) == span;
	yaml_tag(b, e->data.scalar.tag, e);
	yaml_anchor(b, e->data.scalar.anchor, n);
	yaml_add(b, n, &e->start_mark);
}

static void
yaml_on_start(struct yaml_build *b, enum node_kind kind, const yaml_event_t *e,
    const yaml_char_t *tag, const yaml_char_t *anchor)
{
	struct node *n = yaml_node(b, kind, e);

	if (b->depth == YAML_DEPTH_MAX) {
		yaml_fatal(
		    b, &e->start_mark, "nested more than 64 levels deep");
		return;
	}
	n->open = true;
	yaml_tag(b, tag, e);
	yaml_anchor(b, anchor, n);
	b->levels[b->depth++] = (struct yaml_level){ n, b->n };
}

static void
yaml_on_end(struct yaml_build *b, const yaml_event_t *e)
{
	struct yaml_level *level = &b->levels[--b->depth];
	struct node *n = level->node;
	size_t children = b->n - level->from;

	n->items = arena_calloc(b->r->arena, children, sizeof(*n->items));
	if (children > 0)
		memcpy(n->items, b->stack + level->from,
		    children * sizeof(*n->items));
	b->n = level->from;
	n->n = n->kind == NODE_MAP ? children / 2 : children;
	n->open = false;
	if (n->kind == NODE_MAP)
		keys_check(b->r, n);
	yaml_add(b, n, &e->start_mark);
}

static void
yaml_on_alias(struct yaml_build *b, const yaml_event_t *e)
{
	const char *name = (const char *)e->data.alias.anchor;
	struct node *n = names_get(&b->anchors, name);

	if (n == NULL) {
		node_error_at(b->r, yaml_line(&e->start_mark),
		    yaml_col(&e->start_mark),
		    "alias to \"%.40s\", which no anchor before it names",
		    name);
		b->stop = true;
	} else if (n->open) {
		yaml_fatal(b, &e->start_mark,
		    "an alias to what it stands in: it would never end");
	} else {
		yaml_add(b, n, &e->start_mark);
	}
}

static void
yaml_on_document(struct yaml_build *b, const yaml_event_t *e)
{
	if (b->root != NULL)
		yaml_fatal(b, &e->start_mark,
		    "a second document; a scenario is one document");
}

static void
yaml_on_event(struct yaml_build *b, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		yaml_on_document(b, e);
		break;
	case YAML_SCALAR_EVENT:
		yaml_on_scalar(b, e);
		break;
	case YAML_SEQUENCE_START_EVENT:
		yaml_on_start(b, NODE_LIST, e, e->data.sequence_start.tag,
		    e->data.sequence_start.anchor);
		break;
	case YAML_MAPPING_START_EVENT:
		yaml_on_start(b, NODE_MAP, e, e->data.mapping_start.tag,
		    e->data.mapping_start.anchor);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		yaml_on_end(b, e);
		break;
	case YAML_ALIAS_EVENT:
		yaml_on_alias(b, e);
		break;
	case YAML_STREAM_END_EVENT:
		b->stop = true;
		break;
	default:
		break;
	}
}

struct node *
yaml_parse(struct reader *r, struct span text)
{
	struct yaml_build b = { .r = r };
	size_t errors = r->diags->n_errors;
	bool whole = false;
	yaml_event_t e;

	if (!yaml_parser_initialize(&b.parser))
		abort();
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		text.p += 3, text.n -= 3;
	yaml_parser_set_input_string(
	    &b.parser, (const unsigned char *)text.p, text.n);
	while (!b.stop) {
		if (!yaml_parser_parse(&b.parser, &e)) {
			yaml_syntax(&b, text);
			break;
		}
		yaml_on_event(&b, &e);
		whole = e.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&b.parser);
	names_clear(&b.anchors);
	free(b.stack);
	if (whole && b.root == NULL && r->diags->n_errors == errors)
		node_error_at(r, 1, 1,
		    "empty; a scenario begins with \"scenario: NAME\"");
	return whole ? b.root : NULL;
}
