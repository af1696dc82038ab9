#include "decide/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../request.h"
#include "base/pattern.h"

enum { PATTERNS_MAX = 64 };
static struct pattern *kept[PATTERNS_MAX];
static unsigned n_kept;

static struct pattern **
pattern(const char *text, char sep, bool nocase)
{
	char why[128];
	size_t at;
	struct pattern *p =
	    pattern_new(span_str(text), sep, nocase, why, sizeof(why), &at);

	assert_non_null(p);
	assert_true(n_kept < PATTERNS_MAX);
	kept[n_kept] = p;
	return &kept[n_kept++];
}

static int
free_patterns(void **state)
{
	(void)state;
	while (n_kept > 0)
		pattern_free(kept[--n_kept]);
	return 0;
}

static bool
holds(struct cond c, const struct facts *f)
{
	struct match m = { .conds = &c, .n_conds = 1 };

	return match_holds(&m, f, 1);
}

/* A condition on text: what it looks at, the pattern, a request, the answer. */
static const struct text_row {
	enum cond_kind kind;
	const char *name, *glob; /* glob "+": present, "-": absent */
	const char *line, *fields;
	bool want;
} text_rows[] = {
	{ COND_METHOD, "", "GET", "GET /", "", true },
	{ COND_METHOD, "", "GET", "POST /", "", false },
	{ COND_PATH, "", "/search/**", "GET /search/a/b?q=1", "", true },
	{ COND_PATH, "", "/search/*", "GET /search/a/b", "", false },
	{ COND_PATH, "", "/a", "GET /a?/b", "", true },
	{ COND_PATH, "", "~^/[0-9]+$", "GET /42", "", true },
	{ COND_PATH, "", "~^/[0-9]+$", "GET /42x", "", false },
	{ COND_HEADER, "X-Tier", "gold*", "GET /", "x-tier: golden", true },
	{ COND_HEADER, "X-Tier", "gold*", "GET /", "x-tier: silver", false },
	{ COND_HEADER, "X-Tier", "gold*", "GET /", "", false },
	{ COND_HEADER, "X-Tier", "gold", "GET /",
	    "X-Tier: silver\nX-Tier: gold", true },
	{ COND_HEADER, "X-Tier", "+", "GET /", "x-tier: a", true },
	{ COND_HEADER, "X-Tier", "+", "GET /", "x-tier:", true },
	{ COND_HEADER, "X-Tier", "+", "GET /", "x-tie: a", false },
	{ COND_HEADER, "X-Tier", "-", "GET /", "x-tie: a", true },
	{ COND_HEADER, "X-Tier", "-", "GET /", "x-tier: a", false },
	{ COND_HEADER, "Accept", "*json*", "GET /", "accept: application/json",
	    true },
	{ COND_HEADER, "Accept", "*json*", "GET /", "accept: */*", false },
	{ COND_HEADER, "Accept", "-", "GET /", "", true },
	{ COND_HEADER, "Accept", "-", "GET /", "accept: */*", false },
	{ COND_QUERY, "q", "a*", "GET /?q=abc", "", true },
	{ COND_QUERY, "q", "a*", "GET /?q=xyz", "", false },
	{ COND_QUERY, "q", "a*", "GET /?p=abc", "", false },
	{ COND_QUERY, "q", "a*", "GET /?q=x&p=1&q=abc", "", true },
	{ COND_QUERY, "q", "a*", "GET /?qq=abc", "", false },
	{ COND_QUERY, "q", "a*", "GET /", "", false },
	{ COND_QUERY, "q", "+", "GET /?p=1&q=", "", true },
	{ COND_QUERY, "q", "+", "GET /?p=q", "", false },
	{ COND_QUERY, "q", "-", "GET /", "", true },
	{ COND_QUERY, "q", "-", "GET /?p=q", "", true },
	{ COND_QUERY, "q", "-", "GET /?p=1&q=2", "", false },
	{ COND_COOKIE, "sid", "a*", "GET /", "Cookie: x=1; sid=abc", true },
	{ COND_COOKIE, "sid", "a*", "GET /", "Cookie: x=1; sid=b; sid=a",
	    true },
	{ COND_COOKIE, "sid", "a*", "GET /", "Cookie: x=1\nCookie: sid=abc",
	    true },
	{ COND_COOKIE, "sid", "a*", "GET /", "Cookie: x=abc", false },
	{ COND_COOKIE, "sid", "+", "GET /", "Cookie: sid=1", true },
	{ COND_COOKIE, "sid", "+", "GET /", "", false },
	{ COND_COOKIE, "sid", "-", "GET /", "Cookie: x=sid", true },
	{ COND_COOKIE, "sid", "-", "GET /", "Cookie: a=1\nCookie: sid=1",
	    false },
	{ COND_CONTENT_TYPE, "", "application/json", "GET /",
	    "Content-Type: application/json", true },
	{ COND_CONTENT_TYPE, "", "application/json", "GET /",
	    "Content-Type: Application/JSON ; charset=utf-8", true },
	{ COND_CONTENT_TYPE, "", "application/*", "GET /",
	    "Content-Type: text/plain; a=application/x", false },
	{ COND_CONTENT_TYPE, "", "*", "GET /", "", false },
};

static struct cond
text_cond(const struct text_row *row)
{
	struct cond c = { .kind = row->kind,
		.name = span_str(row->name),
		.id = field_find(span_str(row->name)) };

	if (strcmp(row->glob, "+") == 0) {
		c.present = true;
	} else if (strcmp(row->glob, "-") == 0) {
		c.absent = true;
	} else {
		n_kept = 0;
		c.patterns =
		    pattern(row->glob, row->kind == COND_PATH ? '/' : '\0',
			row->kind == COND_CONTENT_TYPE);
		c.n_patterns = 1;
	}
	return c;
}

static void
looks_at_text_and_its_absence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(text_rows) / sizeof(text_rows[0]); i++) {
		const struct text_row *row = &text_rows[i];
		struct cond c = text_cond(row);
		struct request r;

		request_make(&r, row->line, row->fields);
		if (holds(c, &r.facts) != row->want)
			fail_msg("%s %s: %s | %s", row->name, row->glob,
			    row->line, row->fields);
		if (c.n_patterns > 0)
			free_patterns(NULL);
	}
}

static void
matches_a_host_with_and_without_its_port(void **state)
{
	static const struct {
		const char *glob, *host;
		bool want;
	} rows[] = {
		{ "shop.example", "shop.example", true },
		{ "shop.example", "shop.example:8080", true },
		{ "shop.example:8080", "shop.example:8080", true },
		{ "shop.example:8080", "shop.example:8081", false },
		{ "*.example", "shop.example:8080", true },
		{ "shop.example", "SHOP.example", true },
		{ "shop.example", "shop.example.org", false },
		{ "[[]::1]", "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cond c = { .kind = COND_HOST,
			.patterns = pattern(rows[i].glob, 0, true),
			.n_patterns = 1 };
		struct request r;

		request_make(&r, "GET /", "");
		r.facts.host = span_str(rows[i].host);
		assert_int_equal(holds(c, &r.facts), rows[i].want);
	}
}

static void
one_of_several_patterns_is_enough(void **state)
{
	struct cond c = { .kind = COND_PATH,
		.patterns = pattern("/a", '/', false),
		.n_patterns = 2 };
	struct request r;

	(void)state;
	pattern("/b/*", '/', false);
	request_make(&r, "GET /b/x", "");
	assert_true(holds(c, &r.facts));
	request_make(&r, "GET /a", "");
	assert_true(holds(c, &r.facts));
	request_make(&r, "GET /c", "");
	assert_false(holds(c, &r.facts));
}

static const struct net_row {
	struct address net;
	uint8_t bits;
	struct address client;
	bool want;
} net_rows[] = {
	{ { { 10 }, 4 }, 8, { { 10, 1, 2, 3 }, 4 }, true },
	{ { { 10 }, 4 }, 8, { { 11, 1, 2, 3 }, 4 }, false },
	{ { { 192, 0, 2, 128 }, 4 }, 25, { { 192, 0, 2, 200 }, 4 }, true },
	{ { { 192, 0, 2, 128 }, 4 }, 25, { { 192, 0, 2, 100 }, 4 }, false },
	{ { { 192, 0, 2, 1 }, 4 }, 32, { { 192, 0, 2, 1 }, 4 }, true },
	{ { { 192, 0, 2, 1 }, 4 }, 32, { { 192, 0, 2, 2 }, 4 }, false },
	{ { { 0 }, 4 }, 0, { { 192, 0, 2, 2 }, 4 }, true },
	{ { { 0 }, 4 }, 0, { { 0 }, 0 }, false },
	{ { { 0x20, 1, 0xd, 0xb8 }, 16 }, 32, { { 0x20, 1, 0xd, 0xb8, 9 }, 16 },
	    true },
	{ { { 0x20, 1, 0xd, 0xb8 }, 16 }, 32, { { 0x20, 1, 0xd, 0xb9, 9 }, 16 },
	    false },
	{ { { 10 }, 4 }, 8,
	    { { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1 }, 16 }, true },
	{ { { 0 }, 16 }, 0, { { 10, 1, 2, 3 }, 4 }, false },
};

static void
knows_networks_by_their_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(net_rows) / sizeof(net_rows[0]); i++) {
		struct net_row row = net_rows[i];
		struct cond c = { .kind = COND_CLIENT,
			.nets = &row.net,
			.net_bits = &row.bits,
			.n_nets = 1 };
		struct request r;

		request_make(&r, "GET /", "");
		r.facts.client = row.client;
		if (holds(c, &r.facts) != row.want)
			fail_msg("row %zu", i);
	}
}

static const struct size_row {
	enum framing framing;
	uint64_t length, min, max;
	bool want;
} size_rows[] = {
	{ FRAMING_LENGTH, 10, 10, 10, true },
	{ FRAMING_LENGTH, 9, 10, 20, false },
	{ FRAMING_LENGTH, 21, 10, 20, false },
	{ FRAMING_NONE, 0, 0, 0, true },
	{ FRAMING_NONE, 0, 1, UINT64_MAX, false },
	{ FRAMING_CHUNKED, 0, 0, 20, false },
	{ FRAMING_CHUNKED, 0, 1, UINT64_MAX, false },
	{ FRAMING_CHUNKED, 0, 0, UINT64_MAX, true },
};

static void
knows_body_sizes_from_the_head(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(size_rows) / sizeof(size_rows[0]); i++) {
		struct cond c = { .kind = COND_BODY_SIZE,
			.min = size_rows[i].min,
			.max = size_rows[i].max };
		struct request r;

		request_make(&r, "POST /", "");
		r.head.framing = size_rows[i].framing;
		r.head.length = size_rows[i].length;
		if (holds(c, &r.facts) != size_rows[i].want)
			fail_msg("row %zu", i);
	}
}

static void
knows_protocols_sni_and_attempts(void **state)
{
	struct cond grpc = { .kind = COND_PROTOCOL, .protocols = MATCH_GRPC };
	struct cond h1 = { .kind = COND_PROTOCOL, .protocols = MATCH_H1 };
	struct cond h2_ws = { .kind = COND_PROTOCOL,
		.protocols = MATCH_H2 | MATCH_WEBSOCKET };
	struct cond sni = { .kind = COND_SNI,
		.patterns = pattern("*.example", 0, true),
		.n_patterns = 1 };
	struct cond second = { .kind = COND_ATTEMPT, .min = 2, .max = 3 };
	struct match m = { .conds = &second, .n_conds = 1 };
	struct request r;

	(void)state;
	request_make(&r, "GET /", "");
	assert_true(holds(h1, &r.facts));
	assert_false(holds(h2_ws, &r.facts));
	assert_false(holds(sni, &r.facts));
	r.facts.sni = SPAN("a.example");
	assert_true(holds(sni, &r.facts));
	r.facts.websocket = true;
	assert_true(holds(h2_ws, &r.facts));
	assert_false(holds(grpc, &r.facts));
	r.facts.proto = PROTO_H2;
	r.facts.grpc = true;
	assert_true(holds(grpc, &r.facts));
	assert_false(holds(h1, &r.facts));
	assert_false(match_holds(&m, &r.facts, 1));
	assert_true(match_holds(&m, &r.facts, 2));
	assert_true(match_holds(&m, &r.facts, 3));
	assert_false(match_holds(&m, &r.facts, 4));
}

static void
combines_all_any_and_not(void **state)
{
	struct cond get = { .kind = COND_METHOD,
		.patterns = pattern("GET", 0, false),
		.n_patterns = 1 };
	struct cond a = { .kind = COND_PATH,
		.patterns = pattern("/a", '/', false),
		.n_patterns = 1 };
	struct cond b = { .kind = COND_PATH,
		.patterns = pattern("/b", '/', false),
		.n_patterns = 1 };
	struct match ways[] = { { &a, 1 }, { &b, 1 } };
	struct cond any = {
		.kind = COND_ANY, .alternatives = ways, .n_alternatives = 2
	};
	struct cond not = {
		.kind = COND_NOT, .alternatives = ways, .n_alternatives = 1
	};
	struct cond all[] = { get, any, not };
	struct match m = { all, 3 };
	struct request r;

	(void)state;
	request_make(&r, "GET /b", "");
	assert_null(match_failed(&m, &r.facts, 1));
	request_make(&r, "GET /a", "");
	assert_ptr_equal(match_failed(&m, &r.facts, 1), &all[2]);
	request_make(&r, "GET /c", "");
	assert_ptr_equal(match_failed(&m, &r.facts, 1), &all[1]);
	request_make(&r, "PUT /b", "");
	assert_ptr_equal(match_failed(&m, &r.facts, 1), &all[0]);
	assert_true(match_has(&m, COND_PATH));
	assert_false(match_has(&m, COND_ATTEMPT));
}

static void
a_connection_has_no_head(void **state)
{
	struct cond method = { .kind = COND_METHOD,
		.patterns = pattern("*", 0, false),
		.n_patterns = 1 };
	struct cond header = {
		.kind = COND_HEADER, .name = SPAN("X-A"), .present = true
	};
	struct cond none = {
		.kind = COND_HEADER, .name = SPAN("X-A"), .absent = true
	};
	struct facts f = { .client = { { 10, 0, 0, 1 }, 4 } };
	struct address net = { { 10 }, 4 };
	uint8_t bits = 8;
	struct cond client = { .kind = COND_CLIENT,
		.nets = &net,
		.net_bits = &bits,
		.n_nets = 1 };

	(void)state;
	assert_true(holds(client, &f));
	assert_true(holds(none, &f));
	assert_false(holds(header, &f));
	assert_true(holds(method, &f)); /* `*` matches the empty method too */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    looks_at_text_and_its_absence, free_patterns),
		cmocka_unit_test_teardown(
		    matches_a_host_with_and_without_its_port, free_patterns),
		cmocka_unit_test_teardown(
		    one_of_several_patterns_is_enough, free_patterns),
		cmocka_unit_test(knows_networks_by_their_prefix),
		cmocka_unit_test(knows_body_sizes_from_the_head),
		cmocka_unit_test_teardown(
		    knows_protocols_sni_and_attempts, free_patterns),
		cmocka_unit_test_teardown(
		    combines_all_any_and_not, free_patterns),
		cmocka_unit_test_teardown(
		    a_connection_has_no_head, free_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
