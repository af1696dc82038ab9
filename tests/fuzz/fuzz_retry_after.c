/* Readers of field values that a peer writes: whatever the bytes are, each ends
 * within them and says something sane. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "http/accept.h"
#include "http/date.h"
#include "http/range.h"
#include "http/retry_after.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
fuzz_date(struct span s)
{
	char text[DATE_LEN];
	int64_t at, again;

	if (!date_read(s, &at))
		return;
	date_write(at, text);
	assert(date_read((struct span){ text, DATE_LEN }, &again));
	assert(again == at);
}

static void
fuzz_range(struct span s)
{
	struct range r;
	struct range_part p;

	if (!range_read(s, &r))
		return;
	p = range_satisfy(&r);
	assert(p.n > 0 && p.n <= p.total && p.first <= p.total - p.n);
	assert(range_refuse(&r) <= RANGE_TOTAL);
}

static void
fuzz_lists(struct span s)
{
	static struct head h;
	const struct span offers[] = { SPAN("application/json"),
		SPAN("text/html") };
	struct span rest = s, item, value;

	while (list_next(&rest, &item))
		assert(item.n > 0 && item.p >= s.p &&
		       item.p + item.n <= s.p + s.n);
	if (pair_find(s, ';', SPAN("q"), &value))
		assert(value.p + value.n <= s.p + s.n);
	h.n_fields = 1;
	h.seen = (uint64_t)1 << FIELD_ACCEPT;
	h.fields[0] = (struct field){ SPAN("Accept"), s, FIELD_ACCEPT };
	assert(accept_choose(&h, offers, 2) < 2);
	field_find(s);
	target_path(s);
	target_query(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span s = { (const char *)data, n };
	uint64_t ns;

	if (retry_after_read(s, 784111777000000000u, &ns))
		assert(ns != RETRY_AFTER_NONE);
	fuzz_date(s);
	fuzz_range(s);
	fuzz_lists(s);
	return 0;
}
