/* The faults of one exchange; shared by faults.c and faults_body.c. */
#ifndef PROXY_FAULTS_H
#define PROXY_FAULTS_H

#include <stddef.h>

#include "http/edit.h"
#include "proxy/internal.h"

enum { FAULTS_MAX = 16, FAULTS_SMALL = 192 };

enum faults_stage {
	FAULTS_REQUEST,  /* before the request goes on */
	FAULTS_SERVED,   /* the upstream's answer was thrown away */
	FAULTS_RESPONSE, /* its head is held */
	FAULTS_REPLY     /* the head of what a fault answers with is held */
};

/* One armed fault with its memory. */
struct faults_one {
	struct fault fault;
	const struct armed *armed;
	struct reply reply;
	struct buf pending[2]; /* per side: what it left in its input */
	uint64_t offset[2];    /* per side: bytes it has dealt with */
	void *large;           /* state that is not small */
	union {
		max_align_t align;
		char bytes[FAULTS_SMALL];
	} small;
	bool asked;      /* it does not let the request pass */
	bool waited;     /* `after` has passed */
	bool passed;     /* on_request had nothing more to say */
	bool held;       /* it made somebody wait */
	bool acted;      /* it answered, ended the connection, sent an interim
			    response, or changed something */
	bool released;   /* bodies pass it by from here on */
	bool out;        /* skipped or bypassed: asked no more */
	const char *why; /* it is out */
};

/* A body on its way through the faults, per side. */
struct faults_body {
	struct buf held;    /* decoded, not yet shown to the first fault */
	struct buf bounds;  /* uint64_t offsets of upstream chunk ends */
	struct buf payload; /* what came out of the last one */
	struct timer timer;
	struct faults *faults;
	uint64_t wait_since_ns;
	uint64_t shown;  /* payload bytes so far */
	uint64_t chunks; /* whole ones shown so far */
	bool waiting, source_done;
};

struct faults {
	struct exchange *x;
	struct faults *next_free;
	unsigned n, at;  /* faults; the next to ask */
	unsigned server; /* the one that answers when the upstream has */
	unsigned bodies;
	enum faults_stage stage;
	bool responds, twice, edited, waiting, settled;
	struct reply *answer; /* FAULTS_REPLY: with what */
	unsigned before;      /* and the faults that may change it */
	bool ending;          /* end_step is to be acted on when all is sent */
	struct step end_step;
	uint64_t wait_since_ns;
	struct timer timer;
	struct buf mark;
	struct buf copy; /* of the request, when it is sent twice */
	struct head_edit edit;
	struct faults_body body[2];
	struct faults_one v[FAULTS_MAX];
};

void faults_free(struct pworker *pw, struct faults *f);
void faults_destroy(struct faults *f);
void faults_refresh(struct exchange *x);
/* Calls back at that instant, in the stage that is on. */
void faults_wait(struct exchange *x, uint64_t at_ns);
void faults_missed(
    struct exchange *x, struct faults_one *a, enum missed how, const char *why);
/* Ends the client's connection as the step says. */
void faults_end(struct exchange *x, const struct step *s);

/* Acts on a step of on_request or on_response. True: ask the next fault;
 * otherwise the exchange waits, was answered, or is over. */
bool faults_act(struct exchange *x, struct faults_one *a, const struct step *s);

/* faults_reply.c: what changes an exchange changes a fault's answer too: asks
 * for delays and edits of its head, then sends it. */
void faults_reply(
    struct exchange *x, const struct faults_one *by, struct reply *answer);
void faults_reply_go_on(struct exchange *x);
/* Makes the answer that waits to be sent undone: the request will go on. */
void faults_reply_undo(struct exchange *x);

/* faults_named.c */
/* The value of X-Brownout in the name of *a (NULL: nobody's), empty without
 * marks; valid until the next call. */
struct span faults_mark(struct exchange *x, const struct faults_one *a);

/* faults_body.c */
void faults_body_reset(struct faults *fs, unsigned side);
void faults_body_trim(struct faults *fs, unsigned side);

#endif
