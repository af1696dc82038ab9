#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "record/outlet.h"

struct file {
	char path[64];
	struct outlet out;
	unsigned n; /* lines appended so far */
};

static int
setup(void **state)
{
	struct file *f = xcalloc(1, sizeof(*f));
	int fd;

	snprintf(f->path, sizeof(f->path), "outlet-XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(outlet_open(&f->out, f->path), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct file *f = *state;

	unlink(f->path);
	free(f);
	return 0;
}

static size_t
size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

static void
put_lines(struct file *f, unsigned n)
{
	for (unsigned end = f->n + n; f->n < end; f->n++) {
		assert_true(outlet_has_room(&f->out));
		buf_printf(&f->out.text, "line %u of %*s\n", f->n,
		    (int)(f->n % 700), "some length");
		outlet_added(&f->out);
	}
}

/* As if its time had come. */
static void
tick(struct file *f)
{
	f->out.write_at = 0;
	outlet_tick(&f->out);
}

/* The lines of a file follow each other, whole: how many there are. */
static unsigned
read_lines(const char *path, unsigned first)
{
	FILE *in = fopen(path, "r");
	unsigned n = first, i;
	char line[1024];

	assert_non_null(in);
	while (fgets(line, sizeof(line), in) != NULL) {
		assert_int_equal(sscanf(line, "line %u of", &i), 1);
		assert_int_equal(i, n);
		assert_non_null(strstr(line, "some length\n"));
		n++;
	}
	fclose(in);
	return n - first;
}

static void
nothing_is_lost_or_mixed_up_between_the_two_ways(void **state)
{
	struct file *f = *state;

	for (unsigned i = 0; i < 5; i++) {
		put_lines(f, 7);
		tick(f);
		put_lines(f, 12000);
	}
	outlet_finish(&f->out);
	assert_int_equal(outlet_losses(&f->out), 0);
	assert_int_equal(read_lines(f->path, 0), f->n);
}

static void
a_full_block_is_written_and_the_rest_with_a_tick(void **state)
{
	struct file *f = *state;
	size_t put;

	put_lines(f, 100);
	assert_int_equal(size_of(f->path), 0);
	put_lines(f, 4000);
	put = size_of(f->path) + f->out.text.n;
	assert_true(size_of(f->path) >= 1 << 20);
	tick(f);
	assert_int_equal(size_of(f->path), put);
	assert_int_equal(f->out.text.n, 0);
	outlet_finish(&f->out);
	assert_int_equal(read_lines(f->path, 0), f->n);
}

static void
what_a_block_left_goes_to_the_file_it_began_in(void **state)
{
	struct file *f = *state;
	char moved[80];
	unsigned before;

	put_lines(f, 6000);
	assert_true(f->out.text.n != 0);
	before = f->n;
	snprintf(moved, sizeof(moved), "%s.1", f->path);
	assert_int_equal(rename(f->path, moved), 0);
	assert_int_equal(outlet_reopen(&f->out), 0);
	put_lines(f, 6000);
	outlet_finish(&f->out);
	assert_int_equal(read_lines(moved, 0), before);
	assert_int_equal(read_lines(f->path, before), f->n - before);
	unlink(moved);
}

/* As copytruncate of logrotate does it. */
static void
a_file_emptied_by_others_goes_on(void **state)
{
	struct file *f = *state;

	put_lines(f, 6000);
	tick(f);
	assert_int_equal(truncate(f->path, 0), 0);
	f->n = 0;
	put_lines(f, 6000);
	outlet_finish(&f->out);
	assert_int_equal(read_lines(f->path, 0), f->n);
}

static void
a_slow_disk_is_written_to_the_usual_way(void **state)
{
	struct file *f = *state;

	f->out.direct.again_at = UINT64_MAX;
	put_lines(f, 1);
	tick(f);
	put_lines(f, 1000);
	assert_true(size_of(f->path) >= 64 << 10);
	outlet_finish(&f->out);
	assert_int_equal(read_lines(f->path, 0), f->n);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_lost_or_mixed_up_between_the_two_ways),
		TEST(a_full_block_is_written_and_the_rest_with_a_tick),
		TEST(what_a_block_left_goes_to_the_file_it_began_in),
		TEST(a_file_emptied_by_others_goes_on),
		TEST(a_slow_disk_is_written_to_the_usual_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
