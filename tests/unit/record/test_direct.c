#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "record/direct.h"

enum { PAGES = 16, BYTES = PAGES * DIRECT_ALIGN };

struct file {
	char path[64];
	int fd;
	char *text; /* aligned */
	struct direct direct;
};

/* Where the test runs, in the build's folder: /tmp is often memory. */
static int
setup(void **state)
{
	struct file *f = xcalloc(1, sizeof(*f));
	void *p;

	snprintf(f->path, sizeof(f->path), "direct-XXXXXX");
	f->fd = mkstemp(f->path);
	assert_true(f->fd >= 0);
	assert_int_equal(fcntl(f->fd, F_SETFL, O_APPEND), 0);
	assert_int_equal(posix_memalign(&p, DIRECT_ALIGN, BYTES), 0);
	f->text = p;
	for (size_t i = 0; i < BYTES; i++)
		f->text[i] = (char)('a' + i % 23);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct file *f = *state;

	close(f->fd);
	unlink(f->path);
	free(f->text);
	free(f);
	return 0;
}

static size_t
size_of(const struct file *f)
{
	struct stat st;

	assert_int_equal(fstat(f->fd, &st), 0);
	return (size_t)st.st_size;
}

/* Writes the text; skips the test where the file system knows no other way. */
static void
write_or_skip(struct file *f, size_t n)
{
	size_t written = direct_write(&f->direct, f->fd, f->text, n);

	if (f->direct.refused) {
		print_message("no O_DIRECT here: nothing to test\n");
		skip();
	}
	assert_int_equal(written, n - n % DIRECT_ALIGN);
}

static void
whole_pages_are_written_and_the_rest_is_left(void **state)
{
	struct file *f = *state;
	char *read_back = xcalloc(1, BYTES);

	write_or_skip(f, BYTES - 1);
	assert_int_equal(size_of(f), BYTES - DIRECT_ALIGN);
	assert_int_equal(
	    pread(f->fd, read_back, BYTES, 0), BYTES - DIRECT_ALIGN);
	assert_memory_equal(read_back, f->text, BYTES - DIRECT_ALIGN);
	assert_int_equal(fcntl(f->fd, F_GETFL) & O_DIRECT, 0);
	free(read_back);
}

static void
nothing_stays_in_the_page_cache(void **state)
{
	struct file *f = *state;
	unsigned char resident[PAGES];
	struct statfs fs;
	unsigned n = 0;
	void *map;

	assert_int_equal(fstatfs(f->fd, &fs), 0);
	if (fs.f_type == TMPFS_MAGIC) {
		print_message("here the page cache is the disk\n");
		skip();
	}
	write_or_skip(f, BYTES);
	map = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, f->fd, 0);
	assert_true(map != MAP_FAILED);
	assert_int_equal(mincore(map, BYTES, resident), 0);
	for (unsigned i = 0; i < PAGES; i++)
		n += resident[i] & 1;
	munmap(map, BYTES);
	assert_int_equal(n, 0);
}

static void
the_lead_brings_the_end_to_a_page(void **state)
{
	struct file *f = *state;

	assert_int_equal(direct_lead(&f->direct, f->fd), 0);
	assert_int_equal(write(f->fd, f->text, 5000), 5000);
	assert_int_equal(direct_lead(&f->direct, f->fd), 3192);
	assert_int_equal(write(f->fd, f->text, 3192), 3192);
	assert_int_equal(direct_lead(&f->direct, f->fd), 0);
	write_or_skip(f, BYTES);
	assert_int_equal(size_of(f), 8192 + BYTES);
}

static void
too_little_or_unaligned_is_left_to_the_usual_way(void **state)
{
	struct file *f = *state;

	assert_int_equal(
	    direct_write(&f->direct, f->fd, f->text, DIRECT_ALIGN - 1), 0);
	assert_int_equal(
	    direct_write(&f->direct, f->fd, f->text + 1, DIRECT_ALIGN), 0);
	assert_int_equal(size_of(f), 0);
	assert_true(direct_ready(&f->direct));
}

static void
a_disk_that_cannot_keep_up_gets_a_pause(void **state)
{
	static const struct {
		uint64_t filled_ms, took_ms;
		bool whole, pause;
	} cases[] = {
		{ 30, 1, true, false },
		{ 30, 29, true, false },
		{ 30, 31, true, true },
		{ 1000, 49, true, false },
		{ 1000, 51, true, true },
		{ 1000, 1, false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t last = 7 * (uint64_t)NS_PER_S,
			 begun = last + cases[i].filled_ms * NS_PER_MS,
			 ended = begun + cases[i].took_ms * NS_PER_MS;
		struct direct d = { .ended_at = last };

		direct_note(&d, begun, ended, cases[i].whole);
		assert_int_equal(d.ended_at, ended);
		assert_int_equal(d.again_at,
		    cases[i].pause ? ended + 10 * (uint64_t)NS_PER_S : 0);
	}
}

static void
waits_until_the_pause_is_over(void **state)
{
	struct direct d = { .again_at = UINT64_MAX };

	(void)state;
	assert_false(direct_ready(&d));
	d.again_at = clock_mono_ns();
	assert_true(direct_ready(&d));
}

static void
what_fails_writes_nothing_and_gets_a_pause(void **state)
{
	struct file *f = *state;
	struct direct d = { 0 };
	int fd = open(f->path, O_RDONLY);

	assert_int_equal(direct_write(&d, fd, f->text, BYTES), 0);
	assert_false(direct_ready(&d));
	assert_int_equal(size_of(f), 0);
	close(fd);
}

static void
a_file_without_a_size_is_refused(void **state)
{
	struct direct d = { 0 };

	(void)state;
	assert_int_equal(direct_lead(&d, -1), 0);
	assert_true(d.refused);
	assert_false(direct_ready(&d));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whole_pages_are_written_and_the_rest_is_left),
		TEST(nothing_stays_in_the_page_cache),
		TEST(the_lead_brings_the_end_to_a_page),
		TEST(too_little_or_unaligned_is_left_to_the_usual_way),
		TEST(a_disk_that_cannot_keep_up_gets_a_pause),
		TEST(waits_until_the_pause_is_over),
		TEST(what_fails_writes_nothing_and_gets_a_pause),
		TEST(a_file_without_a_size_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
