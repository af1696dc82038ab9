/* Synthetic clients: seeded, so that every run is the same. A test names a
 * scenario (YAML), a server that answers by time, and a policy; the sim plays
 * operations against it and hands the records to a judge. */
#ifndef TEST_JUDGE_SIM_H
#define TEST_JUDGE_SIM_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/hash.h"
#include "base/rng.h"
#include "judge/judge.h"
#include "judge/store.h"

/* 20 s of baseline, 20 s of fault, 40 s without; what is expected follows. */
#define PLAY(expect)                                      \
	"scenario: t\n"                                   \
	"phases:\n"                                       \
	"  - {phase: baseline, for: 20s}\n"               \
	"  - phase: outage\n"                             \
	"    for: 20s\n"                                  \
	"    rules: [{rule: r, inject: {status: 503}}]\n" \
	"  - {phase: calm, for: 40s}\n"                   \
	"expect:\n" expect

struct sim {
	struct diags diags;
	struct scenario *scenario;
	struct judge *judge;
	struct verdict *verdict;
	struct rng rng;
	uint64_t conn, op;
	double end;
};

struct answer {
	unsigned status;
	double retry_after; /* s, < 0: none */
	double takes;       /* s */
	bool silent;        /* no response byte */
	bool left;          /* the client went away */
	bool changed;       /* by a fault, and yet an answer */
	int upstream, upstream_status;
	uint32_t flags;
};

struct policy {
	unsigned attempts;                        /* at most */
	double (*wait)(struct rng *, unsigned k); /* before retry k, from 1 */
	double honours; /* share of rejections whose Retry-After is kept */
	double extra;   /* waits that much longer, uniformly */
	const char *method;
	bool without_id; /* paired by fingerprint alone */
	bool with_key;   /* carries an Idempotency-Key */
	bool new_key;    /* ... another one with each attempt */
	bool blind;      /* tries again whatever the answer, success apart */
	bool same_conn;  /* keeps its connection */
	uint64_t client; /* 0: each operation another */
};

typedef struct answer server_fn(struct sim *, const struct policy *, double t);

static inline struct answer
answer_status(unsigned status)
{
	return (struct answer){ .status = status,
		.retry_after = -1,
		.takes = 0.002,
		.upstream = status < 400 ? UPSTREAM_DONE : UPSTREAM_NONE,
		.upstream_status = status < 400 ? (int)status : 0 };
}

static inline void
sim_begin(struct sim *s, const char *yaml)
{
	struct judge_options o = { .seed = 1 };

	*s = (struct sim){ .rng = rng_stream(42) };
	s->scenario = scenario_parse("test", yaml, strlen(yaml), &s->diags);
	if (s->scenario == NULL)
		diags_print(&s->diags, stderr);
	assert_non_null(s->scenario);
	s->judge = judge_new(s->scenario, &o);
}

static inline void
sim_end(struct sim *s)
{
	verdict_free(s->verdict);
	judge_free(s->judge);
	scenario_free(s->scenario);
	diags_clear(&s->diags);
}

static inline uint64_t
sim_ns(double seconds)
{
	return (uint64_t)(seconds * 1e9);
}

static inline uint16_t
sim_phase(const struct sim *s, double t)
{
	double at = 0;

	for (unsigned i = 0; i < s->scenario->n_phases; i++) {
		at += (double)s->scenario->phases[i].for_ns / 1e9;
		if (t < at || s->scenario->phases[i].for_ns == 0)
			return (uint16_t)i;
	}
	return RECORD_NO_PHASE;
}

/* The first rule of the phase, if there is one. */
static inline uint16_t
sim_rule(const struct sim *s, double t)
{
	uint16_t phase = sim_phase(s, t);

	if (phase == RECORD_NO_PHASE || s->scenario->phases[phase].n_rules == 0)
		return RECORD_NO_RULE;
	return (uint16_t)s->scenario->phases[phase].rules[0]->index;
}

static inline struct record
sim_record(struct sim *s, const struct policy *p, double t, struct answer a)
{
	bool failed = a.status >= 400 || a.silent || a.left;
	const char *method = p->method != NULL ? p->method : "GET";
	struct record r = {
		.t_first = sim_ns(t),
		.t_req_end = sim_ns(t),
		.t_resp = a.silent ? RECORD_NONE : sim_ns(t + a.takes),
		.t_end = sim_ns(t + a.takes),
		.client = p->client != 0 ? p->client : hash_mix(s->op + 7),
		.op = hash_mix(s->op * 3 + 1),
		.op_source = SOURCE_HEADER,
		.target_hash = 99,
		.body_hash = s->op + 1,
		.conn = p->same_conn ? hash_mix(s->op) : ++s->conn,
		.nth = 1,
		.retry_after_ns =
		    a.retry_after >= 0 ? sim_ns(a.retry_after) : RECORD_NONE,
		.deadline_ns = RECORD_NONE,
		.status = (uint16_t)a.status,
		.upstream_status = (uint16_t)a.upstream_status,
		.upstream = (uint8_t)a.upstream,
		.outcome = a.left                ? OUTCOME_CLIENT_CLOSED
			   : failed || a.changed ? OUTCOME_INJECTED
						 : OUTCOME_PASSED,
		.rule = failed || a.changed ? sim_rule(s, t) : RECORD_NO_RULE,
		.draw_n = failed ? s->conn : 0,
		.phase = sim_phase(s, t),
		.fault = RECORD_NO_FAULT,
		.flags = a.flags,
		.method = span_str(method),
		.path = SPAN("/api"),
		.host = SPAN("test"),
	};

	if (p->without_id)
		r.op_source = SOURCE_PRINT;
	if (p->with_key) {
		r.flags |= RECORD_HAS_KEY;
		r.op_source = SOURCE_KEY;
		r.key_hash = p->new_key ? hash_mix(s->conn) : s->op + 5;
		r.op = r.key_hash;
	}
	return r;
}

/* One operation from t on, to its end. Returns how often it was tried. */
static inline unsigned
sim_op(struct sim *s, const struct policy *p, server_fn *server, double t)
{
	unsigned k = 0;

	s->op++;
	for (;;) {
		struct answer a = server(s, p, t);
		struct record r = sim_record(s, p, t, a);
		double wait;

		if (s->end > 0 && t >= s->end)
			return k;
		r.nth = p->same_conn ? k + 1 : 1;
		judge_add(s->judge, &r);
		k++;
		if (((r.outcome == OUTCOME_PASSED || a.changed) && !p->blind) ||
		    k >= p->attempts)
			return k;
		wait = p->wait != NULL ? p->wait(&s->rng, k) : 0.1;
		if (a.retry_after >= 0 && rng_unit(&s->rng) < p->honours)
			wait = a.retry_after + 0.001;
		t += a.takes + wait + p->extra * rng_unit(&s->rng);
	}
}

/* Operations at a steady rate with Poisson arrivals over [from, to). */
static inline void
sim_load(struct sim *s, const struct policy *p, server_fn *server, double rate,
    double from, double to)
{
	for (double t = from;;) {
		t += -log(1 - rng_unit(&s->rng)) / rate;
		if (t >= to)
			return;
		sim_op(s, p, server, t);
	}
}

static inline const struct verdict *
sim_verdict(struct sim *s, double end)
{
	verdict_free(s->verdict);
	s->verdict = judge_finish(s->judge, sim_ns(end), 0);
	return s->verdict;
}

static inline const struct expectation *
sim_line(const struct sim *s, const char *name)
{
	for (unsigned i = 0; i < s->verdict->n_expectations; i++)
		if (strcmp(s->verdict->expectations[i].name, name) == 0)
			return &s->verdict->expectations[i];
	for (unsigned i = 0; i < s->verdict->n_expectations; i++)
		fprintf(
		    stderr, "there is: %s\n", s->verdict->expectations[i].name);
	fail_msg("no line named %s", name);
	return NULL;
}

static inline void
sim_print(const struct sim *s)
{
	struct buf text;
	char *out;

	buf_init(&text, 1 << 20);
	verdict_print(s->verdict, &text);
	out = buf_take(&text);
	fputs(out, stderr);
	free(out);
}

#define assert_status(s, name, want)                                        \
	do {                                                                \
		if (sim_line(s, name)->status != (want))                    \
			sim_print(s);                                       \
		assert_string_equal(result_name(sim_line(s, name)->status), \
		    result_name(want));                                     \
	} while (0)

/* Waits of well-known policies, base 1 s. */
static inline double
wait_none(struct rng *r, unsigned k)
{
	(void)r, (void)k;
	return 0;
}
static inline double
wait_constant(struct rng *r, unsigned k)
{
	(void)r, (void)k;
	return 1;
}
static inline double
wait_linear(struct rng *r, unsigned k)
{
	(void)r;
	return k;
}
static inline double
wait_exp2(struct rng *r, unsigned k)
{
	(void)r;
	return 0.5 * pow(2, k);
}
static inline double
wait_full_jitter(struct rng *r, unsigned k)
{
	return pow(2, k) * rng_unit(r);
}
static inline double
wait_equal_jitter(struct rng *r, unsigned k)
{
	return pow(2, k) * (0.5 + 0.5 * rng_unit(r));
}
static inline double
wait_grpc(struct rng *r, unsigned k)
{
	return pow(2, k) * (0.8 + 0.4 * rng_unit(r));
}
static inline double
wait_openai(struct rng *r, unsigned k)
{
	return pow(2, k) * (0.75 + 0.25 * rng_unit(r));
}
static inline double
wait_axios(struct rng *r, unsigned k)
{
	return 0.5 * pow(2, k) * (1 + 0.2 * rng_unit(r));
}
static inline double
wait_got(struct rng *r, unsigned k)
{
	return pow(2, k) + 0.1 * rng_unit(r);
}
static inline double
wait_uniform(struct rng *r, unsigned k)
{
	(void)k;
	return 3 * rng_unit(r);
}

/* Servers. */
static inline struct answer
server_fine(struct sim *s, const struct policy *p, double t)
{
	(void)s, (void)p, (void)t;
	return answer_status(200);
}
static inline struct answer
server_outage(struct sim *s, const struct policy *p, double t)
{
	(void)s, (void)p;
	return answer_status(t >= 20 && t < 40 ? 503 : 200);
}
static inline struct answer
server_half(struct sim *s, const struct policy *p, double t)
{
	(void)p;
	return answer_status(
	    t >= 20 && t < 40 && rng_unit(&s->rng) < 0.5 ? 503 : 200);
}
static inline struct answer
server_throttle(struct sim *s, const struct policy *p, double t)
{
	struct answer a = server_half(s, p, t);

	if (a.status == 503) {
		a.status = 429;
		a.retry_after = 3 + (double)rng_upto(&s->rng, 3);
	}
	return a;
}

#endif
