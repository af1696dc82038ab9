#include "http/h1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct h1_limits limits = { 64, 80, 400, 6 };

#define REST "Host: a\r\n\r\n"
#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10

enum { MORE = -1, GOOD = 0 };

/* A request head: good, unfinished, or the status that refuses it. */
struct sample {
	const char *in;
	int result;
	const char *method, *target;
	unsigned n_fields;
};

static const struct sample requests[] = {
	{ "GET / HTTP/1.1\r\n" REST, GOOD, "GET", "/", 1 },
	{ "GET / HTTP/1.1\r\n" REST "GET /next", GOOD, "GET", "/", 1 },
	{ "\r\nGET / HTTP/1.1\r\n" REST, GOOD, "GET", "/", 1 },
	{ "\r\n\r\nGET / HTTP/1.1\r\n" REST, 400, NULL, NULL, 0 },
	{ "\nGET / HTTP/1.1\r\n" REST, 400, NULL, NULL, 0 },
	{ "GET / HTTP/1.0\r\n\r\n", GOOD, "GET", "/", 0 },
	{ "PURGE /a//b/../%2F;c? HTTP/1.1\r\n" REST, GOOD, "PURGE",
	    "/a//b/../%2F;c?", 1 },
	{ "POST / HTTP/1.1\r\nA:\r\na: 1 \r\nA:\t2\r\n" REST, GOOD, "POST", "/",
	    4 },
	{ "GET / HTTP/1.1\r\nX: \x80\xff\r\n" REST, GOOD, "GET", "/", 2 },
	{ "", MORE, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\nHost: a\r\n", MORE, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\nHost: a\r\n\r", MORE, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\nHost: a\n\n", 400, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\nHost: a\n\r\n", 400, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\rHost: a\r\n\r\n", 400, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\nA: b\rc\r\n" REST, 400, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\n A: b\r\n" REST, 400, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\nA: b\r\n c\r\n" REST, 400, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\nA : b\r\n" REST, 400, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\n: b\r\n" REST, 400, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\nA\r\n" REST, 400, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\nA b: c\r\n" REST, 400, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\nA: \x01\r\n" REST, 400, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\nA: \x7f\r\n" REST, 400, NULL, NULL, 0 },
	{ "\x16\x03\x01", 400, NULL, NULL, 0 },
	/* Limits: the last that passes, and one byte or field more. */
	{ "GET /" X50 " HTTP/1.1\r\n" REST, GOOD, "GET", "/" X50, 1 },
	{ "GET /" X50 "x HTTP/1.1\r\n" REST, 414, NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\nA: " X50 X10 X10 "xxxxxxx\r\n" REST, GOOD, "GET",
	    "/", 2 },
	{ "GET / HTTP/1.1\r\nA: " X50 X10 X10 "xxxxxxxx\r\n" REST, 431, NULL,
	    NULL, 0 },
	{ "GET / HTTP/1.1\r\na:\r\nb:\r\nc:\r\nd:\r\ne:\r\n" REST, GOOD, "GET",
	    "/", 6 },
	{ "GET / HTTP/1.1\r\na:\r\nb:\r\nc:\r\nd:\r\ne:\r\nf:\r\n" REST, 431,
	    NULL, NULL, 0 },
	{ "GET / HTTP/1.1\r\na: " X50 "\r\nb: " X50 "\r\nc: " X50 "\r\nd: " X50
	  "\r\ne: " X50 X10 X10 "\r\n" REST,
	    GOOD, "GET", "/", 6 },
	{ "GET / HTTP/1.1\r\na: " X50 X10 X10 "\r\nb: " X50 X10 X10
	  "\r\nc: " X50 X10 X10 "\r\nd: " X50 X10 X10 "\r\ne: " X50 X10 X10
	  "\r\n" REST,
	    431, NULL, NULL, 0 },
};

enum { REQUESTS = sizeof(requests) / sizeof(requests[0]) };

static int
told(enum h1_result r, const struct h1_error *e)
{
	return r == H1_MORE ? MORE : r == H1_DONE ? GOOD : (int)e->status;
}

/* The first n bytes at once, in memory of just that size. */
static int
read_whole(const char *in, size_t n, struct head *h, char **keep)
{
	struct h1_scan scan = { .skip = 0 };
	struct h1_error e = { 0, NULL };
	int r;

	*keep = malloc(n + 1);
	assert_non_null(*keep);
	memcpy(*keep, in, n);
	*h = (struct head){ .status = 0 };
	r = told(
	    h1_request(&scan, (struct span){ *keep, n }, &limits, h, &e), &e);
	if (r == GOOD)
		assert_ptr_equal(h->raw.p, *keep + scan.skip);
	return r;
}

/* One byte more each time, each time in other memory. */
static int
read_bytewise(const char *in, size_t n, struct head *h, char **keep)
{
	struct h1_scan scan = { .skip = 0 };
	struct h1_error e = { 0, NULL };
	int r = MORE;

	*keep = NULL;
	*h = (struct head){ .status = 0 };
	for (size_t i = 1; i <= n && r == MORE; i++) {
		char *moved = malloc(i);

		assert_non_null(moved);
		memcpy(moved, in, i);
		r = told(h1_request(
			     &scan, (struct span){ moved, i }, &limits, h, &e),
		    &e);
		free(*keep);
		*keep = moved;
	}
	return r;
}

static void
assert_sample(const struct sample *s, const struct head *h)
{
	assert_true(span_eq(h->method, span_str(s->method)));
	assert_true(span_eq(h->target, span_str(s->target)));
	assert_int_equal(h->n_fields, s->n_fields);
	assert_memory_equal(h->raw.p + h->raw.n - 4, "\r\n\r\n", 4);
	for (unsigned i = 0; i < h->n_fields; i++) {
		assert_true(h->fields[i].name.p >= h->raw.p);
		assert_true(h->fields[i].value.p + h->fields[i].value.n <
			    h->raw.p + h->raw.n);
	}
}

static void
reads_or_refuses_each_sample_whole_and_byte_by_byte(void **state)
{
	struct head h;
	char *keep;

	(void)state;
	for (size_t i = 0; i < REQUESTS; i++) {
		const struct sample *s = &requests[i];
		size_t n = strlen(s->in);

		assert_int_equal(read_whole(s->in, n, &h, &keep), s->result);
		if (s->result == GOOD)
			assert_sample(s, &h);
		free(keep);
		assert_int_equal(read_bytewise(s->in, n, &h, &keep), s->result);
		if (s->result == GOOD)
			assert_sample(s, &h);
		free(keep);
	}
}

static void
waits_for_the_rest_of_every_prefix(void **state)
{
	struct head h;
	char *keep;

	(void)state;
	for (size_t i = 0; i < REQUESTS; i++) {
		const struct sample *s = &requests[i];
		size_t n = strlen(s->in);

		for (size_t k = 0; k < n; k++) {
			int r = read_whole(s->in, k, &h, &keep);

			/* Bytes to come cannot mend or spoil what was said. */
			if (r != MORE)
				assert_int_equal(r, s->result);
			if (r == GOOD)
				assert_sample(s, &h);
			free(keep);
		}
	}
}

static void
keeps_a_nul_out_of_every_place(void **state)
{
	static const char good[] = "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n";
	char in[sizeof(good)];
	struct head h;
	char *keep;

	(void)state;
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		memcpy(in, good, sizeof(good));
		in[i] = '\0';
		assert_int_not_equal(
		    read_whole(in, sizeof(good) - 1, &h, &keep), GOOD);
		free(keep);
	}
}

static void
reads_responses_and_unfolds_their_fields(void **state)
{
	static const struct {
		const char *in;
		int result;
		unsigned status;
		const char *reason, *value; /* of the first field */
	} rows[] = {
		{ "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", GOOD, 200, "OK", "b" },
		{ "HTTP/1.0 299 \r\nA: b\r\n\r\n", GOOD, 299, "", "b" },
		{ "HTTP/1.1 999\r\nA: b\r\n\r\n", GOOD, 999, "", "b" },
		{ "HTTP/1.1 200 a  b\xff\r\nA: b\r\n\r\n", GOOD, 200,
		    "a  b\xff", "b" },
		{ "HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\n\r\n", GOOD, 200, "OK",
		    "b  \tc" },
		{ "HTTP/1.1 200 OK\r\n A: b\r\n\r\n", 502, 0, NULL, NULL },
		{ "HTTP/1.1 200 OK\nA: b\n\n", 502, 0, NULL, NULL },
		{ "\r\nHTTP/1.1 200 OK\r\n\r\n", 502, 0, NULL, NULL },
		{ "HTTP/1.1 200 OK\r\nA b\r\n\r\n", 502, 0, NULL, NULL },
		{ "HTTP/1.1 200 " X50 X10 "\r\n\r\n", 502, 0, NULL, NULL },
		{ "HTTP/1.1 200 OK\r\nA: b\r\n", MORE, 0, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].in);

		for (size_t step = 1; step <= n; step += n - 1) {
			struct h1_scan scan = { .skip = 0 };
			struct h1_error e = { 0, NULL };
			struct head h = { .status = 0 };
			char *in = strdup(rows[i].in);
			int r = MORE;

			for (size_t k = step; k <= n && r == MORE; k += step)
				r = told(h1_response(&scan, in, k, &limits,
					     SPAN("GET"), &h, &e),
				    &e);
			assert_int_equal(r, rows[i].result);
			if (r == GOOD) {
				assert_int_equal(h.status, rows[i].status);
				assert_true(span_eq(
				    h.reason, span_str(rows[i].reason)));
				assert_true(span_eq(h.fields[0].value,
				    span_str(rows[i].value)));
			}
			free(in);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    reads_or_refuses_each_sample_whole_and_byte_by_byte),
		cmocka_unit_test(waits_for_the_rest_of_every_prefix),
		cmocka_unit_test(keeps_a_nul_out_of_every_place),
		cmocka_unit_test(reads_responses_and_unfolds_their_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
