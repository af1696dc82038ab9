#include "http/head.h"

static bool
target_scheme_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/* How many bytes `scheme://` takes at the front; 0 when the target is not in
 * absolute form (RFC 9112 3.2.2). */
static size_t
target_scheme(struct span target)
{
	size_t i = 0;

	while (i < target.n && target_scheme_byte(target.p[i]))
		i++;
	if (i == 0 || target.n - i < 3 || memcmp(target.p + i, "://", 3) != 0)
		return 0;
	return i + 3;
}

struct span
target_authority(struct span target)
{
	size_t start = target_scheme(target), i;

	if (start == 0)
		return (struct span){ 0 };
	for (i = start; i < target.n; i++)
		if (target.p[i] == '/' || target.p[i] == '?' ||
		    target.p[i] == '#')
			break;
	return (struct span){ target.p + start, i - start };
}

struct span
target_path(struct span target)
{
	struct span authority = target_authority(target);
	const char *query;

	if (authority.p != NULL) {
		size_t skip = (size_t)(authority.p - target.p) + authority.n;

		target.p += skip;
		target.n -= skip;
	}
	query = target.n > 0 ? memchr(target.p, '?', target.n) : NULL;
	if (query != NULL)
		target.n = (size_t)(query - target.p);
	/* An absolute form without a path means the root (RFC 9110 4.2.3). */
	if (authority.p != NULL && target.n == 0)
		return SPAN("/");
	return target;
}

struct span
target_query(struct span target)
{
	const char *query;

	query = target.n > 0 ? memchr(target.p, '?', target.n) : NULL;
	if (query == NULL)
		return (struct span){ 0 };
	query++;
	return (struct span){ query, target.n - (size_t)(query - target.p) };
}
