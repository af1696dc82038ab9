#include "fixture.h"

#include <jansson.h>

extern const struct fault_type fault_corrupt;

static const char text[] = "{\"name\": \"a body of some length\", \"n\": 12}";
static const struct span body = { text, sizeof(text) - 1 };

/* Runs the body through, cut at `cut`, with or without a known length; the
 * damaged body is in t->out. */
static struct step
damage(struct trial *t, const char *conf, size_t cut, bool length)
{
	static const struct param_pair fields[] = { { "Content-Type",
							"application/json" },
		{ "Content-Length", "42" } };
	struct head_edit e;
	struct head h;
	struct step s;

	assert_int_equal(body.n, 42);
	trial_begin(t, &fault_corrupt, conf);
	trial_edit(t, &e, &h, fields, length ? 2 : 1);
	s = fault_corrupt.on_response(&t->fault, &e);
	assert_int_equal(s.kind, STEP_PASS);
	assert_false(e.framing_changed);
	edit_clear(&e);
	s = trial_body(t, body, cut);
	assert_int_equal(t->out.n, body.n);
	return s;
}

static unsigned
flipped(const struct trial *t)
{
	unsigned n = 0;

	for (size_t i = 0; i < body.n; i++)
		n += t->out.data[i] != body.p[i];
	return n;
}

static void
flips_exactly_so_many_bytes_in_every_split(void **state)
{
	static const char *const confs[] = { "bytes=1", "bytes=3", "bytes=42",
		"bytes=4000" };
	static const unsigned want[] = { 1, 3, 42, 42 };
	struct trial t;

	(void)state;
	for (size_t i = 0; i < COUNT(confs); i++)
		for (size_t cut = 0; cut <= body.n; cut++)
			for (unsigned length = 0; length < 2; length++) {
				damage(&t, confs[i], cut, length != 0);
				assert_int_equal(flipped(&t), want[i]);
				trial_end_rule(&t);
			}
}

static void
flips_the_same_bytes_for_the_same_seed(void **state)
{
	struct trial a, b;

	(void)state;
	damage(&a, "bytes=3", 7, true);
	damage(&b, "bytes=3", 20, true);
	assert_memory_equal(a.out.data, b.out.data, body.n);
	trial_end_rule(&a);
	trial_end_rule(&b);
}

static void
makes_json_that_is_none(void **state)
{
	struct trial t;

	(void)state;
	for (size_t cut = 0; cut <= body.n; cut++) {
		damage(&t, "json=true", cut, true);
		assert_null(
		    json_loadb(t.out.data, t.out.n, JSON_DECODE_ANY, NULL));
		assert_int_equal(flipped(&t), 1);
		trial_end_rule(&t);
	}
}

static void
claims_a_gzip_that_does_not_unpack(void **state)
{
	static const struct param_pair gzip[] = { { "Content-Encoding",
	    "gzip" } };
	struct head_edit e;
	struct head h;
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_corrupt, "encoding=gzip");
	trial_edit(&t, &e, &h, NULL, 0);
	fault_corrupt.on_response(&t.fault, &e);
	trial_expect_lines(&e, "Content-Encoding: gzip\n");
	trial_body(&t, body, 5);
	trial_expect_out(&t, body);
	edit_clear(&e);
	trial_end_rule(&t);
	/* A body that is a gzip already loses its magic. */
	trial_begin(&t, &fault_corrupt, "encoding=gzip");
	trial_edit(&t, &e, &h, gzip, 1);
	fault_corrupt.on_response(&t.fault, &e);
	trial_expect_lines(&e, "Content-Encoding: gzip\n");
	trial_body(&t, SPAN("\x1f\x8b\x08rest"), 0);
	trial_expect_out(&t, SPAN("\x1e\x8b\x08rest"));
	edit_clear(&e);
	trial_end_rule(&t);
}

static void
tells_when_there_is_nothing_to_damage(void **state)
{
	static const struct param_pair html[] = { { "Content-Type",
	    "text/html" } };
	struct head_edit e;
	struct head h;
	struct trial t;

	(void)state;
	trial_begin(&t, &fault_corrupt, "json=true");
	trial_edit(&t, &e, &h, html, 1);
	assert_int_equal(
	    fault_corrupt.on_response(&t.fault, &e).kind, STEP_SKIP);
	edit_clear(&e);
	trial_end_rule(&t);
	trial_begin(&t, &fault_corrupt, "bytes=3");
	trial_edit(&t, &e, &h, NULL, 0);
	fault_corrupt.on_response(&t.fault, &e);
	assert_int_equal(trial_body(&t, SPAN(""), 0).kind, STEP_BYPASS);
	edit_clear(&e);
	trial_end_rule(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flips_exactly_so_many_bytes_in_every_split),
		cmocka_unit_test(flips_the_same_bytes_for_the_same_seed),
		cmocka_unit_test(makes_json_that_is_none),
		cmocka_unit_test(claims_a_gzip_that_does_not_unpack),
		cmocka_unit_test(tells_when_there_is_nothing_to_damage),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
