/* `identity:` -> the ladders by which clients and operations are told apart. */
#include <string.h>

#include "scenario/loader.h"

enum { LADDER_RUNGS_MAX = 16, LADDER_HEADER_MAX = 128 };

struct ladder_rung {
	int kind;
	const char *header;
	uint32_t given;
};
struct ladder_conf {
	struct param_list client, operation;
	uint64_t window;
	int64_t max_operations;
	uint32_t given;
};

static const char *const ladder_client_names[] = { "tls_subject", "address",
	NULL };
static const enum rung_kind ladder_client_kinds[] = { RUNG_TLS_SUBJECT,
	RUNG_ADDRESS };
static const char *const ladder_operation_names[] = { "sdk", "traceparent",
	"fingerprint", NULL };
static const enum rung_kind ladder_operation_kinds[] = { RUNG_SDK,
	RUNG_TRACEPARENT, RUNG_FINGERPRINT };

static const char *
ladder_check(const void *conf)
{
	const struct ladder_rung *c = conf;
	static const char marks[] = "!#$%&'*+-.^_`|~";

	if (c->given == 0)
		return "a rung is a word or {header: NAME}";
	for (const char *p = c->header; p != NULL && *p != '\0'; p++)
		if (!((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
			(*p >= 'a' && *p <= 'z') || strchr(marks, *p)))
			return "header: not a field name";
	return NULL;
}

static const struct param ladder_client_rows[] = {
	{ .name = "by",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct ladder_rung, kind),
	    .help = "the client certificate's subject, or the address",
	    .names = ladder_client_names,
	    .flags = PARAM_SCALAR },
	{ .name = "header",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct ladder_rung, header),
	    .min = 1,
	    .max = LADDER_HEADER_MAX,
	    .help = "the value of this field, hashed" },
};
const struct param_set ladder_client_set = {
	PARAM_ROWS(ladder_client_rows),
	.size = sizeof(struct ladder_rung),
	.given = offsetof(struct ladder_rung, given),
	.exclusive = 3,
	.check = ladder_check,
};

static const struct param ladder_operation_rows[] = {
	{ .name = "by",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct ladder_rung, kind),
	    .help = "an SDK's invocation id, the trace id, or client, method, "
		    "target and body",
	    .names = ladder_operation_names,
	    .flags = PARAM_SCALAR },
	{ .name = "header",
	    .type = PARAM_STRING,
	    .offset = offsetof(struct ladder_rung, header),
	    .min = 1,
	    .max = LADDER_HEADER_MAX,
	    .help = "the value of this field" },
};
const struct param_set ladder_operation_set = {
	PARAM_ROWS(ladder_operation_rows),
	.size = sizeof(struct ladder_rung),
	.given = offsetof(struct ladder_rung, given),
	.exclusive = 3,
	.check = ladder_check,
};

static const struct param ladder_rows[] = {
	{ .name = "client",
	    .type = PARAM_LIST,
	    .offset = offsetof(struct ladder_conf, client),
	    .max = LADDER_RUNGS_MAX,
	    .fallback = "[tls_subject, {header: X-Client-Id}, "
			"{header: Authorization}, address]",
	    .help = "who asks: the first of these that a request has",
	    .sub = &ladder_client_set },
	{ .name = "operation",
	    .type = PARAM_LIST,
	    .offset = offsetof(struct ladder_conf, operation),
	    .max = LADDER_RUNGS_MAX,
	    .fallback = "[sdk, {header: Idempotency-Key}, "
			"{header: X-Request-Id}, traceparent, fingerprint]",
	    .help = "which attempts belong together: the first of these that "
		    "a request has",
	    .sub = &ladder_operation_set },
	{ .name = "window",
	    .type = PARAM_DURATION,
	    .offset = offsetof(struct ladder_conf, window),
	    .min = 1000000,
	    .fallback = "120s",
	    .help =
		"how long after an attempt another may still belong to it" },
	{ .name = "max_operations",
	    .type = PARAM_INT,
	    .offset = offsetof(struct ladder_conf, max_operations),
	    .min = 16,
	    .max = 100000000,
	    .fallback = "200000",
	    .help = "operations remembered for `per` and `first`" },
};
static const struct part ladder_parts[] = {
	{ "ignore", "requests that are never judged", "matches" },
};
const struct grammar ladder_grammar = {
	.what = "unknown identity key",
	.set = { PARAM_ROWS(ladder_rows), .size = sizeof(struct ladder_conf),
	    .given = offsetof(struct ladder_conf, given) },
	.parts = ladder_parts,
	.n_parts = 1,
};

static void
ladder_rungs(struct loader *l, const struct param_list *from,
    const enum rung_kind *kinds, struct rung **rungsp, unsigned *np)
{
	const struct ladder_rung *v = from->v;

	*rungsp = arena_calloc(l->s->arena, from->n, sizeof(**rungsp));
	*np = (unsigned)from->n;
	for (size_t i = 0; i < from->n; i++) {
		struct rung *to = &(*rungsp)[i];

		to->kind = v[i].header != NULL ? RUNG_HEADER : kinds[v[i].kind];
		to->header = span_str(v[i].header);
		if (v[i].header != NULL)
			to->id = field_find(to->header);
	}
}

void
ladder_read(struct loader *l, const struct node *n)
{
	struct node none = { .kind = NODE_MAP, .line = 1, .col = 1 };
	struct identity_conf *to = &l->s->identity;
	struct ladder_conf conf = { 0 };
	const struct node *ignore;

	if (n != NULL && !node_expect(&l->r, n, NODE_MAP, "identity"))
		n = NULL;
	if (n == NULL)
		n = &none;
	if (params_map(&l->r, n, &ladder_grammar, NULL, &conf)) {
		ladder_rungs(l, &conf.client, ladder_client_kinds, &to->client,
		    &to->n_client);
		ladder_rungs(l, &conf.operation, ladder_operation_kinds,
		    &to->operation, &to->n_operation);
	}
	to->window_ns = conf.window;
	to->table_max = (uint64_t)conf.max_operations;
	if ((ignore = node_get(n, "ignore")) == NULL)
		return;
	if (node_expect(&l->r, ignore, NODE_LIST, "ignore"))
		conds_read_list(
		    l, ignore, "ignore", false, &to->ignore, &to->n_ignore);
}
