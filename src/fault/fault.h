/*
 * A fault: what is to go wrong with one exchange. A fault never touches a
 * socket, a clock or a timer: its hooks are handed facts, time and a random
 * stream, and return steps; proxy/ acts on them.
 *
 * A fault is one file, which ends in its `const struct fault_type fault_NAME`,
 * and one line FAULT(NAME) in faults.def.
 */
#ifndef FAULT_FAULT_H
#define FAULT_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rng.h"
#include "fault/param.h"
#include "http/facts.h"
#include "http/reply.h"

/* How a connection ends on purpose, once everything sent before has left the
 * kernel. */
enum end_how {
	END_FIN,   /* orderly close; over TLS with close_notify */
	END_RST,   /* reset; over TLS without close_notify */
	END_SILENT /* 444, 499: FIN without a byte */
};

enum step_kind {
	STEP_PASS,    /* this hook has nothing more to say */
	STEP_WAIT,    /* call the same hook again at `at_ns` (monotonic) */
	STEP_INTERIM, /* send the interim response in `reply`, then call the
			 same hook again */
	STEP_REPLY,   /* answer with `reply`; the upstream's answer, if any, is
			 thrown away */
	STEP_RAW, /* write `reply->raw` as it stands instead of a response, then
		     end the connection as `how` */
	STEP_END, /* end the client's connection as `how`; journaled with
		     `status` */
	STEP_SKIP, /* the fault does not apply to this request: `why` is counted
		      and journaled */
	STEP_BYPASS /* it came too late for this exchange: counted as bypassed,
		       `why` */
};

struct step {
	enum step_kind kind;
	enum end_how how;
	uint16_t status; /* STEP_END: what the journal says, 499 or 444; 0: what
			    was sent */
	uint64_t at_ns;  /* STEP_WAIT */
	struct reply *reply; /* STEP_INTERIM, STEP_REPLY, STEP_RAW; valid until
				the next hook of this fault */
	const char *why;     /* a static sentence */
};

/* One fault, armed on one exchange. */
struct fault {
	const struct fault_type *type;
	const void
	    *conf;    /* parsed parameters: shared by all threads, read-only */
	void *shared; /* one per rule, made by shared_new: all threads, the
			 type's own locking */
	void *state;  /* state_size bytes, zeroed, private to the exchange */
	const struct facts
	    *facts;     /* now_ns and wall_ns are refreshed before each hook */
	struct rng rng; /* follows from the decision's draw */
	/* The number of that draw (from 1; 0: unknown) and a number that is the
	 * same for all draws of the rule: with them what is drawn can be spread
	 * evenly over many exchanges. */
	uint64_t n, series;
	struct reply
	    *reply; /* room for the reply that a step returns; empty at first */
	bool served; /* `upstream: served`: on_request runs when the upstream's
			answer is complete */
	bool asking; /* on_request will be called once more for what it does
			not let pass (see may_pass) */
	struct span mark; /* value of X-Brownout for replies made here; empty:
			     none */
};

/* The response's head on its way to the client; a hook may edit it before it is
 * sent. See http/edit.h. */
struct head_edit;

/* Which way a body goes. */
enum side { SIDE_REQUEST, SIDE_RESPONSE };

/*
 * A piece of body between its decoder and its encoder. A hook moves bytes from
 * `in` to `out` (possibly others, fewer or more) and drops from `in` what it
 * has dealt with; what it leaves in `in` it sees again with the next call.
 *
 * The first piece of a response is shown as soon as its head is written, empty
 * if no body byte is there yet; every body ends with exactly one last piece,
 * which may be empty. What is in `out` is sent before a step is acted on. A
 * piece never reaches across the end of an upstream chunk, and the piece that
 * ends with a chunk's last byte counts it in `chunks`.
 */
struct piece {
	enum side side;
	struct span in;
	bool last;       /* nothing follows `in` */
	uint64_t offset; /* body bytes of this side before `in` */
	uint64_t chunks; /* whole upstream chunks before the end of `in` */
	struct buf *out;
};

enum fault_class {
	FAULT_ENDS, /* ends the exchange: the first one that applies wins; takes
		       `after` and `upstream` */
	FAULT_CHANGES,   /* changes a normal exchange: they add up */
	FAULT_CONNECTION /* before any request: `connections:` only */
};

struct fault_type {
	const char *name;
	const char *summary; /* one line: what the client sees */
	enum fault_class class;
	struct param_set params;
	size_t state_size;
	/* Makes and frees what all exchanges of one rule share (a bucket, a
	 * counter); optional. */
	void *(*shared_new)(const void *conf);
	void (*shared_free)(void *shared);
	/* Hooks, each optional; NULL means STEP_PASS. They run in the order of
	 * the rule's faults. */
	/* The request's head is complete, `after` has passed. With upstream:
	 * served: the upstream has answered. */
	struct step (*on_request)(struct fault *f);
	/* The upstream's final response head is known and not yet sent. */
	struct step (*on_response)(struct fault *f, struct head_edit *edit);
	/* A piece of either body; only the sides in `bodies` (bit per enum
	 * side). */
	unsigned bodies;
	struct step (*on_body)(struct fault *f, struct piece *piece);
	/* The exchange is over, however it ended: give back what on_request
	 * took (a slot of overload). */
	void (*on_end)(struct fault *f);
	/* Whether this request, which the rule matches but whose draw lets it
	 * pass, is to be injected all the same: the client was told to wait and
	 * did not (retry_after with enforce). Thread-safe; optional. */
	bool (*early)(void *shared, const struct facts *facts);
	/* Whether hooks with these parameters read facts->client_key: if
	 * nothing does, it need not be worked out. Optional: they do not. */
	bool (*by_client)(const void *conf);
	/* on_request may let a request pass. With `upstream: served` it is
	 * asked twice, before the request goes on too, and with `after`, before
	 * that is waited for, `asking` set; it says the same. */
	bool may_pass;
	bool admits; /* ends an exchange only when it refuses: what it lets
			through is left to later rules */
	bool twice;  /* the upstream gets the request a second time, its answer
		       thrown away */
};

/* The types by faults.def, NULL-terminated; and the one of that name, or NULL.
 */
extern const struct fault_type *const fault_types[];
const struct fault_type *fault_find(struct span name);

/* Makes spec the fault's reply, marked, keeping the connection when the client
 * does, and returns the step that answers with it. */
struct step fault_reply(struct fault *f, struct reply_spec *spec);

static inline struct step
step_pass(void)
{
	return (struct step){ .kind = STEP_PASS };
}

static inline struct step
step_wait(uint64_t at_ns)
{
	return (struct step){ .kind = STEP_WAIT, .at_ns = at_ns };
}

static inline struct step
step_skip(const char *why)
{
	return (struct step){ .kind = STEP_SKIP, .why = why };
}

static inline struct step
step_bypass(const char *why)
{
	return (struct step){ .kind = STEP_BYPASS, .why = why };
}

static inline struct step
step_end(enum end_how how, uint16_t status)
{
	return (struct step){ .kind = STEP_END, .how = how, .status = status };
}

/* Moves the first n bytes of a piece on to its receiver. */
static inline void
piece_move(struct piece *p, size_t n)
{
	buf_put(p->out, p->in.p, n);
	p->in.p += n;
	p->in.n -= n;
	p->offset += n;
}

/* The whole piece moves on as it came. */
static inline struct step
piece_pass(struct piece *p)
{
	piece_move(p, p->in.n);
	return step_pass();
}

#endif
