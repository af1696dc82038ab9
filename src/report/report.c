#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "report/html.h"
#include "report/json.h"
#include "report/junit.h"
#include "report/markdown.h"

/* Beyond any real report: the series of a verdict are bounded. */
enum { REPORT_MAX = 256 << 20 };

static void
report_markdown(
    struct buf *to, const struct verdict *v, const struct scenario *scenario)
{
	(void)scenario;
	markdown_put(to, v);
}

static const struct report_file {
	const char *name;
	void (*put)(
	    struct buf *, const struct verdict *, const struct scenario *);
} report_files[] = {
	{ "report.html", html_put },
	{ "report.json", json_put },
	{ "junit.xml", junit_put },
	{ "report.md", report_markdown },
};

static bool
report_write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

/* Writes text to path by way of temporary; false with errno. */
static bool
report_write(const char *path, const char *temporary, const struct buf *text)
{
	int fd =
	    open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	bool ok;
	int why;

	if (fd < 0)
		return false;
	ok = report_write_all(fd, text->data, text->n);
	why = errno;
	if (close(fd) != 0 && ok) {
		ok = false;
		why = errno;
	}
	if (ok && rename(temporary, path) == 0)
		return true;
	if (ok)
		why = errno;
	unlink(temporary);
	errno = why;
	return false;
}

static bool
report_file(const struct report_file *f, const char *dir,
    const struct verdict *v, const struct scenario *scenario,
    struct diags *diags)
{
	char *path = xasprintf("%s/%s", dir, f->name);
	char *temporary = xasprintf("%s.new", path);
	struct buf text;
	bool ok;

	buf_init(&text, REPORT_MAX);
	f->put(&text, v, scenario);
	if (text.overflow)
		errno = EFBIG;
	ok = !text.overflow && report_write(path, temporary, &text);
	if (!ok)
		diags_add(diags, DIAG_ERROR, path, 0, 0, "%s", strerror(errno));
	buf_clear(&text);
	free(temporary);
	free(path);
	return ok;
}

bool
report_make_dir(const char *dir, struct diags *diags)
{
	char *path = xstrdup(dir);
	struct stat st;
	bool ok = true;

	for (char *p = path; ok && *p != '\0';) {
		p += strspn(p, "/");
		p += strcspn(p, "/");
		if (*p == '\0')
			break;
		*p = '\0';
		ok = mkdir(path, 0777) == 0 || errno == EEXIST;
		*p = '/';
	}
	ok = ok && (mkdir(dir, 0777) == 0 || errno == EEXIST) &&
	     stat(dir, &st) == 0 && access(dir, W_OK) == 0;
	if (ok && !S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		ok = false;
	}
	if (!ok)
		diags_add(diags, DIAG_ERROR, dir, 0, 0, "%s", strerror(errno));
	free(path);
	return ok;
}

bool
report_write_dir(const char *dir, const struct verdict *v,
    const struct scenario *scenario, struct diags *diags)
{
	bool ok = true;

	if (!report_make_dir(dir, diags))
		return false;
	for (size_t i = 0; i < sizeof(report_files) / sizeof(*report_files);
	     i++)
		ok &= report_file(&report_files[i], dir, v, scenario, diags);
	return ok;
}
