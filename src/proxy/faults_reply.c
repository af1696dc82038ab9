/*
 * What changes an exchange changes a fault's answer too, as far as it is about
 * time and the head: delays before the answer and edits of its fields add up
 * over rules, and the rule that ends the exchange answers. What is done to
 * bodies is done to the upstream's only.
 */
#include <assert.h>

#include "proxy/faults.h"

static bool
faults_reply_changes(const struct faults_one *a)
{
	const struct fault_type *type = a->fault.type;

	return type->class == FAULT_CHANGES && type->on_response != NULL &&
	       type->bodies == 0 && !a->out;
}

/* Reads the answer's head as if an upstream had sent it. */
static bool
faults_reply_open(struct exchange *x, const struct reply *answer)
{
	struct faults *fs = x->faults;
	struct h1_scan scan = { .skip = 0 };
	struct h1_error e;
	bool changes = false;

	for (unsigned i = 0; i < fs->before; i++)
		changes |= faults_reply_changes(&fs->v[i]);
	/* 426 and 101 name a protocol in fields of this one hop. */
	if (!changes || answer->status < 200 || answer->status == 426 ||
	    answer->raw.n == 0 ||
	    h1_response(&scan, answer->raw.data, answer->head_n,
		&x->pw->conf->limits, x->req.method, &x->resp, &e) != H1_DONE ||
	    x->resp.framing == FRAMING_CHUNKED)
		return false;
	if (fs->edited)
		edit_clear(&fs->edit);
	edit_init(&fs->edit, &x->resp);
	fs->edited = true;
	return true;
}

/* Writes the answer with its head as it is by now. */
static void
faults_reply_close(struct exchange *x, struct reply *answer)
{
	struct faults *fs = x->faults;
	struct forward_response how = { .framing = FRAMING_NONE,
		.close = answer->close || x->client_close,
		.client_1_0 = x->req.minor == 0 };
	struct buf *out = &x->pw->w.scratch;
	size_t head_n;

	out->n = 0;
	forward_edited(out, &fs->edit, &how);
	head_n = out->n;
	buf_put(out, answer->raw.data + answer->head_n,
	    answer->raw.n - answer->head_n);
	answer->raw.n = 0;
	buf_span(&answer->raw, buf_view(out));
	answer->head_n = head_n;
}

void
faults_reply_go_on(struct exchange *x)
{
	struct faults *fs = x->faults;
	struct reply *answer = fs->answer;

	faults_refresh(x);
	while (fs->at < fs->before) {
		struct faults_one *a = &fs->v[fs->at++];
		struct step s;

		if (!faults_reply_changes(a))
			continue;
		s = a->fault.type->on_response(&a->fault, &fs->edit);
		a->acted |= s.kind == STEP_PASS;
		if (!faults_act(x, a, &s))
			return;
	}
	faults_reply_close(x, answer);
	exchange_reply(x, answer);
}

void
faults_reply(
    struct exchange *x, const struct faults_one *by, struct reply *answer)
{
	struct faults *fs = x->faults;

	/* Rules behind the one that answers are not tried. */
	fs->before = (unsigned)(by - fs->v) + 1;
	while (fs->before < fs->n && fs->v[fs->before].armed == by->armed)
		fs->before++;
	if (!faults_reply_open(x, answer)) {
		exchange_reply(x, answer);
		return;
	}
	fs->answer = answer;
	fs->stage = FAULTS_REPLY;
	fs->at = 0;
	faults_reply_go_on(x);
}

void
faults_reply_undo(struct exchange *x)
{
	struct faults *fs = x->faults;

	edit_clear(&fs->edit);
	fs->edited = false;
	fs->stage = FAULTS_REQUEST;
	fs->at = fs->n;
	x->acted = false;
	for (unsigned i = 0; i < fs->n; i++)
		fs->v[i].acted = false;
}
