/*
 * A scenario after loading: read-only, shared by all threads, freed whole.
 * Everything in it lives in its arena. Mutable things (draw counters, tables,
 * enabled and rate as changed by the admin API) are in decide/.
 */
#ifndef SCENARIO_SCENARIO_H
#define SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/pattern.h"
#include "fault/fault.h"
#include "scenario/expect.h"

/* One test of a request. Which members of the union hold depends on kind. */
enum cond_kind {
	COND_METHOD,
	COND_PATH,
	COND_HOST,
	COND_HEADER,
	COND_QUERY,
	COND_COOKIE,
	COND_CLIENT,
	COND_SNI,
	COND_PROTOCOL,
	COND_CONTENT_TYPE,
	COND_BODY_SIZE,
	COND_ATTEMPT,
	COND_ANY,
	COND_NOT
};

enum { MATCH_H1 = 1, MATCH_H2 = 2, MATCH_GRPC = 4, MATCH_WEBSOCKET = 8 };

struct cond {
	enum cond_kind kind;
	struct span name;     /* HEADER, QUERY, COOKIE */
	enum field_id id;     /* HEADER: a known field */
	bool present, absent; /* HEADER, QUERY, COOKIE: `true` and `false` in
				 place of a pattern */
	struct pattern **
	    patterns; /* METHOD, PATH, HOST, HEADER, ...: one of them matches */
	unsigned n_patterns;
	struct address *nets; /* CLIENT */
	uint8_t *net_bits;
	unsigned n_nets;
	unsigned protocols; /* PROTOCOL: bits MATCH_* */
	uint64_t min,
	    max; /* BODY_SIZE (bytes), ATTEMPT; max UINT64_MAX: none */
	struct match *alternatives; /* ANY: one of these; NOT: none of these */
	unsigned n_alternatives;
};

/* All conditions hold; none: every request. Cheap ones come first. */
struct match {
	struct cond *conds;
	unsigned n_conds;
};

enum select_kind {
	SELECT_ALWAYS,
	SELECT_RATE,
	SELECT_EVERY,
	SELECT_FIRST,
	SELECT_BURST
};
enum per { PER_ALL, PER_OPERATION, PER_CLIENT, PER_CONNECTION };

struct select {
	enum select_kind kind;
	enum per per;
	bool even;                   /* spread: even */
	uint32_t rate_from, rate_to; /* ppb; equal unless a ramp */
	uint64_t every, first;
	uint32_t enter, leave; /* burst: ppb per request */
	uint64_t limit;        /* injections; 0: none */
};

/* One armed fault of an inject mapping. */
struct inject_fault {
	const struct fault_type *type;
	const void *conf;
	unsigned shared; /* its slot among the scenario's shared fault states */
};

struct inject {
	struct inject_fault *faults; /* those that change first, the one that
					ends (if any) last */
	unsigned n_faults;
	const struct fault_type
	    *ends; /* the type of the one that ends the exchange, or NULL */
	uint64_t after_ns; /* wait before the ending fault */
	bool served;       /* upstream: served */
};

struct choice {
	uint32_t rate; /* ppb */
	struct inject inject;
};

struct rule {
	const char *name;
	unsigned index; /* among scenario->rules */
	uint64_t hash; /* hash_name of the name: the rule's identity in draws */
	unsigned line, col;
	struct match match;
	struct select select;
	struct inject inject;   /* without choices */
	struct choice *choices; /* `choose:` */
	unsigned n_choices;
};

struct phase {
	const char *name;
	unsigned index; /* among scenario->phases */
	unsigned line, col;
	uint64_t for_ns; /* 0: endless (the last one only) */
	unsigned repeat; /* times it is played, >= 1 */
	struct rule *
	    *rules; /* in order of trial: its own, then the scenario's */
	unsigned n_rules;
	struct rule **connections; /* likewise */
	unsigned n_connections;
};

/* One rung of an identity ladder. */
enum rung_kind {
	RUNG_TLS_SUBJECT,
	RUNG_HEADER,
	RUNG_ADDRESS,
	RUNG_SDK,
	RUNG_TRACEPARENT,
	RUNG_FINGERPRINT
};
struct rung {
	enum rung_kind kind;
	struct span header;
	enum field_id id;
};
struct identity_conf {
	struct rung *client, *operation;
	unsigned n_client, n_operation;
	uint64_t window_ns;
	struct match *ignore; /* requests that are never judged */
	unsigned n_ignore;
	uint64_t table_max; /* operations remembered by decide */
};

struct guard {
	uint64_t max_active;  /* 0: no cap */
	uint32_t max_share;   /* ppb of requests; RATE_ONE: no cap */
	uint32_t stop_errors; /* ppb of upstream errors; 0: never */
	uint64_t stop_for_ns;
	uint64_t
	    expires_ns; /* faults end this long after the start; 0: never */
};

struct scenario {
	struct arena *arena;
	const char *name, *description, *file;
	const char *text; /* the file as read, text_n bytes */
	size_t text_n;
	uint64_t hash; /* hash_name of text */
	uint64_t seed;
	bool has_seed;
	bool start_on_request; /* start: first_request */
	bool mark;
	bool request_headers;
	struct identity_conf identity;
	struct guard guard;
	struct rule **rules; /* every rule, by index; connection rules too */
	unsigned n_rules;
	struct phase *phases; /* at least one; without `phases:` one endless
				 unnamed "all" */
	unsigned n_phases;
	unsigned n_shared;            /* slots for shared fault states */
	struct inject_fault **shared; /* the fault behind each slot */
	struct expect *expects;
	unsigned n_expects;
	struct verdict_conf verdict;
	struct pattern **patterns; /* every compiled pattern, to free them; all
				      others borrow */
	size_t n_patterns;
};

/*
 * Loads a scenario from a file or from memory (file is its name in messages).
 * Every independent problem goes to diags; NULL when one of them is an error.
 * The caller frees with scenario_free.
 */
struct scenario *scenario_load(const char *file, struct diags *diags);
struct scenario *scenario_parse(
    const char *file, const char *text, size_t n, struct diags *diags);
/* A scenario without rules: what `serve` plays when nothing is loaded. */
struct scenario *scenario_empty(void);
void scenario_free(struct scenario *s);
/* How long all phases take together with repeats, in ns; 0: endless. */
uint64_t scenario_length(const struct scenario *s);

#endif
