/* Send the client elsewhere: a chain of redirects that ends at the real target,
 * or one that never ends. */
#include "fault/redirect.h"
#include "base/units.h"
#include "fault/fault.h"
#include "http/lines.h"

struct redirect_conf {
	int64_t status, hops;
	bool loop;
	uint32_t given;
};

/* The parameter with its number within a query, and whether there is one. */
static bool
redirect_find(struct span query, struct span *mark)
{
	static const size_t n = sizeof(REDIRECT_MARK) - 1;

	while (query.n > 0) {
		const char *end = memchr(query.p, '&', query.n);

		*mark = (struct span){ query.p,
			end != NULL ? (size_t)(end - query.p) : query.n };
		if (mark->n > n && memcmp(mark->p, REDIRECT_MARK, n) == 0)
			return true;
		query.p += mark->n;
		query.n -= mark->n;
		if (query.n > 0)
			query.p++, query.n--;
	}
	return false;
}

bool
redirect_marked(struct span query)
{
	struct span mark;

	return redirect_find(query, &mark);
}

/* Appends query without its mark, after `?` when something is left of it. */
static bool
redirect_query(struct span query, struct buf *to)
{
	struct span mark, after;
	size_t before;

	if (!redirect_find(query, &mark)) {
		if (query.p != NULL) {
			buf_putc(to, '?');
			buf_span(to, query);
		}
		return false;
	}
	before = (size_t)(mark.p - query.p);
	after = (struct span){ mark.p + mark.n, query.n - before - mark.n };
	if (after.n > 0)
		after.p++, after.n--;
	else if (before > 0)
		before--;
	if (before + after.n > 0) {
		buf_putc(to, '?');
		buf_put(to, query.p, before);
		buf_span(to, after);
	}
	return true;
}

bool
redirect_strip(struct span target, struct buf *to)
{
	struct span query = target_query(target), mark;

	if (query.p == NULL || !redirect_find(query, &mark))
		return false;
	buf_put(to, target.p, (size_t)(query.p - 1 - target.p));
	redirect_query(query, to);
	return true;
}

/* Which hop this request is: 0 is the first one, without a mark. */
static int64_t
redirect_hop(struct span query)
{
	struct span mark;
	int64_t hop;

	if (!redirect_find(query, &mark))
		return 0;
	mark.p += sizeof(REDIRECT_MARK) - 1;
	mark.n -= sizeof(REDIRECT_MARK) - 1;
	return units_int(mark, 1, INT64_MAX, &hop) == NULL ? hop : 0;
}

/* The target again, marked with the hop; 0: without a mark. A path that begins
 * with two slashes would be read as a host (RFC 3986 4.2). */
static void
redirect_location(const struct facts *facts, int64_t hop, struct buf *to)
{
	size_t before = to->n;
	bool more;

	if (facts->path.n > 1 && facts->path.p[1] == '/')
		buf_puts(to, "/.");
	buf_span(to, facts->path);
	before = to->n;
	redirect_query(facts->query, to);
	if (hop == 0)
		return;
	more = to->n > before;
	if (!more || to->data[to->n - 1] != '?')
		buf_putc(to, more ? '&' : '?');
	buf_puts(to, REDIRECT_MARK);
	buf_u64(to, (uint64_t)hop);
}

static struct step
redirect_on_request(struct fault *f)
{
	const struct redirect_conf *c = f->conf;
	int64_t hop = redirect_hop(f->facts->query);
	struct lines lines = { 0 };
	struct reply_spec spec = { .status = (unsigned)c->status };
	struct step step;

	if (f->facts->path.n == 0 || f->facts->path.p[0] != '/')
		return step_skip("the target has no path to redirect to");
	if (!c->loop && hop >= c->hops)
		return step_pass();
	redirect_location(f->facts, c->loop ? 0 : hop + 1,
	    lines_begin(&lines, SPAN("Location")));
	lines_end(&lines);
	spec.lines = lines.v;
	spec.n_lines = lines.n;
	step = fault_reply(f, &spec);
	lines_clear(&lines);
	return step;
}

static const char *
redirect_check(const void *conf)
{
	const struct redirect_conf *c = conf;

	switch (c->status) {
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		return NULL;
	default:
		return "a client follows 301, 302, 303, 307 and 308 only";
	}
}

static const struct param redirect_rows[] = {
	{ .name = "status",
	    .type = PARAM_CODE,
	    .offset = offsetof(struct redirect_conf, status),
	    .fallback = "307",
	    .help = "301, 302, 303, 307 or 308",
	    .flags = PARAM_SCALAR },
	{ .name = "hops",
	    .type = PARAM_INT,
	    .offset = offsetof(struct redirect_conf, hops),
	    .min = 1,
	    .max = 1000,
	    .fallback = "1",
	    .help = "so many redirects, then the real target answers" },
	{ .name = "loop",
	    .type = PARAM_BOOL,
	    .offset = offsetof(struct redirect_conf, loop),
	    .fallback = "false",
	    .help = "to itself, for ever" },
};

const struct fault_type fault_redirect = {
	.name = "redirect",
	.summary = "the client is sent on, some hops or in a circle",
	.class = FAULT_ENDS,
	.params = { PARAM_ROWS(redirect_rows),
	    .size = sizeof(struct redirect_conf),
	    .given = offsetof(struct redirect_conf, given),
	    .exclusive = 1 << 1 | 1 << 2, .check = redirect_check },
	.may_pass = true,
	.on_request = redirect_on_request,
};
