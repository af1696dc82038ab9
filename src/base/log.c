#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { LOG_LINE_MAX = 2048 };

static atomic_int log_level = LOG_INFO;

void
log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
}

/* One write a line, so that lines of several threads do not mix. A message
 * that cannot be written has nowhere else to go. */
static void
log_write(enum log_level level, const char *fmt, va_list ap)
{
	static const char *const names[] = { "error: ", "warning: ", "",
		"debug: " };
	char line[LOG_LINE_MAX];
	size_t n;
	int more;

	if ((int)level > atomic_load_explicit(&log_level, memory_order_relaxed))
		return;
	n = (size_t)snprintf(line, sizeof(line), "brownout: %s", names[level]);
	more = vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	if (more > 0)
		n += (size_t)more;
	if (n > sizeof(line) - 1)
		n = sizeof(line) - 1;
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}

#define LOG_FUNCTION(name, level)          \
	void name(const char *fmt, ...)    \
	{                                  \
		va_list ap;                \
                                           \
		va_start(ap, fmt);         \
		log_write(level, fmt, ap); \
		va_end(ap);                \
	}

LOG_FUNCTION(log_error, LOG_ERROR)
LOG_FUNCTION(log_warn, LOG_WARN)
LOG_FUNCTION(log_info, LOG_INFO)
LOG_FUNCTION(log_debug, LOG_DEBUG)
