/* A real rate limit: what is within the quota passes, the rest is refused with
 * a Retry-After that is true. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/xalloc.h"
#include "fault/fault.h"
#include "fault/keyed.h"
#include "fault/limit.h"
#include "fault/retry.h"
#include "http/edit.h"
#include "http/ratelimit.h"

enum {
	RATE_LIMIT_KEYS = 1 << 16,
	RATE_LIMIT_BYTES = 64 << 20, /* of states that hold a log */
	RATE_LIMIT_REQUESTS = 1000000,
	RATE_LIMIT_LINES = 16
};

struct rate_limit_conf {
	int64_t requests, burst;
	uint64_t per;
	const char *by;
	int algorithm; /* enum limit_algorithm */
	int64_t status;
	struct param_list headers; /* int: enum rate_limit_fields */
	struct retry_conf retry_after;
	uint32_t given;
};
enum { RATE_LIMIT_GIVES_BURST = 1 << 2 };

enum rate_limit_fields { FIELDS_RATELIMIT, FIELDS_X_RATELIMIT };
enum rate_limit_by { BY_CLIENT, BY_PATH, BY_ALL, BY_HEADER };

struct rate_limit_shared {
	const struct rate_limit_conf *conf;
	struct limit limit;
	enum rate_limit_by by;
	struct span header;
	uint64_t hash_key[2];
	struct keyed *keys;
	struct retry *retry;
};

struct rate_limit_state {
	struct limit_verdict verdict;
	bool decided; /* asked twice, a request is still counted once */
};

/* False when text is none of client, path, all, header:NAME. */
static bool
rate_limit_read_by(const char *text, enum rate_limit_by *by, struct span *name)
{
	static const char *const words[] = { "client", "path", "all" };
	static const char prefix[] = "header:";

	for (unsigned i = 0; i < 3; i++)
		if (strcmp(text, words[i]) == 0) {
			*by = (enum rate_limit_by)i;
			return true;
		}
	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
		return false;
	*by = BY_HEADER;
	*name = span_trim(span_str(text + sizeof(prefix) - 1));
	return name->n > 0;
}

static void *
rate_limit_shared_new(const void *conf)
{
	const struct rate_limit_conf *c = conf;
	struct rate_limit_shared *s = xcalloc(1, sizeof(*s));
	size_t size, keys;

	s->conf = c;
	s->limit = (struct limit){ (enum limit_algorithm)c->algorithm,
		(uint64_t)c->requests, c->per,
		(uint64_t)((c->given & RATE_LIMIT_GIVES_BURST) != 0
			       ? c->burst
			       : c->requests) };
	rate_limit_read_by(c->by, &s->by, &s->header);
	/* Where the table lies is nothing a client can know: values that it
	 * chooses cannot be made to collide. */
	s->hash_key[0] = (uintptr_t)s;
	s->hash_key[1] = (uintptr_t)&s->keys ^ hash_mix((uintptr_t)s);
	size = limit_state_size(&s->limit);
	keys = RATE_LIMIT_BYTES / size;
	if (keys > RATE_LIMIT_KEYS)
		keys = RATE_LIMIT_KEYS;
	s->keys = keyed_new(s->by == BY_ALL ? 1 : keys, size);
	s->retry = retry_new(&c->retry_after);
	return s;
}

static void
rate_limit_shared_free(void *shared)
{
	struct rate_limit_shared *s = shared;

	if (s == NULL)
		return;
	keyed_free(s->keys);
	retry_free(s->retry);
	free(s);
}

/* Whose quota it is. Requests without the named field share one. */
static uint64_t
rate_limit_key(const struct rate_limit_shared *s, const struct facts *facts)
{
	const struct field *field;

	switch (s->by) {
	case BY_CLIENT:
		return facts->client_key;
	case BY_PATH:
		return hash_sip(s->hash_key, facts->path.p, facts->path.n);
	case BY_ALL:
		return 0;
	case BY_HEADER:
		break;
	}
	field = head_named(facts->head, s->header);
	return field != NULL
		   ? hash_sip(s->hash_key, field->value.p, field->value.n)
		   : 0;
}

static void
rate_limit_fields(const struct rate_limit_shared *s,
    const struct limit_verdict *v, struct lines *to)
{
	const int *fields = s->conf->headers.v;
	struct ratelimit told = { .policy = SPAN("default"),
		.quota = s->limit.requests,
		.window_ns = s->limit.per_ns,
		.remaining = v->remaining,
		.reset_ns = v->reset_ns };

	for (size_t i = 0; i < s->conf->headers.n; i++)
		if (fields[i] == FIELDS_RATELIMIT)
			ratelimit_add(to, &told);
		else
			x_ratelimit_add(to, &told, 0, true);
}

static struct step
rate_limit_refuse(
    struct fault *f, struct rate_limit_shared *s, const struct limit_verdict *v)
{
	struct lines text = { 0 };
	struct span lines[RATE_LIMIT_LINES];
	struct reply_spec spec = { .status = (unsigned)s->conf->status,
		.lines = lines };
	struct step step;

	rate_limit_fields(s, v, &text);
	for (unsigned i = 0; i < text.n; i++)
		lines[spec.n_lines++] = text.v[i];
	retry_add(s->retry, f, v->retry_ns, &text, lines, &spec.n_lines);
	/* Growing the text moves what was added to it before. */
	for (unsigned i = 0; i < text.n; i++)
		lines[i] = text.v[i];
	step = fault_reply(f, &spec);
	retry_told(s->retry, f);
	lines_clear(&text);
	return step;
}

static void
rate_limit_decide(struct fault *f)
{
	struct rate_limit_shared *s = f->shared;
	struct rate_limit_state *st = f->state;
	uint64_t key = rate_limit_key(s, f->facts);
	uint64_t again_ns = retry_early(s->retry, f->facts);
	void *state;

	st->decided = true;
	if (again_ns > 0) {
		st->verdict = (struct limit_verdict){ .retry_ns = again_ns,
			.reset_ns = again_ns };
		return;
	}
	state = keyed_lock(s->keys, key, f->facts->now_ns);
	st->verdict = limit_take(&s->limit, state, f->facts->now_ns);
	keyed_unlock(s->keys, key);
}

static struct step
rate_limit_on_request(struct fault *f)
{
	struct rate_limit_state *st = f->state;

	if (!st->decided)
		rate_limit_decide(f);
	if (st->verdict.admitted)
		return step_pass();
	return rate_limit_refuse(f, f->shared, &st->verdict);
}

/* What passes is told the state of its quota too. */
static struct step
rate_limit_on_response(struct fault *f, struct head_edit *edit)
{
	const struct rate_limit_shared *s = f->shared;
	const struct rate_limit_state *st = f->state;
	struct lines text = { 0 };
	struct span name, value;

	if (s->conf->headers.n == 0)
		return step_pass();
	rate_limit_fields(s, &st->verdict, &text);
	for (unsigned i = 0; i < text.n; i++) {
		lines_split(text.v[i], &name, &value);
		edit_set(edit, name, value);
	}
	lines_clear(&text);
	return step_pass();
}

static bool
rate_limit_early(void *shared, const struct facts *facts)
{
	struct rate_limit_shared *s = shared;

	return retry_early(s->retry, facts) > 0;
}

static bool
rate_limit_by_client(const void *conf)
{
	const struct rate_limit_conf *c = conf;

	return c->retry_after.enforce || strcmp(c->by, "client") == 0;
}

static const char *
rate_limit_check(const void *conf)
{
	const struct rate_limit_conf *c = conf;
	enum rate_limit_by by;
	struct span name;

	if (!rate_limit_read_by(c->by, &by, &name))
		return "by is one of client, path, all, header:NAME";
	if (c->per == 0)
		return "per must be longer than nothing";
	if ((c->given & RATE_LIMIT_GIVES_BURST) != 0 &&
	    c->algorithm != LIMIT_TOKEN_BUCKET)
		return "only a token_bucket has a burst";
	if (c->status < 200 || c->status == 444 || c->status == 499)
		return "a refusal is a final response: 444, 499 and 1xx are "
		       "not";
	if (c->headers.n > 2)
		return "headers names a family of fields twice";
	return NULL;
}

static const char *const rate_limit_algorithms[] = { "token_bucket",
	"fixed_window", "sliding_window", NULL };
static const char *const rate_limit_families[] = { "ratelimit", "x_ratelimit",
	NULL };
static const struct param rate_limit_family_rows[] = {
	{ .name = "family",
	    .type = PARAM_ENUM,
	    .help = "ratelimit (the current draft) or x_ratelimit",
	    .names = rate_limit_families },
};
static const struct param_set rate_limit_family_set = {
	PARAM_ROWS(rate_limit_family_rows),
	.size = sizeof(int),
};

static const struct param rate_limit_rows[] = {
	{ .name = "requests",
	    .type = PARAM_INT,
	    .offset = offsetof(struct rate_limit_conf, requests),
	    .min = 1,
	    .max = RATE_LIMIT_REQUESTS,
	    .help = "so many requests",
	    .flags = PARAM_REQUIRED | PARAM_SCALAR },
	{ .name = "per",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct rate_limit_conf, per),
	    .fallback = "1s",
	    .help = "in this time" },
	{ .name = "burst",
	    .type = PARAM_INT,
	    .offset = offsetof(struct rate_limit_conf, burst),
	    .min = 1,
	    .max = RATE_LIMIT_REQUESTS,
	    .help = "what a token bucket holds at most; without it, as many as "
		    "requests" },
	{ .name = "by",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct rate_limit_conf, by),
	    .fallback = "client",
	    .help = "whose quota it is: client, path, all, or header:NAME for "
		    "each value of a field" },
	{ .name = "algorithm",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct rate_limit_conf, algorithm),
	    .fallback = "token_bucket",
	    .help = "token_bucket refills evenly, fixed_window begins with the "
		    "first request, sliding_window looks back from each one",
	    .names = rate_limit_algorithms },
	{ .name = "status",
	    .type = PARAM_CODE,
	    .offset = offsetof(struct rate_limit_conf, status),
	    .fallback = "429",
	    .help = "what refused requests get" },
	{ .name = "headers",
	    .type = PARAM_LIST,
	    .offset = offsetof(struct rate_limit_conf, headers),
	    .help = "families of fields that tell the quota, on passing "
		    "responses too: ratelimit, x_ratelimit",
	    .sub = &rate_limit_family_set },
	{ .name = "retry_after",
	    .type = PARAM_MAP,
	    .offset = offsetof(struct rate_limit_conf, retry_after),
	    .help = "another wait than the true one; with format or enforce "
		    "alone the true one in that way",
	    .sub = &retry_set,
	    .flags = PARAM_BESIDE },
};

const struct fault_type fault_rate_limit = {
	.name = "rate_limit",
	.summary = "requests beyond the quota are refused and told when to "
		   "come back",
	.class = FAULT_ENDS,
	.params = { PARAM_ROWS(rate_limit_rows),
	    .size = sizeof(struct rate_limit_conf),
	    .given = offsetof(struct rate_limit_conf, given),
	    .check = rate_limit_check },
	.state_size = sizeof(struct rate_limit_state),
	.shared_new = rate_limit_shared_new,
	.shared_free = rate_limit_shared_free,
	.may_pass = true,
	.admits = true,
	.on_request = rate_limit_on_request,
	.on_response = rate_limit_on_response,
	.early = rate_limit_early,
	.by_client = rate_limit_by_client,
};
