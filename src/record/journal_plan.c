#include "record/journal_plan.h"

#include <string.h>

#include "record/json_put.h"

char *
journal_plan_put(
    char *to, struct span plan, const char *const *rules, unsigned n_rules)
{
	struct record_armed a;

	to = JSON_LIT(to, ",\"plan\":[");
	for (size_t at = 0; at + sizeof(a) <= plan.n; at += sizeof(a)) {
		memcpy(&a, plan.p + at, sizeof(a));
		to = at > 0 ? JSON_LIT(to, ",[") : JSON_LIT(to, "[");
		to = json_put_string(
		    to, span_str(a.rule < n_rules ? rules[a.rule] : ""));
		to = json_put_u64(JSON_LIT(to, ","), a.n);
		to = json_put_hex(JSON_LIT(to, ","), a.draw);
		if (a.choice != RECORD_NO_CHOICE)
			to = json_put_u64(JSON_LIT(to, ","), a.choice);
		to = JSON_LIT(to, "]");
	}
	return JSON_LIT(to, "]");
}

size_t
journal_plan_room(struct span plan, const char *const *rules, unsigned n_rules)
{
	struct record_armed a;
	size_t room = 0;

	for (size_t at = 0; at + sizeof(a) <= plan.n; at += sizeof(a)) {
		memcpy(&a, plan.p + at, sizeof(a));
		room += 4 * JSON_NUMBER_MAX;
		if (a.rule < n_rules)
			room += JSON_STRING_MAX(strlen(rules[a.rule]));
	}
	return room;
}

static bool
journal_plan_read_one(
    struct journal_plan *p, struct json_scan *j, struct buf *text)
{
	struct record_armed *a = &p->v[p->n];
	uint64_t choice = RECORD_NO_CHOICE;

	if (p->n == RECORD_ARMED_MAX || !json_scan_char(j, '[') ||
	    !json_scan_string(j, text, &p->rules[p->n]) ||
	    !json_scan_char(j, ',') || !json_scan_u64(j, &a->n) ||
	    !json_scan_char(j, ',') || !json_scan_hex(j, &a->draw) ||
	    (json_scan_char(j, ',') && !json_scan_u64(j, &choice)))
		return false;
	a->choice = (uint32_t)choice;
	p->n++;
	return choice <= RECORD_NO_CHOICE && json_scan_char(j, ']');
}

bool
journal_plan_read(struct journal_plan *p, struct json_scan *j, struct buf *text)
{
	if (!json_scan_char(j, '['))
		return false;
	do {
		if (!journal_plan_read_one(p, j, text))
			return false;
	} while (json_scan_char(j, ','));
	return json_scan_char(j, ']');
}

static bool
journal_plan_rule(
    struct span name, const char *const *rules, unsigned n, uint32_t *to)
{
	for (unsigned i = 0; i < n; i++)
		if (span_eq(name, span_str(rules[i]))) {
			*to = i;
			return true;
		}
	return false;
}

bool
journal_plan_settle(struct journal_plan *p, const char *const *rules,
    unsigned n_rules, struct buf *text, struct span *to)
{
	size_t at = text->n;

	for (unsigned i = 0; i < p->n; i++)
		if (!journal_plan_rule(
			p->rules[i], rules, n_rules, &p->v[i].rule))
			return false;
	buf_put(text, p->v, p->n * sizeof(p->v[0]));
	*to = (struct span){ text->data + at, text->n - at };
	return true;
}
