#include "http/reply_body.h"

#include "http/accept.h"
#include "http/reply_fields.h"
#include "http/reply_target.h"

static const struct span body_types[] = {
	[REPLY_JSON] = { "application/json", 16 },
	[REPLY_HTML] = { "text/html; charset=utf-8", 24 },
	[REPLY_TEXT] = { "text/plain; charset=utf-8", 25 },
	[REPLY_XML] = { "application/xml; charset=utf-8", 30 },
	[REPLY_BYTES] = { "text/plain; charset=utf-8", 25 },
};

/* What a login page is called; a link, not the page (RFC 6585 6). */
#define BODY_LOGIN "/login"

static bool
body_type_has(struct span type, const char *word)
{
	return type.n > 0 && memmem(type.p, type.n, word, strlen(word)) != NULL;
}

enum reply_form
reply_body_form(const struct reply_job *j, bool *variesp)
{
	static const struct span notes[] = { { "application/json", 16 },
		{ "text/html", 9 }, { "text/plain", 10 } };
	static const struct span links[] = { { "text/html", 9 },
		{ "application/json", 16 }, { "text/plain", 10 } };
	static const enum reply_form link_forms[] = { REPLY_HTML, REPLY_JSON,
		REPLY_TEXT };
	struct span type = j->spec->content_type;

	*variesp = false;
	if (j->rules->body == STATUS_BODY_MULTI)
		return REPLY_XML;
	if (j->rules->body == STATUS_BODY_PART)
		return REPLY_BYTES;
	if (type.n > 0 || reply_given(j, SPAN("Content-Type"), &type))
		return body_type_has(type, "json")   ? REPLY_JSON
		       : body_type_has(type, "html") ? REPLY_HTML
						     : REPLY_TEXT;
	*variesp = true;
	if (j->rules->body == STATUS_BODY_NOTE)
		return (enum reply_form)accept_choose(j->head, notes, 3);
	return link_forms[accept_choose(j->head, links, 3)];
}

struct span
reply_body_type(enum reply_form form)
{
	return body_types[form];
}

static void
body_json(struct buf *to, struct span s)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			buf_putc(to, '\\');
		if (c >= ' ') {
			buf_putc(to, (char)c);
			continue;
		}
		buf_span(to, SPAN("\\u00"));
		buf_putc(to, hex[c >> 4]);
		buf_putc(to, hex[c & 15]);
	}
}

static void
body_markup(struct buf *to, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		switch (s.p[i]) {
		case '&':
			buf_puts(to, "&amp;");
			break;
		case '<':
			buf_puts(to, "&lt;");
			break;
		case '>':
			buf_puts(to, "&gt;");
			break;
		case '"':
			buf_puts(to, "&quot;");
			break;
		default:
			/* Other control characters have no place in XML. */
			buf_putc(
			    to, (unsigned char)s.p[i] >= ' ' || s.p[i] == '\n'
				    ? s.p[i]
				    : ' ');
		}
}

/* A text of the registry is safe as it is (a test sees to it), one of the
 * user's is escaped. */
static void
body_own(struct buf *to, struct span s, bool safe,
    void (*escape)(struct buf *, struct span))
{
	if (safe)
		buf_span(to, s);
	else
		escape(to, s);
}

/* The reference that the note links, if the code has one. */
static struct span
body_link(const struct reply_job *j)
{
	if (j->code == 511)
		return SPAN(BODY_LOGIN);
	if (j->location.n > 0 && j->location.p == NULL)
		return (
		    struct span){ j->to->data + j->location_at, j->location.n };
	return j->location;
}

/* What was asked for, as a reference. */
static void
body_here(struct reply_job *j, void (*escape)(struct buf *, struct span))
{
	struct buf *to = j->to, here;

	buf_init(&here, SIZE_MAX);
	j->to = &here;
	reply_target_here(j);
	j->to = to;
	escape(to, buf_view(&here));
	buf_clear(&here);
}

static void
body_note_json(struct reply_job *j)
{
	struct buf *to = j->to;
	struct span link = body_link(j);

	buf_span(to, SPAN("{\"status\":"));
	buf_u64(to, j->code);
	buf_span(to, SPAN(",\"reason\":\""));
	body_own(to, j->reason, j->spec->reason.n == 0, body_json);
	buf_span(to, SPAN("\",\"detail\":\""));
	body_own(to, j->detail, j->spec->what.n == 0, body_json);
	if (j->code < 400)
		buf_span(to, SPAN("\""));
	else if (j->temporary)
		buf_span(to, SPAN("\",\"temporary\":true"));
	else
		buf_span(to, SPAN("\",\"temporary\":false"));
	if (link.n > 0) {
		buf_puts(
		    to, j->code == 511 ? ",\"login\":\"" : ",\"location\":\"");
		body_json(to, link);
		buf_putc(to, '"');
	}
	if (j->rules->body == STATUS_BODY_LIST) {
		buf_puts(to, ",\"choices\":[\"");
		body_json(to, link);
		buf_puts(to, "\",\"");
		body_here(j, body_json);
		buf_puts(to, "\"]");
	}
	buf_span(to, SPAN(",\"injected_by\":\"brownout\"}\n"));
}

static const char *
body_temporary(const struct reply_job *j)
{
	if (j->code < 400)
		return "";
	return j->temporary ? "This is temporary.\n"
			    : "This is not temporary: the same request will "
			      "fail again.\n";
}

static void
body_note_html(struct reply_job *j)
{
	struct buf *to = j->to;
	struct span link = body_link(j);

	buf_puts(to, "<!DOCTYPE html>\n<html lang=\"en\"><head>"
		     "<meta charset=\"utf-8\"><title>");
	buf_u64(to, j->code);
	buf_putc(to, ' ');
	body_own(to, j->reason, j->spec->reason.n == 0, body_markup);
	buf_puts(to, "</title></head>\n<body><h1>");
	buf_u64(to, j->code);
	buf_putc(to, ' ');
	body_own(to, j->reason, j->spec->reason.n == 0, body_markup);
	buf_puts(to, "</h1>\n<p>");
	body_own(to, j->detail, j->spec->what.n == 0, body_markup);
	buf_putc(to, '\n');
	buf_puts(to, body_temporary(j));
	buf_puts(to, "</p>\n");
	if (link.n > 0) {
		buf_puts(to, "<p>");
		if (j->code == 511)
			buf_puts(to, "Log in: ");
		buf_puts(to, "<a href=\"");
		body_markup(to, link);
		buf_puts(to, "\">");
		body_markup(to, link);
		buf_puts(to, "</a></p>\n");
	}
	if (j->rules->body == STATUS_BODY_LIST) {
		buf_puts(to, "<p><a href=\"");
		body_here(j, body_markup);
		buf_puts(to, "\">");
		body_here(j, body_markup);
		buf_puts(to, "</a></p>\n");
	}
	buf_puts(to, "<p>Injected by brownout.</p></body></html>\n");
}

static void
body_note_text(struct reply_job *j)
{
	struct buf *to = j->to;
	struct span link = body_link(j);

	buf_u64(to, j->code);
	buf_putc(to, ' ');
	buf_span(to, j->reason);
	buf_puts(to, "\n\n");
	buf_span(to, j->detail);
	buf_putc(to, '\n');
	buf_puts(to, body_temporary(j));
	if (link.n > 0) {
		buf_puts(to, j->code == 511 ? "Log in: " : "See ");
		buf_span(to, link);
		buf_putc(to, '\n');
	}
	if (j->rules->body == STATUS_BODY_LIST) {
		buf_puts(to, "See ");
		body_here(j, buf_span);
		buf_putc(to, '\n');
	}
	buf_puts(to, "Injected by brownout.\n");
}

/* RFC 4918 13: one resource, its own status inside. */
static void
body_multistatus(struct reply_job *j)
{
	struct buf *to = j->to;
	bool again = j->code == 208;

	buf_puts(to, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		     "<D:multistatus xmlns:D=\"DAV:\">\n"
		     " <D:response>\n  <D:href>");
	body_here(j, body_markup);
	buf_puts(to, "</D:href>\n  <D:status>HTTP/1.1 ");
	buf_puts(to, again ? "208 Already Reported" : "200 OK");
	buf_puts(to, "</D:status>\n  <D:responsedescription>");
	body_own(to, j->detail, j->spec->what.n == 0, body_markup);
	buf_puts(to, "</D:responsedescription>\n"
		     " </D:response>\n</D:multistatus>\n");
}

/* The same byte at the same place whatever the range, so that parts fetched one
 * by one fit together. */
static void
body_part(struct reply_job *j)
{
	static const char text[16] = "partial content\n";

	for (uint64_t i = 0; i < j->part.n; i++)
		buf_putc(j->to, text[(j->part.first + i) % sizeof(text)]);
}

void
reply_body_put(struct reply_job *j, enum reply_form form)
{
	static void (*const put[])(struct reply_job *) = {
		[REPLY_JSON] = body_note_json,
		[REPLY_HTML] = body_note_html,
		[REPLY_TEXT] = body_note_text,
		[REPLY_XML] = body_multistatus,
		[REPLY_BYTES] = body_part,
	};

	/* A link may stand in this very text: it must not move meanwhile. Six
	 * bytes is the longest escape. */
	buf_reserve(j->to,
	    1024 + 6 * (2 * j->reason.n + j->detail.n + 2 * j->location.n) +
		36 * j->facts->path.n + j->part.n);
	put[form](j);
}
