/* Change the fields of the response: their values, number, order and case. */
#include "fault/fault.h"
#include "http/edit.h"

enum headers_case { HEADERS_LOWER, HEADERS_UPPER, HEADERS_TITLE };

enum { HEADERS_NAME_MAX = 256 };

struct headers_conf {
	struct param_list remove;
	struct param_pairs set, add;
	struct param_list reorder;
	int recase; /* enum headers_case */
	uint32_t given;
};
enum { HEADERS_GIVES_RECASE = 1 << 4 };

static struct span
headers_value(const struct param_pair *p)
{
	return p->value != NULL ? span_str(p->value) : SPAN("");
}

/* Moves the lines of that name to place `to`, in their order; what stood there
 * follows. Returns the place after them. */
static unsigned
headers_pull(struct head_edit *e, struct span name, unsigned to)
{
	for (unsigned i = to; i < e->n; i++)
		if (span_caseeq(e->lines[i].name, name)) {
			struct edit_line line = e->lines[i];

			memmove(&e->lines[to + 1], &e->lines[to],
			    (i - to) * sizeof(line));
			e->lines[to++] = line;
		}
	return to;
}

static char
headers_recase_char(char c, enum headers_case how, bool word_begins)
{
	bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
	bool up = how == HEADERS_UPPER || (how == HEADERS_TITLE && word_begins);

	if (up && lower)
		return (char)(c - 'a' + 'A');
	if (!up && upper)
		return (char)(c - 'A' + 'a');
	return c;
}

/* Writes all lines anew: the edit copies text, so names in another case are
 * added as new lines and the old ones dropped. */
static void
headers_recase(struct head_edit *e, enum headers_case how)
{
	unsigned n = e->n;

	for (unsigned i = 0; i < n; i++) {
		char name[HEADERS_NAME_MAX], before = '-';
		struct span old = e->lines[0].name;
		struct span value = e->lines[0].value;

		if (old.n <= sizeof(name)) {
			for (size_t j = 0; j < old.n; j++) {
				name[j] = headers_recase_char(
				    old.p[j], how, before == '-');
				before = old.p[j];
			}
			edit_add(e, (struct span){ name, old.n }, SPAN(""));
			/* Its value is where it was, unless the text moved. */
			value = e->lines[0].value;
			e->lines[e->n - 1].value = value;
		} else {
			edit_add(e, SPAN(""), SPAN(""));
			e->lines[e->n - 1] = e->lines[0];
		}
		memmove(&e->lines[0], &e->lines[1],
		    (e->n - 1) * sizeof(e->lines[0]));
		e->n--;
	}
}

static struct step
headers_on_response(struct fault *f, struct head_edit *edit)
{
	const struct headers_conf *c = f->conf;
	const char *const *names = c->remove.v;
	unsigned to = 0;

	for (size_t i = 0; i < c->remove.n; i++)
		edit_remove(edit, span_str(names[i]));
	for (size_t i = 0; i < c->set.n; i++)
		edit_set(edit, span_str(c->set.v[i].name),
		    headers_value(&c->set.v[i]));
	for (size_t i = 0; i < c->add.n; i++)
		edit_add(edit, span_str(c->add.v[i].name),
		    headers_value(&c->add.v[i]));
	names = c->reorder.v;
	for (size_t i = 0; i < c->reorder.n; i++)
		to = headers_pull(edit, span_str(names[i]), to);
	if ((c->given & HEADERS_GIVES_RECASE) != 0)
		headers_recase(edit, (enum headers_case)c->recase);
	return step_pass();
}

static bool
headers_touch_framing(const struct headers_conf *c)
{
	const char *const *names = c->remove.v;

	for (size_t i = 0; i < c->remove.n; i++)
		if (param_is_framing(names[i]))
			return true;
	for (size_t i = 0; i < c->set.n; i++)
		if (param_is_framing(c->set.v[i].name))
			return true;
	for (size_t i = 0; i < c->add.n; i++)
		if (param_is_framing(c->add.v[i].name))
			return true;
	return false;
}

static const char *
headers_check(const void *conf)
{
	const struct headers_conf *c = conf;
	const char *why;

	if (c->given == 0)
		return "headers changes nothing: give set, add, remove, "
		       "reorder or recase";
	if ((why = param_check_fields(&c->set)) != NULL ||
	    (why = param_check_fields(&c->add)) != NULL ||
	    (why = param_check_names(&c->remove)) != NULL ||
	    (why = param_check_names(&c->reorder)) != NULL)
		return why;
	if (headers_touch_framing(c))
		return "Content-Length and Transfer-Encoding follow from the "
		       "body; `malformed` sends wrong ones";
	return NULL;
}

static const char *const headers_cases[] = { "lower", "upper", "title", NULL };

static const struct param headers_rows[] = {
	{ .name = "remove",
	    .type = PARAM_LIST,
	    .offset = offsetof(struct headers_conf, remove),
	    .help = "fields that the client does not see",
	    .sub = &param_strings },
	{ .name = "set",
	    .type = PARAM_PAIRS,
	    .offset = offsetof(struct headers_conf, set),
	    .help = "fields that have this value, once" },
	{ .name = "add",
	    .type = PARAM_PAIRS,
	    .offset = offsetof(struct headers_conf, add),
	    .help = "further fields, beside any of the same name" },
	{ .name = "reorder",
	    .type = PARAM_LIST,
	    .offset = offsetof(struct headers_conf, reorder),
	    .help = "fields that come first, in this order",
	    .sub = &param_strings },
	{ .name = "recase",
	    .type = PARAM_ENUM,
	    .offset = offsetof(struct headers_conf, recase),
	    .help = "the case of all names: lower, upper or title",
	    .names = headers_cases },
};

const struct fault_type fault_headers = {
	.name = "headers",
	.summary = "fields of the answer are changed, moved or missing",
	.class = FAULT_CHANGES,
	.params = { PARAM_ROWS(headers_rows),
	    .size = sizeof(struct headers_conf),
	    .given = offsetof(struct headers_conf, given),
	    .check = headers_check },
	.on_response = headers_on_response,
};
