#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

/* What is written to stderr meanwhile ends in text. */
static void
captured(void (*speak)(void), char *text, size_t n)
{
	int was = dup(STDERR_FILENO);
	FILE *f = tmpfile();
	size_t got;

	assert_non_null(f);
	dup2(fileno(f), STDERR_FILENO);
	speak();
	dup2(was, STDERR_FILENO);
	close(was);
	rewind(f);
	got = fread(text, 1, n - 1, f);
	text[got] = '\0';
	fclose(f);
}

static void
speaks_at_each_level(void)
{
	log_error("bad %d", 1);
	log_warn("odd");
	log_info("told");
	log_debug("detail");
}

static void
the_level_decides_what_is_said(void **state)
{
	char text[512];

	(void)state;
	captured(speaks_at_each_level, text, sizeof(text));
	assert_string_equal(text,
	    "brownout: error: bad 1\nbrownout: warning: odd\n"
	    "brownout: told\n");
	log_set_level(LOG_ERROR);
	captured(speaks_at_each_level, text, sizeof(text));
	assert_string_equal(text, "brownout: error: bad 1\n");
	log_set_level(LOG_DEBUG);
	captured(speaks_at_each_level, text, sizeof(text));
	assert_non_null(strstr(text, "brownout: debug: detail\n"));
}

static void
speaks_long(void)
{
	static char word[10000];

	memset(word, 'x', sizeof(word) - 1);
	log_error("%s", word);
}

static void
a_long_message_is_cut_to_one_line(void **state)
{
	char text[8192];

	(void)state;
	captured(speaks_long, text, sizeof(text));
	assert_int_equal(strlen(text), 2048);
	assert_int_equal(text[2047], '\n');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_level_decides_what_is_said),
		cmocka_unit_test(a_long_message_is_cut_to_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
