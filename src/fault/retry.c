#include "fault/retry.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "fault/keyed.h"
#include "http/retry_after.h"

enum { RETRY_CLIENTS = 1 << 16, RETRY_LINES = 2 };

static const char *const retry_formats[] = { "seconds", "date", "float",
	"milliseconds", NULL };

static const char *
retry_check_lists(const void *conf)
{
	const struct retry_conf *c = conf;
	const uint64_t *between = c->between.v;
	uint64_t wait_ns;

	if ((c->given & 2) != 0 && c->one_of.n == 0)
		return "one_of needs at least one duration";
	if ((c->given & 4) != 0 && c->between.n != 2)
		return "between takes two durations: [1s, 5s]";
	if ((c->given & 4) != 0 && between[0] > between[1])
		return "between takes the shorter duration first";
	if ((c->given & 16) != 0 && c->twice.n != 2)
		return "twice takes two durations: [1s, 5s]";
	if ((c->given & 8) != 0 && (c->given & RETRY_FORMAT) != 0)
		return "raw is sent as it is and has no format";
	if (c->raw != NULL && c->enforce &&
	    !retry_after_read(span_str(c->raw), 0, &wait_ns))
		return "enforce needs a raw value that says how long: seconds "
		       "or a date";
	return NULL;
}

static const struct param retry_rows[] = {
	{ .name = "value",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct retry_conf, value),
	    .help = "always this long",
	    .flags = PARAM_SCALAR },
	{ .name = "one_of",
	    .type = PARAM_LIST,
	    .offset = offsetof(struct retry_conf, one_of),
	    .help = "one of these, drawn anew for each reply",
	    .sub = &param_durations },
	{ .name = "between",
	    .type = PARAM_LIST,
	    .offset = offsetof(struct retry_conf, between),
	    .help = "uniform between two durations; whole seconds when the "
		    "format has only these",
	    .sub = &param_durations },
	{ .name = "raw",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct retry_conf, raw),
	    .help = "the value of Retry-After as it stands, garbage too" },
	{ .name = "twice",
	    .type = PARAM_LIST,
	    .offset = offsetof(struct retry_conf, twice),
	    .help = "two lines that disagree",
	    .sub = &param_durations },
	{ .name = "format",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct retry_conf, format),
	    .fallback = "seconds",
	    .help = "seconds (rounded up), an HTTP date, seconds with a "
		    "fraction, or the field retry-after-ms",
	    .names = retry_formats },
	{ .name = "enforce",
	    .type = PARAM_BOOL,
	    .offset = offsetof(struct retry_conf, enforce),
	    .fallback = "false",
	    .help = "a client that comes back early is refused again and its "
		    "wait starts anew" },
};
const struct param_set retry_set = { PARAM_ROWS(retry_rows),
	.size = sizeof(struct retry_conf),
	.given = offsetof(struct retry_conf, given),
	.exclusive = RETRY_HOW_LONG, .check = retry_check_lists };

const char *
retry_check(const struct retry_conf *c)
{
	if (c->given != 0 && (c->given & RETRY_HOW_LONG) == 0)
		return "retry_after does not say how long: give value, one_of, "
		       "between, raw or twice";
	return NULL;
}

/* When a client may come, and how long it was told to wait. */
struct retry_due {
	uint64_t at_ns, wait_ns;
};

struct retry {
	const struct retry_conf *conf;
	struct keyed *due;  /* struct retry_due by client; NULL without
			       enforce */
	struct lines fixed; /* the text of choices */
	struct retry_choice {
		unsigned at, n; /* lines of fixed */
	} * choices;            /* equally likely; none: made per reply */
	size_t n_choices;
};

/* Whether the line for a duration is the same whenever it is sent. */
static bool
retry_is_constant(const struct retry_conf *c)
{
	return (c->given & RETRY_HOW_LONG & ~4u) != 0 &&
	       c->format != RETRY_AFTER_DATE && c->one_of.n < LINES_MAX;
}

static void
retry_fix(struct retry *r)
{
	const struct retry_conf *c = r->conf;
	const uint64_t *one_of = c->one_of.v, *twice = c->twice.v;
	struct lines *l = &r->fixed;

	r->n_choices = c->one_of.n > 0 ? c->one_of.n : 1;
	r->choices = xcalloc(r->n_choices, sizeof(r->choices[0]));
	if (c->raw != NULL)
		retry_after_add_raw(l, span_str(c->raw));
	else if (c->twice.n == 2)
		for (unsigned i = 0; i < 2; i++)
			retry_after_add(
			    l, (enum retry_after_form)c->format, twice[i], 0);
	else if (c->one_of.n == 0)
		retry_after_add(
		    l, (enum retry_after_form)c->format, c->value, 0);
	r->choices[0].n = l->n;
	for (unsigned i = 0; i < c->one_of.n; i++) {
		retry_after_add(
		    l, (enum retry_after_form)c->format, one_of[i], 0);
		r->choices[i] = (struct retry_choice){ .at = i, .n = 1 };
	}
}

struct retry *
retry_new(const struct retry_conf *conf)
{
	struct retry *r = xcalloc(1, sizeof(*r));

	r->conf = conf;
	if (conf->enforce)
		r->due = keyed_new(RETRY_CLIENTS, sizeof(struct retry_due));
	if (retry_is_constant(conf))
		retry_fix(r);
	return r;
}

void
retry_free(struct retry *r)
{
	if (r == NULL)
		return;
	keyed_free(r->due);
	lines_clear(&r->fixed);
	free(r->choices);
	free(r);
}

/* A duration between two others: of whole seconds each is equally likely when
 * the format can say no other. */
static uint64_t
retry_between(const struct retry_conf *c, struct rng *rng)
{
	const uint64_t *v = c->between.v;
	uint64_t from, to;

	if (c->format == RETRY_AFTER_FLOAT ||
	    c->format == RETRY_AFTER_MILLISECONDS)
		return v[0] + rng_upto(rng, v[1] - v[0] + 1);
	from = (v[0] + NS_PER_S - 1) / NS_PER_S;
	to = (v[1] + NS_PER_S - 1) / NS_PER_S;
	return (from + rng_upto(rng, to - from + 1)) * NS_PER_S;
}

static uint64_t
retry_draw(const struct retry_conf *c, struct rng *rng, uint64_t own_ns)
{
	if (c->one_of.n > 0)
		return (
		    (const uint64_t *)c->one_of.v)[rng_upto(rng, c->one_of.n)];
	if (c->between.n == 2)
		return retry_between(c, rng);
	return (c->given & 1) != 0 ? c->value : own_ns;
}

void
retry_add(const struct retry *r, struct fault *f, uint64_t own_ns,
    struct lines *text, struct span *lines, unsigned *n)
{
	const struct retry_conf *c = r->conf;
	const uint64_t *twice = c->twice.v;
	unsigned first = text->n;

	if (r->n_choices > 0) {
		const struct retry_choice *choice =
		    r->n_choices == 1
			? r->choices
			: r->choices + rng_upto(&f->rng, r->n_choices);

		for (unsigned i = 0; i < choice->n; i++)
			lines[(*n)++] = r->fixed.v[choice->at + i];
		return;
	}
	if (c->twice.n == 2) {
		for (unsigned i = 0; i < 2; i++)
			retry_after_add(text, (enum retry_after_form)c->format,
			    twice[i], f->facts->wall_ns);
	} else {
		uint64_t ns = retry_draw(c, &f->rng, own_ns);

		if (ns != RETRY_AFTER_NONE)
			retry_after_add(text, (enum retry_after_form)c->format,
			    ns, f->facts->wall_ns);
	}
	for (unsigned i = first; i < text->n; i++)
		lines[(*n)++] = text->v[i];
}

void
retry_told(struct retry *r, const struct fault *f)
{
	struct retry_due *due;
	uint64_t ns = f->reply->retry_after_ns;

	if (r->due == NULL || ns == RETRY_AFTER_NONE || f->asking)
		return;
	due = keyed_lock(r->due, f->facts->client_key, f->facts->now_ns);
	due->wait_ns = ns;
	if (__builtin_add_overflow(f->facts->now_ns, ns, &due->at_ns))
		due->at_ns = UINT64_MAX;
	keyed_unlock(r->due, f->facts->client_key);
}

uint64_t
retry_early(struct retry *r, const struct facts *facts)
{
	const struct retry_due *due;
	uint64_t wait_ns;

	if (r->due == NULL)
		return 0;
	if ((due = keyed_lock_known(r->due, facts->client_key)) == NULL)
		return 0;
	wait_ns = facts->now_ns < due->at_ns ? due->wait_ns : 0;
	keyed_unlock(r->due, facts->client_key);
	return wait_ns;
}
