#include "fault/param.h"

#include <string.h>

#include "base/span.h"

static const struct param param_duration_rows[] = {
	{ .name = "duration", .type = PARAM_DURATION, .help = "a duration" },
};
const struct param_set param_durations = { PARAM_ROWS(param_duration_rows),
	.size = sizeof(uint64_t) };

static const struct param param_string_rows[] = {
	{ .name = "text", .type = PARAM_STRING, .help = "a text" },
};
const struct param_set param_strings = { PARAM_ROWS(param_string_rows),
	.size = sizeof(const char *) };

static const struct param param_code_rows[] = {
	{ .name = "code", .type = PARAM_CODE, .help = "a status code" },
};
const struct param_set param_codes = { PARAM_ROWS(param_code_rows),
	.size = sizeof(int64_t) };

/* A token (RFC 9110 5.6.2). */
static bool
param_is_token(const char *s)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++) {
		char c = s[i];
		bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			     (c >= 'a' && c <= 'z');

		if (!alnum && strchr(marks, c) == NULL)
			return false;
	}
	return n > 0;
}

static const char *
param_check_name(const char *name)
{
	if (name == NULL || !param_is_token(name))
		return "a field name consists of letters, digits and "
		       "!#$%&'*+-.^_`|~ only";
	return NULL;
}

bool
param_is_framing(const char *name)
{
	return strcasecmp(name, "Content-Length") == 0 ||
	       strcasecmp(name, "Transfer-Encoding") == 0;
}

bool
param_has_controls(const char *s)
{
	for (; s != NULL && *s != '\0'; s++)
		if (((unsigned char)*s < ' ' && *s != '\t') || *s == 0x7f)
			return true;
	return false;
}

const char *
param_check_fields(const struct param_pairs *pairs)
{
	const char *why;

	for (size_t i = 0; i < pairs->n; i++) {
		if ((why = param_check_name(pairs->v[i].name)) != NULL)
			return why;
		if (param_has_controls(pairs->v[i].value))
			return "a field value cannot hold control characters "
			       "or line breaks";
	}
	return NULL;
}

const char *
param_check_names(const struct param_list *names)
{
	const char *const *v = names->v;
	const char *why;

	for (size_t i = 0; i < names->n; i++)
		if ((why = param_check_name(v[i])) != NULL)
			return why;
	return NULL;
}
