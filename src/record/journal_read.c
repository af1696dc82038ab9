#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "record/journal.h"
#include "record/journal_infer.h"
#include "record/journal_plan.h"
#include "record/json_scan.h"

/* What is known while a line is read. */
struct journal_line_state {
	struct json_scan j;
	struct buf *text;
	struct record *r;
	struct journal_header *h;
	uint64_t duration, op_hash, lost;
	uint32_t attempt;
	bool foreign; /* as in journal_names */
	struct span op, phase, rule, fault, cause, scenario;
	struct journal_plan plan;
	uint64_t seen; /* bit per row of journal_fields */
};

enum journal_kind {
	KIND_NS,     /* uint64_t; null: RECORD_NONE */
	KIND_U64,    /* null: 0 */
	KIND_U32,    /* null: 0 */
	KIND_U16,    /* null: 0 */
	KIND_U8,     /* null: 0 */
	KIND_HEX,    /* uint64_t; null: 0 */
	KIND_NAME,   /* uint64_t: of hex digits their value, of other text its
			hash; null: 0 */
	KIND_NUMBER, /* uint64_t: a number, or a name as above; null: 0 */
	KIND_TEXT,   /* struct span; null: empty, p NULL */
	KIND_WORD,   /* uint8_t by a list of words */
	KIND_SOURCE, /* the same of op_source: how others may name it */
	KIND_TIME,   /* int64_t */
	KIND_FLAG,   /* a bit of flags */
	KIND_PLAN,   /* the rules that fired; names are looked up later */
	KIND_IGNORED /* any value: not part of a record */
};

/* Which of the line's structs a field belongs to, and what needs it. */
enum journal_home { HOME_RECORD, HOME_HEADER, HOME_STATE };
enum journal_need { NEED_NOT = 0, NEED_RECORD = 1, NEED_HEADER = 2 };

struct journal_field {
	const char *name;
	uint8_t n;
	uint8_t kind, home, need;
	uint16_t offset;
	uint32_t bit;                      /* FLAG */
	const struct journal_words *words; /* WORD */
	const char *bad;                   /* what to say of another value */
};

#define FIELD_BAD(field) field " has a value it cannot have"

#define FIELD_AT(field, kind, home, need, type, member)                      \
	{                                                                    \
		field, sizeof(field) - 1, kind, home, need,                  \
		    offsetof(struct type, member), 0, NULL, FIELD_BAD(field) \
	}
#define FIELD_RECORD(field, kind, need, member) \
	FIELD_AT(field, kind, HOME_RECORD, need, record, member)
#define FIELD_STATE(field, kind, need, member) \
	FIELD_AT(field, kind, HOME_STATE, need, journal_line_state, member)
#define FIELD_HEADER(field, kind, member) \
	FIELD_AT(field, kind, HOME_HEADER, NEED_HEADER, journal_header, member)
#define FIELD_WORD(field, need, member, list)                                  \
	{                                                                      \
		field, sizeof(field) - 1, KIND_WORD, HOME_RECORD, need,        \
		    offsetof(struct record, member), 0, list, FIELD_BAD(field) \
	}
#define FIELD_IGNORED(field)                                                   \
	{                                                                      \
		field, sizeof(field) - 1, KIND_IGNORED, HOME_RECORD, NEED_NOT, \
		    0, 0, NULL, FIELD_BAD(field)                               \
	}

/* In the order in which they are written. */
static const struct journal_field journal_fields[] = {
	FIELD_RECORD("t", KIND_NS, NEED_RECORD, t_first),
	FIELD_RECORD("ts", KIND_TIME, NEED_NOT, wall_ns),
	FIELD_STATE("phase", KIND_TEXT, NEED_NOT, phase),
	FIELD_RECORD("client", KIND_NAME, NEED_NOT, client),
	FIELD_STATE("op", KIND_TEXT, NEED_NOT, op),
	FIELD_RECORD("op_source", KIND_SOURCE, NEED_NOT, op_source),
	FIELD_STATE("attempt", KIND_U32, NEED_NOT, attempt),
	FIELD_RECORD("conn", KIND_NUMBER, NEED_NOT, conn),
	FIELD_RECORD("nth", KIND_U32, NEED_NOT, nth),
	FIELD_RECORD("method", KIND_TEXT, NEED_NOT, method),
	FIELD_RECORD("path", KIND_TEXT, NEED_NOT, path),
	FIELD_RECORD("host", KIND_TEXT, NEED_NOT, host),
	FIELD_WORD("proto", NEED_NOT, proto, &journal_protos),
	FIELD_RECORD("status", KIND_U16, NEED_RECORD, status),
	FIELD_WORD("outcome", NEED_RECORD, outcome, &journal_outcomes),
	FIELD_STATE("rule", KIND_TEXT, NEED_NOT, rule),
	FIELD_STATE("fault", KIND_TEXT, NEED_NOT, fault),
	FIELD_RECORD("n", KIND_U64, NEED_NOT, draw_n),
	FIELD_WORD("upstream", NEED_NOT, upstream, &journal_upstreams),
	FIELD_RECORD("upstream_status", KIND_U16, NEED_NOT, upstream_status),
	FIELD_RECORD("retry_after", KIND_NS, NEED_NOT, retry_after_ns),
	FIELD_IGNORED("due_t"),
	FIELD_IGNORED("gap"),
	FIELD_IGNORED("early"),
	FIELD_RECORD("bytes_in", KIND_U64, NEED_NOT, bytes_in),
	FIELD_RECORD("bytes_out", KIND_U64, NEED_NOT, bytes_out),
	FIELD_STATE("duration", KIND_NS, NEED_RECORD, duration),
	FIELD_RECORD("delay", KIND_NS, NEED_NOT, delay_ns),
	FIELD_STATE("op_hash", KIND_HEX, NEED_NOT, op_hash),
	FIELD_RECORD("t_req_end", KIND_NS, NEED_NOT, t_req_end),
	FIELD_RECORD("t_resp", KIND_NS, NEED_NOT, t_resp),
	FIELD_RECORD("deadline", KIND_NS, NEED_NOT, deadline_ns),
	FIELD_RECORD("target_hash", KIND_HEX, NEED_NOT, target_hash),
	FIELD_RECORD("body_hash", KIND_HEX, NEED_NOT, body_hash),
	FIELD_RECORD("auth_hash", KIND_HEX, NEED_NOT, auth_hash),
	FIELD_RECORD("key_hash", KIND_HEX, NEED_NOT, key_hash),
	FIELD_RECORD("announced", KIND_U32, NEED_NOT, announced),
	FIELD_RECORD("minor", KIND_U8, NEED_NOT, minor),
	FIELD_RECORD("play", KIND_U16, NEED_NOT, play),
	FIELD_STATE("cause", KIND_TEXT, NEED_NOT, cause),
#define FLAG(bit, name)                                                       \
	{ #name, sizeof(#name) - 1, KIND_FLAG, HOME_RECORD, NEED_NOT, 0, bit, \
		NULL, FIELD_BAD(#name) },
#include "record/flags.def"
#undef FLAG
	FIELD_AT("version", KIND_U32, HOME_HEADER, NEED_HEADER, journal_header,
	    version),
	FIELD_HEADER("seed", KIND_U64, seed),
	FIELD_STATE("scenario", KIND_TEXT, NEED_HEADER, scenario),
	FIELD_HEADER("hash", KIND_NAME, hash),
	FIELD_AT("end", KIND_NS, HOME_HEADER, NEED_NOT, journal_header, end_ns),
	FIELD_AT(
	    "noise", KIND_NS, HOME_HEADER, NEED_NOT, journal_header, noise_ns),
	FIELD_STATE("plan", KIND_PLAN, NEED_NOT, plan),
	FIELD_STATE("lost", KIND_U64, NEED_NOT, lost),
};

enum { JOURNAL_FIELDS = sizeof(journal_fields) / sizeof(*journal_fields) };
static_assert((int)JOURNAL_FIELDS <= 64, "a bit for each field");

static const char journal_not_json[] = "not a JSON object";
static const char journal_no_time[] =
    "t or duration is null, or beyond 146 years";
static const char journal_no_op[] = "op_hash is there, but op is not";

/* The row of a name, tried first where it stands in lines of our own making;
 * JOURNAL_FIELDS for an unknown one. */
static unsigned
journal_field_find(struct span name, unsigned guess)
{
	for (unsigned n = 0; n < JOURNAL_FIELDS; n++, guess++) {
		const struct journal_field *f;

		guess = guess < JOURNAL_FIELDS ? guess : 0;
		f = &journal_fields[guess];
		if (f->n == name.n && memcmp(f->name, name.p, name.n) == 0)
			return guess;
	}
	return JOURNAL_FIELDS;
}

static bool
journal_seen(const struct journal_line_state *s, const char *name)
{
	unsigned i = journal_field_find(span_str(name), 0);

	return (s->seen >> i & 1) != 0;
}

static bool
journal_read_word(
    struct journal_line_state *s, const struct journal_words *words, void *to)
{
	size_t n = s->text->n;
	struct span word;

	if (!json_scan_string(&s->j, s->text, &word))
		return false;
	s->text->n = n;
	for (unsigned i = 0; i < words->n; i++)
		if (span_eq(word, span_str(words->v[i]))) {
			*(uint8_t *)to = (uint8_t)i;
			return true;
		}
	return words == &journal_protos; /* nobody asks */
}

static bool
journal_read_source(struct journal_line_state *s, uint8_t *to)
{
	size_t n = s->text->n;
	struct span word;

	if (!json_scan_string(&s->j, s->text, &word))
		return false;
	s->text->n = n;
	*to = journal_infer_source(word);
	return true;
}

/* A number of that many bytes. */
static bool
journal_read_number(struct journal_line_state *s, size_t bytes, void *to)
{
	uint64_t v;

	if (!json_scan_u64(&s->j, &v) ||
	    (bytes < sizeof(v) && v >> (8 * bytes) != 0))
		return false;
	switch (bytes) {
	case 1:
		*(uint8_t *)to = (uint8_t)v;
		break;
	case 2:
		*(uint16_t *)to = (uint16_t)v;
		break;
	case 4:
		*(uint32_t *)to = (uint32_t)v;
		break;
	default:
		*(uint64_t *)to = v;
	}
	return true;
}

static bool
journal_read_name(struct journal_line_state *s, uint64_t *to)
{
	size_t n = s->text->n;
	struct span text;

	if (!json_scan_text(&s->j, s->text, &text))
		return false;
	*to = text.n > 0 ? journal_infer_name(text) : 0;
	s->text->n = n;
	return true;
}

static bool
journal_read_flag(struct journal_line_state *s, uint32_t bit)
{
	bool set;

	if (!json_scan_bool(&s->j, &set))
		return false;
	s->r->flags |= set ? bit : 0;
	return true;
}

static bool
journal_read_value(struct journal_line_state *s, const struct journal_field *f)
{
	char *homes[] = { [HOME_RECORD] = (char *)s->r,
		[HOME_HEADER] = (char *)s->h,
		[HOME_STATE] = (char *)s };
	void *to = homes[f->home] + f->offset;
	const char *at;

	/* null: what stood there before the line was read */
	if ((f->kind <= KIND_TEXT || f->need == NEED_NOT) &&
	    json_scan_null(&s->j))
		return true;
	switch ((enum journal_kind)f->kind) {
	case KIND_NS:
		return json_scan_seconds(&s->j, to);
	case KIND_U64:
		return journal_read_number(s, sizeof(uint64_t), to);
	case KIND_U32:
		return journal_read_number(s, sizeof(uint32_t), to);
	case KIND_U16:
		return journal_read_number(s, sizeof(uint16_t), to);
	case KIND_U8:
		return journal_read_number(s, sizeof(uint8_t), to);
	case KIND_HEX:
		return json_scan_hex(&s->j, to);
	case KIND_NUMBER:
		at = s->j.p;
		if (journal_read_number(s, sizeof(uint64_t), to))
			return true;
		s->j.p = at;
		return journal_read_name(s, to);
	case KIND_NAME:
		return journal_read_name(s, to);
	case KIND_TEXT:
		return json_scan_text(&s->j, s->text, to);
	case KIND_WORD:
		return journal_read_word(s, f->words, to);
	case KIND_SOURCE:
		return journal_read_source(s, to);
	case KIND_TIME:
		return json_scan_time(&s->j, to);
	case KIND_FLAG:
		return journal_read_flag(s, f->bit);
	case KIND_PLAN:
		return journal_plan_read(&s->plan, &s->j, s->text);
	case KIND_IGNORED:
		return json_scan_skip(&s->j, s->text);
	}
	return false;
}

/* All members of the line's object; NULL, or what is wrong. */
static const char *
journal_read_fields(struct journal_line_state *s)
{
	unsigned guess = 0, i;
	struct span name;
	size_t n;

	if (!json_scan_char(&s->j, '{'))
		return journal_not_json;
	do {
		n = s->text->n;
		if (!json_scan_string(&s->j, s->text, &name) ||
		    !json_scan_char(&s->j, ':'))
			return journal_not_json;
		s->text->n = n;
		i = journal_field_find(name, guess);
		if (i == JOURNAL_FIELDS) {
			if (!json_scan_skip(&s->j, s->text))
				return journal_not_json;
			continue;
		}
		if ((s->seen >> i & 1) != 0)
			return "a field stands twice";
		s->seen |= UINT64_C(1) << i;
		guess = i + 1;
		if (!journal_read_value(s, &journal_fields[i]))
			return journal_fields[i].bad;
	} while (json_scan_char(&s->j, ','));
	if (!json_scan_char(&s->j, '}') || !json_scan_end(&s->j))
		return journal_not_json;
	return NULL;
}

static bool
journal_has_all(const struct journal_line_state *s, enum journal_need need)
{
	for (unsigned i = 0; i < JOURNAL_FIELDS; i++)
		if ((journal_fields[i].need & need) != 0 &&
		    (s->seen >> i & 1) == 0)
			return false;
	return true;
}

/* The index of a name, none for null; -1 when it is unknown. */
static int
journal_index(struct span name, const char *const *names, unsigned n, int none)
{
	if (name.p == NULL)
		return none;
	for (unsigned i = 0; i < n; i++)
		if (strcmp(names[i], name.p) == 0 && names[i][name.n] == '\0')
			return (int)i;
	return -1;
}

static const char *
journal_look_up(struct journal_line_state *s, const struct journal_names *names)
{
	int phase = journal_index(
	    s->phase, names->phases, names->n_phases, RECORD_NO_PHASE);
	int rule = journal_index(
	    s->rule, names->rules, names->n_rules, RECORD_NO_RULE);
	int fault = journal_index(
	    s->fault, names->faults, names->n_faults, RECORD_NO_FAULT);

	if (phase < 0)
		return "unknown phase";
	if (rule < 0)
		return "unknown rule";
	if (fault < 0)
		return "unknown fault";
	if (!journal_plan_settle(
		&s->plan, names->rules, names->n_rules, s->text, &s->r->plan))
		return "unknown rule";
	s->r->phase = (uint16_t)phase;
	s->r->rule = (uint16_t)rule;
	s->r->fault = (uint8_t)fault;
	return NULL;
}

/* The operation: its text and hash, its hash alone, a text of its own, or
 * null. */
static bool
journal_settle_op(struct journal_line_state *s)
{
	struct record *r = s->r;

	if (s->op_hash != 0) {
		r->op = s->op_hash;
		r->op_text = s->op;
		return s->op.n != 0;
	}
	journal_infer_op(r, &(struct journal_told){ .op = s->op,
				.attempt = s->attempt,
				.source = journal_seen(s, "op_source"),
				.key = journal_seen(s, "has_key"),
				.announced = journal_seen(s, "announced"),
				.body = journal_seen(s, "body_hash"),
				.auth = journal_seen(s, "auth_hash"),
				.foreign = s->foreign });
	return true;
}

static const char *
journal_settle_record(
    struct journal_line_state *s, const struct journal_names *names)
{
	struct record *r = s->r;

	if (!journal_has_all(s, NEED_RECORD))
		return "a field is missing";
	if (r->t_first >= JSON_SCAN_LONGEST || s->duration >= JSON_SCAN_LONGEST)
		return journal_no_time;
	if (!journal_settle_op(s))
		return journal_no_op;
	r->t_end = r->t_first + s->duration;
	if (r->delay_ns == RECORD_NONE)
		r->delay_ns = 0;
	r->cause = s->cause.p;
	if (s->foreign)
		journal_infer_close(r, s->fault.p);
	return r->play == names->play ? journal_look_up(s, names) : NULL;
}

/* What a record is where its line says nothing. */
static void
journal_defaults(struct journal_line_state *s)
{
	*s->r = (struct record){ .t_first = RECORD_NONE,
		.t_req_end = RECORD_NONE,
		.t_resp = RECORD_NONE,
		.retry_after_ns = RECORD_NONE,
		.deadline_ns = RECORD_NONE,
		.rule = RECORD_NO_RULE,
		.phase = RECORD_NO_PHASE,
		.fault = RECORD_NO_FAULT,
		.minor = 1 };
	s->duration = RECORD_NONE;
}

enum journal_line
journal_read(struct span line, const struct journal_names *names,
    struct record *r, struct journal_header *h, uint64_t *lostp,
    struct buf *text, const char **whyp)
{
	struct journal_header header = { 0 };
	struct journal_line_state s = { .j = { line.p, line.p + line.n,
					    names->foreign },
		.text = text,
		.r = r,
		.h = &header,
		.foreign = names->foreign };
	const char *why;

	*whyp = NULL;
	text->n = 0;
	if (buf_reserve(text, line.n + 1 + JOURNAL_PLAN_BYTES) == NULL) {
		*whyp = "the line is too long";
		return JOURNAL_BAD;
	}
	journal_defaults(&s);
	why = journal_read_fields(&s);
	*lostp = s.lost;
	if (why == NULL && journal_seen(&s, "version")) {
		if (header.version != JOURNAL_VERSION) {
			*whyp = "this version of the journal is not known";
			return JOURNAL_BAD;
		}
		if (journal_has_all(&s, NEED_HEADER) && s.scenario.p != NULL) {
			*h = header;
			if (header.end_ns == 0 && journal_seen(&s, "end"))
				h->end_ns = RECORD_NONE;
			h->scenario = s.scenario.p;
			h->wall_ns = r->wall_ns;
			h->play = r->play;
			return JOURNAL_HEADER;
		}
		why = "a field of the header is missing";
	}
	if (why == NULL && journal_seen(&s, "lost"))
		return JOURNAL_LOSS;
	if (why == NULL)
		why = journal_settle_record(&s, names);
	if (why != NULL) {
		*whyp = why;
		return JOURNAL_BAD;
	}
	return r->play == names->play ? JOURNAL_RECORD : JOURNAL_OTHER;
}
