#include "record/journal_infer.h"

#include "base/hash.h"
#include "record/journal.h"
#include "record/json_scan.h"

/* Of journal_op_sources. */
enum {
	INFER_NONE,
	INFER_SDK,
	INFER_KEY,
	INFER_HEADER,
	INFER_TRACE,
	INFER_PRINT
};
enum { INFER_DIGITS = 16 }; /* as we write a hash */

uint64_t
journal_infer_name(struct span text)
{
	uint64_t v;

	if (json_scan_hex_text(text, &v) && (v != 0 || text.n == INFER_DIGITS))
		return v;
	v = hash_name(text.p, text.n);
	return v != 0 ? v : 1;
}

uint8_t
journal_infer_source(struct span word)
{
	const struct span rung = SPAN("header:");
	const struct journal_words *words = &journal_op_sources;

	if (word.n > rung.n &&
	    span_caseeq((struct span){ word.p, rung.n }, rung)) {
		word.p += rung.n;
		word.n -= rung.n;
		word = span_trim(word);
	}
	if (span_caseeq(word, SPAN("X-Idempotency-Key")))
		return INFER_KEY;
	for (unsigned i = 0; i < words->n; i++)
		if (span_caseeq(word, span_str(words->v[i])))
			return (uint8_t)i;
	return INFER_HEADER;
}

/* One trace has many requests: with method and target it names one of them
 * (recovery.md 4.2). */
static uint64_t
journal_infer_trace(const struct record *r)
{
	uint64_t v = hash_mix(r->op ^ hash_name(r->method.p, r->method.n));

	v = hash_mix(v ^ hash_name(r->host.p, r->host.n));
	v = hash_mix(v ^ hash_name(r->path.p, r->path.n));
	return v != 0 ? v : 1;
}

void
journal_infer_op(struct record *r, const struct journal_told *told)
{
	uint64_t v;

	if (told->foreign && !told->auth)
		r->auth_hash = r->client;
	r->op = told->op.n > 0 ? journal_infer_name(told->op) : 0;
	if (r->op == 0) {
		r->op = r->op_source == INFER_PRINT;
		return;
	}
	if (told->op.n != INFER_DIGITS || !json_scan_hex_text(told->op, &v))
		r->op_text = told->op;
	if (!told->source)
		r->op_source = INFER_HEADER;
	if (told->op.n == INFER_DIGITS && !told->foreign)
		return;
	if (r->op_source == INFER_NONE)
		r->op_source = INFER_HEADER;
	if (r->op_source == INFER_KEY && !told->key) {
		r->flags |= RECORD_HAS_KEY;
		r->key_hash = r->op;
	}
	if (r->op_source == INFER_SDK && !told->announced)
		r->announced = told->attempt;
	if (r->op_source == INFER_PRINT && !told->body)
		r->body_hash = r->op;
	if (r->op_source == INFER_TRACE)
		r->op = journal_infer_trace(r);
}

void
journal_infer_close(struct record *r, const char *fault)
{
	if (r->outcome == OUTCOME_INJECTED &&
	    (r->status == 408 || r->status == 444 || r->status == 499 ||
		(fault != NULL && strcmp(fault, "close") == 0)))
		r->flags |= RECORD_CLOSE_SENT;
}
