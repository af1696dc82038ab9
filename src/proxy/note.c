/*
 * What is known and written down of an exchange: the facts that rules are
 * matched against, and the record for journal and judge. Without a reader of
 * records nothing of the latter is done.
 */
#include <string.h>

#include "decide/replay.h"
#include "identity/identity.h"
#include "proxy/faults.h"

_Static_assert((int)RECORD_ARMED_MAX == (int)PLAN_MAX &&
		   (int)RECORD_NO_CHOICE == (int)REPLAY_NO_CHOICE,
    "a record holds any plan");
_Static_assert((int)RECORD_TEXT_MAX == (int)FACTS_PATH_MAX,
    "a path that stands for its target is recorded whole");

static uint64_t
note_time(const struct exchange *x, uint64_t now_ns)
{
	return now_ns - x->pw->t0_ns;
}

static struct span
note_host(const struct head *h)
{
	struct span authority = target_authority(h->target);
	const struct field *host;

	if (authority.p != NULL)
		return authority;
	host = head_field(h, FIELD_HOST);
	return host != NULL ? host->value : (struct span){ "", 0 };
}

static void
note_facts(struct exchange *x)
{
	struct facts *f = &x->facts;
	struct client *c = x->client;

	f->head = &x->req;
	f->path = target_path(x->req.target);
	f->query = target_query(x->req.target);
	f->host = note_host(&x->req);
	f->client = c->address;
	f->client_text = span_str(c->address_text);
	f->proto = PROTO_H1;
	f->tls = c->tls;
	f->conn = c->id;
	f->nth = c->nth;
	f->start_ns = x->pw->t0_ns;
	if (c->tls) {
		f->sni = tls_sni(c->conn.tls);
		f->tls_subject = tls_subject(c->conn.tls);
	}
	if (x->req.upgrade)
		f->websocket =
		    head_has_token(&x->req, FIELD_UPGRADE, SPAN("websocket"));
}

void
note_identity(struct exchange *x)
{
	const struct scenario *s = play_scenario(x->pw->play);
	struct identity id;

	if (x->has_identity)
		return;
	x->has_identity = true;
	id = identity_of(&s->identity, &x->facts, x->pw->key);
	x->facts.client_key = id.client;
	x->facts.op_key = id.op;
	x->facts.op_source = (uint8_t)id.source;
	x->facts.attempt = id.announced;
	x->record.client = id.client;
	x->record.op = id.op;
	x->record.op_source = (uint8_t)id.source;
	x->record.announced = id.announced;
	x->record.op_text = id.text;
	if (id.idempotency_key.n > 0) {
		x->record.flags |= RECORD_HAS_KEY;
		x->record.key_hash = hash_sip(
		    x->pw->key, id.idempotency_key.p, id.idempotency_key.n);
	}
}

static struct span
note_field(const struct head *h, struct span name)
{
	const struct field *f = head_named(h, name);

	return f != NULL ? f->value : (struct span){ "", 0 };
}

/* What only the judge wants to know of the head. */
static void
note_head(struct exchange *x)
{
	const struct head *h = &x->req;
	struct record *r = &x->record;
	const struct field *auth = head_field(h, FIELD_AUTHORIZATION);
	const uint64_t *key = x->pw->key;

	r->method = h->method;
	r->path = x->facts.path;
	r->host = x->facts.host;
	r->target_hash = facts_target_hash(&x->facts, key);
	if (auth != NULL)
		r->auth_hash = hash_sip(key, auth->value.p, auth->value.n);
	if (x->pw->conf->note_agents) {
		r->agent = note_field(h, SPAN("User-Agent"));
		r->referer = note_field(h, SPAN("Referer"));
	}
	if (h->expect_continue)
		r->flags |= RECORD_HAS_EXPECT;
	if (head_field(h, FIELD_RANGE) != NULL)
		r->flags |= RECORD_RESUME;
	if (h->framing != FRAMING_NONE)
		hash_stream_init(&x->body_hash, key);
}

void
note_begin(struct exchange *x)
{
	struct record *r = &x->record;
	struct client *c = x->client;

	r->rule = RECORD_NO_RULE;
	r->fault = RECORD_NO_FAULT;
	r->retry_after_ns = RECORD_NONE;
	r->t_resp = RECORD_NONE;
	r->t_req_end = RECORD_NONE;
	note_facts(x);
	if (!x->pw->recording)
		return;
	x->noted = true;
	r->play = x->pw->play_number;
	r->t_first = note_time(x, c->t_first_ns);
	r->wall_ns = x->pw->wall0_ns + (int64_t)r->t_first;
	r->deadline_ns = RECORD_NONE;
	r->conn = c->id;
	r->nth = (uint32_t)c->nth;
	memcpy(r->peer, c->address.bytes, sizeof(r->peer));
	r->peer_n = c->address.n;
	r->minor = (uint8_t)x->req.minor;
	r->phase = play_phase(x->pw->play, x->facts.now_ns);
	if (c->tls)
		r->flags |= RECORD_TLS;
	if (x->req.raw.n > 0) {
		note_identity(x);
		note_head(x);
	}
}

void
note_request_end(struct exchange *x)
{
	if (!x->noted || x->req.framing == FRAMING_NONE)
		return;
	x->record.t_req_end = note_time(x, clock_mono_ns());
	x->record.body_hash = hash_stream_end(&x->body_hash);
}

void
note_response_head(struct exchange *x, unsigned status, bool close)
{
	x->record.status = (uint16_t)status;
	if (close)
		x->record.flags |= RECORD_CLOSE_SENT;
	if (x->noted)
		x->record.t_resp = note_time(x, clock_mono_ns());
}

static uint8_t
note_fault(const struct fault_type *type)
{
	uint8_t i = 0;

	while (fault_types[i] != NULL && fault_types[i] != type)
		i++;
	return i;
}

void
note_retry_after(struct exchange *x, struct span head, uint64_t ns)
{
	static const char name[] = "\r\nRetry-After: ";
	const char *at = memmem(head.p, head.n, name, sizeof(name) - 1);

	x->record.retry_after_ns = ns;
	/* A date has whole seconds, which the judge allows for. */
	if (at != NULL && (at[sizeof(name) - 1] | 0x20) >= 'a')
		x->record.flags |= RECORD_RETRY_DATE;
}

/* The rule that journal and report name: the one that ended the exchange, or
 * the first that changed it; if none did yet, the one that was to. */
static void
note_rule(struct exchange *x)
{
	const struct faults_one *did =
	    x->faults != NULL && !faults_waiting(x) ? faults_named(x) : NULL;
	const struct armed *a = &x->plan.v[x->plan.n - 1];
	const struct fault_type *type = a->inject->ends;
	struct record *r = &x->record;

	if (did != NULL) {
		a = did->armed;
		type = did->fault.type;
		faults_forget_missed(x, a);
	} else if (type == NULL) {
		a = &x->plan.v[0];
		type = a->inject->faults[0].type;
	}
	r->rule = (uint16_t)a->rule->index;
	r->draw_n = a->n;
	r->phase = x->plan.phase;
	r->fault = note_fault(type);
	if (x->plan.shadow)
		r->flags |= RECORD_SHADOW;
}

/* What was decided, where the rule that is named and its n do not tell it: so
 * that a run can be repeated. `to` is borrowed by the record. */
static void
note_plan(struct exchange *x, struct record_armed to[RECORD_ARMED_MAX])
{
	struct replay_rule v[PLAN_MAX];
	unsigned n;

	if (x->record.rule != RECORD_NO_RULE &&
	    replay_is_plain(play_seed(x->play), &x->plan))
		return;
	n = replay_of(&x->plan, v);
	for (unsigned i = 0; i < n; i++)
		to[i] = (struct record_armed){ .n = v[i].n,
			.draw = v[i].draw,
			.rule = v[i].rule,
			.choice = v[i].choice };
	x->record.plan = (struct span){ (const char *)to, n * sizeof(*to) };
}

/* Whether a rule had a part in it: its fault did something, or the client left
 * while it was made to wait. */
static bool
note_has_rule(const struct exchange *x, enum end_why why)
{
	if (x->plan.n == 0)
		return false;
	return x->plan.shadow || x->faults == NULL || faults_happened(x) ||
	       (why == END_CLIENT_GONE && faults_waiting(x)) ||
	       (x->record.flags & (RECORD_SKIPPED | RECORD_BYPASSED)) != 0;
}

static enum outcome
note_outcome(const struct exchange *x, enum end_why why)
{
	if (why == END_CLIENT_GONE)
		return OUTCOME_CLIENT_CLOSED;
	if (why == END_SHUTDOWN)
		return OUTCOME_REFUSED;
	if (x->record.outcome != OUTCOME_PASSED)
		return (enum outcome)x->record.outcome;
	if (faults_happened(x))
		return OUTCOME_INJECTED;
	return OUTCOME_PASSED;
}

/* What metrics want to know of every exchange, recorded or not. */
static void
note_count(struct pworker *pw, const struct record *r)
{
	count(&pw->n_outcomes[r->outcome]);
	count(&pw->n_statuses[r->status < PROXY_STATUSES ? r->status : 0]);
}

void
note_end(struct exchange *x, enum end_why why)
{
	struct record_armed armed[RECORD_ARMED_MAX];
	struct record *r = &x->record;
	struct client *c = x->client;

	r->outcome = (uint8_t)note_outcome(x, why);
	if (why == END_CLIENT_GONE)
		r->status = 499;
	note_count(x->pw, r);
	if (!x->noted)
		return;
	if (note_has_rule(x, why))
		note_rule(x);
	if (x->plan.n > 0)
		note_plan(x, armed);
	if (why == END_CLIENT_GONE && r->cause == NULL)
		r->cause = "client";
	if (why == END_SHUTDOWN && r->cause == NULL)
		r->cause = "shutdown";
	r->upstream = (uint8_t)x->upstream_use;
	if (!x->request.done)
		r->flags |= RECORD_REQ_INCOMPLETE;
	r->bytes_in = x->request.bytes;
	/* What was dropped with a failed connection may be of earlier ones. */
	r->bytes_out = c->conn.n_sent + c->conn.out_n;
	r->bytes_out -=
	    r->bytes_out < x->out_before ? r->bytes_out : x->out_before;
	r->t_end = note_time(x, x->t_left_ns != 0 && why == END_CLIENT_GONE
				    ? x->t_left_ns
				    : clock_mono_ns());
	ring_put(x->pw->ring, r);
	r->plan = (struct span){ NULL, 0 };
}
