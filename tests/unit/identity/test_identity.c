#include "identity/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../request.h"
#include "scenario/scenario.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"

static const uint64_t key[2] = { 1, 2 };
static const struct identity_conf plain;

static struct identity
identity(const char *line, const char *fields)
{
	struct request r;

	request_make(&r, line, fields);
	return identity_of(&plain, &r.facts, key);
}

static const struct ladder_row {
	const char *fields;
	enum op_source source;
	const char *text;
	uint32_t announced;
	enum confidence confidence;
} ladder_rows[] = {
	{ "", OP_FINGERPRINT, "", 0, CONF_INFERRED },
	{ "amz-sdk-invocation-id: i\namz-sdk-request: attempt=1", OP_SDK, "i",
	    1, CONF_EXACT },
	{ "amz-sdk-invocation-id: i", OP_SDK, "i", 0, CONF_STRONG },
	{ "Idempotency-Key: k\nx-ms-client-request-id: i", OP_SDK, "i", 0,
	    CONF_STRONG },
	{ "Idempotency-Key: k\nX-Request-Id: r", OP_IDEMPOTENCY_KEY, "k", 0,
	    CONF_STRONG },
	{ "X-Idempotency-Key: k", OP_IDEMPOTENCY_KEY, "k", 0, CONF_STRONG },
	{ "x-stainless-retry-count: 1\nIdempotency-Key: k", OP_IDEMPOTENCY_KEY,
	    "k", 2, CONF_STRONG },
	{ "X-Request-Id: r\ntraceparent: 00-" TRACE "-00f067aa0ba902b7-01",
	    OP_HEADER, "r", 0, CONF_STRONG },
	{ "traceparent: 00-" TRACE "-00f067aa0ba902b7-01", OP_TRACE, TRACE, 0,
	    CONF_STRONG },
	{ "traceparent: cc-" TRACE "-00f067aa0ba902b7-01-more", OP_TRACE, TRACE,
	    0, CONF_STRONG },
	{ "traceparent: 00-00000000000000000000000000000000-"
	  "00f067aa0ba902b7-01",
	    OP_FINGERPRINT, "", 0, CONF_INFERRED },
	{ "traceparent: 00-4BF92F3577B34DA6A3CE929D0E0E4736-"
	  "00f067aa0ba902b7-01",
	    OP_FINGERPRINT, "", 0, CONF_INFERRED },
	{ "traceparent: 00-" TRACE, OP_FINGERPRINT, "", 0, CONF_INFERRED },
	{ "traceparent: 00-" TRACE "_00f067aa0ba902b7-01", OP_FINGERPRINT, "",
	    0, CONF_INFERRED },
	{ "x-envoy-attempt-count: 3", OP_FINGERPRINT, "", 3, CONF_INFERRED },
};

static void
takes_the_first_rung_that_speaks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ladder_rows) / sizeof(ladder_rows[0]);
	     i++) {
		const struct ladder_row *row = &ladder_rows[i];
		struct identity id = identity("GET /a", row->fields);

		if (id.source != row->source ||
		    id.announced != row->announced ||
		    !span_eq(id.text, span_str(row->text)) ||
		    op_confidence(id.source, id.announced) != row->confidence)
			fail_msg("%s: %s \"%.*s\" announced %u", row->fields,
			    op_source_name(id.source), (int)id.text.n,
			    id.text.p, id.announced);
		assert_int_not_equal(id.op, 0);
		assert_int_not_equal(id.client, 0);
	}
}

/* Two requests: the same operation, or not? */
static const struct pair_row {
	const char *line[2], *fields[2];
	bool same;
} pair_rows[] = {
	{ { "GET /a", "GET /a" }, { "", "Accept: */*" }, true },
	{ { "GET /a", "POST /a" }, { "", "" }, false },
	{ { "GET /a", "GET /b" }, { "", "" }, false },
	{ { "GET /a?x=1", "GET /a?x=2" }, { "", "" }, false },
	{ { "GET /a?", "GET /a" }, { "", "" }, false },
	{ { "GET /a", "GET /a" }, { "X-Client-Id: 1", "X-Client-Id: 2" },
	    false },
	{ { "POST /a", "POST /a" },
	    { "Idempotency-Key: 1", "Idempotency-Key: 2" }, false },
	{ { "POST /a", "PUT /b" },
	    { "Idempotency-Key: 1", "Idempotency-Key: 1" }, true },
	{ { "POST /a", "POST /a" }, { "Idempotency-Key: 1", "X-Request-Id: 1" },
	    false },
	{ { "GET /a", "GET /a" },
	    { "traceparent: 00-" TRACE "-00f067aa0ba902b7-01",
		"traceparent: 00-" TRACE "-1111111111111111-00" },
	    true },
	{ { "GET /a", "GET /b" },
	    { "traceparent: 00-" TRACE "-00f067aa0ba902b7-01",
		"traceparent: 00-" TRACE "-00f067aa0ba902b7-01" },
	    false },
};

static void
groups_the_attempts_of_one_operation(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pair_rows) / sizeof(pair_rows[0]); i++) {
		const struct pair_row *p = &pair_rows[i];
		struct identity a = identity(p->line[0], p->fields[0]);
		struct identity b = identity(p->line[1], p->fields[1]);

		if ((a.op == b.op) != p->same)
			fail_msg("row %zu: %s | %s", i, p->line[0], p->line[1]);
	}
}

static void
tells_clients_apart_by_their_rung(void **state)
{
	struct request r;
	struct identity by_address, by_field, by_subject, by_neighbour;

	(void)state;
	request_make(&r, "GET /", "");
	by_address = identity_of(&plain, &r.facts, key);
	r.facts.client.bytes[3]++;
	by_neighbour = identity_of(&plain, &r.facts, key);
	r.facts.client.bytes[3]--;
	r.facts.tls_subject = SPAN("CN=a");
	by_subject = identity_of(&plain, &r.facts, key);
	by_field = identity("GET /", "Authorization: Bearer t");
	assert_int_not_equal(by_address.client, by_neighbour.client);
	assert_int_not_equal(by_address.client, by_subject.client);
	assert_int_not_equal(by_address.client, by_field.client);
	assert_int_not_equal(
	    by_field.client, identity("GET /", "X-Client-Id: Bearer t").client);
	assert_int_equal(by_field.client,
	    identity("POST /x", "Authorization: Bearer t").client);
}

static void
knows_a_unix_socket_as_one_client(void **state)
{
	struct request r;
	struct identity a, b;

	(void)state;
	request_make(&r, "GET /", "");
	r.facts.client.n = 0;
	r.facts.client_text = SPAN("unix");
	a = identity_of(&plain, &r.facts, key);
	b = identity_of(&plain, &r.facts, key);
	assert_int_not_equal(a.client, 0);
	assert_int_equal(a.client, b.client);
}

static void
follows_a_configured_ladder(void **state)
{
	struct rung op[] = { { .kind = RUNG_HEADER, .header = SPAN("X-Job") } };
	struct rung client[] = { { .kind = RUNG_HEADER,
	    .header = SPAN("X-Tenant") } };
	struct identity_conf conf = { .client = client,
		.n_client = 1,
		.operation = op,
		.n_operation = 1 };
	struct request r;
	struct identity with, without;

	(void)state;
	request_make(&r, "GET /",
	    "Idempotency-Key: k\nx-job: 7\nx-envoy-attempt-count: 2");
	with = identity_of(&conf, &r.facts, key);
	assert_int_equal(with.source, OP_HEADER);
	assert_true(span_eq(with.text, SPAN("7")));
	assert_int_equal(with.announced, 0);
	assert_true(span_eq(with.idempotency_key, SPAN("k")));
	request_make(&r, "GET /", "Idempotency-Key: k");
	without = identity_of(&conf, &r.facts, key);
	assert_int_equal(without.source, OP_NONE);
	assert_int_equal(without.op, 0);
	assert_int_equal(op_confidence(OP_NONE, 0), CONF_AGGREGATE);
	assert_int_equal(without.client, with.client);
}

static void
hashes_under_the_runs_key(void **state)
{
	const uint64_t other[2] = { 1, 3 };
	struct request r;
	struct identity a, b;

	(void)state;
	request_make(&r, "GET /", "Idempotency-Key: k");
	a = identity_of(&plain, &r.facts, key);
	b = identity_of(&plain, &r.facts, other);
	assert_int_not_equal(a.op, b.op);
	assert_int_not_equal(a.client, b.client);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_first_rung_that_speaks),
		cmocka_unit_test(groups_the_attempts_of_one_operation),
		cmocka_unit_test(tells_clients_apart_by_their_rung),
		cmocka_unit_test(knows_a_unix_socket_as_one_client),
		cmocka_unit_test(follows_a_configured_ladder),
		cmocka_unit_test(hashes_under_the_runs_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
