#include "admin/api.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "admin/server.h"
#include "base/clock.h"
#include "base/units.h"
#include "report/text.h"

void
api_json(struct api_call *call, unsigned status, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(12));

	call->status = status;
	call->type = "application/json";
	call->text.n = 0;
	if (text == NULL)
		abort();
	buf_puts(&call->text, text);
	buf_putc(&call->text, '\n');
	free(text);
	json_decref(value);
}

void
api_error(struct api_call *call, unsigned status, const char *error,
    const char *fmt, ...)
{
	struct buf b;
	char *reason;
	va_list ap;

	buf_init(&b, 65536);
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	reason = buf_take(&b);
	api_json(call, status,
	    json_pack(
		"{s:s, s:o}", "error", error, "reason", api_string(reason)));
	free(reason);
}

json_t *
api_string(const char *s)
{
	struct buf b;
	json_t *value;

	buf_init(&b, SIZE_MAX);
	text_utf8(&b, s);
	value = json_stringn(b.n > 0 ? b.data : "", b.n);
	buf_clear(&b);
	return value;
}

json_t *
api_object(struct api_call *call)
{
	json_error_t why;
	json_t *value;

	if (span_trim(call->body).n == 0)
		return json_object();
	value = json_loadb(
	    call->body.p, call->body.n, JSON_REJECT_DUPLICATES, &why);
	if (value == NULL)
		api_error(call, 400, "not JSON", "line %d, column %d: %s",
		    why.line, why.column, why.text);
	else if (!json_is_object(value))
		api_error(call, 422, "not an object",
		    "expected an object such as {\"expires\": \"30s\"}");
	if (json_is_object(value))
		return value;
	json_decref(value);
	return NULL;
}

bool
api_duration(
    struct api_call *call, const json_t *object, const char *key, uint64_t *nsp)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value), *why = NULL;

	*nsp = 0;
	if (value == NULL)
		return true;
	if (text == NULL)
		why = "expected a duration such as \"30s\"";
	else
		why = units_duration(span_str(text), nsp);
	if (why == NULL && *nsp == 0)
		why = "must be more than nothing";
	if (why != NULL)
		api_error(call, 422, "invalid value", "%s: %s", key, why);
	return why == NULL;
}

json_t *
api_seconds(uint64_t ns)
{
	return ns == UINT64_MAX ? json_null() : json_real((double)ns / 1e9);
}

void
api_healthz(struct api_call *call)
{
	api_json(call, 200,
	    json_pack(
		"{s:s, s:s}", "status", "ok", "version", BROWNOUT_VERSION));
}

void
api_readyz(struct api_call *call)
{
	if (admin_is_draining(call->admin))
		api_error(call, 503, "not ready", "draining");
	else
		api_json(call, 200, json_pack("{s:b}", "ready", 1));
}

/* Off, or on, for a while or for good. */
static void
api_switch(struct api_call *call, bool off)
{
	json_t *body = api_object(call);
	uint64_t expires;
	const char *key;
	json_t *value;

	if (body == NULL)
		return;
	json_object_foreach(body, key, value)
	{
		if (strcmp(key, "expires") == 0)
			continue;
		api_error(call, 422, "invalid value",
		    "unknown member \"%s\"; there is \"expires\"", key);
		json_decref(body);
		return;
	}
	if (api_duration(call, body, "expires", &expires)) {
		control_set_off(call->control, off, expires, call->now_ns);
		api_json(
		    call, 200, api_state(call->control, clock_mono_ns(), true));
	}
	json_decref(body);
}

void
api_off(struct api_call *call)
{
	api_switch(call, true);
}

void
api_on(struct api_call *call)
{
	api_switch(call, false);
}

void
api_attempts(struct api_call *call)
{
	int64_t limit = 100;
	const char *why = NULL;

	if (call->limit != NULL)
		why = units_int(span_str(call->limit), 1, 1000, &limit);
	if (why != NULL) {
		api_error(call, 400, "invalid limit", "limit: %s", why);
		return;
	}
	call->status = 200;
	call->type = "application/json";
	buf_puts(&call->text, "{\"attempts\":");
	control_recent(call->control, (unsigned)limit, &call->text);
	buf_puts(&call->text, "}\n");
}
