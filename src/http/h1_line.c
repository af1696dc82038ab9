/* Start lines: the request line and the status line (RFC 9112 3, 4). */
#include <string.h>

#include "http/h1.h"

enum { CLASS_TOKEN = 1, CLASS_TARGET = 2, CLASS_HOST = 4, CLASS_TEXT = 8 };

/* Classes of bytes: tchar (RFC 9110 5.6.2), what may stand in a target, in a
 * host name (RFC 3986 3.2.2 without its sub-delims, which no real name has)
 * and in a reason phrase. */
static const unsigned char h1_class[256] = {
#define T CLASS_TOKEN
#define G CLASS_TARGET
#define H CLASS_HOST
#define X CLASS_TEXT
	['\t'] = X,
	[' '] = X,
	['!'] = T | G | X,
	['"'] = G | X,
	['#'] = T | X,
	['$'] = T | G | X,
	['%'] = T | G | H | X,
	['&'] = T | G | X,
	['\''] = T | G | X,
	['('] = G | X,
	[')'] = G | X,
	['*'] = T | G | X,
	['+'] = T | G | X,
	[','] = G | X,
	['-'] = T | G | H | X,
	['.'] = T | G | H | X,
	['/'] = G | X,
	['0' ... '9'] = T | G | H | X,
	[':'] = G | X,
	[';'] = G | X,
	['<'] = G | X,
	['='] = G | X,
	['>'] = G | X,
	['?'] = G | X,
	['@'] = G | X,
	['A' ... 'Z'] = T | G | H | X,
	['['] = G | X,
	['\\'] = G | X,
	[']'] = G | X,
	['^'] = T | G | X,
	['_'] = T | G | H | X,
	['`'] = T | G | X,
	['a' ... 'z'] = T | G | H | X,
	['{'] = G | X,
	['|'] = T | G | X,
	['}'] = G | X,
	['~'] = T | G | H | X,
	[0x80 ... 0xff] = G | X
#undef T
#undef G
#undef H
#undef X
};

static size_t
h1_span_of(struct span s, unsigned class)
{
	size_t i = 0;

	while (i < s.n && (h1_class[(unsigned char)s.p[i]] & class) != 0)
		i++;
	return i;
}

static bool
h1_bad(struct h1_error *e, unsigned status, const char *why)
{
	e->status = status;
	e->why = why;
	return false;
}

static bool
h1_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* `HTTP/1.1`: the name in capitals, one digit each (RFC 9112 2.3). */
static bool
h1_version(struct span v, unsigned *minorp, struct h1_error *e)
{
	if (v.n != 8 || memcmp(v.p, "HTTP/", 5) != 0 || !h1_digit(v.p[5]) ||
	    v.p[6] != '.' || !h1_digit(v.p[7]))
		return h1_bad(e, 400, "malformed HTTP version");
	if (v.p[5] != '1')
		return h1_bad(e, 505, "HTTP version not supported");
	*minorp = v.p[7] == '0' ? 0 : 1;
	return true;
}

bool
h1_host_valid(struct span host)
{
	static const char inside[] = "0123456789abcdefABCDEF:.";
	struct span rest = host;
	size_t n;

	if (host.n > 0 && host.p[0] == '[') {
		const char *end = memchr(host.p, ']', host.n);

		if (end == NULL || end == host.p + 1)
			return false;
		n = (size_t)(end - host.p);
		for (size_t i = 1; i < n; i++)
			if (memchr(inside, host.p[i], sizeof(inside) - 1) ==
			    NULL)
				return false;
		n++;
	} else if ((n = h1_span_of(host, CLASS_HOST)) == 0) {
		return false;
	}
	rest.p += n;
	rest.n -= n;
	if (rest.n == 0)
		return true;
	if (rest.p[0] != ':' || rest.n > 6)
		return false;
	for (size_t i = 1; i < rest.n; i++)
		if (!h1_digit(rest.p[i]))
			return false;
	return true;
}

/* The four forms of a target (RFC 9112 3.2). */
static bool
h1_target(struct head *h, struct h1_error *e)
{
	struct span t = h->target, authority;

	if (t.n == 0)
		return h1_bad(e, 400, "empty target");
	if (h1_span_of(t, CLASS_TARGET) != t.n)
		return h1_bad(e, 400, "invalid character in the target");
	if (span_eq(h->method, SPAN("CONNECT")))
		return h1_bad(e, 405, "CONNECT is not supported");
	if (t.p[0] == '/')
		return true;
	if (span_eq(t, SPAN("*"))) {
		if (span_eq(h->method, SPAN("OPTIONS")))
			return true;
		return h1_bad(e, 400, "the target * is for OPTIONS only");
	}
	authority = target_authority(t);
	if (authority.p == NULL)
		return h1_bad(e, 400, "relative target");
	if (!h1_host_valid(authority))
		return h1_bad(e, 400, "invalid authority in the target");
	return true;
}

bool
h1_method_begins(struct span part)
{
	size_t n = h1_span_of(part, CLASS_TOKEN);

	return n == part.n || (n > 0 && part.p[n] == ' ');
}

bool
h1_request_line(struct span line, struct head *h, struct h1_error *e)
{
	size_t n = h1_span_of(line, CLASS_TOKEN);
	const char *end = line.p + line.n, *sp;

	if (n == 0 || n == line.n || line.p[n] != ' ')
		return h1_bad(e, 400, "malformed method");
	h->method = (struct span){ line.p, n };
	h->target.p = line.p + n + 1;
	sp = memchr(h->target.p, ' ', (size_t)(end - h->target.p));
	if (sp == NULL)
		return h1_bad(e, 400, "no HTTP version in the request line");
	h->target.n = (size_t)(sp - h->target.p);
	if (!h1_version(
		(struct span){ sp + 1, (size_t)(end - sp - 1) }, &h->minor, e))
		return false;
	return h1_target(h, e);
}

bool
h1_status_line(struct span line, struct head *h, struct h1_error *e)
{
	const char *p = line.p;

	if (line.n < 12 || p[8] != ' ' || !h1_digit(p[9]) || !h1_digit(p[10]) ||
	    !h1_digit(p[11]) || p[9] == '0' || (line.n > 12 && p[12] != ' '))
		return h1_bad(e, 502, "malformed status line");
	if (!h1_version((struct span){ p, 8 }, &h->minor, e))
		return h1_bad(e, 502, "malformed HTTP version in a response");
	h->status = (unsigned)(p[9] - '0') * 100 +
		    (unsigned)(p[10] - '0') * 10 + (unsigned)(p[11] - '0');
	h->reason = (struct span){ p + 12, line.n - 12 };
	if (h->reason.n > 0) {
		h->reason.p++;
		h->reason.n--;
	}
	if (h1_span_of(h->reason, CLASS_TEXT) != h->reason.n)
		return h1_bad(e, 502, "invalid character in a reason phrase");
	return true;
}
