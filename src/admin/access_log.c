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

static char *
access_put(char *to, const char *text)
{
	size_t n = strlen(text);

	memcpy(to, text, n);
	return to + n;
}

/* `,"key":`, the key with its marks. */
#define ACCESS_KEY(to, key) JSON_LIT(to, ",\"" key "\":")

/* Where a line fits whole: fixed text, numbers, and six strings. */
static size_t
access_json_max(const struct record *r, const char *rule, const char *fault)
{
	return 1024 + JSON_STRING_MAX(r->method.n + r->path.n + r->host.n +
				      r->referer.n + r->agent.n +
				      (rule != NULL ? strlen(rule) : 0) +
				      (fault != NULL ? strlen(fault) : 0));
}

static char *
access_json_numbers(char *to, const struct record *r)
{
	to = ACCESS_KEY(to, "proto");
	to = access_put(to, r->minor == 0 ? "\"HTTP/1.0\"" : "\"HTTP/1.1\"");
	to = json_put_u64(ACCESS_KEY(to, "status"), r->status);
	to = json_put_u64(ACCESS_KEY(to, "bytes_in"), r->bytes_in);
	to = json_put_u64(ACCESS_KEY(to, "bytes_out"), r->bytes_out);
	to =
	    json_put_seconds(ACCESS_KEY(to, "duration"), r->t_end - r->t_first);
	return json_put_seconds(ACCESS_KEY(to, "delay"), r->delay_ns);
}

/* By plain appends: it is on the way of every record. */
static void
access_json(struct buf *b, const struct record *r, const struct pairing *p,
    const struct journal_names *names)
{
	const char *rule = access_rule(r, names),
		   *fault = access_fault(r, names);
	char peer[INET6_ADDRSTRLEN];
	char *to = buf_reserve(b, access_json_max(r, rule, fault)), *start = to;

	if (to == NULL)
		return;
	to = json_put_time(JSON_LIT(to, "{\"ts\":"), r->wall_ns);
	to = json_put_string(
	    ACCESS_KEY(to, "client"), span_str(access_peer(r, peer)));
	to = json_put_string(ACCESS_KEY(to, "method"), r->method);
	to = json_put_string(ACCESS_KEY(to, "path"), r->path);
	to = json_put_string(ACCESS_KEY(to, "host"), r->host);
	to = access_json_numbers(to, r);
	to = json_put_string(ACCESS_KEY(to, "referer"), r->referer);
	to = json_put_string(ACCESS_KEY(to, "user_agent"), r->agent);
	to = json_put_string(ACCESS_KEY(to, "outcome"),
	    span_str(journal_outcomes.v[r->outcome]));
	if (rule != NULL)
		to = json_put_string(ACCESS_KEY(to, "rule"), span_str(rule));
	if (fault != NULL)
		to = json_put_string(ACCESS_KEY(to, "fault"), span_str(fault));
	if (p->attempt > 0)
		to = json_put_u64(ACCESS_KEY(to, "attempt"), p->attempt);
	to = JSON_LIT(to, "}\n");
	b->n += (size_t)(to - start);
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
