/*
 * A journal line's `plan`: the rules that fired together, where `rule` and `n`
 * do not tell it. `[["NAME", N, "DRAW"], ...]`, behind a draw the number of the
 * alternative that was chosen, if there are any. For journal_read and
 * journal_write.
 */
#ifndef RECORD_JOURNAL_PLAN_H
#define RECORD_JOURNAL_PLAN_H

#include "record/json_scan.h"
#include "record/record.h"

enum { JOURNAL_PLAN_BYTES = RECORD_ARMED_MAX * sizeof(struct record_armed) };

/* What record.plan holds, written at `to`, where there is journal_plan_room;
 * returns the end. */
char *journal_plan_put(
    char *to, struct span plan, const char *const *rules, unsigned n_rules);
size_t
journal_plan_room(struct span plan, const char *const *rules, unsigned n_rules);

/* A plan being read: names are looked up when the whole line is known. */
struct journal_plan {
	struct record_armed v[RECORD_ARMED_MAX];
	struct span rules[RECORD_ARMED_MAX];
	unsigned n;
};

bool journal_plan_read(
    struct journal_plan *p, struct json_scan *j, struct buf *text);
/* Appends record.plan to text. False: there is no such rule. */
bool journal_plan_settle(struct journal_plan *p, const char *const *rules,
    unsigned n_rules, struct buf *text, struct span *to);

#endif
