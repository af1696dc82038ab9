/* The journal's reader: whatever the line is, it ends within it; what it takes
 * for a record or header is written and read again without a difference. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "record/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const phases[] = { "baseline", "outage" };
static const char *const rules[] = { "throttle-search", "lost\\reply" };
static const char *const faults[] = { "status", "close" };
static const struct journal_names names = { phases, rules, faults, 2, 2, 2, 0 };

/* Reads a line and writes it again; what it was. */
static enum journal_line
fuzz_again(struct span line, struct buf *to)
{
	struct pairing p = { 1, RECORD_NONE, RECORD_NONE, false };
	struct journal_header h;
	enum journal_line kind;
	const char *why;
	struct record r;
	struct buf text;
	uint64_t lost;

	buf_init(&text, 1 << 20);
	kind = journal_read(line, &names, &r, &h, &lost, &text, &why);
	assert((why != NULL) == (kind == JOURNAL_BAD));
	if (kind == JOURNAL_RECORD || kind == JOURNAL_OTHER)
		journal_write(to, &r, &p, &names);
	else if (kind == JOURNAL_HEADER)
		journal_write_header(to, &h);
	else if (kind == JOURNAL_LOSS)
		journal_write_loss(to, lost);
	buf_clear(&text);
	return kind;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf once, twice;
	enum journal_line kind;

	buf_init(&once, 1 << 22);
	buf_init(&twice, 1 << 22);
	kind = fuzz_again((struct span){ (const char *)data, n }, &once);
	if (kind != JOURNAL_BAD) {
		assert(fuzz_again(buf_view(&once), &twice) == kind);
		assert(span_eq(buf_view(&once), buf_view(&twice)));
	}
	buf_clear(&once);
	buf_clear(&twice);
	return 0;
}
