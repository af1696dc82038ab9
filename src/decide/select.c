#include "decide/select.h"

uint32_t
select_rate(const struct select *s, uint64_t into_ns, uint64_t for_ns)
{
	double share;

	if (s->rate_from == s->rate_to || for_ns == 0)
		return s->rate_from;
	share = into_ns >= for_ns ? 1 : (double)into_ns / (double)for_ns;
	return (uint32_t)((double)s->rate_from +
			  ((double)s->rate_to - (double)s->rate_from) * share +
			  0.5);
}

bool
select_even(const struct draw *d, const struct select *s, uint32_t rate)
{
	struct draw start = *d;
	unsigned __int128 at;
	uint64_t offset;

	start.n = 0;
	offset = select_number(&start);
	if (s->rate_from != s->rate_to)
		return rng_below(offset + d->n * 0x9e3779b97f4a7c15u, rate);
	offset = (uint64_t)(((unsigned __int128)offset * RATE_ONE) >> 64);
	at = (unsigned __int128)d->n * rate + offset;
	return at / RATE_ONE != (at - rate) / RATE_ONE;
}

/* What a draw does to the chain. Entering lies at the low end of the range and
 * leaving at the high end, so that they overlap (and turn the chain over) only
 * when they add up to more than 100 %. */
enum burst_move { BURST_KEEP, BURST_IN, BURST_OUT, BURST_TURN };

static enum burst_move
select_burst_move(const struct draw *d, const struct select *s)
{
	uint64_t number = select_number(d);
	bool enters = rng_below(number, s->enter);
	bool leaves = !rng_below(number, RATE_ONE - s->leave);

	if (enters)
		return leaves ? BURST_TURN : BURST_IN;
	return leaves ? BURST_OUT : BURST_KEEP;
}

bool
select_burst_step(const struct draw *d, const struct select *s, bool inside)
{
	switch (select_burst_move(d, s)) {
	case BURST_IN:
		return true;
	case BURST_OUT:
		return false;
	case BURST_TURN:
		return !inside;
	case BURST_KEEP:
		break;
	}
	return inside;
}

bool
select_burst(
    const struct draw *d, const struct select *s, uint64_t from, bool inside)
{
	struct draw at = *d;
	bool turned = false;

	for (; at.n > from; at.n--) {
		enum burst_move move = select_burst_move(&at, s);

		if (move == BURST_IN || move == BURST_OUT)
			return (move == BURST_IN) != turned;
		if (move == BURST_TURN)
			turned = !turned;
	}
	return inside != turned;
}

uint32_t
select_share(const struct select *s)
{
	uint64_t turn = (uint64_t)s->enter + s->leave;

	switch (s->kind) {
	case SELECT_RATE:
		return s->rate_to;
	case SELECT_EVERY:
		return s->every > 0 ? (uint32_t)(RATE_ONE / s->every) : 0;
	case SELECT_BURST:
		return turn > 0
			   ? (uint32_t)((uint64_t)s->enter * RATE_ONE / turn)
			   : 0;
	case SELECT_ALWAYS:
	case SELECT_FIRST:
		break;
	}
	return RATE_ONE;
}

bool
select_fires(
    const struct draw *d, const struct select *s, uint32_t rate, bool inside)
{
	switch (s->kind) {
	case SELECT_ALWAYS:
		return true;
	case SELECT_RATE:
		return s->even ? select_even(d, s, rate)
			       : rng_below(select_number(d), rate);
	case SELECT_EVERY:
		return s->every > 0 && d->n % s->every == 0;
	case SELECT_FIRST:
		return d->n <= s->first;
	case SELECT_BURST:
		return inside;
	}
	return false;
}

uint32_t
select_total(const struct choice *choices, unsigned n)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += choices[i].rate;
	return sum < RATE_ONE ? (uint32_t)sum : RATE_ONE;
}

int
select_choice(const struct draw *d, const struct choice *choices, unsigned n,
    uint32_t total)
{
	uint64_t number = select_number(d), sum = 0;
	uint32_t written = select_total(choices, n);

	for (unsigned i = 0; i < n; i++) {
		uint64_t upto;

		sum += choices[i].rate;
		upto = sum < written ? sum : written;
		if (upto == 0)
			continue;
		upto = upto * total / written;
		if (rng_below(number, (uint32_t)upto))
			return (int)i;
	}
	return -1;
}
