/*
 * Where the journal's lines go: a file, a pipe, standard output. Written in
 * large blocks, a busy file past the page cache; never waits for a reader. What
 * cannot be written is kept up to a limit, then lost, counted, and said in the
 * journal as soon as it can be. One thread, but for outlet_losses.
 */
#ifndef RECORD_OUTLET_H
#define RECORD_OUTLET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "record/direct.h"

struct outlet {
	struct buf text;      /* whole lines to write; callers append to it */
	char *path;           /* NULL: nothing is ever written nor lost */
	int fd;               /* -1: there is none, or it is gone */
	bool slow;            /* no regular file: a write might wait */
	bool told;            /* of a failure */
	bool log;             /* no journal: appended to, no lines of losses */
	struct direct direct; /* its way past the page cache */
	size_t write_over;    /* bytes from which on a write is worth it */
	size_t end_at;        /* where a regular file tells the run's end; 0:
				 nowhere */
	uint64_t end_ns;      /* the run's end, put there at last */
	uint64_t noise_ns;    /* and how late the proxy was */
	uint64_t write_at;    /* the next write of fewer, CLOCK_MONOTONIC */
	uint64_t pending;     /* losses to put down before the next line */
	_Atomic uint64_t lost;
};

/* Opens path (created or emptied; "-": standard output; NULL: nothing is ever
 * written nor lost). 0, or -1 with errno. */
int outlet_open(struct outlet *o, const char *path);
/* The same for a log, which is appended to and in which nothing tells of
 * losses. */
int outlet_open_log(struct outlet *o, const char *path);
/* Writes what it can and opens the path anew: the file was moved away. On
 * failure the old one goes on: -1 with errno. */
int outlet_reopen(struct outlet *o);

/* Whether a line can be appended to text. If not, it counts as lost. */
bool outlet_has_room(struct outlet *o);
/* After a line was appended: writes when there is enough. */
void outlet_added(struct outlet *o);
/* Attempts that were lost on the way to here: to be put down, not counted. */
void outlet_note_loss(struct outlet *o, uint64_t n);
/* To be called some times in a second: writes what has waited long enough. */
void outlet_tick(struct outlet *o);
/* Writes the rest, for which a slow reader has two seconds, and closes. What
 * could not be written counts as lost. */
void outlet_finish(struct outlet *o);

/* Any thread: lines lost here so far. */
uint64_t outlet_losses(const struct outlet *o);

#endif
