#include "admin/access_log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "record/json_put.h"
#include "record/outlet.h"

struct access_log {
	struct outlet out;
	enum access_format format;
};

struct access_log *
access_log_open(const char *path, enum access_format format)
{
	struct access_log *log = xcalloc(1, sizeof(*log));

	log->format = format;
	if (outlet_open_log(&log->out, path) == 0)
		return log;
	free(log);
	return NULL;
}

void
access_log_close(struct access_log *log)
{
	if (log == NULL)
		return;
	outlet_finish(&log->out);
	free(log);
}

void
access_log_add(struct access_log *log, const struct record *r,
    const struct pairing *p, const struct journal_names *names)
{
	if (!outlet_has_room(&log->out))
		return;
	access_log_write(&log->out.text, log->format, r, p, names);
	outlet_added(&log->out);
}

void
access_log_tick(struct access_log *log)
{
	outlet_tick(&log->out);
}

void
access_log_reopen(struct access_log *log)
{
	if (outlet_reopen(&log->out) != 0)
		log_error("log %s: %s; the old one goes on", log->out.path,
		    strerror(errno));
}

uint64_t
access_log_losses(const struct access_log *log)
{
	return outlet_losses(&log->out);
}

static const char *
access_peer(const struct record *r, char to[INET6_ADDRSTRLEN])
{
	if (r->peer_n == 0)
		return "unix:";
	inet_ntop(
	    r->peer_n == 4 ? AF_INET : AF_INET6, r->peer, to, INET6_ADDRSTRLEN);
	return to;
}

static const char *
access_name(const char *const *names, unsigned n, unsigned i)
{
	return i < n ? names[i] : NULL;
}

static const char *
access_rule(const struct record *r, const struct journal_names *names)
{
	return r->play == names->play
		   ? access_name(names->rules, names->n_rules, r->rule)
		   : NULL;
}

static const char *
access_fault(const struct record *r, const struct journal_names *names)
{
	return access_name(names->faults, names->n_faults, r->fault);
}

/* As nginx: what could end a quoted field or a line stands as \xXX. */
static void
access_quoted(struct buf *to, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			buf_printf(to, "\\x%02X", c);
		else
			buf_putc(to, (char)c);
	}
}

static void
access_field(struct buf *to, struct span s)
{
	buf_puts(to, " \"");
	if (s.n == 0)
		buf_putc(to, '-');
	else
		access_quoted(to, s);
	buf_putc(to, '"');
}

static void
access_combined(struct buf *to, const struct record *r, const struct pairing *p,
    const struct journal_names *names)
{
	const char *rule = access_rule(r, names),
		   *fault = access_fault(r, names);
	time_t s = (time_t)(r->wall_ns / NS_PER_S);
	char peer[INET6_ADDRSTRLEN], date[40];
	struct tm tm;

	gmtime_r(&s, &tm);
	strftime(date, sizeof(date), "%d/%b/%Y:%H:%M:%S +0000", &tm);
	buf_printf(to, "%s - - [%s] \"", access_peer(r, peer), date);
	access_quoted(to, r->method);
	buf_putc(to, ' ');
	access_quoted(to, r->path);
	buf_printf(to, " HTTP/1.%u\" %u %llu", r->minor, r->status,
	    (unsigned long long)r->bytes_out);
	access_field(to, r->referer);
	access_field(to, r->agent);
	buf_printf(to, " %.6f %s %s %s %u\n",
	    (double)(r->t_end - r->t_first) / 1e9,
	    journal_outcomes.v[r->outcome], rule != NULL ? rule : "-",
	    fault != NULL ? fault : "-", p->attempt);
}

static void
access_text(struct buf *to, const char *key, struct span s)
{
	char *end;

	buf_printf(to, ",\"%s\":", key);
	end = buf_reserve(to, JSON_STRING_MAX(s.n));
	if (end == NULL)
		return;
	to->n += (size_t)(json_put_string(end, s) - end);
}

static void
access_seconds(struct buf *to, const char *key, uint64_t ns)
{
	char text[JSON_NUMBER_MAX], *end = json_put_seconds(text, ns);

	buf_printf(to, ",\"%s\":%.*s", key, (int)(end - text), text);
}

static void
access_json(struct buf *to, const struct record *r, const struct pairing *p,
    const struct journal_names *names)
{
	const char *rule = access_rule(r, names),
		   *fault = access_fault(r, names);
	char peer[INET6_ADDRSTRLEN], text[JSON_TIME_MAX],
	    *end = json_put_time(text, r->wall_ns);

	buf_printf(to, "{\"ts\":%.*s", (int)(end - text), text);
	access_text(to, "client", span_str(access_peer(r, peer)));
	access_text(to, "method", r->method);
	access_text(to, "path", r->path);
	access_text(to, "host", r->host);
	buf_printf(
	    to, ",\"proto\":\"HTTP/1.%u\",\"status\":%u", r->minor, r->status);
	buf_printf(to, ",\"bytes_in\":%llu,\"bytes_out\":%llu",
	    (unsigned long long)r->bytes_in, (unsigned long long)r->bytes_out);
	access_seconds(to, "duration", r->t_end - r->t_first);
	access_seconds(to, "delay", r->delay_ns);
	access_text(to, "referer", r->referer);
	access_text(to, "user_agent", r->agent);
	access_text(to, "outcome", span_str(journal_outcomes.v[r->outcome]));
	if (rule != NULL)
		access_text(to, "rule", span_str(rule));
	if (fault != NULL)
		access_text(to, "fault", span_str(fault));
	if (p->attempt > 0)
		buf_printf(to, ",\"attempt\":%u", p->attempt);
	buf_puts(to, "}\n");
}

void
access_log_write(struct buf *to, enum access_format format,
    const struct record *r, const struct pairing *p,
    const struct journal_names *names)
{
	if (format == ACCESS_JSON)
		access_json(to, r, p, names);
	else
		access_combined(to, r, p, names);
}
