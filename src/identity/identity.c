#include "identity/identity.h"

#include "identity/markers.h"
#include "scenario/scenario.h"

/* The ladders of a scenario that has none (DESIGN.md section 6). */
static const struct rung identity_clients[] = {
	{ .kind = RUNG_TLS_SUBJECT },
	{ .kind = RUNG_HEADER, .header = SPAN("X-Client-Id") },
	{ .kind = RUNG_HEADER,
	    .header = SPAN("Authorization"),
	    .id = FIELD_AUTHORIZATION },
	{ .kind = RUNG_ADDRESS },
};
static const struct rung identity_operations[] = {
	{ .kind = RUNG_SDK },
	{ .kind = RUNG_HEADER,
	    .header = SPAN("Idempotency-Key"),
	    .id = FIELD_IDEMPOTENCY_KEY },
	{ .kind = RUNG_HEADER,
	    .header = SPAN("X-Request-Id"),
	    .id = FIELD_X_REQUEST_ID },
	{ .kind = RUNG_TRACEPARENT },
	{ .kind = RUNG_FINGERPRINT },
};

enum {
	IDENTITY_CLIENTS =
	    sizeof(identity_clients) / sizeof(identity_clients[0]),
	IDENTITY_OPERATIONS =
	    sizeof(identity_operations) / sizeof(identity_operations[0])
};

/* A keyed hash of s, apart for each salt, never 0. */
static uint64_t
identity_hash(const uint64_t key[2], struct span s, uint64_t salt)
{
	uint64_t h = hash_mix(hash_sip(key, s.p, s.n) + salt);

	return h != 0 ? h : 1;
}

/* The value of a rung's field; empty without one. */
static struct span
identity_field(const struct rung *r, const struct head *h)
{
	const struct field *f = r->id != FIELD_OTHER ? head_field(h, r->id)
						     : head_named(h, r->header);

	return f != NULL ? f->value : (struct span){ 0 };
}

static struct span
identity_address(const struct facts *f)
{
	if (f->client.n == 0)
		return f->client_text;
	return (struct span){ (const char *)f->client.bytes, f->client.n };
}

static uint64_t
identity_client(const struct identity_conf *conf, const struct facts *f,
    const uint64_t key[2])
{
	const struct rung *v =
	    conf->n_client > 0 ? conf->client : identity_clients;
	unsigned n = conf->n_client > 0 ? conf->n_client : IDENTITY_CLIENTS;

	for (unsigned i = 0; i < n; i++) {
		struct span s = { 0 };

		if (v[i].kind == RUNG_TLS_SUBJECT)
			s = f->tls_subject;
		else if (v[i].kind == RUNG_HEADER)
			s = identity_field(&v[i], f->head);
		else if (v[i].kind == RUNG_ADDRESS)
			break;
		if (s.n > 0)
			return identity_hash(key, s, i + 1);
	}
	return identity_hash(key, identity_address(f), 0);
}

/* The trace id of `00-<32 hex>-<16 hex>-<2 hex>` (W3C Trace Context 3.2.2),
 * later versions may add more; empty when it is not one. */
static struct span
identity_trace(const struct head *h)
{
	const struct field *f = head_field(h, FIELD_TRACEPARENT);
	struct span id;
	bool zero = true;

	if (f == NULL || f->value.n < 55 || f->value.p[2] != '-' ||
	    f->value.p[35] != '-' || f->value.p[52] != '-')
		return (struct span){ 0 };
	id = (struct span){ f->value.p + 3, 32 };
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return (struct span){ 0 };
		zero = zero && c == '0';
	}
	return zero ? (struct span){ 0 } : id;
}

/* Method and target, without the client. */
static uint64_t
identity_target(const struct facts *f, const uint64_t key[2])
{
	uint64_t h = identity_hash(key, f->path, 11);

	h = hash_mix(h ^ identity_hash(key, f->head->method, 12));
	if (f->query.p != NULL)
		h = hash_mix(h ^ identity_hash(key, f->query, 13));
	if (f->host.n > 0)
		h = hash_mix(h ^ identity_hash(key, f->host, 14));
	return h;
}

static uint64_t
identity_nonzero(uint64_t h)
{
	return h != 0 ? h : 1;
}

/* Sets op and source when the rung has something to say. salt differs for each
 * rung: the same text in two fields is two operations. */
static bool
identity_rung(struct identity *to, const struct rung *r,
    const struct markers *m, const struct facts *f, const uint64_t key[2],
    uint64_t salt)
{
	enum op_source source = OP_HEADER;
	struct span s = { 0 };

	switch (r->kind) {
	case RUNG_SDK:
		source = OP_SDK;
		s = m->sdk_id;
		break;
	case RUNG_HEADER:
		if (r->id == FIELD_IDEMPOTENCY_KEY) {
			source = OP_IDEMPOTENCY_KEY;
			s = m->idempotency_key;
		} else {
			s = identity_field(r, f->head);
		}
		break;
	case RUNG_TRACEPARENT:
		source = OP_TRACE;
		s = identity_trace(f->head);
		break;
	case RUNG_FINGERPRINT:
		to->source = OP_FINGERPRINT;
		to->op = identity_nonzero(
		    hash_mix(identity_target(f, key) ^ to->client));
		return true;
	case RUNG_TLS_SUBJECT:
	case RUNG_ADDRESS:
		break;
	}
	if (s.n == 0)
		return false;
	to->source = source;
	to->text = s;
	to->op = identity_hash(key, s, salt);
	if (source == OP_TRACE)
		to->op = identity_nonzero(
		    hash_mix(to->op ^ identity_target(f, key)));
	return true;
}

struct identity
identity_of(const struct identity_conf *conf, const struct facts *facts,
    const uint64_t key[2])
{
	const struct rung *v =
	    conf->n_operation > 0 ? conf->operation : identity_operations;
	unsigned n =
	    conf->n_operation > 0 ? conf->n_operation : IDENTITY_OPERATIONS;
	struct markers m = markers_of(facts->head);
	struct identity to = { .client = identity_client(conf, facts, key),
		.idempotency_key = m.idempotency_key };
	bool found = false;

	for (unsigned i = 0; i < n; i++) {
		if (v[i].kind == RUNG_SDK)
			to.announced = m.attempt;
		if (!found)
			found =
			    identity_rung(&to, &v[i], &m, facts, key, 20 + i);
	}
	return to;
}

const char *
op_source_name(enum op_source s)
{
	static const char *const names[] = { [OP_NONE] = "none",
		[OP_SDK] = "sdk",
		[OP_IDEMPOTENCY_KEY] = "idempotency-key",
		[OP_HEADER] = "header",
		[OP_TRACE] = "traceparent",
		[OP_FINGERPRINT] = "fingerprint" };

	return names[s];
}

enum confidence
op_confidence(enum op_source s, uint32_t announced)
{
	static const enum confidence sure[] = { [OP_NONE] = CONF_AGGREGATE,
		[OP_SDK] = CONF_STRONG,
		[OP_IDEMPOTENCY_KEY] = CONF_STRONG,
		[OP_HEADER] = CONF_STRONG,
		[OP_TRACE] = CONF_STRONG,
		[OP_FINGERPRINT] = CONF_INFERRED };

	return s == OP_SDK && announced > 0 ? CONF_EXACT : sure[s];
}
