#include "cli/repeat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "admin/legend.h"
#include "base/log.h"

enum { REPEAT_LINE_MAX = 1 << 20 };

/* A journal being read. */
struct repeat {
	const char *path;
	const struct scenario *scenario;
	struct replay *to;
	struct legend legend;
	struct buf text;
	uint64_t seed, n_lines, lost;
	bool force, started, foreign;
};

static void
repeat_header(struct repeat *r, const struct journal_header *h)
{
	if (r->started)
		return;
	r->foreign = h->hash != r->scenario->hash;
	if (r->foreign && !r->force)
		return;
	r->started = true;
	r->seed = h->seed;
	r->legend.journal.play = h->play;
}

/* NULL, or why the line says nothing about a decision. What the proxy refused
 * had not come as far as that. */
static const char *
repeat_record(struct repeat *r, const struct record *record)
{
	struct replay_rule v[PLAN_MAX];
	struct replay_request q = { .t_ns = record->t_first,
		.method = record->method,
		.path = record->path,
		.target = record->target_hash,
		.op = record->op,
		.phase = record->phase };
	unsigned n = 0;

	if (record->outcome == OUTCOME_REFUSED || record->method.n == 0)
		return NULL;
	if (record->path.n == 0 && record->target_hash == 0)
		return "there is no path";
	for (size_t at = 0; at < record->plan.n;
	     at += sizeof(struct record_armed)) {
		struct record_armed a;

		memcpy(&a, record->plan.p + at, sizeof(a));
		v[n++] = (struct replay_rule){ .n = a.n,
			.draw = a.draw,
			.rule = (uint16_t)a.rule,
			.choice = (uint16_t)a.choice };
	}
	if (n == 0 && record->rule != RECORD_NO_RULE)
		v[n++] = replay_plain(
		    r->seed, r->scenario->rules[record->rule], record->draw_n);
	return replay_add(r->to, &q, v, n) ? NULL
					   : "the rule has no such alternative";
}

/* One line; NULL, or what is wrong with it. */
static const char *
repeat_line(struct repeat *r, struct span line)
{
	struct journal_header h;
	struct record record;
	const char *why = NULL;
	uint64_t lost;

	switch (journal_read(
	    line, &r->legend.journal, &record, &h, &lost, &r->text, &why)) {
	case JOURNAL_HEADER:
		repeat_header(r, &h);
		r->lost += lost;
		return NULL;
	case JOURNAL_RECORD:
		return r->started ? repeat_record(r, &record) : NULL;
	case JOURNAL_LOSS:
		r->lost += lost;
		return NULL;
	case JOURNAL_OTHER:
		return NULL;
	case JOURNAL_BAD:
		break;
	}
	return r->started ? why : NULL;
}

static void
repeat_read(struct repeat *r, FILE *from)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, from)) > 0) {
		const char *why;

		if (line[n - 1] == '\n')
			n--;
		r->n_lines++;
		why = repeat_line(r, (struct span){ line, (size_t)n });
		if (why == NULL)
			continue;
		if (r->lost++ < 5)
			log_warn("%s:%llu: %s", r->path,
			    (unsigned long long)r->n_lines, why);
	}
	free(line);
}

static int
repeat_file(struct repeat *r)
{
	FILE *from = fopen(r->path, "re");
	bool failed;

	if (from != NULL) {
		repeat_read(r, from);
		failed = ferror(from) != 0;
		fclose(from);
	}
	if (from == NULL || failed) {
		log_error("%s: %s", r->path, strerror(errno));
		return EXIT_USAGE;
	}
	if (!r->started) {
		log_error(r->foreign
			      ? "%s: the journal was written while another "
				"scenario (or another version of it) was "
				"played; --force replays it anyway"
			      : "%s: no journal: its header is missing",
		    r->path);
		return EXIT_USAGE;
	}
	if (r->lost > 0)
		log_warn("%s: %llu attempts are missing, so decisions may meet "
			 "other requests than before",
		    r->path, (unsigned long long)r->lost);
	return EXIT_PASS;
}

int
repeat_load(struct options *o, const struct scenario *s, struct replay **to)
{
	struct repeat r = {
		.path = o->replay, .scenario = s, .force = o->force
	};
	int status;

	*to = NULL;
	if (o->replay == NULL)
		return EXIT_PASS;
	legend_init(&r.legend, s);
	buf_init(&r.text, REPEAT_LINE_MAX);
	r.to = replay_new(s);
	status = repeat_file(&r);
	if (status == EXIT_PASS && o->has_seed && o->seed != r.seed) {
		log_error("the seed of %s is %llu: leave --seed out", r.path,
		    (unsigned long long)r.seed);
		status = EXIT_USAGE;
	}
	buf_clear(&r.text);
	legend_clear(&r.legend);
	if (status != EXIT_PASS) {
		replay_free(r.to);
		return status;
	}
	o->seed = r.seed;
	o->has_seed = true;
	replay_ready(r.to);
	*to = r.to;
	return EXIT_PASS;
}

void
repeat_tell(const struct options *o, const struct play *play)
{
	struct replay_stats st;

	if (play_replayed(play) == NULL)
		return;
	st = replay_stats(play_replayed(play));
	log_info("replay: %llu of the %llu requests of %s came again; %llu "
		 "others passed",
	    (unsigned long long)st.taken, (unsigned long long)st.decisions,
	    o->replay, (unsigned long long)st.unknown);
}
