#include "cli/words.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/units.h"
#include "report/text.h"

enum { WORDS_WIDTH = 80 };

static void
words_name_and(struct buf *to, const char *what, const struct cond *c)
{
	buf_puts(to, what);
	if (c->name.n > 0) {
		buf_putc(to, ' ');
		buf_span(to, c->name);
	}
	if (c->n_patterns > 0)
		buf_putc(to, ' ');
	for (unsigned i = 0; i < c->n_patterns; i++) {
		buf_puts(to, i > 0 ? " or " : "");
		buf_span(to, pattern_text(c->patterns[i]));
	}
}

static void
words_nets(struct buf *to, const struct cond *c)
{
	char text[INET6_ADDRSTRLEN];

	for (unsigned i = 0; i < c->n_nets; i++) {
		const struct address *a = &c->nets[i];

		inet_ntop(a->n == 4 ? AF_INET : AF_INET6, a->bytes, text,
		    sizeof(text));
		buf_printf(
		    to, "%s%s/%u", i > 0 ? " or " : "", text, c->net_bits[i]);
	}
}

static void
words_range(struct buf *to, const struct cond *c, const char *unit)
{
	if (c->min == c->max)
		buf_printf(to, " of %ju%s", (uintmax_t)c->min, unit);
	else if (c->max == UINT64_MAX)
		buf_printf(to, " of %ju%s or more", (uintmax_t)c->min, unit);
	else
		buf_printf(to, " of %ju to %ju%s", (uintmax_t)c->min,
		    (uintmax_t)c->max, unit);
}

static void
words_protocols(struct buf *to, unsigned protocols)
{
	static const char *const names[] = { "HTTP/1.1", "HTTP/2", "gRPC",
		"WebSocket" };
	bool more = false;

	for (unsigned i = 0; i < 4; i++) {
		if ((protocols >> i & 1) == 0)
			continue;
		buf_printf(to, "%s%s", more ? " or " : "", names[i]);
		more = true;
	}
}

static const char *const words_kinds[] = {
	[COND_METHOD] = "method",
	[COND_PATH] = "path",
	[COND_HOST] = "host",
	[COND_HEADER] = "header",
	[COND_QUERY] = "query",
	[COND_COOKIE] = "cookie",
	[COND_CLIENT] = "client in ",
	[COND_SNI] = "server name",
	[COND_PROTOCOL] = "protocol ",
	[COND_CONTENT_TYPE] = "content type",
	[COND_BODY_SIZE] = "a body",
	[COND_ATTEMPT] = "attempt",
	[COND_ANY] = "any of (",
	[COND_NOT] = "not (",
};

static void
words_cond(struct buf *to, const struct cond *c)
{
	if (c->absent)
		buf_puts(to, "no ");
	words_name_and(to, words_kinds[c->kind], c);
	switch (c->kind) {
	case COND_CLIENT:
		words_nets(to, c);
		break;
	case COND_PROTOCOL:
		words_protocols(to, c->protocols);
		break;
	case COND_BODY_SIZE:
		words_range(to, c, " bytes");
		break;
	case COND_ATTEMPT:
		words_range(to, c, "");
		break;
	case COND_ANY:
	case COND_NOT:
		for (unsigned i = 0; i < c->n_alternatives; i++) {
			buf_puts(to, i > 0 ? "; or " : "");
			words_match(to, &c->alternatives[i]);
		}
		buf_putc(to, ')');
		break;
	default:
		break;
	}
}

void
words_match(struct buf *to, const struct match *m)
{
	if (m->n_conds == 0)
		buf_puts(to, "every request");
	for (unsigned i = 0; i < m->n_conds; i++) {
		buf_puts(to, i > 0 ? ", " : "");
		words_cond(to, &m->conds[i]);
	}
}

static void
words_rate(struct buf *to, uint32_t ppb)
{
	char text[UNITS_TEXT];

	buf_puts(to, units_rate_text(ppb, text));
}

static void
words_select_rate(struct buf *to, const struct select *s)
{
	words_rate(to, s->rate_from);
	if (s->rate_from != s->rate_to) {
		buf_puts(to,
		    s->rate_from < s->rate_to ? " rising to " : " falling to ");
		words_rate(to, s->rate_to);
		buf_puts(to, " over the phase");
	}
	buf_puts(to, s->even ? ", evenly spread" : " at random");
}

static void
words_select_kind(struct buf *to, const struct select *s)
{
	switch (s->kind) {
	case SELECT_ALWAYS:
		buf_puts(to, "always");
		break;
	case SELECT_RATE:
		words_select_rate(to, s);
		break;
	case SELECT_EVERY:
		if (s->every == 1)
			buf_puts(to, "every one");
		else
			buf_printf(to, "one in every %ju", (uintmax_t)s->every);
		break;
	case SELECT_FIRST:
		buf_printf(to, "the first %ju", (uintmax_t)s->first);
		break;
	case SELECT_BURST:
		buf_puts(to, "in bursts, entered with ");
		words_rate(to, s->enter);
		buf_puts(to, " and left with ");
		words_rate(to, s->leave);
		break;
	}
}

void
words_select(struct buf *to, const struct rule *r)
{
	static const char *const pers[] = { [PER_ALL] = "",
		[PER_OPERATION] = ", for each operation",
		[PER_CLIENT] = ", for each client",
		[PER_CONNECTION] = ", on each connection" };

	if (r->n_choices > 0)
		buf_puts(to, "one of the alternatives, by one draw");
	else
		words_select_kind(to, &r->select);
	buf_puts(to, pers[r->select.per]);
	if (r->select.limit > 0)
		buf_printf(
		    to, ", at most %ju times", (uintmax_t)r->select.limit);
}

/* The value that a condition on text looked at; p NULL: there is none. */
static struct span
words_seen(const struct cond *c, const struct facts *f)
{
	const struct field *field = NULL;
	struct span value = { 0 };

	switch (c->kind) {
	case COND_METHOD:
		return f->head->method;
	case COND_PATH:
		return f->path;
	case COND_HOST:
		return f->host;
	case COND_SNI:
		return f->sni;
	case COND_CLIENT:
		return f->client_text;
	case COND_HEADER:
		field = head_named(f->head, c->name);
		break;
	case COND_CONTENT_TYPE:
		field = head_field(f->head, FIELD_CONTENT_TYPE);
		break;
	case COND_QUERY:
		pair_find(f->query, '&', c->name, &value);
		return value;
	case COND_COOKIE:
		field = head_field(f->head, FIELD_COOKIE);
		if (field != NULL &&
		    !pair_find(field->value, ';', c->name, &value))
			field = NULL;
		return value;
	default:
		break;
	}
	return field != NULL ? field->value : value;
}

void
words_why(struct buf *to, const struct cond *c, const struct facts *f,
    uint32_t attempt)
{
	struct span seen = words_seen(c, f);

	if (c->kind == COND_ATTEMPT) {
		buf_printf(to, "it is attempt %u; asked for: ", attempt);
		words_cond(to, c);
		return;
	}
	if (c->kind == COND_NOT) {
		buf_puts(to, "it is excluded: ");
		words_cond(to, c);
		return;
	}
	buf_puts(to, "asked for: ");
	words_cond(to, c);
	if (c->kind == COND_ANY || c->kind == COND_PROTOCOL ||
	    c->kind == COND_BODY_SIZE)
		return;
	if (seen.p == NULL) {
		buf_puts(to, "; it has none");
		return;
	}
	buf_puts(to, "; it has ");
	buf_span(to, seen);
}

void
words_print(const char *label, unsigned indent, struct span text)
{
	size_t column = indent;
	bool begun = false;

	printf("%-*s", (int)indent, label);
	while (text.n > 0) {
		const char *space = memchr(text.p, ' ', text.n);
		size_t n = space != NULL ? (size_t)(space - text.p) : text.n;

		if (begun && column + 1 + n > WORDS_WIDTH) {
			printf("\n%*s", (int)indent, "");
			column = indent;
			begun = false;
		}
		printf("%s%.*s", begun ? " " : "", (int)n, text.p);
		column += n + begun;
		begun = true;
		text.p += n + (n < text.n);
		text.n -= n + (n < text.n);
	}
	putchar('\n');
}

void
words_row(const char *name, unsigned indent, struct span text)
{
	struct buf label;

	buf_init(&label, 1 << 16);
	buf_puts(&label, "  ");
	text_cut(&label, name, indent - 3);
	buf_put(&label, " ", 2);
	words_print(label.data, indent, text);
	buf_clear(&label);
}
