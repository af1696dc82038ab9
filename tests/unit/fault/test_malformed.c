#include "fixture.h"

extern const struct fault_type fault_malformed;

/* The answer of one kind, NUL-terminated; the caller frees. */
static char *
answer(const char *conf, struct trial *t, size_t *n)
{
	struct step s;
	char *text;

	trial_begin(t, &fault_malformed, conf);
	s = trial_request(t);
	assert_int_equal(s.kind, STEP_RAW);
	assert_int_equal(s.how, END_FIN);
	*n = t->reply.raw.n;
	text = xcalloc(1, *n + 1);
	memcpy(text, t->reply.raw.data, *n);
	trial_end_rule(t);
	return text;
}

/* Of each number after a Content-Length the i-th one; -1 without. */
static int
length(const char *text, unsigned i)
{
	for (;; text++) {
		if ((text = strstr(text, "Content-Length: ")) == NULL)
			return -1;
		if (i-- == 0)
			return (int)strtol(text + 16, NULL, 10);
	}
}

static void
is_wrong_in_the_named_way_only(void **state)
{
	static const char *const kinds[] = { "kind=status_line", "kind=header",
		"kind=chunk_size", "kind=length_short", "kind=length_long",
		"kind=two_lengths", "kind=huge_header",
		"kind=early_eof_chunked" };

	(void)state;
	for (unsigned i = 0; i < COUNT(kinds); i++) {
		struct trial t;
		size_t n;
		char *text = answer(kinds[i], &t, &n);
		const char *body = strstr(text, "\r\n\r\n") + 4;
		int sent = (int)(text + n - body);
		bool chunked = strstr(text, "chunked\r\n") != NULL;

		assert_true(
		    (strncmp(text, "HTTP/1.1 200 ", 13) != 0) == (i == 0));
		assert_true((strstr(text, "\r\nthis line has no colon\r\n") !=
				NULL) == (i == 1));
		assert_true(chunked == (i == 2 || i == 7));
		assert_true((strncmp(body, "xyz\r\n", 5) == 0) == (i == 2));
		if (!chunked) {
			assert_true((length(text, 0) < sent) == (i == 3));
			assert_true((length(text, 0) > sent) == (i == 4));
		}
		assert_true((length(text, 1) >= 0) == (i == 5));
		assert_true((body - text > 16 << 10) == (i == 6));
		free(text);
	}
}

static void
ends_chunks_without_the_last_one(void **state)
{
	struct trial t;
	size_t n;
	char *text = answer("kind=early_eof_chunked", &t, &n);
	const char *body = strstr(text, "\r\n\r\n") + 4;
	long size = strtol(body, NULL, 16);

	(void)state;
	assert_int_equal(strlen(body), 4 + (size_t)size + 2);
	assert_string_equal(body + 4 + size, "\r\n");
	free(text);
}

static void
sends_two_lengths_that_differ(void **state)
{
	struct trial t;
	size_t n;
	char *text = answer("kind=two_lengths", &t, &n);

	(void)state;
	assert_int_not_equal(length(text, 0), length(text, 1));
	free(text);
}

static void
makes_a_header_as_huge_as_asked(void **state)
{
	struct trial t;
	size_t n;
	char *text = answer("kind=huge_header; size=100KiB", &t, &n);

	(void)state;
	assert_int_equal(strspn(strstr(text, "X-Huge: ") + 8, "x"), 100 << 10);
	free(text);
}

static void
sends_garbage_that_follows_from_the_seed(void **state)
{
	struct trial t;
	size_t n, m;
	char *text = answer("kind=garbage", &t, &n);
	char *again = answer("kind=garbage", &t, &m);

	(void)state;
	assert_int_equal(n, 256);
	assert_int_equal(m, n);
	assert_memory_equal(text, again, n);
	assert_true((text[0] & 0x80) != 0);
	free(text);
	free(again);
}

static void
skips_where_it_could_not_be_seen(void **state)
{
	static const struct {
		const char *conf;
		bool head, old;
	} cases[] = { { "kind=length_long", true, false },
		{ "kind=chunk_size", true, false },
		{ "kind=early_eof_chunked", false, true } };
	struct trial t;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		trial_begin(&t, &fault_malformed, cases[i].conf);
		if (cases[i].head)
			t.head.method = SPAN("HEAD");
		t.head.minor = !cases[i].old;
		assert_int_equal(trial_request(&t).kind, STEP_SKIP);
		trial_end_rule(&t);
	}
	trial_begin(&t, &fault_malformed, "kind=header");
	t.head.method = SPAN("HEAD");
	assert_int_equal(trial_request(&t).kind, STEP_RAW);
	assert_memory_equal(
	    t.reply.raw.data + t.reply.raw.n - 4, "\r\n\r\n", 4);
	trial_end_rule(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_wrong_in_the_named_way_only),
		cmocka_unit_test(ends_chunks_without_the_last_one),
		cmocka_unit_test(sends_two_lengths_that_differ),
		cmocka_unit_test(makes_a_header_as_huge_as_asked),
		cmocka_unit_test(sends_garbage_that_follows_from_the_seed),
		cmocka_unit_test(skips_where_it_could_not_be_seen),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
