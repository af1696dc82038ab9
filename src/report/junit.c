#include "report/junit.h"

#include "report/markup.h"
#include "report/text.h"

/* Which element tells how a case ended; NULL: none, it passed. */
enum junit_end { JUNIT_PASS, JUNIT_FAILURE, JUNIT_ERROR, JUNIT_SKIPPED };
static const char *const junit_elements[] = { NULL, "failure", "error",
	"skipped" };

struct junit {
	struct buf *to;
	const struct verdict *v;
	const struct scenario *scenario;
	struct buf work; /* emptied before each use */
};

static enum junit_end
junit_end(const struct junit *j, const struct expectation *x)
{
	if (x->status == RESULT_PASS)
		return JUNIT_PASS;
	if (x->status == RESULT_FAIL)
		return JUNIT_FAILURE;
	if (x->implied && x->status == RESULT_NOT_EXERCISED)
		return JUNIT_SKIPPED;
	return j->scenario->verdict.warn ? JUNIT_SKIPPED : JUNIT_ERROR;
}

/* Whether something is wrong that no expectation of the suite shows. */
static bool
junit_needs_verdict(const struct verdict *v)
{
	return v->losses > 0 ||
	       (v->overall != RESULT_PASS && text_ended(v, v->overall) == 0);
}

/* Escapes what the work buffer holds and empties it. */
static void
junit_flush(struct junit *j)
{
	buf_putc(&j->work, '\0');
	markup_xml(j->to, j->work.data);
	j->work.n = 0;
}

static void
junit_property(struct junit *j, unsigned indent, const char *name)
{
	buf_printf(
	    j->to, "%*s<property name=\"%s\" value=\"", (int)indent, "", name);
	junit_flush(j);
	buf_puts(j->to, "\"/>\n");
}

static void
junit_suite_properties(struct junit *j)
{
	const struct verdict *v = j->v;

	buf_puts(j->to, "    <properties>\n");
	buf_u64(&j->work, v->seed);
	junit_property(j, 6, "seed");
	buf_u64(&j->work, v->operations);
	junit_property(j, 6, "n");
	text_grouping(&j->work, v->grouping);
	junit_property(j, 6, "confidence");
	buf_u64(&j->work, v->attempts);
	junit_property(j, 6, "attempts");
	buf_puts(&j->work, v->profile);
	junit_property(j, 6, "profile");
	buf_printf(&j->work, "%016llx", (unsigned long long)j->scenario->hash);
	junit_property(j, 6, "scenario_hash");
	buf_u64(&j->work, v->losses);
	junit_property(j, 6, "losses");
	buf_puts(&j->work, result_name(v->overall));
	junit_property(j, 6, "verdict");
	buf_puts(j->to, "    </properties>\n");
}

/* A line of text: escaped, and the line's end stays one. */
static void
junit_line(struct junit *j)
{
	junit_flush(j);
	buf_putc(j->to, '\n');
}

/* The numbers of a case in one line. Not as properties: for Jenkins' schema
 * (junit-10.xsd) these are a suite's alone. */
static void
junit_numbers(struct junit *j, const struct expectation *x)
{
	buf_printf(&j->work, "value %s", x->value.text);
	if (x->limit.unit != UNIT_NONE)
		buf_puts(&j->work, ", limit ");
	text_limit(&j->work, x);
	buf_printf(&j->work, ", n %llu %s", (unsigned long long)x->n,
	    x->n_of != NULL ? x->n_of : "");
	if (x->has_interval)
		buf_puts(&j->work, ", 95% interval ");
	text_interval(&j->work, x);
	if (x->n > 0)
		buf_puts(&j->work, ", grouping ");
	if (x->n > 0)
		text_grouping(&j->work, x->grouping);
	junit_line(j);
}

static void
junit_system_out(struct junit *j, const struct expectation *x)
{
	buf_puts(j->to, "      <system-out>");
	junit_numbers(j, x);
	for (unsigned i = 0; i < x->n_offenders; i++) {
		const struct offender *o = &x->offenders[i];

		text_offender(&j->work, o);
		junit_line(j);
		for (unsigned k = 0; k < o->n_moments; k++) {
			text_moment(&j->work, &o->moments[k], j->v);
			junit_line(j);
		}
	}
	buf_puts(j->to, "</system-out>\n");
}

static void
junit_case_open(struct junit *j, const char *name)
{
	buf_puts(j->to, "    <testcase classname=\"");
	markup_xml(j->to, j->v->scenario);
	buf_puts(j->to, "\" name=\"");
	markup_xml(j->to, name);
	buf_puts(j->to, "\" time=\"0\">\n");
}

/* Some viewers show the message of what is no pass, some the text. */
static void
junit_no_pass(struct junit *j, const struct expectation *x, const char *element)
{
	buf_printf(
	    j->to, "      <%s message=\"%s: ", element, text_result(x->status));
	markup_xml(j->to, x->why);
	buf_puts(j->to, "\"");
	if (element != junit_elements[JUNIT_SKIPPED]) {
		buf_puts(j->to, " type=\"");
		markup_xml(j->to, x->check);
		buf_puts(j->to, "\"");
	}
	buf_puts(j->to, ">");
	buf_printf(&j->work, "%s: %s", text_result(x->status), x->why);
	junit_line(j);
	junit_numbers(j, x);
	buf_printf(j->to, "</%s>\n", element);
}

static void
junit_case(struct junit *j, const struct expectation *x)
{
	const char *element = junit_elements[junit_end(j, x)];

	junit_case_open(j, x->name);
	if (element != NULL)
		junit_no_pass(j, x, element);
	junit_system_out(j, x);
	buf_puts(j->to, "    </testcase>\n");
}

/* What does not change the exit status does not make a build red either. */
static enum junit_end
junit_verdict_end(const struct verdict *v)
{
	return v->exit_status == 0 ? JUNIT_SKIPPED : JUNIT_ERROR;
}

static void
junit_verdict_case(struct junit *j)
{
	bool skipped = junit_verdict_end(j->v) == JUNIT_SKIPPED;

	junit_case_open(j, "verdict");
	buf_printf(
	    j->to, "      <%s message=\"", skipped ? "skipped" : "error");
	text_verdict(&j->work, j->v);
	junit_flush(j);
	buf_puts(j->to, skipped ? "\">" : "\" type=\"verdict\">");
	text_verdict(&j->work, j->v);
	junit_flush(j);
	buf_printf(
	    j->to, "</%s>\n    </testcase>\n", skipped ? "skipped" : "error");
}

static void
junit_counts(struct junit *j, const unsigned *ends, unsigned tests)
{
	buf_printf(j->to,
	    " tests=\"%u\" failures=\"%u\" errors=\"%u\" time=\"%.3f\"", tests,
	    ends[JUNIT_FAILURE], ends[JUNIT_ERROR], j->v->end);
}

void
junit_put(
    struct buf *to, const struct verdict *v, const struct scenario *scenario)
{
	struct junit j = { .to = to, .v = v, .scenario = scenario };
	unsigned ends[4] = { 0 }, tests = v->n_expectations;
	bool own = junit_needs_verdict(v);

	buf_init(&j.work, 1 << 24);
	for (unsigned i = 0; i < v->n_expectations; i++)
		ends[junit_end(&j, &v->expectations[i])]++;
	if (own) {
		ends[junit_verdict_end(v)]++;
		tests++;
	}
	buf_puts(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		     "<testsuites name=\"brownout\"");
	junit_counts(&j, ends, tests);
	buf_puts(to, ">\n  <testsuite name=\"");
	markup_xml(to, v->scenario);
	buf_puts(to, "\"");
	junit_counts(&j, ends, tests);
	buf_printf(to, " skipped=\"%u\">\n", ends[JUNIT_SKIPPED]);
	junit_suite_properties(&j);
	for (unsigned i = 0; i < v->n_expectations; i++)
		junit_case(&j, &v->expectations[i]);
	if (own)
		junit_verdict_case(&j);
	buf_puts(to, "  </testsuite>\n</testsuites>\n");
	buf_clear(&j.work);
}
