/*
 * The access log: a line a request, for people and their tools. Written in
 * blocks, never waited for. Not locked.
 */
#ifndef ADMIN_ACCESS_LOG_H
#define ADMIN_ACCESS_LOG_H

#include "base/buf.h"
#include "record/journal.h"

enum access_format {
	ACCESS_JSON,    /* an object a line */
	ACCESS_COMBINED /* as nginx's combined, then duration, outcome, rule and
			   fault */
};

struct access_log;

/* Opens a file to append to (`-`: standard output). NULL with errno. */
struct access_log *access_log_open(const char *path, enum access_format format);
/* Writes the rest and frees. NULL is fine. */
void access_log_close(struct access_log *log);
/* names are of the play with their number; of others, rules have none. */
void access_log_add(struct access_log *log, const struct record *r,
    const struct pairing *p, const struct journal_names *names);
/* To be called some times in a second: writes what has waited. */
void access_log_tick(struct access_log *log);
/* The file was moved away: opens its path anew. */
void access_log_reopen(struct access_log *log);
uint64_t access_log_losses(const struct access_log *log);

/* Appends one line; pure. */
void access_log_write(struct buf *to, enum access_format format,
    const struct record *r, const struct pairing *p,
    const struct journal_names *names);

#endif
