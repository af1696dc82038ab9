#include "http/ratelimit.h"

#include "base/clock.h"

/* Structured fields have integers of 15 digits (RFC 9651 3.3.1). */
static const uint64_t ratelimit_integer_max = 999999999999999u;

static void
ratelimit_put_integer(struct buf *to, uint64_t v)
{
	buf_u64(to, v < ratelimit_integer_max ? v : ratelimit_integer_max);
}

static void
ratelimit_put_seconds(struct buf *to, uint64_t ns)
{
	ratelimit_put_integer(to, ns / NS_PER_S + (ns % NS_PER_S != 0));
}

/* A structured field's string: printable ASCII in quotes (RFC 9651 3.3.3). */
static void
ratelimit_put_string(struct buf *to, struct span s)
{
	buf_putc(to, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < ' ' || s.p[i] > '~')
			continue;
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_putc(to, '\\');
		buf_putc(to, s.p[i]);
	}
	buf_putc(to, '"');
}

void
ratelimit_add(struct lines *l, const struct ratelimit *r)
{
	struct buf *to = lines_begin(l, SPAN("RateLimit-Policy"));

	ratelimit_put_string(to, r->policy);
	buf_puts(to, ";q=");
	ratelimit_put_integer(to, r->quota);
	buf_puts(to, ";w=");
	ratelimit_put_seconds(to, r->window_ns);
	lines_end(l);
	to = lines_begin(l, SPAN("RateLimit"));
	ratelimit_put_string(to, r->policy);
	buf_puts(to, ";r=");
	ratelimit_put_integer(to, r->remaining);
	buf_puts(to, ";t=");
	ratelimit_put_seconds(to, r->reset_ns);
	lines_end(l);
}

void
x_ratelimit_add(
    struct lines *l, const struct ratelimit *r, uint64_t wall_ns, bool delta)
{
	buf_u64(lines_begin(l, SPAN("X-RateLimit-Limit")), r->quota);
	lines_end(l);
	buf_u64(lines_begin(l, SPAN("X-RateLimit-Remaining")), r->remaining);
	lines_end(l);
	ratelimit_put_seconds(lines_begin(l, SPAN("X-RateLimit-Reset")),
	    delta ? r->reset_ns : wall_ns + r->reset_ns);
	lines_end(l);
}
