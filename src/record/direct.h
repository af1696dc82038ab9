/*
 * Large blocks written past the page cache (O_DIRECT): the disk takes them from
 * where they stand, so a busy journal does not fill and clear a page of memory
 * for every eight lines, which cost more than all else that a line costs
 * (tests/bench/README.md). Such a write waits for the disk; who must not fall
 * behind goes the usual way as soon as the disk is the slower one.
 */
#ifndef RECORD_DIRECT_H
#define RECORD_DIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What both the memory and the place in the file are a multiple of. */
enum { DIRECT_ALIGN = 4096 };

/* Of one file; all zero to begin with. */
struct direct {
	bool refused;      /* the file or its file system has no such way */
	uint64_t ended_at; /* of the last block; CLOCK_MONOTONIC */
	uint64_t again_at; /* the usual way until then */
};

/* Whether a block may be tried now. */
bool direct_ready(const struct direct *d);
/* Bytes to be written the usual way first, for the file's end to be aligned. */
size_t direct_lead(struct direct *d, int fd);
/*
 * Appends to fd, which is open with O_APPEND on a description that is nobody
 * else's, as much of the n bytes at p as makes whole pages; p and the file's
 * end are aligned. Bytes written; 0 with nothing lost where it cannot be: the
 * usual way will tell why.
 */
size_t direct_write(struct direct *d, int fd, const char *p, size_t n);
/*
 * What direct_write notes of a block. One that was slow, or slower than what
 * filled it since the block before, gets a pause of ten seconds: soon the
 * writer would spend all of its time waiting.
 */
void direct_note(struct direct *d, uint64_t begun, uint64_t ended, bool whole);

#endif
