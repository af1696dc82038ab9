/*
 * Requests on a connection that was to end: its client had been told so, or had
 * seen a response cut (RFC 9112 9.6). Nobody answers them, but the journal
 * should know, for no other trace of that mistake remains.
 */
#include "proxy/internal.h"

/* Only what is in the first bytes is looked at: a body may be missing. */
static void
late_bytes(struct conn *conn, struct span bytes)
{
	struct client *c = (struct client *)conn;
	struct exchange *x;
	struct h1_error e;

	conn->on_late = NULL;
	x = exchange_new(c);
	c->t_first_ns = worker_now(&c->pw->w);
	x->facts.now_ns = c->t_first_ns;
	if (h1_request(&x->scan, bytes, &c->pw->conf->limits, &x->req, &e) ==
	    H1_DONE) {
		count(&c->pw->n_requests);
		count(&c->pw->n_refused);
		c->nth++;
		flow_init(&x->request, x->req.framing, x->req.length);
		note_begin(x);
		x->record.outcome = OUTCOME_REFUSED;
		x->record.status = 444;
		x->record.cause = "sent after the connection's end";
		note_end(x, END_REFUSED);
	}
	exchange_drop(x);
}

void
late_watch(struct client *c)
{
	if (c->pw->recording)
		c->conn.on_late = late_bytes;
}
