/* What the workers count, summed up for reports and metrics. */
#include "proxy/internal.h"

const uint64_t proxy_lag_bounds[PROXY_LAGS - 1] = { 50000, 100000, 250000,
	500000, 1000000, 2500000, 5000000, 10000000, 20000000, 50000000,
	100000000 };

static void
stats_add(uint64_t *to, const _Atomic uint64_t *from)
{
	*to += atomic_load_explicit(from, memory_order_relaxed);
}

static void
stats_add_worker(struct proxy_stats *to, const struct pworker *pw)
{
	stats_add(&to->connections, &pw->n_connections);
	stats_add(&to->active, &pw->n_active);
	stats_add(&to->requests, &pw->n_requests);
	stats_add(&to->refused, &pw->n_refused);
	stats_add(&to->upstream_connects, &pw->n_connects);
	stats_add(&to->upstream_errors, &pw->n_upstream_errors);
	stats_add(&to->retries, &pw->n_retries);
	stats_add(&to->lag_sum_ns, &pw->lag_sum_ns);
	for (unsigned i = 0; i < PROXY_LAGS; i++)
		stats_add(&to->lags[i], &pw->n_lags[i]);
	for (unsigned i = 0; i < PROXY_OUTCOMES; i++)
		stats_add(&to->outcomes[i], &pw->n_outcomes[i]);
	for (unsigned i = 0; i < PROXY_STATUSES; i++)
		stats_add(&to->statuses[i], &pw->n_statuses[i]);
}

void
proxy_stats(const struct proxy *p, struct proxy_stats *to)
{
	*to = (struct proxy_stats){ .connections = 0 };
	for (unsigned i = 0; i < p->conf->threads; i++)
		stats_add_worker(to, &p->workers[i]);
}

unsigned
proxy_upstreams(const struct proxy *p)
{
	return p->n_servers;
}

struct proxy_upstream
proxy_upstream(const struct proxy *p, unsigned i, uint64_t now_ns)
{
	const struct server *s = &p->servers[i];

	return (struct proxy_upstream){ .url = s->url,
		.up = atomic_load(&s->health->down_until_ns) <= now_ns,
		.connects = atomic_load(&s->health->connects),
		.errors = atomic_load(&s->health->errors) };
}
