#include "identity/markers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../request.h"

static const struct row {
	const char *fields, *sdk_id, *key;
	uint32_t attempt;
} rows[] = {
	{ "Accept: */*", "", "", 0 },
	{ "amz-sdk-invocation-id: 7f-1\nAmz-Sdk-Request: attempt=2; max=3",
	    "7f-1", "", 2 },
	{ "amz-sdk-request: max=3;attempt=3", "", "", 3 },
	{ "amz-sdk-request: attempt=x; max=3", "", "", 0 },
	{ "amz-sdk-request: attempts=4", "", "", 0 },
	{ "x-goog-api-client: gl-java/17 gccl-invocation-id/ab-cd "
	  "gccl-attempt-count/4",
	    "ab-cd", "", 4 },
	{ "X-Goog-Api-Client: gl-python/3.8 gccl/1.2", "", "", 0 },
	{ "x-stainless-retry-count: 0", "", "", 1 },
	{ "x-stainless-retry-count: 2", "", "", 3 },
	{ "grpc-previous-rpc-attempts: 1", "", "", 2 },
	{ "x-envoy-attempt-count: 3", "", "", 3 },
	{ "x-envoy-attempt-count: 2\ngrpc-previous-rpc-attempts: 4", "", "",
	    5 },
	{ "x-envoy-attempt-count: 99999999999", "", "", 0 },
	{ "x-envoy-attempt-count: -1", "", "", 0 },
	{ "x-ms-client-request-id: q9", "q9", "", 0 },
	{ "x-ms-client-request-id:", "", "", 0 },
	{ "Idempotency-Key: \"8e03\"", "", "\"8e03\"", 0 },
	{ "X-Idempotency-Key: k1", "", "k1", 0 },
	{ "PayPal-Request-Id: k2", "", "k2", 0 },
	{ "X-Payout-Idempotency: k3", "", "k3", 0 },
	{ "chargebee-idempotency-key: k4", "", "k4", 0 },
	{ "Idempotence-Key: k5", "", "k5", 0 },
	{ "Repeatability-Request-ID: k6", "", "k6", 0 },
	{ "Idempotency-Key: a\nIdempotency-Key: b", "", "a", 0 },
};

static void
reads_what_each_library_writes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct request r;
		struct markers m;

		request_make(&r, "GET /", rows[i].fields);
		m = markers_of(&r.head);
		if (!span_eq(m.sdk_id, span_str(rows[i].sdk_id)) ||
		    !span_eq(m.idempotency_key, span_str(rows[i].key)) ||
		    m.attempt != rows[i].attempt)
			fail_msg("%s: id \"%.*s\" key \"%.*s\" attempt %u",
			    rows[i].fields, (int)m.sdk_id.n, m.sdk_id.p,
			    (int)m.idempotency_key.n, m.idempotency_key.p,
			    m.attempt);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_each_library_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
