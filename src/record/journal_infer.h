/* What a journal that is not of our writing says only between its lines: of the
 * members that DESIGN.md section 7 names, those that ours add. Private to the
 * reader. */
#ifndef RECORD_JOURNAL_INFER_H
#define RECORD_JOURNAL_INFER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "record/record.h"

/* Keys are keyed hashes in our own journals; in those of others any text that
 * tells one from another. 0: none, as we write it, 16 digits. */
uint64_t journal_infer_name(struct span text);

/* An enum op_source: others may give the name of the field, in its own
 * spelling and as a rung of the ladder (`header: NAME`), and any field but the
 * key's is a header. */
uint8_t journal_infer_source(struct span word);

/* What a line says of its operation. */
struct journal_told {
	struct span op; /* empty: null */
	uint32_t attempt;
	/* which members it has: op_source, has_key, announced, body_hash,
	   auth_hash */
	bool source, key, announced, body, auth;
	bool foreign; /* as in journal_names */
};
/* Sets the operation of a line that has no op_hash, and what follows from its
 * source: that a key was sent, which attempt an SDK announced, and that two
 * requests without any id are not the same. And what follows from the client:
 * who is another one after a challenge has new credentials. */
void journal_infer_op(struct record *r, const struct journal_told *told);

/* Faults after which the connection is not to be used again; fault may be
 * NULL. */
void journal_infer_close(struct record *r, const char *fault);

#endif
