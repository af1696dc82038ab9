#include "scenario/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broken.h"

static char dir[] = "brownout-source-XXXXXX";

static int
enters_an_empty_folder(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL && chdir(dir) == 0 ? 0 : -1;
}

static int
leaves_it(void **state)
{
	(void)state;
	unlink("good.yaml");
	unlink("secret.yaml");
	unlink("fifo");
	unlink("large");
	return chdir("..") == 0 && rmdir(dir) == 0 ? 0 : -1;
}

static void
write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
refused(const char *file, const char *part)
{
	struct diags d = { 0 };

	assert_null(scenario_load(file, &d));
	assert_int_equal(d.n, 1);
	assert_int_equal(d.v[0].line, 0);
	assert_string_equal(d.v[0].file, file);
	if (strstr(d.v[0].text, part) == NULL)
		fail_msg("%s: %s", file, d.v[0].text);
	diags_clear(&d);
}

static void
a_file_is_loaded_with_its_name(void **state)
{
	struct diags d = { 0 };
	struct scenario *s;

	(void)state;
	write_file("good.yaml", RI);
	s = scenario_load("good.yaml", &d);
	assert_non_null(s);
	assert_string_equal(s->file, "good.yaml");
	assert_string_equal(s->text, RI);
	assert_int_equal(d.n, 0);
	scenario_free(s);
}

static void
what_is_no_file_is_refused_at_once(void **state)
{
	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	refused("missing.yaml", "No such file");
	refused(".", "a directory");
	refused("fifo", "not a regular file");
	refused("/dev/null", "not a regular file");
}

static void
a_file_that_is_too_large_is_not_read(void **state)
{
	int fd = open("large", O_WRONLY | O_CREAT, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
	close(fd);
	refused("large", "larger than 8 MiB");
}

/* Root may read all files, so it is somebody else for a moment. */
static void
an_unreadable_file_is_told(void **state)
{
	enum { NOBODY = 65534 };
	bool root = geteuid() == 0;

	(void)state;
	write_file("secret.yaml", RI);
	assert_int_equal(chmod("secret.yaml", 0), 0);
	if (root)
		assert_int_equal(seteuid(NOBODY), 0);
	refused("secret.yaml", "Permission denied");
	if (root)
		assert_int_equal(seteuid(0), 0);
}

static void
utf8_is_checked_to_its_edges(void **state)
{
	static const char *const right[] = { "", "a\tb\r\n", "\xc2\x80",
		"\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
		"\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf" };
	static const char *const wrong[] = { "\x80", "\xbf", "\xc1\xbf",
		"\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
		"\xe2\x82", "\xc2", "\xfe", "\x1b", "\x7f" };
	struct diags d = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(right); i++) {
		struct reader r = { .diags = &d };

		assert_true(source_check(&r, span_str(right[i])));
	}
	assert_int_equal(d.n, 0);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct reader r = { .diags = &d };

		assert_false(source_check(&r, span_str(wrong[i])));
	}
	diags_clear(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_loaded_with_its_name),
		cmocka_unit_test(what_is_no_file_is_refused_at_once),
		cmocka_unit_test(a_file_that_is_too_large_is_not_read),
		cmocka_unit_test(an_unreadable_file_is_told),
		cmocka_unit_test(utf8_is_checked_to_its_edges),
	};

	return cmocka_run_group_tests(tests, enters_an_empty_folder, leaves_it);
}
