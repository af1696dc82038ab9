/*
 * A message head as received: the bytes, and spans into them. Nothing is copied
 * or reordered, so the order, case and repeats of fields survive (RFC
 * 9110 5.3). A head is valid as long as the bytes it points into.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum { HEAD_FIELDS_MAX = 128 };

/* Fields that the proxy itself has to understand; every other name is
 * FIELD_OTHER. The list is fields.def. */
enum field_id {
	FIELD_OTHER,
#define FIELD(id, name) FIELD_##id,
#include "http/fields.def"
#undef FIELD
	FIELD_IDS
};

struct field {
	struct span name, value; /* the value without surrounding white space */
	enum field_id id;
};

/* How the end of a body is known (RFC 9112 6). */
enum framing {
	FRAMING_NONE,    /* no body */
	FRAMING_LENGTH,  /* Content-Length */
	FRAMING_CHUNKED, /* Transfer-Encoding: chunked */
	FRAMING_CLOSE,   /* until the connection closes: responses only */
	FRAMING_TUNNEL   /* after 101: bytes until either side closes */
};

struct head {
	struct span
	    raw; /* the whole head with its empty line; fields point into it */
	struct span method, target; /* requests; the target byte for byte */
	unsigned minor;             /* HTTP/1.minor as treated: 0 or 1 */
	unsigned status;            /* responses */
	struct span reason;
	enum framing framing;
	uint64_t length; /* FRAMING_LENGTH */
	bool keep_alive; /* the sender allows another message on the connection
			  */
	bool upgrade;    /* Connection: upgrade with an Upgrade field */
	bool expect_continue;
	size_t fields_at; /* offset in raw of the first field line */
	uint64_t seen; /* bit per field_id that occurs */
	unsigned n_fields;
	struct field fields[HEAD_FIELDS_MAX];
};

/* Which known field a name is (case does not matter), or FIELD_OTHER. */
enum field_id field_find(struct span name);
/* The first field with that id, or NULL. */
const struct field *head_field(const struct head *h, enum field_id id);
/* The first field with that name, or NULL; for names that fields.def does not
 * have. */
const struct field *head_named(const struct head *h, struct span name);
/* Whether a list-valued field (all its lines) holds the token,
 * case-insensitively (RFC 9110 5.6.1). */
bool head_has_token(const struct head *h, enum field_id id, struct span token);

/*
 * The next element of a comma-separated list (RFC 9110 5.6.1): advances *list
 * past it, skips empty ones. False at the end. Quoted strings are kept whole.
 */
bool list_next(struct span *list, struct span *item);

/* The target's path without query as received: of `/a?b` and `http://h/a?b` it
 * is `/a`, of `*` it is `*`. */
struct span target_path(struct span target);
/* What follows the first `?`, without it; an empty span with p NULL when there
 * is none. */
struct span target_query(struct span target);
/* The authority of an absolute-form target, else an empty span. */
struct span target_authority(struct span target);
/* The value of a query parameter or cookie `name=value` in a list separated by
 * sep; false when absent. */
bool
pair_find(struct span list, char sep, struct span name, struct span *value);

/* Idempotent methods, for which a client or proxy may send the request again
 * (RFC 9110 9.2.2). */
bool method_idempotent(struct span method);
bool method_is_head(struct span method);

#endif
