/* Interim responses before the real one, which then comes as usual. */
#include "fault/fault.h"

struct interim_conf {
	struct param_list codes; /* int64_t */
	uint32_t given;
};

struct interim_state {
	size_t sent;
};

static struct step
interim_on_request(struct fault *f)
{
	const struct interim_conf *c = f->conf;
	struct interim_state *st = f->state;
	const int64_t *codes = c->codes.v;
	struct reply_spec spec = { 0 };
	struct step step;

	if (f->facts->proto == PROTO_H1 && f->facts->head->minor == 0)
		return step_skip("HTTP/1.0 knows no interim responses");
	if (st->sent == c->codes.n)
		return step_pass();
	spec.status = (unsigned)codes[st->sent++];
	step = fault_reply(f, &spec);
	step.kind = STEP_INTERIM;
	return step;
}

static const char *
interim_check(const void *conf)
{
	const struct interim_conf *c = conf;
	const int64_t *codes = c->codes.v;

	if (c->codes.n == 0)
		return "interim needs at least one code such as 103";
	for (size_t i = 0; i < c->codes.n; i++)
		if (codes[i] > 199 || codes[i] == 101)
			return "an interim response has a 1xx code other than "
			       "101";
	return NULL;
}

static const struct param interim_rows[] = {
	{ .name = "codes",
	    .type = PARAM_LIST,
	    .offset = offsetof(struct interim_conf, codes),
	    .help = "their codes, in the order sent: [100, 102, 103]",
	    .sub = &param_codes,
	    .flags = PARAM_REQUIRED | PARAM_SCALAR },
};

const struct fault_type fault_interim = {
	.name = "interim",
	.summary = "1xx responses come before the real one",
	.class = FAULT_CHANGES,
	.params = { PARAM_ROWS(interim_rows),
	    .size = sizeof(struct interim_conf),
	    .given = offsetof(struct interim_conf, given),
	    .check = interim_check },
	.state_size = sizeof(struct interim_state),
	.on_request = interim_on_request,
};
