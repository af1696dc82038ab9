#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "record/utf8.h"

static void
measures_characters_and_refuses_what_is_none(void **state)
{
	static const struct {
		const char *bytes;
		size_t n, length;
	} rows[] = {
		{ "a", 1, 1 },
		{ "\x7f", 1, 1 },
		{ "\x80", 1, 0 },
		{ "\xbf\x80", 2, 0 },
		{ "\xc0\x80", 2, 0 },
		{ "\xc1\xbf", 2, 0 },
		{ "\xc2\x80", 2, 2 },
		{ "\xc3\xa9z", 3, 2 },
		{ "\xc3", 1, 0 },
		{ "\xc3z", 2, 0 },
		{ "\xdf\xbf", 2, 2 },
		{ "\xe0\x9f\xbf", 3, 0 },
		{ "\xe0\xa0\x80", 3, 3 },
		{ "\xe2\x82\xac", 3, 3 },
		{ "\xe2\x82", 2, 0 },
		{ "\xe2\x82z", 3, 0 },
		{ "\xed\x9f\xbf", 3, 3 },
		{ "\xed\xa0\x80", 3, 0 },
		{ "\xef\xbf\xbf", 3, 3 },
		{ "\xf0\x8f\xbf\xbf", 4, 0 },
		{ "\xf0\x9f\x98\x80", 4, 4 },
		{ "\xf4\x8f\xbf\xbf", 4, 4 },
		{ "\xf4\x90\x80\x80", 4, 0 },
		{ "\xf5\x80\x80\x80", 4, 0 },
		{ "\xff", 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(
		    utf8_length(rows[i].bytes, rows[i].n), rows[i].length);
}

static void
writes_every_scalar_value_as_it_measures_it(void **state)
{
	char bytes[4];

	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c += c == 0xd7ff ? 0x801 : 1) {
		size_t n = utf8_put(bytes, c);

		if (utf8_length(bytes, n) != n)
			fail_msg("character %x", (unsigned)c);
	}
	assert_int_equal(utf8_put(bytes, 0x20ac), 3);
	assert_memory_equal(bytes, "\xe2\x82\xac", 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measures_characters_and_refuses_what_is_none),
		cmocka_unit_test(writes_every_scalar_value_as_it_measures_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
