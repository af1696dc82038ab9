#include <assert.h>
#include <string.h>

#include "record/journal.h"
#include "record/journal_plan.h"
#include "record/json_put.h"
#include "record/pairing.h"

enum {
	/* More than all keys, numbers and punctuation of a line. */
	JOURNAL_FIXED = 4096
};

static char *
journal_put_word(char *to, struct journal_words words, unsigned i)
{
	if (i >= words.n)
		return JSON_LIT(to, "null");
	return json_put_string(to, span_str(words.v[i]));
}

/* A time or duration: null when it does not apply. */
static char *
journal_put_ns(char *to, uint64_t ns)
{
	if (ns == RECORD_NONE)
		return JSON_LIT(to, "null");
	return json_put_seconds(to, ns);
}

/* A number for which 0 means that there is none. */
static char *
journal_put_count(char *to, uint64_t n)
{
	if (n == 0)
		return JSON_LIT(to, "null");
	return json_put_u64(to, n);
}

static size_t
journal_word_room(struct journal_words words, unsigned i)
{
	return i < words.n ? JSON_STRING_MAX(strlen(words.v[i])) : 0;
}

/* Who asked for what. */
static char *
journal_put_request(char *to, const struct record *r, const struct pairing *p)
{
	to = JSON_LIT(to, ",\"client\":");
	to = json_put_hex(to, r->client);
	to = JSON_LIT(to, ",\"op\":");
	if (r->op == 0)
		to = JSON_LIT(to, "null");
	else if (r->op_text.n != 0)
		to = json_put_string(to, r->op_text);
	else
		to = json_put_hex(to, r->op);
	to = JSON_LIT(to, ",\"op_source\":");
	to = journal_put_word(to, journal_op_sources, r->op_source);
	to = JSON_LIT(to, ",\"attempt\":");
	to = journal_put_count(to, p->attempt);
	to = JSON_LIT(to, ",\"conn\":");
	to = json_put_u64(to, r->conn);
	to = JSON_LIT(to, ",\"nth\":");
	to = json_put_u64(to, r->nth);
	to = JSON_LIT(to, ",\"method\":");
	to = json_put_string(to, r->method);
	to = JSON_LIT(to, ",\"path\":");
	to = json_put_string(to, r->path);
	to = JSON_LIT(to, ",\"host\":");
	to = json_put_string(to, r->host);
	to = JSON_LIT(to, ",\"proto\":");
	return journal_put_word(to, journal_protos, r->proto);
}

/* What became of it. */
static char *
journal_put_outcome(char *to, const struct record *r,
    const struct journal_words rules, const struct journal_words faults)
{
	to = JSON_LIT(to, ",\"status\":");
	to = journal_put_count(to, r->status);
	to = JSON_LIT(to, ",\"outcome\":");
	to = journal_put_word(to, journal_outcomes, r->outcome);
	to = JSON_LIT(to, ",\"rule\":");
	to = journal_put_word(to, rules, r->rule);
	to = JSON_LIT(to, ",\"fault\":");
	to = journal_put_word(to, faults, r->fault);
	to = JSON_LIT(to, ",\"n\":");
	to = journal_put_count(to, r->draw_n);
	to = JSON_LIT(to, ",\"upstream\":");
	to = journal_put_word(to, journal_upstreams, r->upstream);
	to = JSON_LIT(to, ",\"upstream_status\":");
	return journal_put_count(to, r->upstream_status);
}

static char *
journal_put_timing(char *to, const struct record *r, const struct pairing *p)
{
	uint64_t due_ns = pairing_due(r);

	to = JSON_LIT(to, ",\"retry_after\":");
	to = journal_put_ns(to, r->retry_after_ns);
	to = JSON_LIT(to, ",\"due_t\":");
	to = journal_put_ns(to, due_ns != RECORD_NONE ? due_ns : p->due_ns);
	to = JSON_LIT(to, ",\"gap\":");
	to = journal_put_ns(to, p->gap_ns);
	to = p->early ? JSON_LIT(to, ",\"early\":true")
		      : JSON_LIT(to, ",\"early\":false");
	to = JSON_LIT(to, ",\"bytes_in\":");
	to = json_put_u64(to, r->bytes_in);
	to = JSON_LIT(to, ",\"bytes_out\":");
	to = json_put_u64(to, r->bytes_out);
	to = JSON_LIT(to, ",\"duration\":");
	to = json_put_seconds(to, r->t_end - r->t_first);
	to = JSON_LIT(to, ",\"delay\":");
	return json_put_seconds(to, r->delay_ns);
}

/* What only the judge asks for: absent when it does not apply. */
static char *
journal_put_details(char *to, const struct record *r)
{
	if (r->op_text.n != 0 && r->op != 0)
		to = json_put_hex(JSON_LIT(to, ",\"op_hash\":"), r->op);
	if (r->t_req_end != RECORD_NONE)
		to = json_put_seconds(
		    JSON_LIT(to, ",\"t_req_end\":"), r->t_req_end);
	if (r->t_resp != RECORD_NONE)
		to = json_put_seconds(JSON_LIT(to, ",\"t_resp\":"), r->t_resp);
	if (r->deadline_ns != RECORD_NONE)
		to = json_put_seconds(
		    JSON_LIT(to, ",\"deadline\":"), r->deadline_ns);
	if (r->target_hash != 0)
		to = json_put_hex(
		    JSON_LIT(to, ",\"target_hash\":"), r->target_hash);
	if (r->body_hash != 0)
		to =
		    json_put_hex(JSON_LIT(to, ",\"body_hash\":"), r->body_hash);
	if (r->auth_hash != 0)
		to =
		    json_put_hex(JSON_LIT(to, ",\"auth_hash\":"), r->auth_hash);
	if (r->key_hash != 0)
		to = json_put_hex(JSON_LIT(to, ",\"key_hash\":"), r->key_hash);
	if (r->announced != 0)
		to =
		    json_put_u64(JSON_LIT(to, ",\"announced\":"), r->announced);
	if (r->minor != 1)
		to = json_put_u64(JSON_LIT(to, ",\"minor\":"), r->minor);
	if (r->play != 0)
		to = json_put_u64(JSON_LIT(to, ",\"play\":"), r->play);
	if (r->cause != NULL)
		to = json_put_string(
		    JSON_LIT(to, ",\"cause\":"), span_str(r->cause));
#define FLAG(bit, name)              \
	if ((r->flags & (bit)) != 0) \
		to = JSON_LIT(to, ",\"" #name "\":true");
#include "record/flags.def"
#undef FLAG
	return to;
}

void
journal_write(struct buf *to, const struct record *r, const struct pairing *p,
    const struct journal_names *names)
{
	struct journal_words phases = { names->phases, names->n_phases };
	struct journal_words rules = { names->rules, names->n_rules };
	struct journal_words faults = { names->faults, names->n_faults };
	size_t room =
	    JOURNAL_FIXED +
	    JSON_STRING_MAX(
		r->method.n + r->path.n + r->host.n + r->op_text.n) +
	    journal_word_room(phases, r->phase) +
	    journal_word_room(rules, r->rule) +
	    journal_word_room(faults, r->fault) +
	    journal_plan_room(r->plan, names->rules, names->n_rules) +
	    (r->cause != NULL ? JSON_STRING_MAX(strlen(r->cause)) : 0);
	char *start = buf_reserve(to, room), *end;

	if (start == NULL)
		return;
	end = JSON_LIT(start, "{\"t\":");
	end = json_put_seconds(end, r->t_first);
	end = JSON_LIT(end, ",\"ts\":");
	end = json_put_time(end, r->wall_ns);
	end = JSON_LIT(end, ",\"phase\":");
	end = journal_put_word(end, phases, r->phase);
	end = journal_put_request(end, r, p);
	end = journal_put_outcome(end, r, rules, faults);
	end = journal_put_timing(end, r, p);
	end = journal_put_details(end, r);
	if (r->plan.n != 0)
		end = journal_plan_put(
		    end, r->plan, names->rules, names->n_rules);
	end = JSON_LIT(end, "}\n");
	assert((size_t)(end - start) <= room);
	to->n += (size_t)(end - start);
}

void
journal_write_header(struct buf *to, const struct journal_header *h)
{
	struct span scenario = span_str(h->scenario);
	char *start =
	    buf_reserve(to, JOURNAL_FIXED + JSON_STRING_MAX(scenario.n));
	char *end;

	if (start == NULL)
		return;
	end = JSON_LIT(start, "{\"version\":");
	end = json_put_u64(end, h->version);
	end = JSON_LIT(end, ",\"seed\":");
	end = json_put_u64(end, h->seed);
	end = JSON_LIT(end, ",\"scenario\":");
	end = json_put_string(end, scenario);
	end = JSON_LIT(end, ",\"hash\":");
	end = json_put_hex(end, h->hash);
	end = JSON_LIT(end, ",\"ts\":");
	end = json_put_time(end, h->wall_ns);
	if (h->play != 0)
		end = json_put_u64(JSON_LIT(end, ",\"play\":"), h->play);
	end = JSON_LIT(end, ",\"end\":");
	journal_write_end(end, h->end_ns, h->noise_ns, 0);
	end = JSON_LIT(end + JOURNAL_END_WIDTH, "}\n");
	to->n += (size_t)(end - start);
}

void
journal_write_end(char to[JOURNAL_END_WIDTH], uint64_t end_ns,
    uint64_t noise_ns, uint64_t lost)
{
	char text[JOURNAL_FIXED], *end;

	end = end_ns == 0 || end_ns == RECORD_NONE
		  ? JSON_LIT(text, "null")
		  : json_put_seconds(text, end_ns);
	if (noise_ns != 0)
		end = json_put_seconds(JSON_LIT(end, ",\"noise\":"), noise_ns);
	if (lost != 0)
		end = json_put_u64(JSON_LIT(end, ",\"lost\":"), lost);
	assert(end - text <= JOURNAL_END_WIDTH);
	memset(to, ' ', JOURNAL_END_WIDTH);
	memcpy(to, text, (size_t)(end - text));
}

void
journal_write_loss(struct buf *to, uint64_t n)
{
	char *start = buf_reserve(to, JOURNAL_FIXED), *end;

	if (start == NULL)
		return;
	end = json_put_u64(JSON_LIT(start, "{\"lost\":"), n);
	end = JSON_LIT(end, "}\n");
	to->n += (size_t)(end - start);
}
