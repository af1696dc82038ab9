/* `brownout codes`: the status registry as a table, an entry, or JSON. */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "base/units.h"
#include "cli/cli.h"
#include "http/head.h"
#include "http/status.h"

extern const struct command command_codes;

enum { CODES_WIDTH = 79, CODES_INDENT = 13 };

/* One letter a document, in the order of its bits. */
static const char codes_letters[STATUS_SEEDS + 1] = "GRMPC";

/* Prints text after a label, wrapped and indented. */
static void
codes_line(const char *label, const char *text)
{
	size_t column = CODES_INDENT - 1;

	printf("%-*s", CODES_INDENT - 1, label);
	while (*text != '\0') {
		size_t word = strcspn(text, " ");

		if (column + 1 + word > CODES_WIDTH) {
			printf("\n%*s", CODES_INDENT - 1, "");
			column = CODES_INDENT - 1;
		}
		printf(" %.*s", (int)word, text);
		column += 1 + word;
		text += word;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static const char *
codes_body_text(enum status_body b)
{
	static const char *const texts[] = {
		[STATUS_BODY_NONE] = "none, and no Content-Length",
		[STATUS_BODY_EMPTY] = "empty: Content-Length: 0",
		[STATUS_BODY_NOTE] = "a note as JSON, HTML or text by Accept",
		[STATUS_BODY_LINK] = "a short hypertext note with a link",
		[STATUS_BODY_LIST] = "a list of what there is to choose from",
		[STATUS_BODY_PART] = "the bytes of the range asked for",
		[STATUS_BODY_MULTI] = "a WebDAV multistatus document (XML)",
		[STATUS_BODY_SILENT] = "no response at all, not one byte",
	};

	return texts[b];
}

static void
codes_print_retry(const struct status *s)
{
	char text[512];

	snprintf(text, sizeof(text), "%s: %s%s%s",
	    status_retry_name((enum status_retry)s->retry), s->when,
	    s->idempotent_only ? "; only an idempotent method, or with a key"
			       : "",
	    s->neutral ? "; clients differ in good faith, the judge takes no "
			 "side"
		       : "");
	codes_line("retry", text);
}

static void
codes_print_documents(const struct status *s)
{
	char text[256] = "";
	size_t n = 0;

	for (unsigned i = 0; i < STATUS_SEEDS; i++)
		if ((s->seeds & 1u << i) != 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s%s", n > 0 ? "; " : "", status_seed_name(i));
	codes_line("documents", text);
}

static void
codes_print_entry(const struct status *s)
{
	char source[128];

	printf("%u %s\n\n", s->code, s->reason);
	codes_line("class", status_class_name(s->code));
	snprintf(source, sizeof(source), "%s%s",
	    s->official ? "official: " : "not official, used by ", s->source);
	codes_line("source", source);
	codes_line("body", codes_body_text((enum status_body)s->body));
	codes_line("required", s->required != NULL ? s->required : "-");
	codes_line("usual", s->usual != NULL ? s->usual : "-");
	codes_print_retry(s);
	codes_line("temporary", s->temporary ? "yes" : "no");
	codes_line("cacheable", s->cacheable ? "yes, by default" : "no");
	codes_line("connection", s->closes        ? "ends"
				 : s->code == 101 ? "becomes a dead tunnel"
				 : s->interim ? "goes on to the final response"
					      : "stays usable");
	codes_print_documents(s);
	if (s->note != NULL)
		codes_line("note", s->note);
}

static void
codes_print_table(void)
{
	size_t n;
	const struct status *s = status_all(&n);

	printf("code  %-36s  %-16s  %-8s  %s\n", "reason", "may be retried",
	    "standing", "named");
	for (size_t i = 0; i < n; i++, s++) {
		printf("%4u  %-36s  %-16s  %-8s  ", s->code, s->reason,
		    status_retry_name((enum status_retry)s->retry),
		    s->official ? "official" : "in use");
		for (unsigned k = 0; k < STATUS_SEEDS; k++)
			putchar(
			    (s->seeds & 1u << k) != 0 ? codes_letters[k] : '-');
		putchar('\n');
	}
	printf("\nNamed by:");
	for (unsigned k = 0; k < STATUS_SEEDS; k++)
		printf("%s %c %s\n", k > 0 ? "         " : "", codes_letters[k],
		    status_seed_name(k));
	puts("Any other code from 100 to 999 can be injected as a plain one of "
	     "its class.");
}

static json_t *
codes_json_list(const char *list)
{
	json_t *a = json_array();
	struct span rest = span_str(list), item;

	while (list_next(&rest, &item))
		json_array_append_new(a, json_stringn(item.p, item.n));
	return a;
}

static json_t *
codes_json(const struct status *s)
{
	json_t *documents = json_array();

	for (unsigned i = 0; i < STATUS_SEEDS; i++)
		if ((s->seeds & 1u << i) != 0)
			json_array_append_new(
			    documents, json_string(status_seed_name(i)));
	return json_pack("{si ss ss sb ss ss so so s{ss ss sb sb} sb sb sb sb "
			 "so ss* ss*}",
	    "code", (int)s->code, "reason", s->reason, "class",
	    status_class_name(s->code), "official", (int)s->official, "source",
	    s->source, "body", status_body_name((enum status_body)s->body),
	    "required", codes_json_list(s->required), "usual",
	    codes_json_list(s->usual), "retry", "guidance",
	    status_retry_name((enum status_retry)s->retry), "when", s->when,
	    "idempotent_only", (int)s->idempotent_only, "neutral",
	    (int)s->neutral, "temporary", (int)s->temporary, "cacheable",
	    (int)s->cacheable, "interim", (int)s->interim, "closes",
	    (int)s->closes, "documents", documents, "detail", s->detail, "note",
	    s->note);
}

/* Prints one entry, or all of them as an array. */
static void
codes_print_json(const struct status *s)
{
	json_t *root = s != NULL ? codes_json(s) : json_array();
	size_t n;
	const struct status *all = status_all(&n);

	for (size_t i = 0; s == NULL && i < n; i++)
		json_array_append_new(root, codes_json(&all[i]));
	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

/* The entry for an argument; NULL after a message. */
static const struct status *
codes_entry(const char *arg)
{
	const struct status *s;
	int64_t code;

	if (units_int(span_str(arg), STATUS_MIN, STATUS_MAX, &code) != NULL) {
		cli_usage(&command_codes,
		    "'%s' is not a status code (a number from %d to %d)", arg,
		    STATUS_MIN, STATUS_MAX);
		return NULL;
	}
	s = status_find((unsigned)code);
	if (s == NULL)
		fprintf(stderr,
		    "brownout codes: the registry has no entry for %s; "
		    "a scenario can inject it all the same, as a plain code "
		    "(%s)\n",
		    arg, status_class_name((unsigned)code));
	return s;
}

static int
codes_run(int argc, char **argv)
{
	const struct status *s = NULL;
	const char *code = NULL;
	bool json = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (argv[i][0] == '-' && argv[i][1] != '\0')
			return cli_usage(
			    &command_codes, "unknown option '%s'", argv[i]);
		else if (code != NULL)
			return cli_usage(&command_codes,
			    "one code at a time, please: '%s' is too many",
			    argv[i]);
		else
			code = argv[i];
	}
	if (code != NULL && (s = codes_entry(code)) == NULL)
		return EXIT_USAGE;
	if (json)
		codes_print_json(s);
	else if (s != NULL)
		codes_print_entry(s);
	else
		codes_print_table();
	return EXIT_PASS;
}

const struct command command_codes = {
	.name = "codes",
	.usage = "codes [--json] [CODE]",
	.summary = "List the status codes, or explain one",
	.help = "  --json   the same as JSON: an array, or one object\n"
		"\n"
		"Examples:\n"
		"  brownout codes\n"
		"  brownout codes 429\n"
		"  brownout codes --json | jq '.[] | select(.official | "
		"not)'\n",
	.run = codes_run,
};
