#include "admin/recent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>

static const char *const phases[] = { "p" }, *const rules[] = { "r" },
			 *const faults[] = { "f" };
static const struct journal_names names = { phases, rules, faults, 1, 1, 1, 1 };

static void
add(struct recent *r, unsigned i, uint16_t play)
{
	char path[64];
	struct pairing p = {
		.attempt = i, .due_ns = RECORD_NONE, .gap_ns = RECORD_NONE
	};
	struct record record = { .method = SPAN("GET"),
		.play = play,
		.status = 200,
		.t_resp = RECORD_NONE,
		.t_req_end = RECORD_NONE,
		.retry_after_ns = RECORD_NONE,
		.deadline_ns = RECORD_NONE };

	snprintf(path, sizeof(path), "/%0*u", (int)i, i);
	record.path = span_str(path);
	recent_add(r, &record, &p);
}

static json_t *
all(const struct recent *r, unsigned n, unsigned want)
{
	struct buf b;
	json_t *list;

	buf_init(&b, 1 << 20);
	assert_int_equal(recent_write(r, n, &names, &b), want);
	list = json_loadb(b.data, b.n, 0, NULL);
	assert_int_equal(json_array_size(list), want);
	buf_clear(&b);
	return list;
}

static const char *
text(const json_t *list, size_t i, const char *key)
{
	return json_string_value(json_object_get(json_array_get(list, i), key));
}

static void
the_oldest_make_room(void **state)
{
	struct recent r;
	json_t *list;

	(void)state;
	recent_init(&r, 3);
	json_decref(all(&r, 10, 0));
	for (unsigned i = 1; i <= 5; i++)
		add(&r, i, 1);
	list = all(&r, 10, 3);
	assert_string_equal(text(list, 0, "path"), "/003");
	assert_string_equal(text(list, 2, "path"), "/00005");
	json_decref(list);
	list = all(&r, 1, 1);
	assert_string_equal(text(list, 0, "path"), "/00005");
	json_decref(list);
	recent_clear(&r);
}

static void
names_are_those_of_their_play(void **state)
{
	struct recent r;
	json_t *list;

	(void)state;
	recent_init(&r, 3);
	add(&r, 1, 1);
	add(&r, 2, 0);
	list = all(&r, 2, 2);
	assert_string_equal(text(list, 0, "rule"), "r");
	assert_null(text(list, 1, "rule"));
	assert_string_equal(text(list, 1, "fault"), "f");
	json_decref(list);
	recent_clear(&r);
	recent_init(&r, 0);
	add(&r, 1, 1);
	json_decref(all(&r, 5, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_oldest_make_room),
		cmocka_unit_test(names_are_those_of_their_play),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
