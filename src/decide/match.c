#include "decide/match.h"

/* What a connection has before its first request. */
static const struct head match_no_head;

static bool
match_any(const struct cond *c, struct span s)
{
	for (unsigned i = 0; i < c->n_patterns; i++)
		if (pattern_match(c->patterns[i], s))
			return true;
	return false;
}

/* Presence alone, or one of the patterns. */
static bool
match_value(const struct cond *c, struct span s)
{
	return c->n_patterns == 0 || match_any(c, s);
}

static bool
match_method(const struct cond *c, const struct facts *f, const struct head *h)
{
	(void)f;
	return match_any(c, h->method);
}

static bool
match_path(const struct cond *c, const struct facts *f, const struct head *h)
{
	(void)h;
	return match_any(c, f->path);
}

/* The authority without its port; an IPv6 literal keeps its brackets. */
static struct span
match_without_port(struct span host)
{
	size_t n = host.n;

	while (n > 0 && host.p[n - 1] >= '0' && host.p[n - 1] <= '9')
		n--;
	if (n > 0 && host.p[n - 1] == ':')
		host.n = n - 1;
	return host;
}

static bool
match_host(const struct cond *c, const struct facts *f, const struct head *h)
{
	(void)h;
	return match_any(c, f->host) ||
	       match_any(c, match_without_port(f->host));
}

static bool
match_field_is(const struct cond *c, const struct field *field)
{
	return c->id != FIELD_OTHER ? field->id == c->id
				    : span_caseeq(field->name, c->name);
}

static bool
match_header(const struct cond *c, const struct facts *f, const struct head *h)
{
	(void)f;
	if (c->id != FIELD_OTHER && (h->seen >> c->id & 1) == 0)
		return c->absent;
	for (unsigned i = 0; i < h->n_fields; i++) {
		if (!match_field_is(c, &h->fields[i]))
			continue;
		if (c->absent)
			return false;
		if (match_value(c, h->fields[i].value))
			return true;
	}
	return c->absent;
}

/* One list of name=value pairs: 1 a value fits, 0 the name is there but no
 * value fits, -1 the name is not there. */
static int
match_pairs(const struct cond *c, struct span list, char sep)
{
	struct span value;
	int found = -1;

	while (list.n > 0 && pair_find(list, sep, c->name, &value)) {
		if (match_value(c, value))
			return 1;
		found = 0;
		if (value.p == NULL)
			break;
		list.n = (size_t)(list.p + list.n - (value.p + value.n));
		list.p = value.p + value.n;
		if (list.n > 0 && list.p[0] == sep)
			list.p++, list.n--;
	}
	return found;
}

static bool
match_query(const struct cond *c, const struct facts *f, const struct head *h)
{
	int found = match_pairs(c, f->query, '&');

	(void)h;
	return c->absent ? found < 0 : found > 0;
}

static bool
match_cookie(const struct cond *c, const struct facts *f, const struct head *h)
{
	(void)f;
	for (unsigned i = 0; i < h->n_fields; i++) {
		int found;

		if (h->fields[i].id != FIELD_COOKIE)
			continue;
		found = match_pairs(c, h->fields[i].value, ';');
		if (found > 0 || (c->absent && found == 0))
			return !c->absent;
	}
	return c->absent;
}

/* The 4 bytes of an IPv4 address that arrived on an IPv6 socket (RFC 4291
 * 2.5.5.2), else the address as it is. */
static struct address
match_unmapped(const struct address *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct address to = *a;

	if (a->n == 16 && memcmp(a->bytes, mapped, sizeof(mapped)) == 0) {
		memcpy(to.bytes, a->bytes + 12, 4);
		to.n = 4;
	}
	return to;
}

static bool
match_in_net(const struct address *a, const struct address *net, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (a->n != net->n || a->n == 0)
		return false;
	if (memcmp(a->bytes, net->bytes, whole) != 0)
		return false;
	return rest == 0 ||
	       ((a->bytes[whole] ^ net->bytes[whole]) >> (8 - rest)) == 0;
}

static bool
match_client(const struct cond *c, const struct facts *f, const struct head *h)
{
	struct address plain = match_unmapped(&f->client);

	(void)h;
	for (unsigned i = 0; i < c->n_nets; i++)
		if (match_in_net(&plain, &c->nets[i], c->net_bits[i]) ||
		    match_in_net(&f->client, &c->nets[i], c->net_bits[i]))
			return true;
	return false;
}

static bool
match_sni(const struct cond *c, const struct facts *f, const struct head *h)
{
	(void)h;
	return f->sni.n > 0 && match_any(c, f->sni);
}

static bool
match_protocol(
    const struct cond *c, const struct facts *f, const struct head *h)
{
	unsigned is = f->proto == PROTO_H2 ? MATCH_H2 : MATCH_H1;

	(void)h;
	if (f->grpc)
		is |= MATCH_GRPC;
	if (f->websocket)
		is |= MATCH_WEBSOCKET;
	return (c->protocols & is) != 0;
}

static bool
match_content_type(
    const struct cond *c, const struct facts *f, const struct head *h)
{
	const struct field *field = head_field(h, FIELD_CONTENT_TYPE);
	struct span type;
	const char *semicolon;

	(void)f;
	if (field == NULL)
		return c->absent;
	if (c->absent || match_value(c, field->value))
		return !c->absent;
	type = field->value;
	semicolon = memchr(type.p, ';', type.n);
	if (semicolon == NULL)
		return false;
	type.n = (size_t)(semicolon - type.p);
	return match_any(c, span_trim(type));
}

static bool
match_body_size(
    const struct cond *c, const struct facts *f, const struct head *h)
{
	uint64_t n = h->framing == FRAMING_LENGTH ? h->length : 0;

	(void)f;
	if (h->framing != FRAMING_LENGTH && h->framing != FRAMING_NONE)
		return c->min == 0 && c->max == UINT64_MAX;
	return n >= c->min && n <= c->max;
}

static bool (*const match_tests[])(
    const struct cond *, const struct facts *, const struct head *) = {
	[COND_METHOD] = match_method,
	[COND_PATH] = match_path,
	[COND_HOST] = match_host,
	[COND_HEADER] = match_header,
	[COND_QUERY] = match_query,
	[COND_COOKIE] = match_cookie,
	[COND_CLIENT] = match_client,
	[COND_SNI] = match_sni,
	[COND_PROTOCOL] = match_protocol,
	[COND_CONTENT_TYPE] = match_content_type,
	[COND_BODY_SIZE] = match_body_size,
};

static bool
match_cond(const struct cond *c, const struct facts *f, const struct head *h,
    uint32_t attempt)
{
	if (c->kind == COND_ATTEMPT)
		return attempt >= c->min && attempt <= c->max;
	if (c->kind != COND_ANY && c->kind != COND_NOT)
		return match_tests[c->kind](c, f, h);
	for (unsigned i = 0; i < c->n_alternatives; i++)
		if (match_holds(&c->alternatives[i], f, attempt))
			return c->kind == COND_ANY;
	return c->kind == COND_NOT;
}

const struct cond *
match_failed(const struct match *m, const struct facts *f, uint32_t attempt)
{
	const struct head *h = f->head != NULL ? f->head : &match_no_head;

	for (unsigned i = 0; i < m->n_conds; i++)
		if (!match_cond(&m->conds[i], f, h, attempt))
			return &m->conds[i];
	return NULL;
}

bool
match_holds(const struct match *m, const struct facts *f, uint32_t attempt)
{
	return match_failed(m, f, attempt) == NULL;
}

bool
match_has(const struct match *m, enum cond_kind kind)
{
	for (unsigned i = 0; i < m->n_conds; i++) {
		const struct cond *c = &m->conds[i];

		if (c->kind == kind)
			return true;
		for (unsigned j = 0; j < c->n_alternatives; j++)
			if (match_has(&c->alternatives[j], kind))
				return true;
	}
	return false;
}
