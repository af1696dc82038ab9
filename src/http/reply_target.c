#include "http/reply_target.h"

static struct span
reply_target_path(const struct reply_job *j)
{
	struct span path = j->facts->path;

	return path.n > 0 && path.p[0] == '/' ? path : SPAN("/");
}

static void
reply_target_escape(struct buf *to, char c)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char u = (unsigned char)c;
	const char escaped[3] = { '%', hex[u >> 4], hex[u & 15] };

	buf_put(to, escaped, 3);
}

/* Bytes of a target as a reference: what no URI may hold is escaped. */
static void
reply_target_put(struct buf *to, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' ||
		    strchr("\"#<>\\^`{|}", s.p[i]) != NULL)
			reply_target_escape(to, s.p[i]);
		else
			buf_putc(to, s.p[i]);
}

void
reply_target_here(struct reply_job *j)
{
	struct span path = reply_target_path(j);

	/* `//x` would name a host (RFC 3986 4.2). */
	if (path.n > 1 && path.p[1] == '/')
		buf_put(j->to, "/.", 2);
	reply_target_put(j->to, path);
}

void
reply_target_again(struct reply_job *j)
{
	struct span query = j->facts->query;

	reply_target_here(j);
	buf_putc(j->to, '?');
	if (query.n > 0) {
		reply_target_put(j->to, query);
		buf_putc(j->to, '&');
	}
	buf_puts(j->to, REPLY_TARGET_MARK "1");
}

void
reply_target_server(struct reply_job *j)
{
	struct span host = j->facts->host;

	if (host.n > 0) {
		buf_puts(j->to, j->facts->tls ? "https://" : "http://");
		reply_target_put(j->to, host);
	}
	buf_putc(j->to, '/');
}
