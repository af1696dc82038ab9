#include "scenario/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
source_is_file(struct reader *r, const struct stat *st)
{
	const char *why = NULL;

	if (S_ISDIR(st->st_mode))
		why = "a directory, not a scenario";
	else if (!S_ISREG(st->st_mode))
		why = "not a regular file";
	else if (st->st_size > SOURCE_MAX)
		why = "larger than 8 MiB, which no scenario is";
	if (why != NULL)
		node_error_at(r, 0, 0, "%s", why);
	return why == NULL;
}

static bool
source_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Reads what is there; one byte more than fits tells a file that grows. */
static ssize_t
source_fill(int fd, char *to, size_t size)
{
	size_t n = 0;
	ssize_t got = 1;

	while (n < size && got != 0) {
		got = read(fd, to + n, size - n);
		if (got < 0 && errno != EINTR)
			return -1;
		if (got > 0)
			n += (size_t)got;
	}
	return (ssize_t)n;
}

static const char *
source_read_fd(struct reader *r, int fd, size_t *np)
{
	struct stat before, after;
	ssize_t n;
	char *to;

	if (fstat(fd, &before) != 0) {
		node_error_at(r, 0, 0, "cannot be read: %s", strerror(errno));
		return NULL;
	}
	if (!source_is_file(r, &before))
		return NULL;
	to = arena_calloc(r->arena, (size_t)before.st_size + 1, 1);
	n = source_fill(fd, to, (size_t)before.st_size + 1);
	if (n < 0 || fstat(fd, &after) != 0) {
		node_error_at(r, 0, 0, "cannot be read: %s", strerror(errno));
		return NULL;
	}
	if (n != before.st_size || !source_same(&before, &after)) {
		node_error_at(r, 0, 0, "changed while it was read");
		return NULL;
	}
	*np = (size_t)n;
	return to;
}

const char *
source_read(struct reader *r, const char *file, size_t *np)
{
	/* Without O_NONBLOCK, opening a FIFO waits for its writer. */
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	const char *text;

	if (fd < 0) {
		node_error_at(r, 0, 0, "cannot be opened: %s", strerror(errno));
		return NULL;
	}
	text = source_read_fd(r, fd, np);
	close(fd);
	return text;
}

/* The length of the UTF-8 sequence at p (RFC 3629 4), 0 when it is none. */
static size_t
source_utf8(const unsigned char *p, size_t n)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t min;
	} forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };
	uint32_t c;

	for (size_t k = 0; k < 4; k++) {
		if ((p[0] & forms[k].mask) != forms[k].lead)
			continue;
		if (n <= k)
			return 0;
		c = p[0] & (unsigned char)~forms[k].mask;
		for (size_t i = 1; i <= k; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (p[i] & 0x3fu);
		}
		if (c < forms[k].min || c > 0x10ffff ||
		    (c >= 0xd800 && c <= 0xdfff))
			return 0;
		return k + 1;
	}
	return 0;
}

static bool
source_check_byte(
    struct reader *r, const unsigned char *p, unsigned line, unsigned col)
{
	if (*p == 0)
		node_error_at(r, line, col, "a NUL byte: not a text file");
	else if (*p == 0x7f ||
		 (*p < 0x20 && *p != '\t' && *p != '\n' && *p != '\r'))
		node_error_at(r, line, col,
		    "control character 0x%02x; write it as \"\\x%02x\" in "
		    "double quotes",
		    *p, *p);
	else
		return true;
	return false;
}

bool
source_check(struct reader *r, struct span text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	unsigned line = 1, col = 1;
	size_t step;

	if (text.n > SOURCE_MAX) {
		node_error_at(r, 0, 0, "larger than 8 MiB");
		return false;
	}
	if (text.n >= 2 &&
	    (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "\xfe\xff", 2) == 0)) {
		node_error_at(r, 1, 1, "UTF-16; save the file as UTF-8");
		return false;
	}
	for (size_t i = 0; i < text.n; i += step) {
		step = p[i] < 0x80 ? 1 : source_utf8(p + i, text.n - i);
		if (step == 0) {
			node_error_at(
			    r, line, col, "byte 0x%02x is not UTF-8", p[i]);
			return false;
		}
		if (!source_check_byte(r, p + i, line, col))
			return false;
		col = p[i] == '\n' ? 1 : col + 1;
		line += p[i] == '\n';
	}
	return true;
}
