#include "http/head.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
finds_every_known_field_in_any_case(void **state)
{
	static const struct {
		enum field_id id;
		const char *name;
	} known[] = {
#define FIELD(id, name) { FIELD_##id, name },
#include "http/fields.def"
#undef FIELD
	};
	char other[64];

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = strlen(known[i].name);

		assert_int_equal(
		    field_find(span_str(known[i].name)), known[i].id);
		for (size_t k = 0; k <= n; k++)
			other[k] =
			    (char)toupper((unsigned char)known[i].name[k]);
		assert_int_equal(field_find(span_str(other)), known[i].id);
		other[n - 1] = '_';
		assert_int_equal(field_find(span_str(other)), FIELD_OTHER);
	}
}

static void
takes_other_names_for_other(void **state)
{
	static const char *const names[] = { "", "X", "Hosts", "Hos", "T E",
		"User-Agent", "Content_Length", "Content-Length ", "Pragma",
		"a-name-longer-than-any-that-is-known" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(field_find(span_str(names[i])), FIELD_OTHER);
}

static void
walks_a_list_and_keeps_quoted_commas(void **state)
{
	struct span list = span_str(
			" , a ,b;q=\"1,2\",\t, \"x\\\",y\" ,, last , "),
		    item;
	static const char *const items[] = { "a", "b;q=\"1,2\"", "\"x\\\",y\"",
		"last" };

	(void)state;
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		assert_true(list_next(&list, &item));
		assert_true(span_eq(item, span_str(items[i])));
	}
	assert_false(list_next(&list, &item));
}

static void
an_open_quote_takes_the_rest_of_the_list(void **state)
{
	struct span list = span_str("a, \"b, c\\"), item;

	(void)state;
	assert_true(list_next(&list, &item));
	assert_true(list_next(&list, &item));
	assert_true(span_eq(item, span_str("\"b, c\\")));
	assert_false(list_next(&list, &item));
}

static void
finds_a_pair_by_its_whole_name(void **state)
{
	static const struct {
		const char *list, *name, *value; /* NULL: absent */
		char sep;
	} rows[] = {
		{ "a=1&b=2", "b", "2", '&' },
		{ "a=1&b=2", "a", "1", '&' },
		{ "ab=1&b=2&b=3", "b", "2", '&' },
		{ "a=1", "A", NULL, '&' },
		{ "a", "a", "", '&' },
		{ "a=", "a", "", '&' },
		{ "a=b=c", "a", "b=c", '&' },
		{ "", "a", NULL, '&' },
		{ "=1", "", NULL, '&' },
		{ "x=1; session=abc; y=2", "session", "abc", ';' },
		{ "x=1;  y=2 ", "y", "2", ';' },
		{ "x=1&", "y", NULL, '&' },
	};
	struct span value;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool found = pair_find(span_str(rows[i].list), rows[i].sep,
		    span_str(rows[i].name), &value);

		assert_int_equal(found, rows[i].value != NULL);
		if (found)
			assert_true(span_eq(value, span_str(rows[i].value)));
	}
}

static struct head
head_of(const char *const pairs[][2], unsigned n)
{
	struct head h = { .n_fields = n };

	for (unsigned i = 0; i < n; i++) {
		h.fields[i].name = span_str(pairs[i][0]);
		h.fields[i].value = span_str(pairs[i][1]);
		h.fields[i].id = field_find(h.fields[i].name);
		h.seen |= (uint64_t)1 << h.fields[i].id;
	}
	return h;
}

static void
finds_fields_and_tokens_over_several_lines(void **state)
{
	static const char *const pairs[][2] = { { "Host", "a" },
		{ "connection", "close" }, { "X-Own", "1" },
		{ "Connection", "x-own, Upgrade" } };
	static struct head h;

	(void)state;
	h = head_of(pairs, 4);
	assert_ptr_equal(head_field(&h, FIELD_CONNECTION), &h.fields[1]);
	assert_null(head_field(&h, FIELD_DATE));
	assert_ptr_equal(head_named(&h, SPAN("x-OWN")), &h.fields[2]);
	assert_null(head_named(&h, SPAN("X-Ow")));
	assert_true(head_has_token(&h, FIELD_CONNECTION, SPAN("upgrade")));
	assert_true(head_has_token(&h, FIELD_CONNECTION, SPAN("CLOSE")));
	assert_false(head_has_token(&h, FIELD_CONNECTION, SPAN("up")));
	assert_false(head_has_token(&h, FIELD_UPGRADE, SPAN("close")));
}

static void
knows_which_methods_may_be_repeated(void **state)
{
	(void)state;
	assert_true(method_idempotent(SPAN("GET")));
	assert_true(method_idempotent(SPAN("DELETE")));
	assert_true(method_idempotent(SPAN("QUERY")));
	assert_false(method_idempotent(SPAN("POST")));
	assert_false(method_idempotent(SPAN("PATCH")));
	assert_false(method_idempotent(SPAN("get")));
	assert_true(method_is_head(SPAN("HEAD")));
	assert_false(method_is_head(SPAN("head")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_every_known_field_in_any_case),
		cmocka_unit_test(takes_other_names_for_other),
		cmocka_unit_test(walks_a_list_and_keeps_quoted_commas),
		cmocka_unit_test(an_open_quote_takes_the_rest_of_the_list),
		cmocka_unit_test(finds_a_pair_by_its_whole_name),
		cmocka_unit_test(finds_fields_and_tokens_over_several_lines),
		cmocka_unit_test(knows_which_methods_may_be_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
