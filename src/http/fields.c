#include "http/head.h"

static const struct span field_names[] = {
	[FIELD_OTHER] = { "", 0 },
#define FIELD(id, name) [FIELD_##id] = { name, sizeof(name) - 1 },
#include "http/fields.def"
#undef FIELD
};

/* The known names by their length, so that a name is held against three of
 * them at most. A test walks fields.def and finds a name missing here. */
enum { FIELD_LENGTH_MAX = 19, FIELD_SAME_LENGTH = 4 };
static const uint8_t fields_by_length[FIELD_LENGTH_MAX +
				      1][FIELD_SAME_LENGTH] = {
	[2] = { FIELD_TE },
	[3] = { FIELD_VIA },
	[4] = { FIELD_HOST, FIELD_DATE },
	[5] = { FIELD_RANGE },
	[6] = { FIELD_ACCEPT, FIELD_COOKIE, FIELD_EXPECT },
	[7] = { FIELD_UPGRADE, FIELD_TRAILER },
	[8] = { FIELD_LOCATION },
	[10] = { FIELD_CONNECTION, FIELD_KEEP_ALIVE },
	[11] = { FIELD_RETRY_AFTER, FIELD_TRACEPARENT },
	[12] = { FIELD_CONTENT_TYPE, FIELD_X_REQUEST_ID, FIELD_MAX_FORWARDS },
	[13] = { FIELD_AUTHORIZATION },
	[14] = { FIELD_CONTENT_LENGTH },
	[15] = { FIELD_IDEMPOTENCY_KEY, FIELD_X_FORWARDED_FOR },
	[16] = { FIELD_PROXY_CONNECTION, FIELD_X_FORWARDED_HOST },
	[17] = { FIELD_TRANSFER_ENCODING, FIELD_X_FORWARDED_PROTO,
	    FIELD_X_BROWNOUT_INJECT },
	[19] = { FIELD_PROXY_AUTHORIZATION },
};

enum field_id
field_find(struct span name)
{
	const uint8_t *ids;

	if (name.n > FIELD_LENGTH_MAX)
		return FIELD_OTHER;
	ids = fields_by_length[name.n];
	for (unsigned i = 0; i < FIELD_SAME_LENGTH && ids[i] != 0; i++) {
		struct span known = field_names[ids[i]];

		/* Few names share length and first letter: the full
		 * comparison is rarely in vain. */
		if ((name.p[0] | 0x20) != (known.p[0] | 0x20))
			continue;
		if (memcmp(name.p, known.p, known.n) == 0 ||
		    span_caseeq(name, known))
			return (enum field_id)ids[i];
	}
	return FIELD_OTHER;
}

const struct field *
head_field(const struct head *h, enum field_id id)
{
	if ((h->seen & (uint64_t)1 << id) == 0)
		return NULL;
	for (unsigned i = 0; i < h->n_fields; i++)
		if (h->fields[i].id == id)
			return &h->fields[i];
	return NULL;
}

const struct field *
head_named(const struct head *h, struct span name)
{
	for (unsigned i = 0; i < h->n_fields; i++)
		if (span_caseeq(h->fields[i].name, name))
			return &h->fields[i];
	return NULL;
}

bool
head_has_token(const struct head *h, enum field_id id, struct span token)
{
	struct span list, item;

	if ((h->seen & (uint64_t)1 << id) == 0)
		return false;
	for (unsigned i = 0; i < h->n_fields; i++) {
		if (h->fields[i].id != id)
			continue;
		list = h->fields[i].value;
		while (list_next(&list, &item))
			if (span_caseeq(item, token))
				return true;
	}
	return false;
}

/* Where the element at the front of s ends: at a comma outside quotes. */
static size_t
fields_element(struct span s)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (quoted && s.p[i] == '\\' && i + 1 < s.n)
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == ',' && !quoted)
			break;
	}
	return i;
}

bool
list_next(struct span *list, struct span *item)
{
	while (list->n > 0) {
		size_t n = fields_element(*list);
		size_t skip = n < list->n ? n + 1 : n;

		*item = span_trim((struct span){ list->p, n });
		list->p += skip;
		list->n -= skip;
		if (item->n > 0)
			return true;
	}
	return false;
}

bool
pair_find(struct span list, char sep, struct span name, struct span *value)
{
	while (list.n > 0) {
		const char *end = memchr(list.p, sep, list.n);
		size_t n = end != NULL ? (size_t)(end - list.p) : list.n;
		struct span pair = span_trim((struct span){ list.p, n });
		const char *eq = memchr(pair.p, '=', pair.n);
		size_t k = eq != NULL ? (size_t)(eq - pair.p) : pair.n;

		if (k == name.n && k > 0 && memcmp(pair.p, name.p, k) == 0) {
			size_t skip = eq != NULL ? k + 1 : k;

			*value = (struct span){ pair.p + skip, pair.n - skip };
			return true;
		}
		if (end == NULL)
			break;
		list.p += n + 1;
		list.n -= n + 1;
	}
	return false;
}

bool
method_idempotent(struct span method)
{
	/* RFC 9110 9.2.2 and, of the IANA registry, QUERY and WebDAV's. */
	static const struct span methods[] = {
		{ "GET", 3 },
		{ "HEAD", 4 },
		{ "PUT", 3 },
		{ "DELETE", 6 },
		{ "OPTIONS", 7 },
		{ "TRACE", 5 },
		{ "QUERY", 5 },
		{ "PROPFIND", 8 },
		{ "PROPPATCH", 9 },
		{ "REPORT", 6 },
		{ "SEARCH", 6 },
		{ "COPY", 4 },
		{ "MOVE", 4 },
		{ "MKCOL", 5 },
		{ "UNLOCK", 6 },
	};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (span_eq(method, methods[i]))
			return true;
	return false;
}

bool
method_is_head(struct span method)
{
	return span_eq(method, SPAN("HEAD"));
}
