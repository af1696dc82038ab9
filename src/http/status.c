#include "http/status.h"

#include <assert.h>

#define GUIDE STATUS_SEED_GUIDE
#define RFC2616 STATUS_SEED_RFC2616
#define MDN STATUS_SEED_MDN
#define PLESK STATUS_SEED_PLESK
#define CLOUD STATUS_SEED_CLOUD
#define ALL (GUIDE | RFC2616 | MDN | PLESK | CLOUD)

#define STATUS(code_, reason_, body_, retry_, seeds_, ...) \
	{ .code = code_,                                   \
		.reason = reason_,                         \
		.body = STATUS_BODY_##body_,               \
		.retry = STATUS_RETRY_##retry_,            \
		.seeds = seeds_,                           \
		__VA_ARGS__ },
static const struct status status_rows[] = {
#include "http/status.def"
};
#undef STATUS

enum {
#define STATUS(code, ...) STATUS_ROW_##code,
#include "http/status.def"
#undef STATUS
	STATUS_ROWS
};

/* Row number plus one by code; 0 where there is none. */
static const uint8_t status_index[STATUS_MAX + 1] = {
#define STATUS(code, ...) [code] = STATUS_ROW_##code + 1,
#include "http/status.def"
#undef STATUS
};

#define PLAIN(reason_, body_, retry_, ...)                      \
	{                                                       \
		.reason = reason_, .body = STATUS_BODY_##body_, \
		.retry = STATUS_RETRY_##retry_,                 \
		.source = "nobody: unassigned", __VA_ARGS__     \
	}
static const struct status status_plain[] = {
	[1] = PLAIN("Informational", NONE, NEVER, .interim = true,
	    .when = "a final response follows"),
	[2] = PLAIN("Success", NOTE, NEVER, .when = "it is done",
	    .detail = "The request succeeded with a code that no standard "
		      "defines."),
	[3] = PLAIN("Redirection", LINK, NEVER,
	    .when = "follow Location, if there is one", .usual = "Location",
	    .detail = "The resource is elsewhere."),
	[4] = PLAIN("Client Error", NOTE, NEVER, .when = "change the request",
	    .detail = "The request was refused with a code that no standard "
		      "defines."),
	[5] = PLAIN("Server Error", NOTE, WAIT, .temporary = true,
	    .idempotent_only = true, .neutral = true,
	    .when = "backoff; a client takes it for 500",
	    .detail = "The server failed with a code that no standard "
		      "defines."),
	[6] = PLAIN("Unassigned", NOTE, WAIT, .temporary = true,
	    .idempotent_only = true, .neutral = true,
	    .when = "a code beyond 599 is taken for a server's error",
	    .detail = "The answer has a code outside the range of HTTP."),
};

const struct status *
status_find(unsigned code)
{
	if (code > STATUS_MAX || status_index[code] == 0)
		return NULL;
	return &status_rows[status_index[code] - 1];
}

const struct status *
status_rules(unsigned code)
{
	const struct status *s = status_find(code);

	assert(code >= STATUS_MIN && code <= STATUS_MAX);
	return s != NULL ? s : &status_plain[code < 600 ? code / 100 : 6];
}

const struct status *
status_all(size_t *n)
{
	*n = STATUS_ROWS;
	return status_rows;
}

const char *
status_class_name(unsigned code)
{
	static const char *const names[] = { "informational", "success",
		"redirection", "client error", "server error" };

	return code >= 100 && code < 600 ? names[code / 100 - 1]
					 : "outside HTTP";
}

const char *
status_body_name(enum status_body b)
{
	static const char *const names[] = {
		[STATUS_BODY_NONE] = "none",
		[STATUS_BODY_EMPTY] = "empty",
		[STATUS_BODY_NOTE] = "note",
		[STATUS_BODY_LINK] = "link",
		[STATUS_BODY_LIST] = "list",
		[STATUS_BODY_PART] = "part",
		[STATUS_BODY_MULTI] = "multistatus",
		[STATUS_BODY_SILENT] = "no response",
	};

	return names[b];
}

const char *
status_retry_name(enum status_retry r)
{
	static const char *const names[] = {
		[STATUS_RETRY_NEVER] = "never",
		[STATUS_RETRY_BLIND] = "blind",
		[STATUS_RETRY_WAIT] = "after waiting",
		[STATUS_RETRY_CONNECTION] = "other connection",
	};

	return names[r];
}

const char *
status_seed_name(unsigned i)
{
	static const char *const names[STATUS_SEEDS] = {
		"guide for REST services (2024)",
		"RFC 2616 section 10",
		"table in MDN's words",
		"article by Plesk",
		"table of a cloud's API",
	};

	assert(i < STATUS_SEEDS);
	return names[i];
}
