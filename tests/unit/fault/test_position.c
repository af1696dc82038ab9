#include "fixture.h"

#include "fault/position.h"

extern const struct fault_type fault_close;

static const struct span body = { "0123456789", 10 };

static void
cuts_after_exactly_so_many_bytes_however_they_come(void **state)
{
	struct trial t;

	(void)state;
	for (unsigned n = 0; n <= body.n; n++)
		for (size_t cut = 0; cut <= body.n; cut++) {
			char conf[32];

			snprintf(conf, sizeof(conf), "at.bytes=%u", n);
			trial_begin(&t, &fault_close, conf);
			assert_int_equal(trial_request(&t).kind, STEP_PASS);
			assert_int_equal(
			    trial_body(&t, body, cut).kind, STEP_END);
			trial_expect_out(&t, (struct span){ body.p, n });
			trial_end_rule(&t);
		}
}

static void
says_that_a_body_was_too_short_to_be_cut(void **state)
{
	static const char *const confs[] = { "at.bytes=11", "at.chunks=1",
		"at.events=1" };
	struct trial t;

	(void)state;
	for (size_t i = 0; i < COUNT(confs); i++) {
		trial_begin(&t, &fault_close, confs[i]);
		assert_int_equal(trial_body(&t, body, 4).kind, STEP_BYPASS);
		trial_expect_out(&t, body);
		trial_end_rule(&t);
	}
}

static void
cuts_after_the_whole_head_before_any_body(void **state)
{
	struct trial t;
	struct step s;

	(void)state;
	trial_begin(&t, &fault_close, "at.point=response_head");
	assert_int_equal(trial_request(&t).kind, STEP_PASS);
	assert_int_equal(
	    trial_piece(&t, SIDE_RESPONSE, body, 0, 0, false, &s), 0);
	assert_int_equal(s.kind, STEP_END);
	trial_expect_out(&t, SPAN(""));
	trial_end_rule(&t);
}

static void
cuts_after_whole_chunks(void **state)
{
	struct trial t;
	struct step s;

	(void)state;
	trial_begin(&t, &fault_close, "at.chunks=2");
	trial_piece(&t, SIDE_RESPONSE, SPAN("one"), 0, 1, false, &s);
	assert_int_equal(s.kind, STEP_PASS);
	trial_piece(&t, SIDE_RESPONSE, SPAN("tw"), 3, 1, false, &s);
	assert_int_equal(s.kind, STEP_PASS);
	trial_piece(&t, SIDE_RESPONSE, SPAN("o"), 5, 2, false, &s);
	assert_int_equal(s.kind, STEP_END);
	trial_expect_out(&t, SPAN("onetwo"));
	trial_end_rule(&t);
}

static void
cuts_when_the_requests_body_is_whole(void **state)
{
	struct trial t;
	struct step s;

	(void)state;
	trial_begin(&t, &fault_close, "at.point=request_body");
	t.head.framing = FRAMING_LENGTH;
	assert_int_equal(trial_request(&t).kind, STEP_PASS);
	trial_piece(&t, SIDE_REQUEST, SPAN("ab"), 0, 0, false, &s);
	assert_int_equal(s.kind, STEP_PASS);
	trial_piece(&t, SIDE_REQUEST, SPAN("c"), 2, 0, true, &s);
	assert_int_equal(s.kind, STEP_END);
	assert_int_equal(s.status, 444);
	trial_expect_out(&t, SPAN("abc"));
	trial_end_rule(&t);
	trial_begin(&t, &fault_close, "at.point=request_body");
	t.head.framing = FRAMING_NONE;
	assert_int_equal(trial_request(&t).kind, STEP_END);
	trial_end_rule(&t);
}

/* Streams of events and, for each, where event 1, 2, ... ends. */
static const struct {
	const char *text;
	unsigned ends[4]; /* 0: there are no more */
} streams[] = {
	{ "data: a\n\ndata: b\n\n", { 9, 18 } },
	{ "data: a\r\n\r\ndata: b\r\n\r\n", { 11, 22 } },
	{ "data: a\r\rdata: b\r\r", { 9, 18 } },
	{ ":hello\n\ndata: a\n\n", { 17 } },
	{ "event: x\nid: 1\n\ndata\n\n", { 22 } },
	{ "event: x\ndata: a\ndata: b\n\n\n\ndata:\n\n", { 26, 35 } },
	{ "database: a\n\n data: b\n\ndata: c\n\n", { 32 } },
};

static void
counts_events_up_to_their_empty_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(streams); i++) {
		struct span text = span_str(streams[i].text);

		for (unsigned want = 1; want <= 4; want++) {
			unsigned end = streams[i].ends[want - 1];
			struct sse e = { 0 };
			size_t n = sse_feed(&e, text, want);

			assert_int_equal(n, end != 0 ? end : text.n);
			assert_true((e.n == want) == (end != 0));
			if (end == 0)
				break;
		}
	}
}

static void
counts_events_in_every_split_of_a_stream(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(streams); i++) {
		struct span text = span_str(streams[i].text);

		for (size_t cut = 0; cut <= text.n; cut++) {
			struct sse e = { 0 };
			size_t n =
			    sse_feed(&e, (struct span){ text.p, cut }, 1);

			if (e.n == 0)
				n = cut + sse_feed(&e,
					      (struct span){
						  text.p + cut, text.n - cut },
					      1);
			assert_int_equal(n, streams[i].ends[0]);
			assert_int_equal(e.n, 1);
		}
	}
}

static void
cuts_a_stream_after_its_second_event(void **state)
{
	static const struct span text = { "data: a\n\ndata: b\n\ndata: c\n\n",
		27 };
	struct trial t;

	(void)state;
	for (size_t cut = 0; cut <= text.n; cut++) {
		trial_begin(&t, &fault_close, "at.events=2");
		assert_int_equal(trial_body(&t, text, cut).kind, STEP_END);
		trial_expect_out(&t, (struct span){ text.p, 18 });
		trial_end_rule(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    cuts_after_exactly_so_many_bytes_however_they_come),
		cmocka_unit_test(says_that_a_body_was_too_short_to_be_cut),
		cmocka_unit_test(cuts_after_the_whole_head_before_any_body),
		cmocka_unit_test(cuts_after_whole_chunks),
		cmocka_unit_test(cuts_when_the_requests_body_is_whole),
		cmocka_unit_test(counts_events_up_to_their_empty_line),
		cmocka_unit_test(counts_events_in_every_split_of_a_stream),
		cmocka_unit_test(cuts_a_stream_after_its_second_event),
	};

	return cmocka_run_group_tests(tests, NULL, conf_free);
}
