/* What each option's value does. */
#include "cli/options_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

static const char *
option_listen(struct options *o, const char *value)
{
	unsigned n = o->proxy.n_listens;

	if (n == OPTIONS_LISTENS_MAX)
		return "too many addresses to listen on";
	o->proxy.n_listens++;
	return address_parse(span_str(value), &o->listens[n]);
}

static const char *
option_upstream(struct options *o, const char *value)
{
	if (o->proxy.n_upstreams == OPTIONS_UPSTREAMS_MAX)
		return "too many upstreams";
	o->upstreams[o->proxy.n_upstreams++] = value;
	return NULL;
}

static const char *
option_admin_host(struct options *o, const char *value)
{
	if (o->n_admin_hosts == OPTIONS_HOSTS_MAX)
		return "too many names";
	o->admin_hosts[o->n_admin_hosts++] = value;
	return NULL;
}

static const char *
option_seed(struct options *o, const char *value)
{
	char *end;

	o->seed = strtoull(value, &end, 10);
	o->has_seed = true;
	return *value >= '0' && *value <= '9' && *end == '\0'
		   ? NULL
		   : "expected a whole number";
}

static const char *
option_int(const char *value, int64_t min, int64_t max, unsigned *to)
{
	int64_t n;
	const char *why = units_int(span_str(value), min, max, &n);

	if (why == NULL)
		*to = (unsigned)n;
	return why;
}

static const char *
option_threads(struct options *o, const char *value)
{
	return option_int(value, 1, 256, &o->proxy.threads);
}

static const char *
option_fields_max(struct options *o, const char *value)
{
	return option_int(value, 1, HEAD_FIELDS_MAX, &o->proxy.limits.n_fields);
}

static const char *
option_pool_max(struct options *o, const char *value)
{
	return option_int(value, 0, 1000000, &o->proxy.pool_max);
}

static const char *
option_keepalive_requests(struct options *o, const char *value)
{
	unsigned n;
	const char *why = option_int(value, 0, 1000000000, &n);

	if (why == NULL)
		o->proxy.keepalive_requests = n;
	return why;
}

static const char *
option_time_scale(struct options *o, const char *value)
{
	char *end;

	o->time_scale = strtod(value, &end);
	return *end == '\0' && o->time_scale >= 0.001 && o->time_scale <= 1e6
		   ? NULL
		   : "expected a number such as 10";
}

static const char *
option_tls_cert(struct options *o, const char *value)
{
	if (o->n_certs == OPTIONS_LISTENS_MAX)
		return "too many certificates";
	o->tls_pairs[o->n_certs++].cert = value;
	return NULL;
}

static const char *
option_tls_key(struct options *o, const char *value)
{
	if (o->n_keys == OPTIONS_LISTENS_MAX)
		return "too many keys";
	o->tls_pairs[o->n_keys++].key = value;
	return NULL;
}

#define AT(member) offsetof(struct options, member)

const struct option_row option_rows[] = {
#define OPTION(name, letter, kind, member, argument, fallback, example, help) \
	{ name, letter, OPTION_##kind, AT(member), NULL, argument, fallback,  \
		example, help },
#define OPTION_CALL(                                                   \
    name, letter, kind, function, argument, fallback, example, help)   \
	{ name, letter, OPTION_##kind, 0, option_##function, argument, \
		fallback, example, help },
#include "cli/options.def"
	{ "config", 'c', OPTION_STRING, AT(config), NULL, "FILE", NULL, NULL,
	    "these options from a file; the command line beats it" },
};

const unsigned option_n_rows = sizeof(option_rows) / sizeof(option_rows[0]);

_Static_assert(sizeof(option_rows) / sizeof(option_rows[0]) <= OPTIONS_MAX,
    "more options than struct options has room for");

void
option_reset(struct options *o, unsigned row)
{
	static const struct {
		const char *name;
		size_t offset;
	} lists[] = { { "listen", AT(proxy.n_listens) },
		{ "upstream", AT(proxy.n_upstreams) },
		{ "admin-host", AT(n_admin_hosts) },
		{ "tls-cert", AT(n_certs) }, { "tls-key", AT(n_keys) } };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (strcmp(lists[i].name, option_rows[row].name) == 0)
			*(unsigned *)(void *)((char *)o + lists[i].offset) = 0;
	o->given[row] = NULL;
}

static const char *
option_flag(const char *value, bool *to)
{
	*to = strcmp(value, "true") == 0;
	return *to || strcmp(value, "false") == 0 ? NULL
						  : "expected true or false";
}

static const char *
option_size(const char *value, size_t *to)
{
	uint64_t n;
	const char *why = units_size(span_str(value), &n);

	if (why == NULL && (n < 64 || n > 1 << 20))
		why = "expected a size from 64 to 1MiB";
	if (why == NULL)
		*to = n;
	return why;
}

const char *
options_set(struct options *o, unsigned row, const char *value)
{
	char *at = (char *)o + option_rows[row].offset;

	value = arena_strdup(o->arena, value);
	switch (option_rows[row].kind) {
	case OPTION_STRING:
		*(const char **)(void *)at = value;
		return *value != '\0' ? NULL : "expected a text";
	case OPTION_FLAG:
		return option_flag(value, (bool *)at);
	case OPTION_DURATION:
		return units_duration(span_str(value), (uint64_t *)(void *)at);
	case OPTION_SIZE:
		return option_size(value, (size_t *)(void *)at);
	case OPTION_CALL:
	case OPTION_LIST:
		return option_rows[row].set(o, value);
	}
	return NULL;
}
