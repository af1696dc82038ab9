/* The `retry_after` parameters: how long an injected reply tells the client to
 * wait, in which form, and whether it is held to it. */
#ifndef FAULT_RETRY_H
#define FAULT_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "fault/fault.h"
#include "fault/param.h"
#include "http/lines.h"

struct retry_conf {
	uint64_t value;
	struct param_list one_of, between, twice; /* uint64_t ns */
	const char *raw;
	int format; /* enum retry_after_form */
	bool enforce;
	uint32_t given;
};

/* Bits of given that say how long; the others only say how. */
enum { RETRY_HOW_LONG = 0x1f, RETRY_FORMAT = 0x20, RETRY_ENFORCE = 0x40 };

extern const struct param_set retry_set;

/* What is impossible about it for a fault that does not know by itself when to
 * come back, or NULL. */
const char *retry_check(const struct retry_conf *conf);

/* What the exchanges of one rule share: lines made once, and with enforce the
 * table of when each client is due. */
struct retry;
struct retry *retry_new(const struct retry_conf *conf);
void retry_free(struct retry *r);

/*
 * The lines that tell the client to wait: appended to lines[*n], which has
 * room for two more. Those that depend on the moment are put into `text`,
 * which the caller clears after the reply is made; constant ones cost nothing.
 * own_ns is how long the fault itself knows it takes (UINT64_MAX: it does
 * not); the parameters win over it.
 */
void retry_add(const struct retry *r, struct fault *f, uint64_t own_ns,
    struct lines *text, struct span *lines, unsigned *n);
/* With enforce: the client of f is due when the wait that f->reply tells is
 * over, counted from now. */
void retry_told(struct retry *r, const struct fault *f);
/* How long this client was told to wait if it is not due yet; 0: it may come.
 */
uint64_t retry_early(struct retry *r, const struct facts *facts);

#endif
