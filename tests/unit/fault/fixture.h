/* A made-up exchange to drive the hooks of one fault with. */
#ifndef FAULT_FIXTURE_H
#define FAULT_FIXTURE_H

#include "conf.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "fault/fault.h"
#include "http/edit.h"

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))
enum { MS = NS_PER_MS };
#define SECOND ((uint64_t)NS_PER_S)

struct trial {
	struct fault fault;
	struct facts facts;
	struct head head;
	struct reply reply;
	struct buf out;
};

/* An exchange: GET /a?b at 1 s of the clock, in 2026, by client 7. */
static inline void
trial_join(struct trial *t, const struct fault_type *type, const void *conf,
    void *shared)
{
	*t = (struct trial){ 0 };
	t->head = (struct head){ .method = SPAN("GET"),
		.target = SPAN("/a?b"),
		.minor = 1,
		.keep_alive = true };
	t->facts = (struct facts){ .head = &t->head,
		.path = SPAN("/a"),
		.query = SPAN("b"),
		.host = SPAN("h"),
		.client_text = SPAN("127.0.0.1"),
		.client_key = 7,
		.now_ns = SECOND,
		.wall_ns = (uint64_t)1790000000 * SECOND };
	buf_init(&t->out, 1 << 24);
	t->fault = (struct fault){ .type = type,
		.conf = conf,
		.shared = shared,
		.state =
		    type->state_size > 0 ? xcalloc(1, type->state_size) : NULL,
		.facts = &t->facts,
		.rng = rng_stream(1),
		.reply = &t->reply };
}

static inline void
trial_end(struct trial *t)
{
	if (t->fault.type->on_end != NULL)
		t->fault.type->on_end(&t->fault);
	free(t->fault.state);
	reply_clear(&t->reply);
	buf_clear(&t->out);
}

/* The first exchange of a rule with these parameters, and its end. */
static inline void
trial_begin(struct trial *t, const struct fault_type *type, const char *text)
{
	const void *conf = conf_of(type, text);

	trial_join(t, type, conf,
	    type->shared_new != NULL ? type->shared_new(conf) : NULL);
}

/* The next exchange of the same rule as `first`. */
static inline void
trial_next(struct trial *t, const struct trial *first)
{
	trial_join(
	    t, first->fault.type, first->fault.conf, first->fault.shared);
}

static inline void
trial_end_rule(struct trial *t)
{
	void *shared = t->fault.shared;
	const struct fault_type *type = t->fault.type;

	trial_end(t);
	if (type->shared_free != NULL)
		type->shared_free(shared);
}

static inline struct step
trial_request(struct trial *t)
{
	return t->fault.type->on_request(&t->fault);
}

static inline struct step
trial_request_at(struct trial *t, uint64_t now_ns)
{
	t->facts.now_ns = now_ns;
	return trial_request(t);
}

/* Shows one piece; returns how much of it was dealt with. */
static inline size_t
trial_piece(struct trial *t, enum side side, struct span in, uint64_t offset,
    uint64_t chunks, bool last, struct step *step)
{
	struct piece p = { .side = side,
		.in = in,
		.last = last,
		.offset = offset,
		.chunks = chunks,
		.out = &t->out };

	*step = t->fault.type->on_body(&t->fault, &p);
	return in.n - p.in.n;
}

/* Shows a whole response body in two pieces cut at `cut`, the clock going on
 * with each wait. Returns the last step. */
static inline struct step
trial_body(struct trial *t, struct span body, size_t cut)
{
	size_t ends[2] = { cut, body.n }, at = 0;
	struct step step = { 0 };

	for (unsigned i = 0; i < 2; i++) {
		do {
			bool last = ends[i] == body.n && i == 1;

			at += trial_piece(t, SIDE_RESPONSE,
			    (struct span){ body.p + at, ends[i] - at }, at, 0,
			    last, &step);
			if (step.kind == STEP_WAIT)
				t->facts.now_ns = step.at_ns;
			else if (step.kind != STEP_PASS)
				return step;
		} while (at < ends[i]);
	}
	return step;
}

/* A response head with these fields, to be edited. */
static inline void
trial_edit(struct trial *t, struct head_edit *e, struct head *h,
    const struct param_pair *fields, unsigned n)
{
	(void)t;
	*h = (struct head){ .status = 200, .reason = SPAN("OK"), .minor = 1 };
	for (unsigned i = 0; i < n; i++) {
		h->fields[i].name = span_str(fields[i].name);
		h->fields[i].value = span_str(fields[i].value);
		h->fields[i].id = field_find(h->fields[i].name);
		h->seen |= (uint64_t)1 << h->fields[i].id;
	}
	h->n_fields = n;
	edit_init(e, h);
}

/* The lines of an edited head, as text. */
static inline void
trial_expect_lines(const struct head_edit *e, const char *want)
{
	struct buf got;

	buf_init(&got, 1 << 16);
	for (unsigned i = 0; i < e->n; i++) {
		buf_span(&got, e->lines[i].name);
		buf_puts(&got, ": ");
		buf_span(&got, e->lines[i].value);
		buf_putc(&got, '\n');
	}
	buf_putc(&got, '\0');
	assert_string_equal(got.data, want);
	buf_clear(&got);
}

static inline bool
trial_reply_has(const struct trial *t, const char *text)
{
	return t->reply.raw.n > 0 && memmem(t->reply.raw.data, t->reply.raw.n,
					 text, strlen(text)) != NULL;
}

static inline void
trial_expect_out(const struct trial *t, struct span want)
{
	assert_int_equal(t->out.n, want.n);
	if (want.n > 0)
		assert_memory_equal(t->out.data, want.p, want.n);
}

#endif
