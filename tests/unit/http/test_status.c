#include "http/status.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* The codes that have a heading of their own in each of the five documents that
 * the list was drawn from, taken from their texts; 0 ends a list. */
static const uint16_t documents[STATUS_SEEDS][72] = {
	{ 100, 101, 102, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300,
	    301, 302, 303, 304, 305, 306, 307, 308, 400, 401, 402, 403, 404,
	    405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417,
	    418, 420, 422, 423, 424, 425, 426, 428, 429, 431, 444, 449, 450,
	    451, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 510,
	    511, 598, 599 },
	{ 100, 101, 200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 304,
	    305, 306, 307, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409,
	    410, 411, 412, 413, 414, 415, 416, 417, 500, 501, 502, 503, 504,
	    505 },
	{ 100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226,
	    300, 301, 302, 303, 304, 305, 306, 307, 308, 400, 401, 402, 403,
	    404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416,
	    417, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 500,
	    501, 502, 503, 504, 505, 506, 507, 508, 510, 511 },
	{ 100, 101, 102, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300,
	    301, 302, 303, 304, 305, 306, 307, 308, 400, 401, 402, 403, 404,
	    405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417,
	    418, 420, 422, 423, 424, 425, 426, 428, 429, 431, 444, 449, 450,
	    451, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 510,
	    511, 598, 599 },
	{ 100, 101, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 304, 305,
	    306, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411,
	    412, 413, 414, 415, 416, 417, 422, 429, 500, 501, 502, 503, 504,
	    505 },
};

static unsigned
documents_that_name(unsigned code)
{
	unsigned bits = 0;

	for (unsigned d = 0; d < STATUS_SEEDS; d++)
		for (const uint16_t *c = documents[d]; *c != 0; c++)
			if (*c == code)
				bits |= 1u << d;
	return bits;
}

static void
has_every_code_of_the_documents_and_no_other(void **state)
{
	unsigned n = 0;

	(void)state;
	for (unsigned code = 0; code < 1200; code++) {
		const struct status *s = status_find(code);
		unsigned bits = documents_that_name(code);

		assert_int_equal(s != NULL, bits != 0);
		if (s == NULL)
			continue;
		assert_int_equal(s->code, code);
		assert_int_equal(s->seeds, bits);
		n++;
	}
	assert_int_equal(n, 71);
}

static void
lists_its_rows_in_order(void **state)
{
	size_t n;
	const struct status *rows = status_all(&n);

	(void)state;
	assert_int_equal(n, 71);
	for (size_t i = 1; i < n; i++)
		assert_true(rows[i - 1].code < rows[i].code);
}

static void
every_row_says_what_it_must(void **state)
{
	size_t n;
	const struct status *s = status_all(&n);

	(void)state;
	for (; n > 0; n--, s++) {
		assert_true(strlen(s->reason) > 0 && strlen(s->source) > 0);
		assert_true(s->when != NULL && strlen(s->when) > 0);
		if (s->body != STATUS_BODY_NONE &&
		    s->body != STATUS_BODY_EMPTY &&
		    s->body != STATUS_BODY_SILENT)
			assert_non_null(s->detail);
		/* It goes into JSON and HTML unescaped. */
		if (s->detail != NULL)
			assert_null(strpbrk(s->detail, "\"\\<>&\n"));
		assert_null(strpbrk(s->reason, "\"\\<>&\r\n"));
		assert_int_equal(
		    s->official, strncmp(s->source, "RFC ", 4) == 0);
		assert_int_equal(s->interim,
		    s->code == 100 || s->code == 102 || s->code == 103);
		if (s->required != NULL)
			assert_true(isupper((unsigned char)s->required[0]));
	}
}

/* RFC 9110 15.1 and RFC 7725 3. */
static void
knows_what_is_cacheable_by_default(void **state)
{
	static const char list[] =
	    " 200 203 204 206 300 301 308 404 405 410 414 451 501 ";
	size_t n;
	const struct status *s = status_all(&n);

	(void)state;
	for (; n > 0; n--, s++) {
		char code[6] = { ' ', (char)('0' + s->code / 100),
			(char)('0' + s->code / 10 % 10),
			(char)('0' + s->code % 10), ' ' };

		assert_int_equal(s->cacheable, strstr(list, code) != NULL);
	}
}

static void
says_who_may_repeat_what(void **state)
{
	static const struct {
		unsigned code;
		enum status_retry retry;
		bool idempotent_only;
	} rows[] = {
		{ 200, STATUS_RETRY_NEVER, false },
		{ 308, STATUS_RETRY_NEVER, false },
		{ 400, STATUS_RETRY_NEVER, false },
		{ 401, STATUS_RETRY_NEVER, false },
		{ 408, STATUS_RETRY_CONNECTION, false },
		{ 413, STATUS_RETRY_NEVER, false },
		{ 421, STATUS_RETRY_CONNECTION, false },
		{ 425, STATUS_RETRY_BLIND, false },
		{ 429, STATUS_RETRY_WAIT, false },
		{ 444, STATUS_RETRY_WAIT, true },
		{ 499, STATUS_RETRY_WAIT, true },
		{ 500, STATUS_RETRY_WAIT, true },
		{ 501, STATUS_RETRY_NEVER, false },
		{ 502, STATUS_RETRY_WAIT, true },
		{ 503, STATUS_RETRY_WAIT, false },
		{ 504, STATUS_RETRY_WAIT, true },
		{ 507, STATUS_RETRY_NEVER, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct status *s = status_find(rows[i].code);

		assert_int_equal(s->retry, rows[i].retry);
		assert_int_equal(s->idempotent_only, rows[i].idempotent_only);
	}
}

static void
any_other_code_is_a_plain_one_of_its_class(void **state)
{
	(void)state;
	assert_true(status_rules(199)->interim);
	assert_int_equal(status_rules(299)->body, STATUS_BODY_NOTE);
	assert_int_equal(status_rules(399)->body, STATUS_BODY_LINK);
	assert_int_equal(status_rules(419)->retry, STATUS_RETRY_NEVER);
	assert_true(status_rules(555)->neutral);
	assert_true(status_rules(999)->neutral);
	assert_int_equal(status_rules(555)->code, 0);
	assert_int_equal(status_rules(503)->code, 503);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_every_code_of_the_documents_and_no_other),
		cmocka_unit_test(lists_its_rows_in_order),
		cmocka_unit_test(every_row_says_what_it_must),
		cmocka_unit_test(knows_what_is_cacheable_by_default),
		cmocka_unit_test(says_who_may_repeat_what),
		cmocka_unit_test(any_other_code_is_a_plain_one_of_its_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
