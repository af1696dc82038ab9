#include "http/reply_target.h"

static struct span
reply_target_path(const struct reply_job *j)
{
	struct span path = j->facts->path;

	return path.n > 0 && path.p[0] == '/' ? path : SPAN("/");
}

static bool
reply_target_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static void
reply_target_escape(struct buf *to, char c)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char u = (unsigned char)c;
	const char escaped[3] = { '%', hex[u >> 4], hex[u & 15] };

	buf_put(to, escaped, 3);
}

/* Bytes of a target as a reference: what no URI may hold is escaped, and the
 * byte at `also` too. */
static void
reply_target_put(struct buf *to, struct span s, size_t also)
{
	for (size_t i = 0; i < s.n; i++)
		if (i == also || s.p[i] <= ' ' || s.p[i] > '~' ||
		    strchr("\"#<>\\^`{|}", s.p[i]) != NULL)
			reply_target_escape(to, s.p[i]);
		else
			buf_putc(to, s.p[i]);
}

/* The last letter or digit that is not part of a `%XX`; s.n without one. */
static size_t
reply_target_last_plain(struct span s)
{
	size_t last = s.n;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%')
			i += 2;
		else if (reply_target_unreserved(s.p[i]))
			last = i;
	}
	return last;
}

void
reply_target_elsewhere(struct reply_job *j)
{
	struct span path = reply_target_path(j), query = j->facts->query;
	size_t at = reply_target_last_plain(path);

	/* `//x` would name a host (RFC 3986 4.2). */
	if (path.n > 1 && path.p[1] == '/')
		buf_put(j->to, "/.", 2);
	reply_target_put(j->to, path, at);
	if (query.p != NULL || at == path.n)
		buf_putc(j->to, '?');
	reply_target_put(j->to, query, query.n);
	if (query.p != NULL && at == path.n)
		buf_putc(j->to, '&');
}

void
reply_target_here(struct reply_job *j)
{
	struct span path = reply_target_path(j);

	if (path.n > 1 && path.p[1] == '/')
		buf_put(j->to, "/.", 2);
	reply_target_put(j->to, path, path.n);
}

void
reply_target_server(struct reply_job *j)
{
	struct span host = j->facts->host;

	if (host.n > 0) {
		buf_puts(j->to, j->facts->tls ? "https://" : "http://");
		reply_target_put(j->to, host, host.n);
	}
	buf_putc(j->to, '/');
}
