#include "record/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "record/journal.h"

enum {
	OUTLET_PIECE = 64 << 10,  /* written at once when there is so much */
	OUTLET_BLOCK = 1 << 20,   /* the same, past the page cache */
	OUTLET_BACKLOG = 4 << 20, /* kept while it cannot be written */
	/* Never moved: a line is far shorter than what is left then. */
	OUTLET_ROOM = OUTLET_BACKLOG + OUTLET_BLOCK,
	OUTLET_TICK_MS = 200, /* nothing waits longer to be written */
	OUTLET_LAST_CHANCE_MS = 2000,
	/* What a pipe that polls as writable takes without waiting. */
	OUTLET_PIPE_CHUNK = 4096
};

static int
outlet_open_file(const char *path, int flags)
{
	if (strcmp(path, "-") == 0)
		return STDOUT_FILENO;
	return open(
	    path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flags, 0644);
}

/* How much is worth a write. */
static size_t
outlet_enough(const struct outlet *o)
{
	return direct_ready(&o->direct) ? OUTLET_BLOCK : OUTLET_PIECE;
}

/* What the descriptor, which is new, can do. */
static void
outlet_begin(struct outlet *o)
{
	struct stat st;

	o->slow = fstat(o->fd, &st) != 0 || !S_ISREG(st.st_mode);
	/* others may write to where our standard output goes */
	o->direct =
	    (struct direct){ .refused = o->slow || strcmp(o->path, "-") == 0 };
	o->write_over = o->text.n + outlet_enough(o);
}

static int
outlet_open_as(struct outlet *o, const char *path, int flags)
{
	*o = (struct outlet){ .fd = -1 };
	buf_init(&o->text, SIZE_MAX);
	if (path == NULL)
		return 0;
	o->fd = outlet_open_file(path, flags);
	if (o->fd < 0)
		return -1;
	o->path = xstrdup(path);
	buf_init_aligned(&o->text, SIZE_MAX, OUTLET_ROOM, DIRECT_ALIGN);
	outlet_begin(o);
	return 0;
}

int
outlet_open(struct outlet *o, const char *path)
{
	return outlet_open_as(o, path, O_TRUNC);
}

int
outlet_open_log(struct outlet *o, const char *path)
{
	int r = outlet_open_as(o, path, 0);

	o->log = true;
	return r;
}

static void
outlet_lose(struct outlet *o, uint64_t n)
{
	o->pending += n;
	atomic_fetch_add_explicit(&o->lost, n, memory_order_relaxed);
}

/* Forgets what could not be written. */
static void
outlet_drop(struct outlet *o)
{
	const char *p = o->text.data, *end = p + o->text.n;
	uint64_t n = 0;

	for (; p < end; p++)
		n += *p == '\n';
	outlet_lose(o, n);
	o->text.n = 0;
}

static void
outlet_close(struct outlet *o)
{
	if (o->fd > STDERR_FILENO)
		close(o->fd);
	o->fd = -1;
}

static void
outlet_failed(struct outlet *o, int error)
{
	if (!o->told && o->log)
		log_warn("log %s: %s; requests will be missing in it", o->path,
		    strerror(error));
	else if (!o->told)
		log_warn("journal %s: %s; attempts will be missing in it and "
			 "the verdict will be void",
		    o->path, strerror(error));
	o->told = true;
	if (error == EPIPE || error == ECONNRESET || error == EBADF) {
		outlet_drop(o);
		outlet_close(o);
	}
}

/* Whether a write would not wait, now or at the latest then. */
static bool
outlet_writable(const struct outlet *o, uint64_t until)
{
	struct pollfd p = { .fd = o->fd, .events = POLLOUT };
	uint64_t now = clock_mono_ns();
	int ms = until > now ? (int)((until - now) / NS_PER_MS) : 0;

	return !o->slow || poll(&p, 1, ms) > 0;
}

/* Writes up to n bytes of the text and drops them from it; stops where it would
 * wait. 0, or an errno. */
static int
outlet_write(struct outlet *o, size_t n, uint64_t until)
{
	size_t done = 0;
	int error = 0;

	while (done < n && outlet_writable(o, until)) {
		size_t piece = n - done;
		ssize_t written;

		if (o->slow && piece > OUTLET_PIPE_CHUNK)
			piece = OUTLET_PIPE_CHUNK;
		written = write(o->fd, o->text.data + done, piece);
		if (written >= 0) {
			done += (size_t)written;
		} else if (errno != EINTR) {
			error = errno == EAGAIN ? 0 : errno;
			break;
		}
	}
	buf_drain(&o->text, done);
	return error;
}

static void
outlet_wrote(struct outlet *o)
{
	o->write_at = clock_mono_ns() + (uint64_t)OUTLET_TICK_MS * NS_PER_MS;
	/* what is left is tried again with the next tick or block */
	o->write_over = o->text.n + outlet_enough(o);
}

static void
outlet_flush(struct outlet *o, uint64_t until)
{
	int error;

	if (o->fd >= 0 && o->text.n != 0 &&
	    (error = outlet_write(o, o->text.n, until)) != 0)
		outlet_failed(o, error);
	outlet_wrote(o);
}

/* False: the text is to be flushed the usual way. */
static bool
outlet_write_block(struct outlet *o)
{
	if (o->fd < 0 || o->text.n < OUTLET_BLOCK || !direct_ready(&o->direct))
		return false;
	if (outlet_write(o, direct_lead(&o->direct, o->fd), 0) != 0)
		return false;
	buf_drain(
	    &o->text, direct_write(&o->direct, o->fd, o->text.data, o->text.n));
	if (o->text.n >= DIRECT_ALIGN)
		return false;
	outlet_wrote(o);
	return true;
}

bool
outlet_has_room(struct outlet *o)
{
	if (o->path == NULL)
		return false;
	if (o->fd < 0 || o->text.n > OUTLET_BACKLOG) {
		outlet_lose(o, 1);
		return false;
	}
	if (o->pending != 0 && !o->log)
		journal_write_loss(&o->text, o->pending);
	o->pending = 0;
	return true;
}

void
outlet_added(struct outlet *o)
{
	if (o->text.n >= o->write_over && !outlet_write_block(o))
		outlet_flush(o, 0);
}

void
outlet_note_loss(struct outlet *o, uint64_t n)
{
	o->pending += n;
}

void
outlet_tick(struct outlet *o)
{
	if (o->text.n != 0 && clock_mono_ns() >= o->write_at)
		outlet_flush(o, 0);
}

/* Tells in the journal's header when the run ended, and what is missing at the
 * end of a full disk: that place was taken before. What was sent elsewhere
 * cannot be changed any more. */
static void
outlet_put_end(struct outlet *o)
{
	char text[JOURNAL_END_WIDTH];

	if (o->fd < 0 || o->slow || o->end_at == 0 || strcmp(o->path, "-") == 0)
		return;
	journal_write_end(text, o->end_ns, o->noise_ns, o->pending);
	/* O_APPEND would move it to the end of the file */
	if (fcntl(o->fd, F_SETFL, 0) == 0 &&
	    pwrite(o->fd, text, sizeof(text), (off_t)o->end_at) < 0)
		outlet_failed(o, errno);
}

int
outlet_reopen(struct outlet *o)
{
	int fd;

	if (o->path == NULL || strcmp(o->path, "-") == 0)
		return 0;
	outlet_flush(o, 0);
	fd = outlet_open_file(o->path, 0);
	if (fd < 0)
		return -1;
	outlet_close(o);
	o->fd = fd;
	outlet_begin(o);
	o->told = false;
	o->end_at = 0;
	return 0;
}

/* The last line, unless lines are left that cannot be written. */
static void
outlet_tell_loss(struct outlet *o, uint64_t until)
{
	if (o->fd < 0 || o->text.n != 0 || o->pending == 0 || o->log)
		return;
	journal_write_loss(&o->text, o->pending);
	outlet_flush(o, until);
	if (o->text.n == 0)
		o->pending = 0;
	o->text.n = 0;
}

void
outlet_finish(struct outlet *o)
{
	uint64_t until =
	    clock_mono_ns() + (uint64_t)OUTLET_LAST_CHANCE_MS * NS_PER_MS;

	outlet_flush(o, until);
	outlet_tell_loss(o, until);
	outlet_drop(o);
	outlet_put_end(o);
	outlet_close(o);
	buf_clear(&o->text);
	free(o->path);
	o->path = NULL;
}

uint64_t
outlet_losses(const struct outlet *o)
{
	return atomic_load_explicit(&o->lost, memory_order_relaxed);
}
