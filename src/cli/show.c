#include "cli/show.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cli.h"
#include "report/report.h"
#include "report/terminal.h"

enum { SHOW_MAX = 64 << 20 };

static bool
show_in_colours(FILE *to)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return (no == NULL || no[0] == '\0') &&
	       (term == NULL || strcmp(term, "dumb") != 0) &&
	       isatty(fileno(to));
}

static bool
show_print(FILE *to, const struct verdict *v)
{
	struct buf text;
	bool ok;

	buf_init(&text, SHOW_MAX);
	terminal_put(&text, v, show_in_colours(to));
	ok = fwrite(text.data, 1, text.n, to) == text.n && fflush(to) == 0;
	if (!ok)
		log_error("the verdict: %s", strerror(errno));
	buf_clear(&text);
	return ok;
}

int
show_verdict(FILE *to, const struct verdict *v, const struct scenario *scenario,
    const char *dir)
{
	struct diags diags = { .v = NULL };
	bool ok = show_print(to, v);

	if (dir != NULL) {
		ok &= report_write_dir(dir, v, scenario, &diags);
		diags_print(&diags, stderr);
		diags_clear(&diags);
	}
	return ok ? v->exit_status : EXIT_ENVIRONMENT;
}
