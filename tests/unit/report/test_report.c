#include "report/report.h"

#include <sys/stat.h>
#include <unistd.h>

#include "sample.h"

static const char *const names[] = { "report.html", "report.json", "junit.xml",
	"report.md" };

static void
writes_all_files_into_a_new_folder_and_over_old_ones(void **state)
{
	char top[] = "/tmp/brownout-report-XXXXXX", dir[64], path[128];
	struct sample s;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(dir, sizeof(dir), "%s/new", top);
	sample_begin(&s, "");
	for (int round = 0; round < 2; round++)
		assert_true(report_write_dir(dir, s.v, s.scenario, &s.diags));
	assert_int_equal(s.diags.n, 0);
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_true(st.st_size > 100);
		assert_int_equal(unlink(path), 0);
	}
	/* Nothing else was left. */
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(rmdir(top), 0);
	sample_end(&s);
}

static void
says_which_file_could_not_be_written_and_writes_the_others(void **state)
{
	char dir[] = "/tmp/brownout-report-XXXXXX", path[128];
	struct sample s;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/report.json", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	sample_begin(&s, "");
	assert_false(report_write_dir(dir, s.v, s.scenario, &s.diags));
	assert_int_equal(s.diags.n_errors, 1);
	assert_string_equal(s.diags.v[0].file, path);
	assert_int_equal(rmdir(path), 0);
	for (int i = 0; i < 4; i++)
		if (i != 1) {
			snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
			assert_int_equal(unlink(path), 0);
		}
	assert_int_equal(rmdir(dir), 0);
	sample_end(&s);
}

static void
says_that_the_folder_cannot_be_made(void **state)
{
	struct sample s;

	(void)state;
	sample_begin(&s, "");
	assert_false(
	    report_write_dir("/dev/null/report", s.v, s.scenario, &s.diags));
	assert_int_equal(s.diags.n_errors, 1);
	assert_string_equal(s.diags.v[0].file, "/dev/null/report");
	sample_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    writes_all_files_into_a_new_folder_and_over_old_ones),
		cmocka_unit_test(
		    says_which_file_could_not_be_written_and_writes_the_others),
		cmocka_unit_test(says_that_the_folder_cannot_be_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
