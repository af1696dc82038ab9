#include "record/direct.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	/* A disk that takes so long for a block is busy or slow. */
	DIRECT_SLOW_MS = 50,
	/* How long the page cache is used after a block was slow or failed. */
	DIRECT_PAUSE_S = 10
};

bool
direct_ready(const struct direct *d)
{
	return !d->refused && clock_mono_ns() >= d->again_at;
}

size_t
direct_lead(struct direct *d, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		d->refused = true;
		return 0;
	}
	return -(size_t)st.st_size & (DIRECT_ALIGN - 1);
}

/* One write with O_DIRECT, which the descriptor has only for that time: bytes
 * written, or -1 with errno. */
static ssize_t
direct_write_once(int fd, const char *p, size_t n)
{
	ssize_t written;
	int error;

	if (fcntl(fd, F_SETFL, O_APPEND | O_DIRECT) != 0)
		return -1;
	written = write(fd, p, n);
	error = errno;
	fcntl(fd, F_SETFL, O_APPEND);
	errno = error;
	return written;
}

void
direct_note(struct direct *d, uint64_t begun, uint64_t ended, bool whole)
{
	uint64_t took = ended - begun, filled = begun - d->ended_at;

	if (!whole || took > (uint64_t)DIRECT_SLOW_MS * NS_PER_MS ||
	    took > filled)
		d->again_at = ended + (uint64_t)DIRECT_PAUSE_S * NS_PER_S;
	d->ended_at = ended;
}

size_t
direct_write(struct direct *d, int fd, const char *p, size_t n)
{
	uint64_t begun = clock_mono_ns();
	ssize_t written;

	n -= n % DIRECT_ALIGN;
	if (n == 0 || (uintptr_t)p % DIRECT_ALIGN != 0)
		return 0;
	written = direct_write_once(fd, p, n);
	if (written < 0 && errno == EINVAL)
		d->refused = true;
	direct_note(d, begun, clock_mono_ns(), written == (ssize_t)n);
	return written > 0 ? (size_t)written : 0;
}
