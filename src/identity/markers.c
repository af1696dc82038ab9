#include "identity/markers.h"

/* A whole decimal number; UINT32_MAX when it is none or has more than nine
 * digits. */
static uint32_t
markers_number(struct span s)
{
	uint32_t v = 0;

	if (s.n == 0 || s.n > 9)
		return UINT32_MAX;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return UINT32_MAX;
		v = v * 10 + (uint32_t)(s.p[i] - '0');
	}
	return v;
}

static void
markers_attempt(struct markers *m, uint32_t attempt)
{
	if (attempt != UINT32_MAX && attempt > m->attempt)
		m->attempt = attempt;
}

static void
markers_sdk_id(struct markers *m, struct span v)
{
	if (m->sdk_id.n == 0)
		m->sdk_id = v;
}

static void
markers_key(struct markers *m, struct span v)
{
	if (m->idempotency_key.n == 0)
		m->idempotency_key = v;
}

/* The attempt's own number. */
static void
markers_nth(struct markers *m, struct span v)
{
	markers_attempt(m, markers_number(v));
}

/* How many attempts came before. */
static void
markers_before(struct markers *m, struct span v)
{
	uint32_t before = markers_number(v);

	if (before != UINT32_MAX)
		markers_attempt(m, before + 1);
}

/* The next word of a list separated by any of two bytes. */
static bool
markers_word(struct span *list, const char by[2], struct span *word)
{
	size_t i = 0;

	while (list->n > 0 && (list->p[0] == by[0] || list->p[0] == by[1]))
		list->p++, list->n--;
	while (i < list->n && list->p[i] != by[0] && list->p[i] != by[1])
		i++;
	*word = (struct span){ list->p, i };
	list->p += i;
	list->n -= i;
	return i > 0;
}

/* What follows prefix, if s begins with it. */
static bool
markers_after(struct span s, struct span prefix, struct span *rest)
{
	if (s.n < prefix.n || memcmp(s.p, prefix.p, prefix.n) != 0)
		return false;
	*rest = (struct span){ s.p + prefix.n, s.n - prefix.n };
	return true;
}

/* `attempt=2; max=3` */
static void
markers_amz_request(struct markers *m, struct span v)
{
	struct span word, number;

	while (markers_word(&v, "; ", &word))
		if (markers_after(word, SPAN("attempt="), &number))
			markers_nth(m, number);
}

/* `gl-java/17 gccl/2.1 gccl-invocation-id/UUID gccl-attempt-count/2` */
static void
markers_goog_client(struct markers *m, struct span v)
{
	struct span word, rest;

	while (markers_word(&v, " \t", &word)) {
		if (markers_after(word, SPAN("gccl-invocation-id/"), &rest))
			markers_sdk_id(m, rest);
		else if (markers_after(
			     word, SPAN("gccl-attempt-count/"), &rest))
			markers_nth(m, rest);
	}
}

static const struct marker {
	struct span name;
	void (*read)(struct markers *m, struct span value);
} markers_known[] = {
	{ SPAN("amz-sdk-invocation-id"), markers_sdk_id },
	{ SPAN("amz-sdk-request"), markers_amz_request },
	{ SPAN("x-goog-api-client"), markers_goog_client },
	{ SPAN("x-stainless-retry-count"), markers_before },
	{ SPAN("grpc-previous-rpc-attempts"), markers_before },
	{ SPAN("x-envoy-attempt-count"), markers_nth },
	{ SPAN("x-ms-client-request-id"), markers_sdk_id },
	{ SPAN("X-Idempotency-Key"), markers_key },
	{ SPAN("Idempotence-Key"), markers_key },
	{ SPAN("PayPal-Request-Id"), markers_key },
	{ SPAN("X-Payout-Idempotency"), markers_key },
	{ SPAN("chargebee-idempotency-key"), markers_key },
	{ SPAN("Repeatability-Request-ID"), markers_key },
};

enum { MARKERS_KNOWN = sizeof(markers_known) / sizeof(markers_known[0]) };

/* Bit n: some marker's name has n bytes. Nearly all fields end here. */
#define MARKERS_LENGTHS                                                    \
	(1u << 15 | 1u << 17 | 1u << 20 | 1u << 21 | 1u << 22 | 1u << 23 | \
	    1u << 24 | 1u << 25 | 1u << 26)

static void
markers_field(struct markers *m, const struct field *f)
{
	if (f->name.n >= 32 || (MARKERS_LENGTHS >> f->name.n & 1) == 0)
		return;
	for (unsigned i = 0; i < MARKERS_KNOWN; i++)
		if (span_caseeq(f->name, markers_known[i].name)) {
			markers_known[i].read(m, f->value);
			return;
		}
}

struct markers
markers_of(const struct head *h)
{
	struct markers m = { 0 };

	for (unsigned i = 0; i < h->n_fields; i++) {
		const struct field *f = &h->fields[i];

		if (f->value.n == 0)
			continue;
		if (f->id == FIELD_IDEMPOTENCY_KEY)
			markers_key(&m, f->value);
		else if (f->id == FIELD_OTHER)
			markers_field(&m, f);
	}
	return m;
}
