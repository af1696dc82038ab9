/*
 * Armed faults: asks each for its steps in order and acts on them. A fault
 * says what should happen; everything that touches a socket, a timer or the
 * exchange is here and in faults_body.c.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "proxy/faults.h"

enum { FAULTS_KEPT = 256, FAULTS_MARK_MAX = 1024, FAULTS_COPY_MAX = 1 << 20 };

static struct faults *
faults_new(struct pworker *pw)
{
	struct faults *f = pw->free_faults;

	if (f == NULL) {
		f = xcalloc(1, sizeof(*f));
		buf_init(&f->mark, FAULTS_MARK_MAX);
		buf_init(&f->copy, FAULTS_COPY_MAX);
		return f;
	}
	pw->free_faults = f->next_free;
	pw->n_free_faults--;
	return f;
}

void
faults_free(struct pworker *pw, struct faults *f)
{
	if (pw->n_free_faults < FAULTS_KEPT) {
		f->next_free = pw->free_faults;
		pw->free_faults = f;
		pw->n_free_faults++;
		return;
	}
	faults_destroy(f);
}

void
faults_destroy(struct faults *f)
{
	for (unsigned i = 0; i < FAULTS_MAX; i++) {
		reply_clear(&f->v[i].reply);
		buf_clear(&f->v[i].pending[0]);
		buf_clear(&f->v[i].pending[1]);
	}
	for (unsigned i = 0; i < 2; i++) {
		buf_clear(&f->body[i].held);
		buf_clear(&f->body[i].bounds);
		buf_clear(&f->body[i].payload);
	}
	buf_clear(&f->mark);
	buf_clear(&f->copy);
	free(f);
}

static void
faults_add(struct exchange *x, const struct armed *armed,
    const struct inject_fault *inject)
{
	struct faults *fs = x->faults;
	struct faults_one *a;
	struct fault *f;

	if (fs->n == FAULTS_MAX)
		return;
	a = &fs->v[fs->n++];
	f = &a->fault;
	a->armed = armed;
	a->asked = a->waited = a->passed = false;
	a->held = a->acted = a->released = a->out = false;
	a->offset[0] = a->offset[1] = 0;
	*f = (struct fault){
		.type = inject->type,
		.conf = inject->conf,
		.shared = play_shared(x->play, inject->shared),
		.facts = &x->facts,
		.rng = rng_stream(
		    armed->draw + (uint64_t)(inject - armed->inject->faults)),
		.n = armed->n,
		.series = hash_mix(play_seed(x->play) ^ armed->rule->hash),
		.reply = &a->reply,
	};
	if (inject->type == armed->inject->ends)
		f->served = armed->inject->served;
	if (inject->type->state_size > sizeof(a->small))
		f->state = a->large = xcalloc(1, inject->type->state_size);
	else if (inject->type->state_size > 0)
		f->state = memset(a->small.bytes, 0, inject->type->state_size);
	fs->bodies |= inject->type->bodies;
	fs->responds |= inject->type->on_response != NULL;
	fs->twice |= inject->type->twice;
}

void
faults_arm(struct exchange *x)
{
	const struct plan *plan = &x->plan;
	struct faults *fs = x->faults = faults_new(x->pw);

	fs->n = fs->at = fs->bodies = 0;
	fs->responds = fs->twice = fs->edited = false;
	fs->waiting = fs->ending = fs->settled = false;
	fs->copy.n = 0;
	fs->copy.overflow = false;
	fs->stage = FAULTS_REQUEST;
	fs->x = x;
	for (unsigned i = 0; i < plan->n; i++)
		for (unsigned k = 0; k < plan->v[i].inject->n_faults; k++)
			faults_add(
			    x, &plan->v[i], &plan->v[i].inject->faults[k]);
	for (unsigned s = 0; s < 2; s++)
		faults_body_reset(fs, s);
}

void
faults_clear(struct exchange *x)
{
	struct faults *fs = x->faults;

	if (fs == NULL)
		return;
	x->faults = NULL;
	timer_cancel(&x->pw->w.timers, &fs->timer);
	timer_cancel(&x->pw->w.timers, &fs->body[0].timer);
	timer_cancel(&x->pw->w.timers, &fs->body[1].timer);
	for (unsigned i = 0; i < fs->n; i++) {
		struct faults_one *a = &fs->v[i];

		if (a->fault.type->on_end != NULL)
			a->fault.type->on_end(&a->fault);
		free(a->large);
		a->large = NULL;
	}
	if (fs->edited)
		edit_clear(&fs->edit);
	faults_body_trim(fs, SIDE_REQUEST);
	faults_body_trim(fs, SIDE_RESPONSE);
	faults_free(x->pw, fs);
}

static void
faults_timer(void *arg)
{
	struct exchange *x = arg;
	struct faults *fs = x->faults;

	fs->waiting = false;
	x->record.delay_ns += clock_mono_ns() - fs->wait_since_ns;
	switch (fs->stage) {
	case FAULTS_REQUEST:
	case FAULTS_SERVED:
		faults_request(x);
		break;
	case FAULTS_RESPONSE:
		if (faults_response(x))
			response_release(x);
		break;
	case FAULTS_REPLY:
		faults_reply_go_on(x);
		break;
	}
}

void
faults_wait(struct exchange *x, uint64_t at_ns)
{
	struct faults *fs = x->faults;

	fs->waiting = true;
	fs->wait_since_ns = x->facts.now_ns;
	timer_set(&x->pw->w.timers, &fs->timer, at_ns, faults_timer, x);
}

void
faults_refresh(struct exchange *x)
{
	x->facts.now_ns = worker_now(&x->pw->w);
	x->facts.wall_ns = clock_wall_ns();
	/* What a reply made now may promise. */
	x->req.keep_alive =
	    !x->client_close && !x->pw->draining && !exchange_must_close(x);
}

/* The connection ends here on purpose. */
void
faults_end(struct exchange *x, const struct step *s)
{
	enum conn_end how = s->how == END_RST ? CONN_END_RST : CONN_END_FIN;

	x->acted = true;
	if (s->status != 0)
		x->record.status = s->status;
	if (x->head_sent)
		x->record.flags |= RECORD_TRUNCATED;
	if (x->record.cause == NULL)
		x->record.cause = "fault";
	x->client_close = true;
	exchange_end(x, END_INJECTED_CLOSE, how);
}

/* Whether bytes that stand for a response tell the client that they end the
 * connection. They do anyway; who was not told may still try to use it. */
static bool
faults_tells_end(const struct reply *reply)
{
	static const char close[] = "\r\nConnection: close\r\n";

	return reply->raw.n > 0 && memmem(reply->raw.data, reply->raw.n, close,
				       sizeof(close) - 1) != NULL;
}

static void
faults_raw(struct exchange *x, const struct step *s)
{
	struct conn *c = &x->client->conn;
	struct iovec iov = { s->reply->raw.data, s->reply->raw.n };

	request_detach(x, false);
	note_response_head(x, s->reply->status, faults_tells_end(s->reply));
	x->head_sent = true;
	if (iov.iov_len > 0)
		conn_send(c, &iov, 1);
	x->record.cause = "fault";
	x->client_close = true;
	exchange_end(x, END_INJECTED_CLOSE,
	    s->how == END_RST ? CONN_END_RST : CONN_END_FIN);
}

static void
faults_interim(struct exchange *x, const struct step *s)
{
	struct iovec iov = { s->reply->raw.data, s->reply->raw.n };

	if (x->req.minor == 0)
		return;
	if (s->reply->status == 100)
		x->continued = true;
	conn_send(&x->client->conn, &iov, 1);
}

static bool
faults_step_acts(enum step_kind kind)
{
	return kind == STEP_INTERIM || kind == STEP_REPLY || kind == STEP_RAW ||
	       kind == STEP_END;
}

bool
faults_act(struct exchange *x, struct faults_one *a, const struct step *s)
{
	a->acted |= faults_step_acts(s->kind);
	x->acted |= faults_step_acts(s->kind);
	a->held |= s->kind == STEP_WAIT;
	switch (s->kind) {
	case STEP_PASS:
		return true;
	case STEP_SKIP:
		faults_missed(x, a, MISSED_SKIPPED, s->why);
		return true;
	case STEP_BYPASS:
		faults_missed(x, a, MISSED_BYPASSED, s->why);
		return true;
	case STEP_INTERIM:
		faults_interim(x, s);
		x->faults->at--;
		return true;
	case STEP_WAIT:
		x->faults->at--;
		faults_wait(x, s->at_ns);
		return false;
	case STEP_REPLY:
		faults_reply(x, a, s->reply);
		return false;
	case STEP_RAW:
		faults_raw(x, s);
		return false;
	case STEP_END:
		faults_end(x, s);
		return false;
	}
	return true;
}

/* What is to be refused waits for `after`, not what passes. True: the fault
 * lets it pass, or has to be asked again. */
static bool
faults_lets_pass(struct faults_one *a, struct step *s)
{
	struct fault *f = &a->fault;
	struct rng rng = f->rng;

	if (a->asked || f->served || !f->type->may_pass ||
	    a->armed->inject->after_ns == 0)
		return false;
	f->asking = true;
	*s = f->type->on_request(f);
	f->asking = false;
	a->asked = faults_step_acts(s->kind);
	if (a->asked)
		f->rng = rng;
	return !a->asked;
}

/* Whether the ending fault has to wait before it asks: `after`, and then the
 * upstream's answer. True: not now. */
static bool
faults_not_yet(struct exchange *x, struct faults_one *a)
{
	uint64_t after_ns = a->armed->inject->after_ns;

	if (a->fault.type->class != FAULT_ENDS)
		return false;
	if (a->fault.served && x->faults->stage == FAULTS_REQUEST)
		return !a->fault.type->may_pass;
	if (after_ns == 0 || a->waited)
		return false;
	a->waited = true;
	x->faults->at--;
	faults_wait(x, x->facts.now_ns + after_ns);
	return true;
}

/* upstream: served: whether what the fault says waits for the upstream's
 * answer, to be asked for once more then. */
static bool
faults_defers(
    const struct exchange *x, const struct faults_one *a, const struct step *s)
{
	return a->fault.served && x->faults->stage == FAULTS_REQUEST &&
	       (s->kind == STEP_REPLY || s->kind == STEP_RAW ||
		   s->kind == STEP_END);
}

void
faults_request(struct exchange *x)
{
	struct faults *fs = x->faults;
	struct faults_one *a;
	struct step s;

	faults_refresh(x);
	while (fs->at < fs->n) {
		a = &fs->v[fs->at++];
		if (a->fault.type->on_request == NULL || a->out)
			continue;
		a->fault.mark = faults_mark(x, a);
		if (!faults_lets_pass(a, &s)) {
			if (faults_not_yet(x, a)) {
				if (fs->waiting)
					return;
				x->discard = true;
				break;
			}
			s = a->fault.type->on_request(&a->fault);
		}
		if (faults_defers(x, a, &s)) {
			x->discard = true;
			break;
		}
		a->passed = s.kind == STEP_PASS;
		if (!faults_act(x, a, &s))
			return;
	}
	if (fs->stage == FAULTS_SERVED) {
		/* The upstream's answer is gone, and nothing took its
		 * place: the client must not wait for ever. */
		s = (struct step){ .kind = STEP_END, .how = END_FIN };
		faults_end(x, &s);
		return;
	}
	if (x->discard)
		fs->server = fs->at - 1;
	fs->stage = FAULTS_RESPONSE;
	fs->at = 0;
	exchange_forward(x);
}

void
faults_served(struct exchange *x)
{
	struct faults *fs = x->faults;

	fs->stage = FAULTS_SERVED;
	x->state = X_HOLDING;
	fs->at = fs->server;
	faults_request(x);
}

/* An answer that cannot have a body (RFC 9110 6.4.1). */
static bool
faults_bodiless(const struct exchange *x)
{
	return method_is_head(x->req.method) || x->resp.status == 204 ||
	       x->resp.status == 304;
}

bool
faults_response(struct exchange *x)
{
	struct faults *fs = x->faults;
	struct faults_one *a;
	struct step s;

	fs->stage = FAULTS_RESPONSE;
	if (!fs->edited && fs->responds) {
		edit_init(&fs->edit, &x->resp);
		fs->edited = true;
	}
	conn_read_enable(&x->up->conn, false);
	timeout_cancel(&x->up->timeout);
	faults_refresh(x);
	while (fs->at < fs->n) {
		a = &fs->v[fs->at++];
		if (a->fault.type->on_response == NULL || a->out)
			continue;
		s = a->fault.type->on_response(&a->fault, &fs->edit);
		a->acted |= s.kind == STEP_PASS &&
			    a->fault.type->class == FAULT_CHANGES;
		if (!faults_act(x, a, &s))
			return false;
	}
	if (fs->edited && fs->edit.framing_changed && !faults_bodiless(x))
		x->out_framing = fs->edit.has_length ? FRAMING_LENGTH
				 : x->req.minor > 0  ? FRAMING_CHUNKED
						     : FRAMING_CLOSE;
	if (x->out_framing == FRAMING_CLOSE)
		x->client_close = true;
	conn_read_enable(&x->up->conn, true);
	return true;
}

void
faults_write_head(
    struct exchange *x, struct forward_response *how, struct buf *to)
{
	struct faults *fs = x->faults;

	how->mark = faults_mark(x, faults_named(x));
	if (!fs->edited) {
		forward_response(to, &x->resp, how);
		return;
	}
	if (fs->edit.no_date)
		how->date.n = 0;
	how->drop_length = fs->edit.framing_changed;
	how->length = fs->edit.length;
	forward_edited(to, &fs->edit, how);
}

struct buf *
faults_copy(struct exchange *x)
{
	return x->faults != NULL && x->faults->twice ? &x->faults->copy : NULL;
}

void
faults_not_twice(struct exchange *x)
{
	struct faults *fs = x->faults;

	for (unsigned i = 0; i < fs->n; i++)
		if (fs->v[i].fault.type->twice)
			faults_missed(x, &fs->v[i], MISSED_BYPASSED,
			    "the request could not be sent a second time");
}
