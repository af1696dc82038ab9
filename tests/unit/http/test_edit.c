#include "http/edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static struct head h;
static struct head_edit e;

static int
setup(void **state)
{
	static const char *const pairs[][2] = { { "Server", "x" },
		{ "Connection", "keep-alive, X-Hop" }, { "X-Hop", "1" },
		{ "Content-Length", "3" }, { "Set-Cookie", "a" },
		{ "set-cookie", "b" }, { "Transfer-Encoding", "chunked" },
		{ "Keep-Alive", "timeout=5" }, { "Upgrade", "h2c" } };

	(void)state;
	h = (struct head){
		.status = 200, .reason = SPAN("Fine"), .n_fields = 9
	};
	for (unsigned i = 0; i < h.n_fields; i++) {
		h.fields[i].name = span_str(pairs[i][0]);
		h.fields[i].value = span_str(pairs[i][1]);
		h.fields[i].id = field_find(h.fields[i].name);
		h.seen |= (uint64_t)1 << h.fields[i].id;
	}
	edit_init(&e, &h);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	edit_clear(&e);
	return 0;
}

static void
expect_lines(const char *want)
{
	char got[4096];
	size_t n = 0;

	got[0] = '\0';
	for (unsigned i = 0; i < e.n; i++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%.*s: %.*s\n",
		    (int)e.lines[i].name.n, e.lines[i].name.p,
		    (int)e.lines[i].value.n, e.lines[i].value.p);
	assert_string_equal(got, want);
}

static void
leaves_out_the_fields_of_one_hop(void **state)
{
	(void)state;
	assert_int_equal(e.status, 200);
	assert_true(span_eq(e.reason, SPAN("Fine")));
	expect_lines("Server: x\nContent-Length: 3\nSet-Cookie: a\n"
		     "set-cookie: b\n");
}

static void
sets_the_first_and_removes_its_repeats(void **state)
{
	(void)state;
	edit_set(&e, SPAN("SET-COOKIE"), SPAN("c"));
	edit_set(&e, SPAN("X-New"), SPAN("1"));
	edit_set(&e, SPAN("x-new"), SPAN("2"));
	expect_lines("Server: x\nContent-Length: 3\nSet-Cookie: c\n"
		     "X-New: 2\n");
}

static void
adds_repeats_and_removes_all_of_a_name(void **state)
{
	(void)state;
	edit_add(&e, SPAN("Server"), SPAN(""));
	edit_remove(&e, SPAN("set-cookie"));
	edit_remove(&e, SPAN("absent"));
	expect_lines("Server: x\nContent-Length: 3\nServer: \n");
}

static void
keeps_copies_when_its_text_grows(void **state)
{
	char name[16], value[200];

	(void)state;
	memset(value, 'v', sizeof(value));
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "X-%d", i);
		edit_add(
		    &e, span_str(name), (struct span){ value, sizeof(value) });
	}
	memset(value, 'w', sizeof(value));
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "X-%u", i);
		assert_true(span_eq(e.lines[4 + i].name, span_str(name)));
		assert_int_equal(e.lines[4 + i].value.n, sizeof(value));
		assert_int_equal(e.lines[4 + i].value.p[199], 'v');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    leaves_out_the_fields_of_one_hop, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    sets_the_first_and_removes_its_repeats, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    adds_repeats_and_removes_all_of_a_name, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    keeps_copies_when_its_text_grows, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
