/*
 * Faults of a connection, before there is a request: what a rule of
 * `connections:` says is done to it at accept or, when the rules are about TLS,
 * at the client's hello. A connection with a plan keeps it, and the play it
 * came from, until it is closed.
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "fault/connection.h"
#include "identity/identity.h"
#include "proxy/internal.h"

/* What is done with a connection. */
enum faults_way {
	WAY_SERVE, /* it goes on, perhaps with something wrong about it */
	WAY_LATER, /* it goes on after `ns` */
	WAY_RESET,
	WAY_SWALLOW, /* nothing is said until `ns` have passed (0: for ever) or
			the client closes; then a reset */
	WAY_STALL    /* likewise, then FIN */
};

struct faults_todo {
	enum faults_way way;
	uint64_t ns;
};

struct faults_conn {
	struct play *play;
	struct plan plan;
	struct timer timer;
	struct faults_todo accept, tls; /* in this order */
};

static bool
faults_conn_about_tls(const struct inject *inject)
{
	for (unsigned i = 0; i < inject->n_faults; i++)
		if (inject->faults[i].type == &fault_tls)
			return true;
	return false;
}

static bool
faults_conn_asks_sni(const struct match *m)
{
	for (unsigned i = 0; i < m->n_conds; i++) {
		const struct cond *c = &m->conds[i];

		if (c->kind == COND_SNI)
			return true;
		for (unsigned k = 0; k < c->n_alternatives; k++)
			if (faults_conn_asks_sni(&c->alternatives[k]))
				return true;
	}
	return false;
}

/* Whether the rule needs the client's hello to be decided or acted on. */
static bool
faults_conn_at_hello(const struct rule *r)
{
	for (unsigned i = 0; i < r->n_choices; i++)
		if (faults_conn_about_tls(&r->choices[i].inject))
			return true;
	return faults_conn_about_tls(&r->inject) ||
	       faults_conn_asks_sni(&r->match);
}

struct faults_conn_needs
faults_conn_needs(const struct scenario *s)
{
	struct faults_conn_needs needs = { .rules = false };

	for (unsigned i = 0; i < s->n_phases; i++)
		for (unsigned k = 0; k < s->phases[i].n_connections; k++) {
			needs.rules = true;
			needs.hello |=
			    faults_conn_at_hello(s->phases[i].connections[k]);
		}
	for (unsigned i = 0; i < s->n_rules; i++)
		needs.counters |= s->rules[i]->select.per == PER_CONNECTION;
	return needs;
}

static struct faults_todo
faults_conn_accept(const struct connection_accept_fault *f)
{
	switch (f->kind) {
	case ACCEPT_RESET:
	case ACCEPT_REFUSE:
		break;
	case ACCEPT_BLACKHOLE:
		return (struct faults_todo){ WAY_SWALLOW, f->ns };
	case ACCEPT_DELAY:
		return (struct faults_todo){ WAY_LATER, f->ns };
	}
	return (struct faults_todo){ WAY_RESET, 0 };
}

/* False: this connection has no TLS, or not the certificate. */
static bool
faults_conn_tls(struct client *c, const struct connection_tls_fault *f,
    struct faults_todo *todo)
{
	static const enum tls_cert certs[] = {
		[TLS_EXPIRED] = TLS_CERT_EXPIRED,
		[TLS_WRONG_HOST] = TLS_CERT_WRONG_HOST,
		[TLS_SELF_SIGNED] = TLS_CERT_SELF_SIGNED,
	};

	if (!c->conn.handshaking)
		return false;
	switch (f->kind) {
	case TLS_EXPIRED:
	case TLS_WRONG_HOST:
	case TLS_SELF_SIGNED:
		return tls_show(c->conn.tls, certs[f->kind]);
	case TLS_HANDSHAKE_STALL:
		*todo = (struct faults_todo){ WAY_STALL, f->ns };
		break;
	case TLS_HANDSHAKE_RESET:
		*todo = (struct faults_todo){ WAY_RESET, 0 };
		break;
	case TLS_NO_CLOSE_NOTIFY:
		c->conn.no_notify = true;
		break;
	}
	return true;
}

static void
faults_conn_one(struct client *c, const struct armed *armed,
    const struct inject_fault *fault)
{
	struct faults_conn *f = c->trouble;
	struct connection_accept_fault accept;
	struct connection_tls_fault tls;

	if (fault->type == &fault_accept) {
		accept = connection_accept_of(fault->conf);
		f->accept = faults_conn_accept(&accept);
		return;
	}
	tls = connection_tls_of(fault->conf);
	if (f->accept.way > WAY_LATER)
		decide_missed(f->play, armed, MISSED_BYPASSED);
	else if (!faults_conn_tls(c, &tls, &f->tls))
		decide_missed(f->play, armed, MISSED_SKIPPED);
	else
		return;
	/* The other kind always happens. */
	if (armed->inject->n_faults == 1)
		decide_idle(f->play, armed);
}

/* All faults of the plan, `accept` before `tls`: what never gets as far as TLS
 * has the latter bypassed. */
static void
faults_conn_plan(struct client *c, const struct plan *plan)
{
	static const struct fault_type *const order[] = { &fault_accept,
		&fault_tls };

	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < plan->n; i++) {
			const struct armed *a = &plan->v[i];

			for (unsigned k = 0; k < a->inject->n_faults; k++)
				if (a->inject->faults[k].type == order[pass])
					faults_conn_one(
					    c, a, &a->inject->faults[k]);
		}
}

static void faults_conn_timer(void *arg);

/* True: nothing is in the way. */
static bool
faults_conn_act(struct client *c, const struct faults_todo *todo)
{
	struct faults_conn *f = c->trouble;

	if (todo->way == WAY_SERVE)
		return true;
	if (todo->way == WAY_RESET) {
		conn_kill(&c->conn, true);
		return false;
	}
	timeout_cancel(&c->timeout);
	c->waits = true;
	if (todo->way != WAY_LATER)
		conn_hold(&c->conn);
	if (todo->way == WAY_LATER || todo->ns > 0)
		timer_set(&c->pw->w.timers, &f->timer,
		    clock_mono_ns() + todo->ns, faults_conn_timer, c);
	return false;
}

static void
faults_conn_timer(void *arg)
{
	struct client *c = arg;
	struct faults_conn *f = c->trouble;

	if (c->conn.ended)
		return;
	if (c->conn.on_hold)
		conn_kill(&c->conn, f->accept.way == WAY_SWALLOW);
	else if (faults_conn_act(c, &f->tls))
		client_start(c);
}

static void
faults_conn_facts(const struct client *c, struct facts *f)
{
	static const struct head none;
	const struct pworker *pw = c->pw;

	*f = (struct facts){
		.head = &none,
		.client = c->address,
		.client_text = span_str(c->address_text),
		.tls = c->tls,
		.conn = c->id,
		.start_ns = pw->t0_ns,
		.now_ns = worker_now(&c->pw->w),
	};
	if (c->conn.tls != NULL)
		f->sni = tls_sni(c->conn.tls);
	f->client_key =
	    identity_of(&play_scenario(pw->play)->identity, f, pw->key).client;
}

bool
faults_conn_begin(struct client *c)
{
	struct play *play = c->pw->play;
	struct faults_conn *f;
	struct facts facts;
	struct plan plan;

	faults_conn_facts(c, &facts);
	decide_connection(play, &facts, &plan);
	if (plan.n == 0 && !plan.guarded)
		return true;
	f = c->trouble = xcalloc(1, sizeof(*f));
	f->play = play_ref(play);
	f->plan = plan;
	if (plan.shadow)
		return true;
	faults_conn_plan(c, &f->plan);
	return faults_conn_act(c, &f->accept) && faults_conn_act(c, &f->tls);
}

void
faults_conn_closed(struct client *c)
{
	struct faults_conn *f = c->trouble;

	if (c->pw->conn_needs.counters)
		decide_closed(c->pw->play, c->id);
	if (f == NULL)
		return;
	timer_cancel(&c->pw->w.timers, &f->timer);
	decide_done(f->play, &f->plan, -1, worker_now(&c->pw->w));
	play_unref(f->play);
	free(f);
	c->trouble = NULL;
}
