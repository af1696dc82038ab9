#include "fault/patch.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/units.h"

enum { PATCH_TOKEN_MAX = 256 };

bool
patch_is_json(const struct param_pairs *patches)
{
	for (size_t i = 0; i < patches->n; i++)
		if (patches->v[i].name[0] == '/')
			return true;
	return false;
}

/* The next reference token with ~1 and ~0 undone (RFC 6901 4); false when it is
 * too long. Advances *at past it. */
static bool
patch_token(const char **at, char to[PATCH_TOKEN_MAX])
{
	const char *p = *at + 1;
	size_t n = 0;

	for (; *p != '\0' && *p != '/'; p++) {
		if (n + 1 == PATCH_TOKEN_MAX)
			return false;
		if (p[0] == '~' && (p[1] == '0' || p[1] == '1'))
			to[n++] = *++p == '0' ? '~' : '/';
		else
			to[n++] = *p;
	}
	to[n] = '\0';
	*at = p;
	return true;
}

static json_t *
patch_child(json_t *in, const char *token)
{
	int64_t i;

	if (json_is_object(in))
		return json_object_get(in, token);
	if (json_is_array(in) &&
	    units_int(span_str(token), 0, INT32_MAX, &i) == NULL)
		return json_array_get(in, (size_t)i);
	return NULL;
}

static json_t *
patch_value(const char *text)
{
	json_t *v = json_loads(text, JSON_DECODE_ANY, NULL);

	return v != NULL ? v : json_string(text);
}

/* Puts a value (NULL: removes) at the last token; false when there is no such
 * place. */
static bool
patch_put(json_t *in, const char *token, const char *text)
{
	int64_t i;

	if (json_is_object(in))
		return text != NULL ? json_object_set_new(
					  in, token, patch_value(text)) == 0
				    : json_object_del(in, token) == 0;
	if (!json_is_array(in))
		return false;
	if (strcmp(token, "-") == 0)
		return text != NULL &&
		       json_array_append_new(in, patch_value(text)) == 0;
	if (units_int(span_str(token), 0, INT32_MAX, &i) != NULL)
		return false;
	return text != NULL
		   ? json_array_set_new(in, (size_t)i, patch_value(text)) == 0
		   : json_array_remove(in, (size_t)i) == 0;
}

static bool
patch_pointer(json_t *root, const struct param_pair *p)
{
	const char *at = p->name;
	char token[PATCH_TOKEN_MAX];
	json_t *in = root;

	for (;;) {
		if (in == NULL || !patch_token(&at, token))
			return false;
		if (*at == '\0')
			return patch_put(in, token, p->value);
		in = patch_child(in, token);
	}
}

static const char *
patch_json(const struct param_pairs *patches, struct span body, struct buf *to)
{
	json_t *root = json_loadb(body.p, body.n, JSON_DECODE_ANY, NULL);
	const char *why = NULL;
	char *text;

	if (root == NULL)
		return "the body is not JSON";
	for (size_t i = 0; i < patches->n && why == NULL; i++)
		if (patches->v[i].name[0] == '/' &&
		    !patch_pointer(root, &patches->v[i]))
			why = "the body has no place for a JSON pointer";
	if (why == NULL) {
		text = json_dumps(root, JSON_COMPACT | JSON_ENCODE_ANY);
		buf_puts(to, text);
		free(text);
	}
	json_decref(root);
	return why;
}

static void
patch_text(const struct param_pair *p, struct span in, struct buf *to)
{
	size_t n = strlen(p->name);

	while (in.n > 0) {
		const char *at = memmem(in.p, in.n, p->name, n);
		size_t before = at != NULL ? (size_t)(at - in.p) : in.n;

		buf_put(to, in.p, before);
		in.p += before;
		in.n -= before;
		if (at != NULL) {
			buf_puts(to, p->value != NULL ? p->value : "");
			in.p += n;
			in.n -= n;
		}
	}
}

const char *
patch_body(const struct param_pairs *patches, struct span body, struct buf *to)
{
	struct buf now, next;
	const char *why = NULL;

	buf_init(&now, to->max);
	if (patch_is_json(patches))
		why = patch_json(patches, body, &now);
	else
		buf_span(&now, body);
	for (size_t i = 0; i < patches->n && why == NULL; i++) {
		if (patches->v[i].name[0] == '/')
			continue;
		buf_init(&next, to->max);
		patch_text(&patches->v[i], buf_view(&now), &next);
		buf_clear(&now);
		now = next;
		if (now.overflow)
			why = "the patched body is too long";
	}
	if (why == NULL)
		buf_span(to, buf_view(&now));
	buf_clear(&now);
	return why;
}
