#include "cli/ctl_show.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "report/text.h"

/* A member that is text, fit for a terminal; "" when it is not there. */
static void
show_text(FILE *to, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	struct buf b;

	if (text == NULL)
		return;
	buf_init(&b, SIZE_MAX);
	text_clean(&b, text);
	fwrite(b.data, 1, b.n, to);
	buf_clear(&b);
}

static double
show_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static void
show_phase(const json_t *phase)
{
	if (!json_is_object(phase))
		return;
	printf(", phase ");
	show_text(stdout, phase, "name");
	printf(", %.1f s in", show_number(phase, "into"));
	if (json_is_number(json_object_get(phase, "left")))
		printf(", %.1f s left", show_number(phase, "left"));
}

static void
show_warnings(const json_t *warnings)
{
	const json_t *w;
	size_t i;

	json_array_foreach(warnings, i, w)
	{
		fprintf(stderr, "%s:%d:%d: warning: ",
		    json_string_value(json_object_get(w, "file")),
		    (int)show_number(w, "line"), (int)show_number(w, "column"));
		show_text(stderr, w, "text");
		fputc('\n', stderr);
	}
}

void
ctl_show_state(const json_t *answer)
{
	const json_t *expires = json_object_get(answer, "off_expires");

	show_warnings(json_object_get(answer, "warnings"));
	if (json_is_null(json_object_get(answer, "name"))) {
		printf("no scenario: a plain proxy");
	} else {
		show_text(stdout, answer, "name");
		printf(" (version %d): ", (int)show_number(answer, "version"));
		show_text(stdout, answer, "state");
		show_phase(json_object_get(answer, "phase"));
	}
	printf("; %s", json_is_true(json_object_get(answer, "off")) ? "off"
		       : json_is_true(json_object_get(answer, "armed"))
			   ? "armed"
			   : "not armed");
	if (json_is_number(expires))
		printf(" (for %.1f s more)", json_number_value(expires));
	if (json_is_true(json_object_get(answer, "stopped_by_guard")))
		printf("; stopped by its guard");
	putchar('\n');
}

void
ctl_show_rule(const json_t *rule)
{
	const json_t *achieved = json_object_get(rule, "achieved");

	show_text(stdout, rule, "name");
	printf(": %s, rate ", json_is_true(json_object_get(rule, "enabled"))
				  ? "enabled"
				  : "disabled");
	show_text(stdout, rule, "rate");
	if (json_is_true(json_object_get(rule, "changed")))
		printf(" (changed");
	if (json_is_number(json_object_get(rule, "expires")))
		printf(" for %.1f s more", show_number(rule, "expires"));
	if (json_is_true(json_object_get(rule, "changed")))
		putchar(')');
	printf("; matched %.0f, injected %.0f", show_number(rule, "matched"),
	    show_number(rule, "injected"));
	if (json_is_number(achieved))
		printf(" (%.3g%%)", 100 * json_number_value(achieved));
	putchar('\n');
}

void
ctl_show_rules(const json_t *answer)
{
	const json_t *rules = json_object_get(answer, "rules"), *rule;
	size_t i;

	if (json_array_size(rules) == 0)
		puts("no rules");
	json_array_foreach(rules, i, rule) ctl_show_rule(rule);
}

void
ctl_show_verdict(const json_t *answer)
{
	const json_t *all = json_object_get(answer, "expectations"), *x;
	size_t i;

	json_array_foreach(all, i, x)
	{
		show_text(stdout, x, "status");
		printf("  ");
		show_text(stdout, x, "name");
		if (json_string_value(json_object_get(x, "why")) != NULL) {
			printf(": ");
			show_text(stdout, x, "why");
		}
		putchar('\n');
	}
	show_text(stdout, answer, "line");
	putchar('\n');
}

void
ctl_show_attempts(const json_t *answer)
{
	const json_t *all = json_object_get(answer, "attempts"), *a;
	size_t i;

	json_array_foreach(all, i, a)
	{
		printf("%9.3fs  %3d  ", show_number(a, "t"),
		    (int)show_number(a, "status"));
		show_text(stdout, a, "outcome");
		printf("  ");
		show_text(stdout, a, "method");
		putchar(' ');
		show_text(stdout, a, "path");
		printf("  attempt %d  ", (int)show_number(a, "attempt"));
		show_text(stdout, a, "rule");
		putchar('\n');
	}
}

void
ctl_show_error(unsigned status, const json_t *answer)
{
	const json_t *problems = json_object_get(answer, "problems"), *p;
	size_t i;

	json_array_foreach(problems, i, p)
	{
		fprintf(stderr,
		    "%s:%d:%d: ", json_string_value(json_object_get(p, "file")),
		    (int)show_number(p, "line"), (int)show_number(p, "column"));
		show_text(stderr, p, "text");
		fputc('\n', stderr);
	}
	fprintf(stderr, "brownout: error: %u ", status);
	show_text(stderr, answer, "error");
	fputs(": ", stderr);
	show_text(stderr, answer, "reason");
	fputc('\n', stderr);
}
