/*
 * Where a body ends, and what the connection does after it: from the fields,
 * refusing whatever two recipients could read differently (RFC 9112 6, 9).
 */
#include "http/h1.h"

static bool
h1_refuse(struct h1_error *e, unsigned status, const char *why)
{
	e->status = status;
	e->why = why;
	return false;
}

static bool
head_saw(const struct head *h, enum field_id id)
{
	return (h->seen & (uint64_t)1 << id) != 0;
}

/* 1*DIGIT that fits in 63 bits, in exactly one field (RFC 9110 8.6). */
static const char *
framing_length(const struct head *h, uint64_t *np)
{
	const struct field *found = NULL;
	uint64_t n = 0;

	for (unsigned i = 0; i < h->n_fields; i++) {
		if (h->fields[i].id != FIELD_CONTENT_LENGTH)
			continue;
		if (found != NULL)
			return "more than one Content-Length";
		found = &h->fields[i];
	}
	if (found->value.n == 0)
		return "empty Content-Length";
	for (size_t i = 0; i < found->value.n; i++) {
		unsigned d = (unsigned char)found->value.p[i] - '0';

		if (d > 9)
			return "Content-Length is not a number";
		if (n > ((uint64_t)INT64_MAX - d) / 10)
			return "Content-Length is too large";
		n = n * 10 + d;
	}
	*np = n;
	return NULL;
}

enum coding { CODING_CHUNKED, CODING_UNKNOWN, CODING_BAD };

/* `chunked`, last and once, is the one coding that is understood. */
static enum coding
framing_coding(const struct head *h)
{
	unsigned chunked = 0, others = 0;
	bool last = false;

	for (unsigned i = 0; i < h->n_fields; i++) {
		struct span list = h->fields[i].value, item;

		if (h->fields[i].id != FIELD_TRANSFER_ENCODING)
			continue;
		while (list_next(&list, &item)) {
			last = span_caseeq(item, SPAN("chunked"));
			if (last)
				chunked++;
			else
				others++;
		}
	}
	if (chunked + others == 0 || chunked > 1 || (chunked == 1 && !last))
		return CODING_BAD;
	return others > 0 ? CODING_UNKNOWN : CODING_CHUNKED;
}

static void
framing_connection(struct head *h)
{
	bool connection = head_saw(h, FIELD_CONNECTION);

	h->keep_alive = h->minor > 0;
	if (!connection)
		return;
	if (h->minor == 0)
		h->keep_alive =
		    head_has_token(h, FIELD_CONNECTION, SPAN("keep-alive"));
	if (head_has_token(h, FIELD_CONNECTION, SPAN("close")))
		h->keep_alive = false;
	h->upgrade = h->minor > 0 && head_saw(h, FIELD_UPGRADE) &&
		     head_has_token(h, FIELD_CONNECTION, SPAN("upgrade"));
}

static bool
framing_host(const struct head *h, struct h1_error *e)
{
	const struct field *host = NULL;

	for (unsigned i = 0; i < h->n_fields; i++) {
		if (h->fields[i].id != FIELD_HOST)
			continue;
		if (host != NULL)
			return h1_refuse(e, 400, "more than one Host");
		host = &h->fields[i];
	}
	if (host == NULL)
		return h->minor == 0 || h1_refuse(e, 400, "no Host");
	if (!h1_host_valid(host->value))
		return h1_refuse(e, 400, "invalid Host");
	return true;
}

bool
h1_request_framing(struct head *h, struct h1_error *e)
{
	const char *why;

	if (!framing_host(h, e))
		return false;
	framing_connection(h);
	h->framing = FRAMING_NONE;
	if (head_saw(h, FIELD_TRANSFER_ENCODING)) {
		enum coding coding = framing_coding(h);

		if (h->minor == 0)
			return h1_refuse(
			    e, 400, "Transfer-Encoding in an HTTP/1.0 request");
		if (head_saw(h, FIELD_CONTENT_LENGTH))
			return h1_refuse(e, 400,
			    "both Transfer-Encoding and Content-Length");
		if (coding == CODING_BAD)
			return h1_refuse(e, 400, "malformed Transfer-Encoding");
		if (coding == CODING_UNKNOWN)
			return h1_refuse(e, 501, "unknown transfer coding");
		h->framing = FRAMING_CHUNKED;
	} else if (head_saw(h, FIELD_CONTENT_LENGTH)) {
		if ((why = framing_length(h, &h->length)) != NULL)
			return h1_refuse(e, 400, why);
		h->framing = h->length > 0 ? FRAMING_LENGTH : FRAMING_NONE;
	}
	h->expect_continue =
	    h->minor > 0 && h->framing != FRAMING_NONE &&
	    head_has_token(h, FIELD_EXPECT, SPAN("100-continue"));
	return true;
}

bool
h1_response_framing(struct head *h, struct span method, struct h1_error *e)
{
	bool coded = head_saw(h, FIELD_TRANSFER_ENCODING);
	bool sized = head_saw(h, FIELD_CONTENT_LENGTH);
	const char *why;

	framing_connection(h);
	if (sized && (why = framing_length(h, &h->length)) != NULL)
		return h1_refuse(e, 502, why);
	if (coded && sized)
		return h1_refuse(e, 502,
		    "both Transfer-Encoding and Content-Length in a response");
	if (coded && (h->minor == 0 || framing_coding(h) != CODING_CHUNKED))
		return h1_refuse(
		    e, 502, "Transfer-Encoding of a response not understood");
	if (method_is_head(method) || h->status < 200 || h->status == 204 ||
	    h->status == 304) {
		h->framing = FRAMING_NONE;
	} else if (coded) {
		h->framing = FRAMING_CHUNKED;
	} else if (sized) {
		h->framing = h->length > 0 ? FRAMING_LENGTH : FRAMING_NONE;
	} else {
		h->framing = FRAMING_CLOSE;
		h->keep_alive = false;
	}
	return true;
}
