#include "record/journal.h"

#include "http/facts.h"

/* identity stands beside this layer, not below it: a test keeps this list equal
 * to op_source_name. */
static const char *const journal_op_source_v[] = { "none", "sdk",
	"idempotency-key", "header", "traceparent", "fingerprint" };
static const char *const journal_outcome_v[] = {
	[OUTCOME_PASSED] = "passed",
	[OUTCOME_INJECTED] = "injected",
	[OUTCOME_CLIENT_CLOSED] = "client_closed",
	[OUTCOME_UPSTREAM_ERROR] = "upstream_error",
	[OUTCOME_REFUSED] = "refused",
};
static const char *const journal_upstream_v[] = {
	[UPSTREAM_NONE] = "none",
	[UPSTREAM_SENT] = "sent",
	[UPSTREAM_DONE] = "done",
};
static const char *const journal_proto_v[] = {
	[PROTO_H1] = "h1",
	[PROTO_H2] = "h2",
};

#define JOURNAL_WORDS(list)                            \
	{                                              \
		(list), sizeof(list) / sizeof(*(list)) \
	}

const struct journal_words journal_op_sources =
    JOURNAL_WORDS(journal_op_source_v);
const struct journal_words journal_outcomes = JOURNAL_WORDS(journal_outcome_v);
const struct journal_words journal_upstreams =
    JOURNAL_WORDS(journal_upstream_v);
const struct journal_words journal_protos = JOURNAL_WORDS(journal_proto_v);
